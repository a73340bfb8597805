"""What is demanded of revocation: of which authorities, from where, and how long an officer lets a list be overdue.

Without a rule for it, an authority's certificates are refused unless something fresh says that they hold. Whoever
wants less says so: a ``Rule`` for a demonstration's authority, a ``Grace`` with an end, a reason and an officer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from certs.errors import RevocationPolicyError
from certs.revocation.addresses import Address, AddressKind
from certs.trust import Authority

LONGEST_GRACE: Final = timedelta(days=7)
"""Counted from the day the list was due, so that renewing a grace prolongs nothing."""
_MAX_TEXT = 400


class Requirement(Enum):
    """Whether an authority's certificates need a fresh list or answer. A known revocation counts either way."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """An officer's decision to rely on an overdue list for a while.

    ``authority`` is the authority's common name; both ``granted`` and ``until`` are included.
    """

    authority: str
    granted: datetime
    until: datetime
    reason: str
    officer: str

    def __post_init__(self) -> None:
        if self.granted.tzinfo is None or self.until.tzinfo is None:
            raise RevocationPolicyError("the dates of a grace must be aware of their time zone")
        if not timedelta() < self.until - self.granted <= LONGEST_GRACE:
            raise RevocationPolicyError(f"a grace ends within {LONGEST_GRACE.days} days of its granting")
        for name, text in (("reason", self.reason), ("officer", self.officer)):
            if not text.strip() or len(text) > _MAX_TEXT or not text.isprintable():
                raise RevocationPolicyError(f"a grace needs its {name}, one line, at most {_MAX_TEXT} characters")

    def covers(self, authority: Authority, next_update: datetime, at: datetime) -> bool:
        """Whether it excuses at that moment a list of ``authority`` that was due at ``next_update``."""
        if self.authority != authority.common_name:
            return False
        return self.granted <= at <= min(self.until, next_update + LONGEST_GRACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationPolicy:
    """All rules at once. ``requirements`` goes by the authority's common name; ``addresses`` is a closed list."""

    requirements: Mapping[str, Requirement] = field(default_factory=lambda: MappingProxyType({}))
    graces: tuple[Grace, ...] = ()
    addresses: tuple[Address, ...] = ()

    def requirement(self, authority: Authority) -> Requirement:
        """What is demanded of that authority's certificates; everything, unless said otherwise."""
        return self.requirements.get(authority.common_name, Requirement.REQUIRED)

    def grace(self, authority: Authority, next_update: datetime, at: datetime) -> Grace | None:
        """The grace that excuses an overdue list at that moment, if an officer gave one."""
        return next((grace for grace in self.graces if grace.covers(authority, next_update, at)), None)

    def addresses_of(self, kind: AddressKind, authority: Authority) -> tuple[Address, ...]:
        """Where lists or answers of that authority may be fetched."""
        return tuple(
            address
            for address in self.addresses
            if address.kind is kind and address.authority == authority.common_name
        )


STRICT: Final = RevocationPolicy()
"""Everything is demanded, nothing is excused, nothing is fetched."""
