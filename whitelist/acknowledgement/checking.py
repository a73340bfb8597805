"""Whether a signed acknowledgement counts: a pure function of its bytes, of whom it must be, of the time.

The rules, in the order in which they are asked; the first that fails gives the flaw, and nothing of the content is
read before the signature holds:

1. It is not too large and has the one signed form.
2. Its certificate holds for the follower's purpose now: chain, dates, usage, revocation (the caller's ``judge``).
3. That certificate is this follower's: a node's bears the DNS name of the directory, the gateway's is listed as one.
4. The signature is of that certificate's key.
5. The content is an acknowledgement in its one form,
6. by this follower,
7. for this environment,
8. in answer to the question just asked (replay); one that was kept has been asked for before,
9. and said now: within the clocks' tolerance of the answer, never in the future.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from certs.errors import CertsError
from certs.identity import Identity
from certs.profiles import Purpose
from certs.reading import read_der
from certs.verification import Verdict
from whitelist.acknowledgement.signing import MAX_BYTES, SignedAcknowledgement, read_signed
from whitelist.acknowledgement.statement import Acknowledgement, read_acknowledgement
from whitelist.document import PartnerKind
from whitelist.errors import DocumentError, SignatureFormError
from whitelist.index import Match, WhitelistIndex
from whitelist.signature import CLOCK_SKEW

Judge = Callable[[Sequence[bytes], Purpose, datetime], Verdict]
"""What a DER chain, leaf first, is worth for a purpose at a moment, revocation included."""


class AcknowledgementFlaw(StrEnum):
    """Why an acknowledgement does not count; the value is a stable code."""

    TOO_LARGE = "acknowledgement.too-large"
    MALFORMED = "acknowledgement.malformed"
    CERTIFICATE_REFUSED = "acknowledgement.certificate-refused"
    OTHER_HOLDER = "acknowledgement.other-holder"
    BAD_SIGNATURE = "acknowledgement.bad-signature"
    INVALID = "acknowledgement.invalid"
    OTHER_FOLLOWER = "acknowledgement.other-follower"
    WRONG_ENVIRONMENT = "acknowledgement.wrong-environment"
    REPLAYED = "acknowledgement.replayed"
    NOT_NOW = "acknowledgement.not-now"


@dataclass(frozen=True, slots=True)
class RefusedAcknowledgement:
    """One that does not count; ``detail`` is English, for the log."""

    flaw: AcknowledgementFlaw
    detail: str


class Holder(Protocol):
    """Whose certificate must have signed."""

    @property
    def purpose(self) -> Purpose:
        """What that certificate is for."""

    def is_named_by(self, identity: Identity) -> bool:
        """Whether a certificate that holds is this one's."""


@dataclass(frozen=True, slots=True)
class NodeHolder:
    """A node: the server of that DNS name, which TLS asks for, too."""

    server_name: str

    @property
    def purpose(self) -> Purpose:
        """A server's."""
        return Purpose.SERVER

    def is_named_by(self, identity: Identity) -> bool:
        """Whether the certificate bears the name, whole or by a wildcard for its first label."""
        wanted = self.server_name.lower()
        names = {name.lower() for name in identity.server_names}
        return wanted in names or f"*.{wanted.partition('.')[2]}" in names


@dataclass(frozen=True, slots=True)
class GatewayHolder:
    """A gateway: a client that the list names as one."""

    index: WhitelistIndex

    @property
    def purpose(self) -> Purpose:
        """A client's."""
        return Purpose.CLIENT

    def is_named_by(self, identity: Identity) -> bool:
        """Whether an entry for a gateway has the certificate's key, issuer and subject."""
        found = self.index.find(identity)
        return found.match is Match.EXACT and found.partner is not None and found.partner.kind is PartnerKind.GATEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Whose acknowledgement it must be; ``nonce`` is ``None`` for one that was kept."""

    follower: str
    environment: str
    holder: Holder
    nonce: str | None


def check(data: bytes, expected: Expected, judge: Judge, now: datetime) -> Acknowledgement | RefusedAcknowledgement:
    """Judge a signed acknowledgement at the aware moment ``now``. Never raises for anything a follower can send."""
    if len(data) > MAX_BYTES:
        return RefusedAcknowledgement(AcknowledgementFlaw.TOO_LARGE, f"more than {MAX_BYTES} bytes")
    try:
        signed = read_signed(data)
    except SignatureFormError as error:
        return RefusedAcknowledgement(AcknowledgementFlaw.MALFORMED, str(error))
    refused = _signer_refusal(signed, expected.holder, judge, now)
    if refused is not None:
        return refused
    try:
        said = read_acknowledgement(signed.payload)
    except DocumentError as error:
        return RefusedAcknowledgement(AcknowledgementFlaw.INVALID, str(error))
    return _content_refusal(said, expected, now) or said


def _signer_refusal(
    signed: SignedAcknowledgement, holder: Holder, judge: Judge, now: datetime
) -> RefusedAcknowledgement | None:
    verdict = judge(signed.chain, holder.purpose, now)
    if verdict.reason is not None or verdict.identity is None:
        slug = verdict.reason.slug if verdict.reason is not None else "certificate.unreadable"
        return RefusedAcknowledgement(AcknowledgementFlaw.CERTIFICATE_REFUSED, f"{slug}: {verdict.detail}")
    if not holder.is_named_by(verdict.identity):
        detail = f"certificate {verdict.identity.fingerprint[:16]} is not this follower's"
        return RefusedAcknowledgement(AcknowledgementFlaw.OTHER_HOLDER, detail)
    try:
        certificate = read_der(signed.chain[0])
    except CertsError as error:
        return RefusedAcknowledgement(AcknowledgementFlaw.CERTIFICATE_REFUSED, str(error))
    if not signed.is_signed_by(certificate):
        return RefusedAcknowledgement(AcknowledgementFlaw.BAD_SIGNATURE, "the signature is not of its certificate")
    return None


def _content_refusal(said: Acknowledgement, expected: Expected, now: datetime) -> RefusedAcknowledgement | None:
    flaws = AcknowledgementFlaw
    environment = said.in_force.environment
    if said.follower != expected.follower:
        return RefusedAcknowledgement(flaws.OTHER_FOLLOWER, f"it is by {said.follower}, not {expected.follower}")
    if environment != expected.environment:
        return RefusedAcknowledgement(flaws.WRONG_ENVIRONMENT, f"it is for {environment}, not {expected.environment}")
    if expected.nonce is not None and said.nonce != expected.nonce:
        return RefusedAcknowledgement(flaws.REPLAYED, "it answers another question")
    is_old = expected.nonce is not None and said.said_at < now - CLOCK_SKEW
    if is_old or said.said_at > now + CLOCK_SKEW or said.in_force.taken_up_at > said.said_at + CLOCK_SKEW:
        detail = f"said at {said.said_at.isoformat()}, taken up at {said.in_force.taken_up_at.isoformat()}"
        return RefusedAcknowledgement(flaws.NOT_NOW, detail)
    return None
