"""Which certificates a revocation list speaks of (RFC 5280 §5.2.5), and where a certificate says it is listed.

A list without an IssuingDistributionPoint speaks of everything that its authority issued. One with it is used for a
certificate only where it covers that certificate: of the right kind, and with one name in common with a distribution
point of the certificate. A certificate that names none stands at the point of its issuer's own name (§6.3.3).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509

from certs.revocation.flaws import Flaw, Rejected

_NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a certificate is listed: the names of its distribution points, and whether it is an authority's."""

    points: frozenset[str]
    is_authority: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """What a list speaks of. ``points`` ``None`` is every distribution point."""

    points: frozenset[str] | None = None
    holders: bool = True
    authorities: bool = True

    def covers(self, place: Place) -> bool:
        """Whether a certificate that is listed there, if revoked, would be on the list."""
        if not (self.authorities if place.is_authority else self.holders):
            return False
        return self.points is None or not self.points.isdisjoint(place.points)

    def key(self, authority: str) -> str:
        """What tells the lists of one authority apart, in hex; a list of everything has the authority's own id."""
        if self == WHOLE:
            return authority
        told = [authority, str(self.holders), str(self.authorities), *sorted(self.points or _NO_NAMES)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def __str__(self) -> str:
        kinds = {(True, True): "certificates", (True, False): "holders' certificates"}
        told = kinds.get((self.holders, self.authorities), "authorities' certificates")
        return told if self.points is None else f"{told} listed at {', '.join(sorted(self.points))}"


WHOLE = Scope()


def scope_of(extensions: x509.Extensions) -> Scope | Rejected:
    """What the list of these extensions speaks of; ``Rejected`` for what is never asked here: reasons, attributes,
    other issuers, a point named relative to its issuer.
    """
    try:
        point = extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return WHOLE
    if point.indirect_crl:
        return Rejected(Flaw.INDIRECT, "an indirect list")
    if point.only_some_reasons is not None:
        return Rejected(Flaw.PARTIAL, "a list of some reasons only")
    if point.only_contains_attribute_certs:
        return Rejected(Flaw.PARTIAL, "a list of attribute certificates")
    if point.relative_name is not None:
        return Rejected(Flaw.PARTIAL, "a list of a point named relative to its issuer")
    if point.only_contains_user_certs and point.only_contains_ca_certs:
        return Rejected(Flaw.PARTIAL, "a list of nothing")
    return Scope(
        points=_names(point.full_name) if point.full_name is not None else None,
        holders=not point.only_contains_ca_certs,
        authorities=not point.only_contains_user_certs,
    )


def place_of(certificate: x509.Certificate, *, is_authority: bool) -> Place:
    """Where a certificate is listed. Points for some reasons only, or of another issuer's list, do not count."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return Place(_names([x509.DirectoryName(certificate.issuer)]), is_authority)
    names = [
        name
        for point in points
        if point.reasons is None and point.crl_issuer is None
        for name in point.full_name or ()
    ]
    return Place(_names(names), is_authority)


def _names(names: Iterable[x509.GeneralName]) -> frozenset[str]:
    return frozenset(
        f"dn:{name.value.public_bytes().hex()}" if isinstance(name, x509.DirectoryName) else _text(name)
        for name in names
    )


def _text(name: x509.GeneralName) -> str:
    return name.value if isinstance(name, x509.UniformResourceIdentifier) else repr(name)
