"""What is known of revocation and how it grows: each list, answer and policy is judged, then taken up or refused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from certs.errors import SeenNumberError
from certs.revocation.addresses import AddressKind
from certs.revocation.certificate_list import CertificateList, read_list, supersedes
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.keeping import ListKeeper, Outlast
from certs.revocation.ocsp import Asked, OcspAnswer
from certs.revocation.ocsp_reading import Circumstances, read_answer
from certs.revocation.policy import STRICT, RevocationPolicy
from certs.revocation.seen import SeenNumbers
from certs.revocation.state import RevocationState
from certs.trust import Trust

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known and what is demanded, at one time. ``asking`` names the authorities with an OCSP address."""

    state: RevocationState = field(default_factory=RevocationState)
    policy: RevocationPolicy = STRICT
    asking: frozenset[str] = frozenset()


class RevocationBook:
    """Holds ``known``, one attribute that is swapped whole. One writer at a time."""

    def __init__(self, trust: Trust, seen: SeenNumbers, clock: Callable[[], datetime]) -> None:
        self._trust = trust
        self._seen = seen
        self._clock = clock
        self._keeper = ListKeeper(seen)
        self.known = Known()

    def follow(self, trust: Trust) -> None:
        """Believe the lists and answers of these authorities from now on."""
        self._trust = trust

    def adopt(self, policy: RevocationPolicy) -> None:
        """Follow this policy from now on."""
        asking = frozenset(address.authority for address in policy.addresses if address.kind is AddressKind.OCSP)
        self.known = Known(self.known.state, policy, asking)
        _log.info(
            "revocation.policy_taken_up",
            requirements={name: requirement.value for name, requirement in policy.requirements.items()},
            graces=[
                {"authority": grace.authority, "until": grace.until.isoformat(), "officer": grace.officer}
                for grace in policy.graces
            ],
            addresses=[address.url for address in policy.addresses],
        )

    def take_list(self, data: bytes, outlast: Outlast = lambda _: True) -> CertificateList | Rejected:
        """Take up a list if it holds and is not older than the last one, of this process or of one before."""
        judged = read_list(data, self._trust, now=self._clock())
        if isinstance(judged, Rejected):
            return judged
        last = self.known.state.lists.get(judged.key)
        flaw = supersedes(judged, last.seen) if last else None
        if flaw is None:
            try:
                flaw = supersedes(judged, self._seen.newest(judged.key))
            except SeenNumberError as error:
                # Who has taken up one of its lists knows a number to go by; who starts does not.
                flaw = Rejected(Flaw.SEEN_UNREADABLE, str(error)) if last is None else None
        if flaw is not None:
            return flaw
        if last is None or judged.number > last.number:
            self._enter(judged)
            self._keeper.keep(judged, outlast)
        return judged

    def take_answer(self, data: bytes, asked: Asked, nonce: bytes | None) -> OcspAnswer | Rejected:
        """Take up an answer if it holds and is not older than the last one about the same certificate."""
        known = self.known
        circumstances = Circumstances(
            now=self._clock(),
            nonce=nonce,
            lists=known.state.lists_of(asked.authority),
            last=known.state.answers.get(asked.key),
        )
        judged = read_answer(data, asked, circumstances)
        if isinstance(judged, OcspAnswer):
            self.known = Known(known.state.with_answers({asked.key: judged}), known.policy, known.asking)
            _log.info(
                "revocation.answer_taken_up",
                authority=asked.authority.common_name,
                serial=f"{asked.serial:x}",
                status=judged.status.value,
                valid_until=judged.valid_until.isoformat(),
            )
        return judged

    def forget_ended_answers(self) -> None:
        """Drop answers that have ended and said nothing bad."""
        known = self.known
        now = self._clock()
        if any(answer.valid_until < now for answer in known.state.answers.values()):
            self.known = Known(known.state.without_answers_ended_by(now), known.policy, known.asking)

    def settle(self) -> None:
        """Try again to keep what could not be. Never raises."""
        self._keeper.settle()

    def _enter(self, fresh: CertificateList) -> None:
        known = self.known
        self.known = Known(known.state.with_list(fresh), known.policy, known.asking)
        _log.info(
            "revocation.list_taken_up",
            authority=fresh.authority.common_name,
            number=fresh.number,
            revoked=len(fresh.revoked),
            scope=str(fresh.scope),
            next_update=fresh.next_update.isoformat(),
            digest=fresh.digest,
        )
