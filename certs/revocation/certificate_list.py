"""A certificate revocation list that holds: read, verified, and never older than the last one.

The rules, in the order in which they are asked; the first that fails gives the flaw (RFC 5280 §5 and §6.3):

1. At most 64 MiB, and DER from the first byte to the last.
2. Its issuer is a trusted authority, name byte for byte, that may sign lists (cRLSign).
3. The authority's key made the signature, with SHA-256 or longer.
4. It is a full list of its own authority: no delta, nothing indirect, no part by reason; no critical extension is
   unknown, in the list and in its entries. A part by kind or distribution point says nothing of other certificates.
5. It has a number and says when the next one comes.
6. It was not issued in the future (five minutes of clock are forgiven).
7. Its number is not below that of the last one of the same scope; with the same number it is the same list. Two lists
   of one second differ by their number, and the higher one counts.

Whether it is still fresh is not asked here: an old list that is the newest there is still names revoked certificates.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509

from certs.errors import MalformedDerError
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.revoked import RevokedIndex, read_entries
from certs.revocation.scope import WHOLE, Scope, scope_of
from certs.revocation.signed_list import SignedList, der_of, signature_flaw, take_apart
from certs.trust import Authority, Trust

MAX_LIST_BYTES = 64 * 1024 * 1024
CLOCK_TOLERANCE = timedelta(minutes=5)
_MAX_NUMBER_BITS = 160
_UNDERSTOOD = frozenset(
    {
        x509.CRLNumber.oid,
        x509.AuthorityKeyIdentifier.oid,
        x509.IssuerAlternativeName.oid,
        x509.IssuingDistributionPoint.oid,
    }
)


class Freshness(Enum):
    """How far a list can be relied on at a moment."""

    FRESH = "fresh"
    OVERDUE = "overdue"
    NOT_YET = "not-yet"


@dataclass(frozen=True, slots=True)
class SeenNumber:
    """The number of the newest list taken up of one authority, and the SHA-256 of its bytes in hex."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateList:
    """A list that was verified. ``digest`` is the SHA-256 of its DER in hex."""

    authority: Authority
    number: int
    this_update: datetime
    next_update: datetime
    digest: str
    revoked: RevokedIndex = field(repr=False)
    scope: Scope = WHOLE

    @property
    def key(self) -> str:
        """What it has in common with its successors, and with no other list."""
        return self.scope.key(self.authority.id)

    @property
    def seen(self) -> SeenNumber:
        """What to remember of it."""
        return SeenNumber(self.number, self.digest)

    def freshness(self, at: datetime) -> Freshness:
        """Both dates are included."""
        if at > self.next_update:
            return Freshness.OVERDUE
        return Freshness.FRESH if at >= self.this_update - CLOCK_TOLERANCE else Freshness.NOT_YET


def read_list(data: bytes, trust: Trust, *, now: datetime) -> CertificateList | Rejected:
    """Read and verify a list by rules 1 to 6; never raises for anything that the bytes can hold."""
    if len(data) > MAX_LIST_BYTES:
        return Rejected(Flaw.TOO_LARGE, f"larger than {MAX_LIST_BYTES} bytes")
    try:
        signed = take_apart(der_of(data))
        authority = _authority_of(signed, trust)
        if isinstance(authority, Rejected):
            return authority
        return _read(signed, authority, now)
    except MalformedDerError as error:
        return Rejected(Flaw.MALFORMED, str(error))


def supersedes(fresh: CertificateList, last: SeenNumber | None) -> Rejected | None:
    """Rule 7: ``None`` if the list may follow ``last`` of the same authority, or is that very list."""
    if last is None or fresh.number > last.number:
        return None
    if fresh.number < last.number:
        return Rejected(Flaw.ROLLBACK, f"number {fresh.number} after {last.number}")
    if fresh.digest != last.digest:
        return Rejected(Flaw.NUMBER_REUSED, f"another list with number {fresh.number}")
    return None


def _authority_of(signed: SignedList, trust: Trust) -> Authority | Rejected:
    """The authority of that name whose key signed; two may share a name while one succeeds the other."""
    named = trust.named(signed.frame.issuer)
    if not named:
        return Rejected(Flaw.UNKNOWN_ISSUER, "issued by no trusted authority")
    flaw = None
    for authority in named:
        if not authority.signs_lists:
            flaw = flaw or Rejected(Flaw.NOT_A_SIGNER, f"{authority.common_name} may not sign lists")
            continue
        flaw = signature_flaw(signed, authority.certificate.public_key())
        if flaw is None:
            return authority
    assert flaw is not None
    return flaw


def _read(signed: SignedList, authority: Authority, now: datetime) -> CertificateList | Rejected:
    frame = signed.frame
    flaw = _extension_flaw(frame.extensions)
    if flaw is not None:
        return flaw
    scope = scope_of(frame.extensions)
    if isinstance(scope, Rejected):
        return scope
    number, next_update = _number_of(frame.extensions), frame.next_update_utc
    if number is None or number < 0 or number.bit_length() > _MAX_NUMBER_BITS:
        return Rejected(Flaw.NO_NUMBER, "it has no number, or none that counts")
    if next_update is None or next_update < frame.last_update_utc:
        return Rejected(Flaw.NO_NEXT_UPDATE, "it does not say when the next one comes")
    if frame.last_update_utc > now + CLOCK_TOLERANCE:
        return Rejected(Flaw.NOT_YET_ISSUED, f"issued on {frame.last_update_utc.isoformat()}")
    revoked = read_entries(signed.data, *signed.entries)
    if isinstance(revoked, Rejected):
        return revoked
    return CertificateList(
        authority=authority,
        number=number,
        this_update=frame.last_update_utc,
        next_update=next_update,
        digest=hashlib.sha256(signed.data).hexdigest(),
        revoked=revoked,
        scope=scope,
    )


def _extension_flaw(extensions: x509.Extensions) -> Rejected | None:
    for extension in extensions:
        if extension.oid == x509.DeltaCRLIndicator.oid:
            return Rejected(Flaw.DELTA, "a delta list")
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return Rejected(Flaw.UNSUPPORTED_EXTENSION, f"critical extension {extension.oid.dotted_string}")
    return None


def _number_of(extensions: x509.Extensions) -> int | None:
    try:
        return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None
