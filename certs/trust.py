"""The authorities that are trusted, each with the domain it speaks for: a value, checked once when it is built.

The rules, all held at construction, so that a decision never asks them again:

1. Every certificate is a CA (basic constraints, keyCertSign), strong enough, and can be read.
2. It demands nothing of its leaves that is not held here: no constraints on policies, on names only of hosts.
3. A root is self-signed. An intermediate is signed by a root of the same set, and that root's path length allows it.
   The identifiers of their keys say the same as the signatures.
4. An intermediate's domain is the last word of its common name; one without a domain is refused.
5. Only these intermediates issue leaves. What a peer sends along with its leaf is never taken for an authority.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import Store

from certs.errors import DistinguishedNameError, KeyMaterialError, MalformedCertificateError, TrustError
from certs.key_identifiers import identifier_flaw, subject_key_of
from certs.names import DistinguishedName
from certs.profiles import Domain
from certs.reading import read_pem, to_der, to_pem
from certs.revocation.scope import Place, place_of
from certs.strength import weakness_of
from certs.usages import KeyUse, key_uses_of

_DEMANDS = {
    x509.PolicyConstraints.oid: "policy constraints",
    x509.ObjectIdentifier("2.5.29.33"): "policy mappings",
    x509.InhibitAnyPolicy.oid: "no policy for any",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A trusted CA. A root has neither ``domain`` nor ``root``; an intermediate has both.

    ``id`` is the SHA-256 of its name and key, in hex: a renewed certificate of the same CA has the same, a CA of the
    same name under another key has not. ``common_name`` is what people call it: its ``CN``, or its whole name.
    ``place`` is where its own certificate is listed when it is revoked.
    """

    certificate: x509.Certificate
    name: DistinguishedName
    domain: Domain | None = None
    root: "Authority | None" = None
    id: str = field(init=False, compare=False)
    common_name: str = field(init=False, compare=False)
    place: Place = field(init=False, compare=False)

    def __post_init__(self) -> None:
        key = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        object.__setattr__(self, "id", hashlib.sha256(self.certificate.subject.public_bytes() + key).hexdigest())
        object.__setattr__(self, "common_name", self.name.common_name or str(self.name))
        object.__setattr__(self, "place", place_of(self.certificate, is_authority=True))

    @property
    def signs_lists(self) -> bool:
        """Whether it may sign revocation lists (cRLSign)."""
        return KeyUse.CRL_SIGN in (key_uses_of(self.certificate.extensions) or frozenset())

    def signed(self, certificate: x509.Certificate) -> bool:
        """Whether this authority's name and key issued the certificate."""
        return was_issued_by(certificate, self.certificate)


@dataclass(frozen=True, slots=True)
class Trust:
    """The set of trusted authorities. Build it with ``of`` or ``from_pem``; both raise ``TrustError``."""

    roots: tuple[Authority, ...]
    intermediates: tuple[Authority, ...]
    _by_subject: dict[bytes, tuple[Authority, ...]] = field(init=False, repr=False, compare=False)
    _store: Store = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_subject: dict[bytes, tuple[Authority, ...]] = {}
        for authority in self.authorities:
            subject = authority.certificate.subject.public_bytes()
            by_subject[subject] = (*by_subject.get(subject, ()), authority)
        object.__setattr__(self, "_by_subject", by_subject)
        object.__setattr__(self, "_store", Store([root.certificate for root in self.roots]))

    @classmethod
    def of(cls, certificates: Iterable[x509.Certificate]) -> "Trust":
        """Sort the certificates into roots and intermediates and check the whole; duplicates count once."""
        unique = {to_der(certificate): certificate for certificate in certificates}.values()
        roots = tuple(_root(certificate) for certificate in unique if _is_self_issued(certificate))
        intermediates = tuple(
            _intermediate(certificate, roots) for certificate in unique if not _is_self_issued(certificate)
        )
        if not roots:
            raise TrustError("no root among the trusted authorities")
        return cls(roots, intermediates)

    @classmethod
    def from_pem(cls, data: bytes) -> "Trust":
        """Read the authorities of a PEM file."""
        try:
            return cls.of(read_pem(data))
        except MalformedCertificateError as error:
            raise TrustError(str(error)) from error

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """All of them, roots first."""
        return (*self.roots, *self.intermediates)

    @property
    def store(self) -> Store:
        """The roots, for the X.509 library's own path validation."""
        return self._store

    def named(self, subject: x509.Name) -> tuple[Authority, ...]:
        """The authorities of that very name, byte for byte."""
        return self._by_subject.get(subject.public_bytes(), ())

    def to_pem(self) -> bytes:
        """All authorities, roots first, as one PEM file."""
        return b"".join(to_pem(authority.certificate) for authority in self.authorities)


