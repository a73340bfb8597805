"""The whitelist as a value: who may ask what, since when, until when, and which officers vouch for it.

Whatever is built here holds every rule of a list; a rule broken is a ``DocumentError``. Nothing is repaired: only the
order of codes and the zone of moments are brought to their one form.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from ror.territory import ROR_BY_ID
from whitelist.errors import DocumentError
from whitelist.officers import Officer
from whitelist.perimeter import Perimeter

MAX_PARTNERS = 10_000
MAX_VERSION = 2**31 - 1
MAX_LIMIT = 20_000
MAX_QUOTA = 1_000_000
LONGEST_LIFE = timedelta(days=366)
NO_DEFAULT = ProfileCode.CU23
"""The profile of a request without VIHF where the entry names none (decision 1)."""

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_SPKI = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_TRANSACTION_ORDER = tuple(Transaction)
_T = TypeVar("_T")


class PartnerKind(StrEnum):
    """What a partner is. A gateway speaks for others at the nodes, a ROR and an application for themselves."""

    ROR = "ror"
    APPLICATION = "application"
    GATEWAY = "gateway"


class PartnerStatus(StrEnum):
    """Whether an entry counts. A suspended one may come back, a revoked one never does."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One entry: a holder, recognised by ``spki`` + ``issuer`` + ``subject``, and what it may do.

    ``quota`` is questions a minute, ``max_limit`` units an answer. It is valid from ``valid_from`` on and until just
    before ``valid_to``. ``comment`` gives the reason of the last change and is mandatory once revoked.
    """

    id: str
    name: str
    kind: PartnerKind
    spki: str
    issuer: DistinguishedName
    subject: DistinguishedName
    home_ror: str | None
    perimeter: Perimeter
    transactions: tuple[Transaction, ...]
    allowed_profiles: tuple[ProfileCode, ...]
    default_profile: ProfileCode = NO_DEFAULT
    max_limit: int = 199
    quota: int = 60
    valid_from: datetime
    valid_to: datetime
    status: PartnerStatus = PartnerStatus.ACTIVE
    contact: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "the partner's id")
        _check_text(self.name, "name", 120, required=True)
        _check_text(self.contact, "contact", 200)
        _check_text(self.comment, "comment", 400, required=self.status is PartnerStatus.REVOKED)
        if not _SPKI.fullmatch(self.spki):
            raise DocumentError("the public key's hash is not 64 lower-case hexadecimal digits")
        for role, name in (("issuer", self.issuer), ("subject", self.subject)):
            _check_holder(name, role)
        self._check_home()
        self._check_rights()
        self._bring_moments_to_utc()

    @property
    def holder(self) -> tuple[str, DistinguishedName, DistinguishedName]:
        """What a certificate must show to be this partner's: key, issuer, subject."""
        return self.spki, self.issuer, self.subject

    def is_open(self, now: datetime) -> bool:
        """Whether the entry counts at ``now``."""
        return self.status is PartnerStatus.ACTIVE and self.valid_from <= now < self.valid_to

    def _check_home(self) -> None:
        if self.home_ror is None:
            if self.kind is not PartnerKind.GATEWAY:
                raise DocumentError("a partner other than a gateway has a home ROR")
        elif self.home_ror not in ROR_BY_ID:
            raise DocumentError(f"the home ROR {self.home_ror[:20]!a} does not exist")

    def _check_rights(self) -> None:
        transactions = _without_duplicates(self.transactions, "transactions")
        profiles = _without_duplicates(self.allowed_profiles, "profiles")
        if self.default_profile is not NO_DEFAULT and self.default_profile not in profiles:
            raise DocumentError("the default profile is not among the allowed ones")
        _check_range(self.max_limit, 1, MAX_LIMIT, "limit")
        _check_range(self.quota, 1, MAX_QUOTA, "quota")
        object.__setattr__(self, "transactions", tuple(sorted(transactions, key=_TRANSACTION_ORDER.index)))
        object.__setattr__(self, "allowed_profiles", tuple(sorted(profiles)))

    def _bring_moments_to_utc(self) -> None:
        start, end = to_utc(self.valid_from, "valid_from"), to_utc(self.valid_to, "valid_to")
        if start >= end:
            raise DocumentError("the entry's validity ends before it begins")
        object.__setattr__(self, "valid_from", start)
        object.__setattr__(self, "valid_to", end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whitelist:
    """One version of the list. ``officers`` may sign it, ``threshold`` of them must; it ends at ``expires_at``."""

    version: int
    issued_at: datetime
    expires_at: datetime
    environment: str
    officers: tuple[Officer, ...]
    threshold: int
    partners: tuple[Partner, ...]

    def __post_init__(self) -> None:
        _check_range(self.version, 1, MAX_VERSION, "version")
        check_id(self.environment, "the environment")
        issued, expires = to_utc(self.issued_at, "issued_at"), to_utc(self.expires_at, "expires_at")
        if not timedelta(0) < expires - issued <= LONGEST_LIFE:
            raise DocumentError(f"a list lives up to {LONGEST_LIFE.days} days, from its issue on")
        object.__setattr__(self, "issued_at", issued)
        object.__setattr__(self, "expires_at", expires)
        if not self.officers:
            raise DocumentError("the list names no officer")
        _check_range(self.threshold, 1, len(self.officers), "threshold")
        _require_unique((officer.name for officer in self.officers), "officer")
        _require_unique((officer.kid for officer in self.officers), "officer's key")
        check_partners(self.partners)

    def partner(self, id_: str) -> Partner | None:
        """The entry of that id."""
        return next((partner for partner in self.partners if partner.id == id_), None)


def check_partners(partners: tuple[Partner, ...]) -> None:
    """Raise ``DocumentError`` where there are too many entries, or two for one id or one holder."""
    if len(partners) > MAX_PARTNERS:
        raise DocumentError(f"the list has more than {MAX_PARTNERS} partners")
    _require_unique((partner.id for partner in partners), "partner's id")
    _require_unique((partner.holder for partner in partners), "partner's key and names")


def check_id(value: str, what: str) -> None:
    """Raise ``DocumentError`` unless ``value`` is lower-case ASCII letters, digits and inner hyphens, at most 63."""
    if not _ID.fullmatch(value):
        raise DocumentError(f"{what} {value[:40]!a} is not made of a-z, 0-9 and inner hyphens")


def to_utc(moment: datetime, what: str) -> datetime:
    """The moment in UTC; raises ``DocumentError`` for one without a zone or finer than a second."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise DocumentError(f"{what} has no time zone")
    if moment.microsecond:
        raise DocumentError(f"{what} is finer than a second")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise DocumentError(f"{what} is out of range") from error


def _check_text(value: str, what: str, longest: int, *, required: bool = False) -> None:
    """Text is shown in terminals, pages and logs: it holds nothing that moves a cursor or turns the reading round."""
    if len(value) > longest:
        raise DocumentError(f"the {what} is longer than {longest} characters")
    if value != value.strip() or (required and not value):
        raise DocumentError(f"the {what} is empty or has spaces around it")
    if any(unicodedata.category(character) in _UNPRINTABLE for character in value):
        raise DocumentError(f"the {what} holds control or invisible characters")
    if not unicodedata.is_normalized("NFC", value):
        raise DocumentError(f"the {what} is not in Unicode's normal form C")


def _check_holder(name: DistinguishedName, role: str) -> None:
    if name.common_name is None:
        raise DocumentError(f"the {role} has no common name")
    if any("*" in attribute.value for attribute in name.attributes):
        raise DocumentError(f"the {role} holds a wildcard")


def _check_range(value: int, least: int, most: int, what: str) -> None:
    if isinstance(value, bool) or not least <= value <= most:
        raise DocumentError(f"the {what} is not between {least} and {most}")


def _without_duplicates(values: tuple[_T, ...], what: str) -> tuple[_T, ...]:
    if not values or len(set(values)) != len(values):
        raise DocumentError(f"the {what} are none, or one is named twice")
    return values


def _require_unique(values: Iterable[object], what: str) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise DocumentError(f"the {what} is there twice" + (f": {value}" if isinstance(value, str) else ""))
        seen.add(value)
