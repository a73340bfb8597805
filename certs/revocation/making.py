"""Making lists: the demonstration's authorities, and every oddity that a test wants to show.

Nothing here is for production: IGC-Santé publishes the real ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certs.errors import RevocationListError
from certs.issuing import SigningAuthority
from certs.revocation.revoked import Revocation, RevocationReason

_FLAGS = {
    RevocationReason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    RevocationReason.CA_COMPROMISE: x509.ReasonFlags.ca_compromise,
    RevocationReason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
    RevocationReason.SUPERSEDED: x509.ReasonFlags.superseded,
    RevocationReason.CESSATION: x509.ReasonFlags.cessation_of_operation,
    RevocationReason.HOLD: x509.ReasonFlags.certificate_hold,
    RevocationReason.PRIVILEGE_WITHDRAWN: x509.ReasonFlags.privilege_withdrawn,
    RevocationReason.AA_COMPROMISE: x509.ReasonFlags.aa_compromise,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """What a list shall say. ``number`` ``None`` leaves it out, as only a bad list does."""

    number: int | None
    this_update: datetime
    next_update: datetime
    revoked: Mapping[int, Revocation] = field(default_factory=dict)
    extra_extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    entry_extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 = field(default_factory=hashes.SHA256)


def make_list(authority: SigningAuthority, request: ListRequest) -> bytes:
    """A full list, DER, signed by ``authority``. Raises ``RevocationListError``."""
    key = authority.key
    try:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(authority.certificate.subject)
            .last_update(request.this_update)
            .next_update(request.next_update)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        if request.number is not None:
            builder = builder.add_extension(x509.CRLNumber(request.number), critical=False)
        for extension, critical in request.extra_extensions:
            builder = builder.add_extension(extension, critical)
        for serial, revocation in request.revoked.items():
            builder = builder.add_revoked_certificate(_entry(serial, revocation, request))
        return builder.sign(key, request.algorithm).public_bytes(Encoding.DER)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise RevocationListError(f"the list cannot be made: {error}") from error


def _entry(serial: int, revocation: Revocation, request: ListRequest) -> x509.RevokedCertificate:
    """RFC 5280 §5.3.1: an unspecified reason is left out."""
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(serial)
        .revocation_date(revocation.since or request.this_update)
    )
    flag = _FLAGS.get(revocation.reason)
    if flag is not None:
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    for extension, critical in request.entry_extensions:
        builder = builder.add_extension(extension, critical)
    return builder.build()
