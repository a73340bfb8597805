"""The draft: the next version in the making. Officers add and revoke here; nothing counts before it is signed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from whitelist.document import LONGEST_LIFE, Partner, PartnerStatus, Whitelist, check_partners
from whitelist.document_json import read_draft_file, write_draft_file
from whitelist.errors import (
    DraftError,
    PartnerExistsError,
    PartnerRevokedError,
    PartnerUnknownError,
    StaleDraftError,
)
from whitelist.officers import OfficerTrust

DEFAULT_LIFE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Draft:
    """The entries to come, and the version they were taken from: ``base_version`` 0 is the empty beginning."""

    base_version: int
    partners: tuple[Partner, ...]

    @classmethod
    def of(cls, current: Whitelist | None) -> "Draft":
        """A draft that changes nothing yet."""
        return cls(current.version, current.partners) if current else cls(0, ())

    @classmethod
    def from_json(cls, data: bytes) -> "Draft":
        """Read a draft file; raises ``DocumentError``."""
        draft = cls(*read_draft_file(data))
        check_partners(draft.partners)
        return draft

    def to_json(self) -> bytes:
        """The draft file."""
        return write_draft_file(self.base_version, self.partners)

    def partner(self, id_: str) -> Partner:
        """The entry of that id; raises ``PartnerUnknownError``."""
        for partner in self.partners:
            if partner.id == id_:
                return partner
        raise PartnerUnknownError(f"no partner has the id {id_[:63]!a}")

    def with_partner(self, partner: Partner) -> "Draft":
        """The draft with a new entry; raises ``PartnerExistsError``, ``PartnerRevokedError`` or ``DocumentError``.

        A key once revoked is not listed again, whatever its new name.
        """
        for other in self.partners:
            if other.spki == partner.spki and other.status is PartnerStatus.REVOKED:
                raise PartnerRevokedError(f"this public key was revoked as {other.id}; a new key is needed")
            if other.id == partner.id or other.holder == partner.holder:
                raise PartnerExistsError(f"{other.id} is on the list with that id, or with that key and names")
        partners = (*self.partners, partner)
        check_partners(partners)
        return replace(self, partners=partners)

    def with_revoked(self, id_: str, reason: str) -> "Draft":
        """The draft with an entry revoked, for good; raises ``PartnerUnknownError`` or ``PartnerRevokedError``."""
        partner = self.partner(id_)
        if partner.status is PartnerStatus.REVOKED:
            raise PartnerRevokedError(f"{id_} is revoked already")
        return self.with_changed(replace(partner, status=PartnerStatus.REVOKED, comment=reason))

    def with_changed(self, partner: Partner) -> "Draft":
        """The draft with the entry of the same id replaced."""
        partners = tuple(partner if other.id == partner.id else other for other in self.partners)
        return replace(self, partners=partners)


class ChangeKind(StrEnum):
    """What a draft does to an entry."""

    ADDED = "added"
    CHANGED = "changed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that a draft adds, changes or revokes."""

    kind: ChangeKind
    partner_id: str


def changes(before: Iterable[Partner], after: Iterable[Partner]) -> tuple[Change, ...]:
    """What stands in ``after`` that did not stand so in ``before``."""
    known = {partner.id: partner for partner in before}
    return tuple(
        Change(_kind_of(known.get(partner.id), partner), partner.id)
        for partner in after
        if known.get(partner.id) != partner
    )


def next_version(
    draft: Draft,
    current: Whitelist | None,
    trust: OfficerTrust,
    *,
    number: int,
    now: datetime,
    life: timedelta = DEFAULT_LIFE,
) -> Whitelist:
    """The list that signing ``draft`` as version ``number`` makes. Raises ``DraftError`` or ``DocumentError``.

    A draft that was begun before the version in force is refused: whoever revoked in between must win. So is one that
    drops an entry or brings a revoked one back, however it came about.
    """
    base = current.version if current else 0
    if draft.base_version != base:
        raise StaleDraftError(f"the draft was begun from version {draft.base_version}, version {base} is in force")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise DraftError(f"a list lives between 1 and {LONGEST_LIFE.days} days")
    kept = {partner.id: partner for partner in draft.partners}
    for partner in current.partners if current else ():
        if partner.id not in kept:
            raise DraftError(f"the draft drops {partner.id}; entries are revoked, never removed")
        if partner.status is PartnerStatus.REVOKED and kept[partner.id].status is not PartnerStatus.REVOKED:
            raise PartnerRevokedError(f"the draft brings {partner.id} back; revoked is final")
    issued_at = now.replace(microsecond=0)
    return Whitelist(
        version=number,
        issued_at=issued_at,
        expires_at=issued_at + life,
        environment=trust.environment,
        officers=trust.officers,
        threshold=trust.threshold,
        partners=draft.partners,
    )


def _kind_of(before: Partner | None, after: Partner) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    return ChangeKind.REVOKED if after.status is PartnerStatus.REVOKED else ChangeKind.CHANGED
