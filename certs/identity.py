"""Who a certificate names: computed once a connection from the DER bytes, then compared on every request."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs.errors import DistinguishedNameError, MalformedCertificateError
from certs.names import DistinguishedName
from certs.profiles import PROFILES, Domain, Usage
from certs.reading import read_der, read_pem, to_der
from certs.usages import AUTHORITY_USES, extended_uses_of, key_uses_of
from ror.identifiers import IdentifierError, parse_structure_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a certificate says of its holder. It vouches for nothing: that is ``certs.verification``.

    ``fingerprint`` and ``spki`` are SHA-256 in lower-case hex, of the certificate and of its public key; a partner is
    ``spki`` + ``issuer`` + ``subject``, so that the same name with another key is somebody else.
    ``organisation_id`` is the ``OU`` that reads as an idNat_Struct, if there is one. ``public_key`` is the
    SubjectPublicKeyInfo in DER; empty, no signature is ever its holder's.
    """

    fingerprint: str
    spki: str
    issuer: DistinguishedName
    subject: DistinguishedName
    serial: int
    not_before: datetime
    not_after: datetime
    organisation_id: str | None
    usage: Usage
    server_names: tuple[str, ...]
    public_key: bytes = field(default=b"", repr=False)


def identity_from_der(der: bytes) -> Identity:
    """Read the identity out of a DER certificate; raises ``MalformedCertificateError``."""
    return identity_of(read_der(der))


def identity_from_pem(data: bytes) -> Identity:
    """Read the identity of a PEM file's first certificate, the leaf; raises ``MalformedCertificateError``."""
    return identity_of(read_pem(data)[0])


def identity_of(certificate: x509.Certificate) -> Identity:
    """The identity of a certificate already read; raises ``MalformedCertificateError`` for an unusable name."""
    try:
        issuer = DistinguishedName.from_name(certificate.issuer)
        subject = DistinguishedName.from_name(certificate.subject)
    except DistinguishedNameError as error:
        raise MalformedCertificateError(str(error)) from error
    public_key = _public_key_of(certificate)
    return Identity(
        fingerprint=hashlib.sha256(to_der(certificate)).hexdigest(),
        spki=hashlib.sha256(public_key).hexdigest(),
        issuer=issuer,
        subject=subject,
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        organisation_id=organisation_id_of(subject),
        usage=_usage_of(certificate, issuer),
        server_names=_server_names(certificate),
        public_key=public_key,
    )


def spki_of(certificate: x509.Certificate) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, lower-case hex."""
    return hashlib.sha256(_public_key_of(certificate)).hexdigest()


def organisation_id_of(subject: DistinguishedName) -> str | None:
    """The idNat_Struct in the subject's ``OU``, by prefix and form; a wrong key (Luhn) is no reason to doubt it."""
    return next((unit for unit in subject.values("OU") if _is_structure_id(unit)), None)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether the certificate may sign others: basic constraints, or the key usage bits alone."""
    extensions = certificate.extensions
    try:
        claims = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        claims = False
    return claims or bool((key_uses_of(extensions) or frozenset()) & AUTHORITY_USES)


def _public_key_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _is_structure_id(text: str) -> bool:
    try:
        return parse_structure_id(text).code == text
    except IdentifierError:
        return False


def _usage_of(certificate: x509.Certificate, issuer: DistinguishedName) -> Usage:
    """The profile the leaf reads as. Organisations' and persons' clients differ by their issuer's domain only."""
    if is_authority(certificate):
        return Usage.CA
    extensions = certificate.extensions
    key_uses, extended_uses = key_uses_of(extensions), extended_uses_of(extensions)
    persons = Domain.of_authority(issuer) is Domain.PERSONNES
    for profile in PROFILES.values():
        if (profile.domain is Domain.PERSONNES) == persons and profile.admits(key_uses, extended_uses):
            return profile.usage
    return Usage.OTHER


def _server_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    if not list(names):
        raise MalformedCertificateError("it has alternative names, and none of them")
    if not all(name.isascii() and name.isprintable() for name in names.get_values_for_type(x509.DNSName)):
        raise MalformedCertificateError("a server name holds control or other characters that no host has")
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses))