def load_trust(path: Path) -> Trust:
    """Read a trust file from disk; raises ``KeyMaterialError`` if it cannot be read, ``TrustError`` if unusable."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeyMaterialError(f"the trust file {path} cannot be read: {error.strerror}") from error
    return Trust.from_pem(data)


def was_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether ``issuer``'s name is the certificate's issuer and its key made the signature."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_self_issued(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


def _root(certificate: x509.Certificate) -> Authority:
    name = _checked_authority(certificate)
    if not was_issued_by(certificate, certificate):
        raise TrustError(f"the root {name} is not signed by itself")
    _check_identifiers(name, certificate, certificate)
    return Authority(certificate=certificate, name=name)


def _intermediate(certificate: x509.Certificate, roots: tuple[Authority, ...]) -> Authority:
    name = _checked_authority(certificate)
    domain = Domain.of_authority(name)
    if domain is None:
        raise TrustError(f"the authority {name} names neither ORGANISATIONS nor PERSONNES")
    root = next((root for root in roots if root.signed(certificate)), None)
    if root is None:
        raise TrustError(f"the authority {name} is signed by no root of the same file")
    if _basic_constraints(root.certificate).path_length == 0:
        raise TrustError(f"the root {root.name} allows no intermediate")
    _check_identifiers(name, certificate, root.certificate)
    return Authority(certificate=certificate, name=name, domain=domain, root=root)


def _check_identifiers(name: DistinguishedName, certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    if subject_key_of(certificate) is None:
        raise TrustError(f"the authority {name} has no subject key identifier")
    flaw = identifier_flaw(certificate, issuer)
    if flaw is not None:
        raise TrustError(f"the authority {name}: {flaw}")


def _checked_authority(certificate: x509.Certificate) -> DistinguishedName:
    try:
        name = DistinguishedName.from_name(certificate.subject)
    except DistinguishedNameError as error:
        raise TrustError(f"an authority's name is unusable: {error}") from error
    uses = key_uses_of(certificate.extensions)
    if not _basic_constraints(certificate).ca or uses is None or KeyUse.KEY_CERT_SIGN not in uses:
        raise TrustError(f"{name} is not a certification authority")
    weakness = weakness_of(certificate)
    if weakness is not None:
        raise TrustError(f"the authority {name} is too weak: {weakness}")
    demand = next((_DEMANDS[one.oid] for one in certificate.extensions if one.oid in _DEMANDS), None)
    if demand is not None or not _constrains_hosts_only(certificate):
        raise TrustError(f"the authority {name} demands what is not held here: {demand or 'names'}")
    return name


def _constrains_hosts_only(certificate: x509.Certificate) -> bool:
    """The X.509 library holds leaves to constraints on the names of hosts, and forgets all others."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return True
    subtrees = (*(names.permitted_subtrees or ()), *(names.excluded_subtrees or ()))
    return all(isinstance(subtree, x509.DNSName | x509.IPAddress) for subtree in subtrees)


def _basic_constraints(certificate: x509.Certificate) -> x509.BasicConstraints:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return x509.BasicConstraints(ca=False, path_length=None)
