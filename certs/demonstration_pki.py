"""The demonstration PKI on disk, revocation lists included: made at run time, completed by running it again.

Whatever still holds is kept byte for byte. A certificate that is missing, damaged, about to expire or no longer what
is wanted is issued anew, under its old key where that can be read: the whitelist pins keys, so a renewal leaves every
partner listed. A crash between two files leaves a pair that does not fit, which the next run repairs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from cryptography import x509

from certs.demonstration_holders import DEFAULT_PARTNERS, DemonstrationPartner, Holder, demonstration_holders
from certs.errors import CertsError, HomeError, KeyMaterialError, MalformedCertificateError
from certs.home import Home, LeafFiles
from certs.identity import identity_of
from certs.issuing import (
    AuthorityRequest,
    Issued,
    IssueRequest,
    SigningAuthority,
    issue,
    issue_intermediate,
    issue_root,
)
from certs.keys import KeyKind, PrivateKey, key_from_pem, key_to_pem
from certs.names import DistinguishedName
from certs.private_files import FILE_MODE, exclusive, is_private, make_private_folder, write_private
from certs.profiles import DEMONSTRATION, LONGEST_LIFETIME, Domain
from certs.reading import read_pem
from certs.revocation.publishing import Publisher, ensure_list
from certs.trust import load_trust, was_issued_by

AUTHORITY_LIFETIME = timedelta(days=20 * 365)
RENEW_BEFORE = timedelta(days=30)
_BACKDATED = timedelta(minutes=5)


class Change(Enum):
    """What a run did to one certificate: left it, made it under a new key, made it again under its old key."""

    KEPT = "kept"
    ISSUED = "issued"
    RENEWED = "renewed"


@dataclass(frozen=True, slots=True)
class DemonstrationPki:
    """The outcome of a run: what became of each certificate, authorities first, by name."""

    home: Home
    changes: dict[str, Change]

    def names(self, change: Change) -> tuple[str, ...]:
        """The certificates to which ``change`` happened."""
        return tuple(name for name, happened in self.changes.items() if happened is change)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wishes:
    at: datetime
    key_kind: KeyKind | None
    leaf_lifetime: timedelta | None


def ensure(
    home: Home,
    *,
    at: datetime,
    partners: Iterable[DemonstrationPartner] = DEFAULT_PARTNERS,
    officers: int = 2,
    key_kind: KeyKind | None = None,
    leaf_lifetime: timedelta | None = None,
) -> DemonstrationPki:
    """Make or complete the PKI under ``home`` as of ``at``; one run at a time, others wait.

    ``key_kind`` ``None`` keeps the keys there are and makes P-256 ones; ``leaf_lifetime`` ``None`` is the profile's.
    Raises ``HomeError`` if the folder cannot be written.
    """
    wishes = _Wishes(at=at, key_kind=key_kind, leaf_lifetime=leaf_lifetime)
    try:
        for folder in (home.root, home.authority("root").folder, home.leaves, home.revocation_lists):
            make_private_folder(folder)
        with exclusive(home.lock):
            return _ensure(home, demonstration_holders(partners, officers), wishes)
    except OSError as error:
        raise HomeError(f"the state folder {home.root} cannot be used: {error.strerror}") from error


def load_authority(home: Home, name: str) -> SigningAuthority:
    """The CA ``root``, ``organisations`` or ``personnes`` with its key, to issue more; raises ``CertsError``."""
    files = home.authority(name)
    key = _read_key(files.key)
    certificate = _read_certificate(files.certificate)
    if certificate is None or key is None or certificate.public_key() != key.public_key():
        raise KeyMaterialError(f"the authority {name!r} of {home.pki} is missing or damaged")
    return SigningAuthority(certificate, key)


def _ensure(home: Home, holders: tuple[Holder, ...], wishes: _Wishes) -> DemonstrationPki:
    changes: dict[str, Change] = {}
    root, changes["root"] = _ensure_authority(home.authority("root"), DEMONSTRATION.root, None, wishes)
    issuers: dict[Domain, SigningAuthority] = {}
    for domain, name in DEMONSTRATION.intermediates.items():
        slug = domain.value.lower()
        issuers[domain], changes[slug] = _ensure_authority(home.authority(slug), name, root, wishes)
    _write_if_changed(home.trust, b"".join(authority.pem for authority in (root, *issuers.values())))
    signers = {"root": root} | {domain.value.lower(): issuer for domain, issuer in issuers.items()}
    trust = load_trust(home.trust)
    for slug, signer in signers.items():
        ensure_list(Publisher(home.revocation_list(slug), signer, trust), at=wishes.at)
    for holder in holders:
        changes[holder.name] = _ensure_leaf(home.leaf(holder.name), holder, issuers[holder.profile.domain], wishes)
    return DemonstrationPki(home, changes)


def _ensure_authority(
    files: LeafFiles, name: DistinguishedName, issuer: SigningAuthority | None, wishes: _Wishes
) -> tuple[SigningAuthority, Change]:
    """An authority must outlive the leaves that it will have issued until it is renewed itself."""
    old_key = _read_key(files.key)
    certificate = _read_certificate(files.certificate)
    key = old_key if _key_fits(old_key, wishes) else None
    outlives = wishes.at + RENEW_BEFORE + (wishes.leaf_lifetime or LONGEST_LIFETIME)
    if (
        key is not None
        and certificate is not None
        and certificate.public_key() == key.public_key()
        and DistinguishedName.from_name(certificate.subject) == name
        and was_issued_by(certificate, issuer.certificate if issuer else certificate)
        and certificate.not_valid_before_utc <= wishes.at
        and certificate.not_valid_after_utc >= min(outlives, _end_of(issuer, outlives))
    ):
        return SigningAuthority(certificate, key), Change.KEPT
    request = AuthorityRequest(
        subject=name,
        not_before=wishes.at - _BACKDATED,
        not_after=min(wishes.at + AUTHORITY_LIFETIME, _end_of(issuer, wishes.at + AUTHORITY_LIFETIME)),
        path_length=1 if issuer is None else 0,
        key=key,
        key_kind=wishes.key_kind or KeyKind.ECDSA_P256,
    )
    authority = issue_root(request) if issuer is None else issue_intermediate(issuer, request)
    if key is None:
        write_private(files.key, key_to_pem(authority.key))
    write_private(files.certificate, authority.pem)
    return authority, Change.ISSUED if key is None or certificate is None else Change.RENEWED


def _ensure_leaf(files: LeafFiles, holder: Holder, issuer: SigningAuthority, wishes: _Wishes) -> Change:
    make_private_folder(files.folder)
    old_key = _read_key(files.key)
    key = old_key if _key_fits(old_key, wishes) else None
    certificate = _read_certificate(files.certificate)
    if key is not None and certificate is not None and _still_holds(certificate, key, holder, issuer, wishes.at):
        _write_if_changed(files.chain, Issued(certificate, key, (issuer.certificate,)).chain_pem)
        return Change.KEPT
    lifetime = wishes.leaf_lifetime or holder.profile.lifetime
    request = IssueRequest(
        subject=holder.subject,
        profile=holder.profile,
        not_before=wishes.at - _BACKDATED,
        not_after=min(wishes.at + lifetime, issuer.certificate.not_valid_after_utc),
        server_names=holder.server_names,
        addresses=holder.addresses,
        key=key,
        key_kind=wishes.key_kind or KeyKind.ECDSA_P256,
    )
    issued = issue(issuer, request)
    if key is None:
        write_private(files.key, issued.key_pem)
    write_private(files.certificate, issued.certificate_pem)
    write_private(files.chain, issued.chain_pem)
    return Change.ISSUED if key is None or certificate is None else Change.RENEWED


def _still_holds(
    certificate: x509.Certificate, key: PrivateKey, holder: Holder, issuer: SigningAuthority, at: datetime
) -> bool:
    try:
        identity = identity_of(certificate)
    except MalformedCertificateError:
        return False
    return (
        certificate.public_key() == key.public_key()
        and was_issued_by(certificate, issuer.certificate)
        and identity.subject == holder.subject
        and identity.usage is holder.profile.usage
        and identity.server_names == (*holder.server_names, *map(str, holder.addresses))
        and identity.not_before <= at < identity.not_after - RENEW_BEFORE
    )


def _end_of(issuer: SigningAuthority | None, default: datetime) -> datetime:
    return issuer.certificate.not_valid_after_utc if issuer else default


def _key_fits(key: PrivateKey | None, wishes: _Wishes) -> bool:
    return key is not None and wishes.key_kind in (None, KeyKind.of(key))


def _read_key(path: Path) -> PrivateKey | None:
    """The key, its file made private again if somebody opened it; ``None`` if missing or damaged."""
    try:
        key = key_from_pem(path.read_bytes())
    except (FileNotFoundError, KeyMaterialError):
        return None
    if not is_private(path):
        path.chmod(FILE_MODE)
    return key


def _read_certificate(path: Path) -> x509.Certificate | None:
    try:
        return read_pem(path.read_bytes())[0]
    except (FileNotFoundError, CertsError):
        return None


def _write_if_changed(path: Path, data: bytes) -> None:
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    write_private(path, data)
