"""The first door: certificate, revocation, list, transaction, quota; nothing of the body has been read yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from certs.faults import certificate_fault
from certs.identity import Identity
from certs.profiles import Purpose
from certs.trust import Trust
from certs.verification import Verdict, verify
from gateway.admission.quota import Quotas
from ror.access import Transaction
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from whitelist.decision import Refusal, admit
from whitelist.document import Partner, PartnerKind
from whitelist.index import WhitelistIndex

_CALLERS = frozenset({PartnerKind.ROR, PartnerKind.APPLICATION})
"""A gateway that asks a gateway would be a loop."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller that passed the first door; the list's canary is answered without asking anybody."""

    partner: Partner
    identity: Identity
    list_version: int
    is_canary: bool = False


class Whitelisted(Protocol):
    """Where the current list comes from; ``None`` while none is usable."""

    @property
    def current(self) -> WhitelistIndex | None:
        """The index of the last good list."""


class Trusting(Protocol):
    """Whom we trust at present; ``certs.credentials`` in life."""

    @property
    def trust(self) -> Trust:
        """The authorities in force."""


class Revocation(Protocol):
    """What is known of revoked certificates; ``certs.revocation.source`` in life."""

    def apply(self, verdict: Verdict, at: datetime) -> Verdict:
        """The verdict with revocation taken into account."""


class Admission:
    """Decides on every request, not on every connection."""

    def __init__(
        self,
        trusting: Trusting,
        revocation: Revocation,
        whitelist: Whitelisted,
        quotas: Quotas,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._trusting = trusting
        self._revocation = revocation
        self._whitelist = whitelist
        self._quotas = quotas
        self._now = now
        self._clock = clock

    def judge(self, certificate: bytes | None, *above: bytes) -> Verdict:
        """Judge a client's certificate (DER; ``None`` where none was shown); ``above`` only explains a refusal."""
        chain = [certificate, *above] if certificate is not None else []
        return verify(chain, self._trusting.trust, Purpose.CLIENT, self._now())

    def renewed(self, judged: Verdict) -> Verdict:
        """The verdict under the authorities of now; the same one while they are the same."""
        return judged.under(self._trusting.trust, Purpose.CLIENT, self._now())

    def require_certificate(self, judged: Verdict) -> Identity:
        """The holder of a certificate that holds at present, listed or not. Raises ``FaultError`` 401 or 503."""
        at = self._now()
        verdict = self._revocation.apply(self.renewed(judged).at(at), at)
        if verdict.reason is not None:
            raise FaultError(certificate_fault(verdict.reason, verdict.detail))
        if verdict.identity is None:
            raise refuse(Reason.CERTIFICATE_INVALID)
        return verdict.identity

    def certificate_holds(self, judged: Verdict) -> bool:
        """Whether ``require_certificate`` would let it pass now."""
        try:
            self.require_certificate(judged)
        except FaultError:
            return False
        return True

    def admit(self, judged: Verdict, transaction: Transaction) -> Admitted:
        """Let a caller through for ``transaction``. Raises ``FaultError`` 401, 403, 429 or 503."""
        admitted = self.require(judged, transaction)
        wait_s = self._quotas.take(admitted.partner.id, admitted.partner.quota, self._clock())
        if wait_s is not None:
            evidence = {"partner": admitted.partner.id, "list_version": admitted.list_version}
            message = Reason.QUOTA_EXCEEDED.message
            raise FaultError(
                Fault(reason=Reason.QUOTA_EXCEEDED, message=message, retry_after_s=wait_s, evidence=evidence)
            )
        return admitted

    def still_holds(self, judged: Verdict, transaction: Transaction = Transaction.SEARCH) -> bool:
        """Whether a holder once let through would be let through now; takes nothing from the quota."""
        try:
            self.require(judged, transaction)
        except FaultError:
            return False
        return True

    def require(self, judged: Verdict, transaction: Transaction = Transaction.SEARCH) -> Admitted:
        """As ``admit``, of a question that has been counted already: takes nothing from the quota."""
        identity = self.require_certificate(judged)
        index = self._whitelist.current
        if index is None:
            raise refuse(Reason.WHITELIST_UNUSABLE)
        decision = admit(index, identity, transaction, self._now(), kinds=_CALLERS)
        if isinstance(decision, Refusal):
            raise refuse(decision.reason, **{**decision.evidence, "list_version": index.version})
        canary = index.whitelist.canary
        is_canary = canary is not None and decision.partner.id == canary.partner
        return Admitted(decision.partner, identity, index.version, is_canary)
