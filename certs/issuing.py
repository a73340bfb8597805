"""Issuing certificates from explicit requests: the demonstration PKI, and every oddity that a test wants to show.

Nothing here is for production: IGC-Santé issues the real ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from certs.errors import IssuingError
from certs.keys import KeyKind, PrivateKey, key_to_pem
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, Domain, Profile
from certs.reading import to_der, to_pem
from certs.trust import was_issued_by
from certs.usages import AUTHORITY_USES, KeyUse, extended_usage_extension, key_usage_extension


@dataclass(frozen=True, slots=True)
class SigningAuthority:
    """A CA with its key, and the certificates above it but for the root: what its leaves send along."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        """The CA's certificate as PEM."""
        return to_pem(self.certificate)

    @property
    def is_root(self) -> bool:
        """Whether it signed itself; a name alone would not tell it from an intermediate that takes its issuer's."""
        return was_issued_by(self.certificate, self.certificate)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key and the intermediates that lead to, but do not include, the root."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    intermediates: tuple[x509.Certificate, ...]

    @property
    def der(self) -> bytes:
        """The certificate's DER bytes."""
        return to_der(self.certificate)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER, leaf first."""
        return (self.der, *(to_der(certificate) for certificate in self.intermediates))

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return to_pem(self.certificate)

    @property
    def chain_pem(self) -> bytes:
        """PEM, leaf first: what a TLS endpoint loads."""
        return b"".join(to_pem(certificate) for certificate in (self.certificate, *self.intermediates))

    @property
    def key_pem(self) -> bytes:
        """The private key, PKCS#8 PEM, unencrypted."""
        return key_to_pem(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """What a leaf shall say. ``None`` takes the profile's value; an empty set of usages leaves the extension out.

    ``key`` keeps an existing key; ``ca`` and ``extra_extensions`` are for certificates that must be refused.
    """

    subject: DistinguishedName
    profile: Profile
    not_before: datetime
    not_after: datetime | None = None
    server_names: tuple[str, ...] = ()
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    key: PrivateKey | None = field(default=None, repr=False)
    key_kind: KeyKind = KeyKind.ECDSA_P256
    key_uses: frozenset[KeyUse] | None = None
    extended_uses: frozenset[str] | None = None
    ca: bool = False
    policy: str | None = DEMONSTRATION.policies[Domain.ORGANISATIONS]
    extra_extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRequest:
    """What a CA shall say. ``path_length`` is the number of CAs that may stand below it, ``None`` for any."""

    subject: DistinguishedName
    not_before: datetime
    not_after: datetime
    path_length: int | None = None
    key: PrivateKey | None = field(default=None, repr=False)
    key_kind: KeyKind = KeyKind.ECDSA_P256
    extra_extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()


def issue(authority: SigningAuthority, request: IssueRequest) -> Issued:
    """Issue a leaf; raises ``IssuingError`` if its content cannot be encoded."""
    key = request.key or request.key_kind.generate()
    extensions: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(request.ca, None), True)]
    key_uses = _leaf_key_uses(request, key)
    extended_uses = request.profile.extended_uses if request.extended_uses is None else request.extended_uses
    if key_uses:
        extensions.append((key_usage_extension(key_uses), True))
    if extended_uses:
        extensions.append((extended_usage_extension(extended_uses), False))
    if request.server_names or request.addresses:
        extensions.append((_alternative_names(request), False))
    if request.policy is not None:
        policy = x509.PolicyInformation(x509.ObjectIdentifier(request.policy), None)
        extensions.append((x509.CertificatePolicies([policy]), False))
    certificate = _sign(
        subject=request.subject.to_name(),
        key=key,
        issuer=authority,
        dates=(request.not_before, request.not_after or request.not_before + request.profile.lifetime),
        extensions=(*extensions, *request.extra_extensions),
    )
    own = () if authority.is_root else (authority.certificate,)
    return Issued(certificate, key, (*own, *authority.above))


def issue_root(request: AuthorityRequest) -> SigningAuthority:
    """Make a self-signed CA."""
    return _issue_authority(None, request)


def issue_intermediate(authority: SigningAuthority, request: AuthorityRequest) -> SigningAuthority:
    """Make a CA under another one. Whether that one allows it is for verifiers to say."""
    return _issue_authority(authority, request)


def _issue_authority(issuer: SigningAuthority | None, request: AuthorityRequest) -> SigningAuthority:
    key = request.key or request.key_kind.generate()
    certificate = _sign(
        subject=request.subject.to_name(),
        key=key,
        issuer=issuer,
        dates=(request.not_before, request.not_after),
        extensions=(
            (x509.BasicConstraints(ca=True, path_length=request.path_length), True),
            (key_usage_extension(AUTHORITY_USES), True),
            *request.extra_extensions,
        ),
    )
    if issuer is None:
        return SigningAuthority(certificate, key)
    return SigningAuthority(certificate, key, issuer.above if issuer.is_root else (issuer.certificate, *issuer.above))


def _leaf_key_uses(request: IssueRequest, key: PrivateKey) -> frozenset[KeyUse]:
    """The profile's uses; RFC 8813 forbids keyEncipherment to an elliptic-curve key."""
    if request.key_uses is not None:
        return request.key_uses
    if isinstance(key, rsa.RSAPrivateKey):
        return request.profile.key_uses
    return request.profile.key_uses - {KeyUse.KEY_ENCIPHERMENT}


def _alternative_names(request: IssueRequest) -> x509.SubjectAlternativeName:
    try:
        names = [x509.DNSName(name) for name in request.server_names]
    except ValueError as error:
        raise IssuingError(f"a server name cannot be encoded: {error}") from error
    return x509.SubjectAlternativeName([*names, *(x509.IPAddress(address) for address in request.addresses)])


def _sign(
    *,
    subject: x509.Name,
    key: PrivateKey,
    issuer: SigningAuthority | None,
    dates: tuple[datetime, datetime],
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    signer = key if issuer is None else issuer.key
    try:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dates[0])
            .not_valid_after(dates[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IssuingError(f"the certificate cannot be issued: {error}") from error
