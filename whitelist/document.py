"""The whitelist as a value: who may ask what, since when, until when, and which officers vouch for it.

Whatever is built here holds every rule of a list; a rule broken is a ``DocumentError``. Nothing is repaired: only the
order of codes and the zone of moments are brought to their one form.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from certs.names import DistinguishedName
from ror.access import ProfileCode, Transaction
from ror.territory import ROR_BY_ID
from whitelist.canary import Canary
from whitelist.errors import DocumentError
from whitelist.officers import Officer
from whitelist.people import Person, ordered
from whitelist.perimeter import Perimeter
from whitelist.texts import check_id, check_letters, check_reason, check_sha256, check_text

MAX_PARTNERS = 10_000
MAX_VERSION = 2**31 - 1
MAX_LIMIT = 20_000
MAX_QUOTA = 1_000_000
MAX_LIFTED = 1_000
LONGEST_LIFE = timedelta(days=366)
NO_DEFAULT = ProfileCode.CU23
"""The profile of a request without VIHF where the entry names none (decision 1)."""

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
    before ``valid_to``. ``comment`` gives the reason of the last change and is mandatory once revoked. ``people`` may
    act in its name. With ``signed_vihf`` a VIHF of its counts only where its XML signature holds.
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
    people: tuple[Person, ...] = ()
    signed_vihf: bool = False

    def __post_init__(self) -> None:
        check_id(self.id, "the partner's id")
        check_text(self.name, "name", 120, required=True)
        check_letters(self.name, "name")
        check_text(self.contact, "contact", 200)
        check_text(self.comment, "comment", 400, required=self.status is PartnerStatus.REVOKED)
        check_sha256(self.spki, "the public key's hash")
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
        object.__setattr__(self, "people", ordered(self.people, self.allowed_profiles))

    def _bring_moments_to_utc(self) -> None:
        start, end = to_utc(self.valid_from, "valid_from"), to_utc(self.valid_to, "valid_to")
        if start >= end:
            raise DocumentError("the entry's validity ends before it begins")
        object.__setattr__(self, "valid_from", start)
        object.__setattr__(self, "valid_to", end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a version came about: which officer put it forward and why, after which version, and what it changes.

    ``base_digest`` is the hash of the content of ``base_version`` (0 and empty before the first), ``difference`` the
    hash of what officers were shown (``whitelist.difference``): whoever signs the list signs these too.
    """

    author: str
    reason: str
    base_version: int
    base_digest: str
    difference: str

    def __post_init__(self) -> None:
        check_id(self.author, "the author")
        check_reason(self.reason)
        _check_range(self.base_version, 0, MAX_VERSION, "base version")
        if self.base_version:
            check_sha256(self.base_digest, "the base's hash")
        elif self.base_digest:
            raise DocumentError("a first version has no base")
        check_sha256(self.difference, "the difference's hash")


@dataclass(frozen=True, slots=True)
class Lifted:
    """A stop (``whitelist.stops``), by its hash, that this version ends; told until it would have run out."""

    stop: str
    partner: str
    until: datetime

    def __post_init__(self) -> None:
        check_sha256(self.stop, "the stop's hash")
        check_id(self.partner, "the partner's id")
        object.__setattr__(self, "until", to_utc(self.until, "until"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whitelist:
    """One version of the list. ``officers`` may sign it, ``threshold`` of them must; it ends at ``expires_at``.

    ``officers_version`` says which set of officers this is (``whitelist.rotation``), so that no list is ever read
    beside another set than the one it was made with. ``origin`` is ``None`` on what no officer's desk made.
    ``canary`` is the partner who measures how fast stops work, if there is one.
    """

    version: int
    issued_at: datetime
    expires_at: datetime
    environment: str
    officers: tuple[Officer, ...]
    threshold: int
    partners: tuple[Partner, ...]
    officers_version: int = 1
    origin: Origin | None = None
    lifted: tuple[Lifted, ...] = ()
    canary: Canary | None = None

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
        _check_range(self.officers_version, 1, MAX_VERSION, "officers' version")
        if self.origin is not None and self.origin.base_version >= self.version:
            raise DocumentError("the list follows a version that is not before it")
        if len(self.lifted) > MAX_LIFTED:
            raise DocumentError(f"the list lifts more than {MAX_LIFTED} stops")
        _require_unique((one.stop for one in self.lifted), "stop")
        object.__setattr__(self, "lifted", tuple(sorted(self.lifted, key=lambda one: one.stop)))
        check_partners(self.partners)
        if self.canary is not None:
            check_canary(self.canary, self.partners, self.officers)

    def partner(self, id_: str) -> Partner | None:
        """The entry of that id."""
        return next((partner for partner in self.partners if partner.id == id_), None)


def check_partners(partners: tuple[Partner, ...]) -> None:
    """Raise ``DocumentError`` where there are too many entries, or two for one id or one holder."""
    if len(partners) > MAX_PARTNERS:
        raise DocumentError(f"the list has more than {MAX_PARTNERS} partners")
    _require_unique((partner.id for partner in partners), "partner's id")
    _require_unique((partner.holder for partner in partners), "partner's key and names")
    people = [person.spki for partner in partners for person in partner.people]
    if people:
        _require_unique(people, "person's key")
        if not {partner.spki for partner in partners}.isdisjoint(people):
            raise DocumentError("a person has a partner's key")


def check_canary(canary: Canary, partners: Iterable[Partner], officers: Iterable[Officer]) -> None:
    """Raise ``DocumentError`` unless the canary is on the list, harmless, and its key no officer's.

    Harmless is the least that an entry can say: an application that searches one region as the public does, for one
    unit, and names nobody.
    """
    if any(officer.kid == canary.kid for officer in officers):
        raise DocumentError("the canary has an officer's key")
    partner = next((one for one in partners if one.id == canary.partner), None)
    if partner is None:
        raise DocumentError(f"the canary {canary.partner} is no partner of the list")
    regions = partner.perimeter.regions
    harmless = (
        partner.kind is PartnerKind.APPLICATION
        and regions is not None
        and len(regions) == 1
        and partner.transactions == (Transaction.SEARCH,)
        and {*partner.allowed_profiles, partner.default_profile} == {NO_DEFAULT}
        and partner.max_limit == 1
        and not partner.people
    )
    if not harmless:
        raise DocumentError(
            f"the entry of the canary {canary.partner} may do more than an application with one region, the "
            f"transaction {Transaction.SEARCH.value}, the profile {NO_DEFAULT.value}, one unit and no persons"
        )


def to_utc(moment: datetime, what: str) -> datetime:
    """The moment in UTC; raises ``DocumentError`` for one without a zone or finer than a second."""
    if moment.microsecond:
        raise DocumentError(f"{what} is finer than a second")
    return to_precise_utc(moment, what)


def to_precise_utc(moment: datetime, what: str) -> datetime:
    """The moment in UTC, to the microsecond; raises ``DocumentError`` for one without a zone or out of range."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise DocumentError(f"{what} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise DocumentError(f"{what} is out of range") from error


def _check_holder(name: DistinguishedName, role: str) -> None:
    if name.common_name is None:
        raise DocumentError(f"the {role} has no common name")
    if any("*" in attribute.value for attribute in name.attributes):
        raise DocumentError(f"the {role} holds a wildcard")
    for attribute in name.attributes:
        check_letters(attribute.value, role)


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
