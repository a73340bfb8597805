"""From an officer's words and a certificate to an entry, with the same checks as any entry."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from typing import TypeVar

from certs.errors import CertsError
from certs.identity import Identity, identity_of
from certs.profiles import Usage
from certs.reading import MAX_PEM_BYTES, read_pem
from ror.access import ProfileCode, Transaction
from ror.territory import ROR_BY_ID
from whitelist.document import Partner, PartnerKind
from whitelist.errors import CertificateRefusedError, DocumentError
from whitelist.files import read_whole
from whitelist.perimeter import Perimeter

_Code = TypeVar("_Code", bound=Enum)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerWords:
    """An entry as an officer tells it. Empty: ``perimeter`` is the home ROR's regions, ``transactions`` search."""

    id: str
    name: str
    kind: PartnerKind
    home_ror: str | None
    perimeter: tuple[str, ...]
    profiles: tuple[str, ...]
    default_profile: str
    transactions: tuple[str, ...]
    limit: int
    quota: int
    valid_from: str | None
    valid_to: str | None
    contact: str
    comment: str


def partner_of(words: PartnerWords, certificate: Path, now: datetime) -> Partner:
    """The entry. Raises ``DocumentError``, or ``CertificateRefusedError`` for one that no client shows."""
    identity = read_client(certificate, now)
    if words.home_ror is not None and words.home_ror not in ROR_BY_ID:
        raise DocumentError(f"the home ROR {words.home_ror[:20]!a} does not exist: {' '.join(ROR_BY_ID)}")
    default = _code(ProfileCode, words.default_profile, "profile")
    return Partner(
        id=words.id,
        name=words.name,
        kind=words.kind,
        spki=identity.spki,
        issuer=identity.issuer,
        subject=identity.subject,
        home_ror=words.home_ror,
        perimeter=Perimeter.parse(words.perimeter or ((words.home_ror,) if words.home_ror else ())),
        transactions=tuple(_code(Transaction, word, "transaction") for word in words.transactions)
        or (Transaction.SEARCH,),
        allowed_profiles=tuple(_code(ProfileCode, word, "profile") for word in words.profiles) or (default,),
        default_profile=default,
        max_limit=words.limit,
        quota=words.quota,
        valid_from=_moment(words.valid_from) if words.valid_from else now,
        valid_to=_moment(words.valid_to) if words.valid_to else identity.not_after,
        contact=words.contact,
        comment=words.comment,
    )


def read_client(path: Path, now: datetime) -> Identity:
    """The holder that a PEM file names: its first certificate, which must be an organisation's for clients."""
    try:
        identity = identity_of(read_pem(read_whole(path, MAX_PEM_BYTES))[0])
    except CertsError as error:
        raise CertificateRefusedError(f"{path}: {error}") from error
    if identity.usage is not Usage.ORG_AUTH_CLI:
        raise CertificateRefusedError(f"{path} is {identity.usage.value}, a partner shows {Usage.ORG_AUTH_CLI.value}")
    if identity.not_after <= now:
        raise CertificateRefusedError(f"{path} expired on {identity.not_after.isoformat()}")
    return identity


def _code(codes: type[_Code], word: str, what: str) -> _Code:
    for code in codes:
        if code.value == word:
            return code
    raise DocumentError(f"there is no {what} {word[:20]!a}: {' '.join(str(code.value) for code in codes)}")


def _moment(word: str) -> datetime:
    """An ISO moment with its zone; a bare date is its first second in UTC."""
    try:
        if len(word) == 10:
            return datetime.combine(date.fromisoformat(word), time(), UTC)
        return datetime.fromisoformat(word)
    except ValueError as error:
        raise DocumentError(f"{word[:40]!a} is no date") from error
