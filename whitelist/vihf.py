"""The part of the second door that a VIHF has to pass: who vouches for it, when it was issued, that it serves once.

1. Its Issuer is the subject of the TLS certificate.
2. Its moments fit the clock (``ror.freshness``).
3. Signed, its signature holds under that certificate's key, and is over it alone (``certs.xml_signature``); where the
   partner's entry demands a signature there is one. From here on only what was signed is read.
4. It has not served before (``ror.replay``). This is asked last, when the search is about to start, so that a
   question refused or turned away may be asked again as it is.

A request without a VIHF has nothing to pass here: the entry's default profile applies.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certs.identity import Identity
from certs.xml_signature import SignatureRefusal, verify_signature
from ror.assertion import Assertion
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from ror.freshness import Window, untimely
from ror.replay import ReplayMemory, Use
from ror.vihf import Vihf
from whitelist.decision import Refusal, issuer_matches
from whitelist.document import Partner

_RETRY_AFTER_S: Final = 30
_REFUSED = {
    Use.REPLAYED: Reason.VIHF_REPLAYED,
    Use.FORGOTTEN: Reason.VIHF_EXPIRED,
    Use.FULL: Reason.VIHF_TOO_MANY,
}


@dataclass(frozen=True, slots=True)
class Vouched:
    """An assertion that the certificate's holder vouches for; only ``vouched`` makes one."""

    assertion: Assertion
    identity: Identity

    @property
    def vihf(self) -> Vihf:
        """What it says."""
        return self.assertion.vihf


def vouched(
    assertion: Assertion, partner: Partner, identity: Identity, window: Window, now: datetime
) -> Vouched | Refusal:
    """Rules 1 to 3."""
    evidence: dict[str, object] = {"partner": partner.id}
    if not issuer_matches(assertion.vihf.issuer, identity):
        return Refusal(Reason.VIHF_ISSUER_MISMATCH, evidence)
    reason = untimely(assertion, window, now)
    if reason is not None:
        return Refusal(reason, evidence | {"age_s": round((now - assertion.issued_at).total_seconds())})
    if assertion.is_signed:
        verified = verify_signature(assertion, identity.public_key)
        if isinstance(verified, SignatureRefusal):
            return Refusal(verified.reason, evidence | {"detail": verified.detail})
        return Vouched(verified, identity)
    if partner.signed_vihf:
        return Refusal(Reason.VIHF_SIGNATURE_MISSING, evidence)
    return Vouched(assertion, identity)


class VihfDoor:
    """The door with its window and its memory: one of each a server."""

    def __init__(self, window: Window, memory: ReplayMemory) -> None:
        self._window = window
        self._memory = memory

    def check(
        self, assertion: Assertion | None, partner: Partner, identity: Identity, now: datetime
    ) -> Vouched | None:
        """Rules 1 to 3; ``None`` where there is no VIHF. Raises ``FaultError`` 403."""
        if assertion is None:
            return None
        judged = vouched(assertion, partner, identity, self._window, now)
        if isinstance(judged, Refusal):
            raise refuse(judged.reason, **judged.evidence)
        return judged

    async def use(self, vouched_: Vouched | None, now: datetime) -> None:
        """Rule 4: let it serve, once. Raises ``FaultError`` 403, or 429 where too many of its issuer still count."""
        if vouched_ is None:
            return
        until = self._window.counts_until(vouched_.assertion)
        use = await self._memory.use(str(vouched_.identity.subject), vouched_.assertion.id, until, now)
        reason = _REFUSED.get(use)
        if reason is not None:
            wait_s = _RETRY_AFTER_S if use is Use.FULL else None
            raise FaultError(Fault(reason=reason, message=reason.message, retry_after_s=wait_s))
