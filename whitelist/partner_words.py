"""From an officer's words and a certificate to an entry, a changed entry or a person, by the rules of any entry."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from typing import TypeVar

from ror.access import ProfileCode, Transaction
from ror.territory import ROR_BY_ID
from whitelist.document import Partner, PartnerKind
from whitelist.errors import DocumentError
from whitelist.holders import read_client, read_person
from whitelist.people import Person, PersonRole
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
    signed_vihf: bool = False


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
        signed_vihf=words.signed_vihf,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWords:
    """What an officer changes of an entry; what is ``None`` or empty stays as it is."""

    name: str | None = None
    home_ror: str | None = None
    perimeter: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    default_profile: str | None = None
    transactions: tuple[str, ...] = ()
    limit: int | None = None
    quota: int | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    contact: str | None = None
    comment: str | None = None
    signed_vihf: bool | None = None


def changed_partner(partner: Partner, words: ChangeWords, certificate: Path | None, now: datetime) -> Partner:
    """The entry with what ``words`` change. A new certificate brings its own end, unless another one is told.

    Raises as ``partner_of``.
    """
    changes: dict[str, object] = {
        "name": words.name,
        "home_ror": words.home_ror,
        "perimeter": Perimeter.parse(words.perimeter) if words.perimeter else None,
        "allowed_profiles": tuple(_code(ProfileCode, word, "profile") for word in words.profiles) or None,
        "default_profile": _code(ProfileCode, words.default_profile, "profile") if words.default_profile else None,
        "transactions": tuple(_code(Transaction, word, "transaction") for word in words.transactions) or None,
        "max_limit": words.limit,
        "quota": words.quota,
        "valid_from": _moment(words.valid_from) if words.valid_from else None,
        "valid_to": _moment(words.valid_to) if words.valid_to else None,
        "contact": words.contact,
        "comment": words.comment,
        "signed_vihf": words.signed_vihf,
    }
    told = {field: value for field, value in changes.items() if value is not None}
    if certificate is not None:
        identity = read_client(certificate, now)
        told |= {"spki": identity.spki, "issuer": identity.issuer, "subject": identity.subject}
        told.setdefault("valid_to", identity.not_after)
    if not told:
        raise DocumentError(f"nothing is said that would change {partner.id}")
    return replace(partner, **told)  # type: ignore[arg-type]


def with_person(
    partner: Partner, certificate: Path, now: datetime, *, id_: str, roles: tuple[str, ...], profile: str
) -> Partner:
    """The entry with one person more; raises ``DocumentError`` or ``CertificateRefusedError``."""
    person = Person(
        id=id_,
        spki=read_person(certificate, now).spki,
        roles=tuple(_code(PersonRole, word, "role") for word in roles) or (PersonRole.READER,),
        profile=_code(ProfileCode, profile, "profile"),
    )
    return replace(partner, people=(*partner.people, person))


def without_person(partner: Partner, id_: str) -> Partner:
    """The entry with one person less; raises ``DocumentError``."""
    people = tuple(person for person in partner.people if person.id != id_)
    if len(people) == len(partner.people):
        raise DocumentError(f"{partner.id} names no person {id_[:63]!a}")
    return replace(partner, people=people)


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
