"""The draft: the next version in the making. Officers add, change, revoke; nothing counts before it is signed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from whitelist.canary import Canary
from whitelist.difference import content_digest, difference
from whitelist.document import (
    LONGEST_LIFE,
    Lifted,
    Origin,
    Partner,
    PartnerStatus,
    Whitelist,
    check_canary,
    check_partners,
)
from whitelist.draft_json import DraftFile, read_draft_file, write_draft_file
from whitelist.errors import (
    DraftError,
    PartnerExistsError,
    PartnerRevokedError,
    PartnerUnknownError,
    RosterError,
    StaleDraftError,
)
from whitelist.officers import Officer, OfficerTrust

DEFAULT_LIFE = timedelta(days=90)
LEAST_THRESHOLD = 2
"""Once two officers must sign, never fewer will do: nobody is ever left alone with the list again."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The entries to come, and the version they were taken from: ``base_version`` 0 is the empty beginning.

    ``officers`` and ``threshold`` are ``None`` where the draft leaves them as they are; ``lifted`` are the stops that
    it ends.
    """

    base_version: int
    partners: tuple[Partner, ...]
    base_digest: str = ""
    officers: tuple[Officer, ...] | None = None
    threshold: int | None = None
    lifted: tuple[Lifted, ...] = ()
    canary: Canary | None = None

    @classmethod
    def of(cls, current: Whitelist | None) -> "Draft":
        """A draft that changes nothing yet."""
        if current is None:
            return cls(0, ())
        return cls(current.version, current.partners, content_digest(current), canary=current.canary)

    @classmethod
    def from_json(cls, data: bytes) -> "Draft":
        """Read a draft file; raises ``DocumentError``."""
        file = read_draft_file(data)
        check_partners(file.partners)
        return cls(
            file.base_version,
            file.partners,
            file.base_digest,
            file.officers,
            file.threshold,
            file.lifted,
            file.canary,
        )

    def to_json(self) -> bytes:
        """The draft file."""
        return write_draft_file(
            DraftFile(
                base_version=self.base_version,
                base_digest=self.base_digest,
                partners=self.partners,
                officers=self.officers,
                threshold=self.threshold,
                lifted=self.lifted,
                canary=self.canary,
            )
        )

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
        return self._with_status(id_, PartnerStatus.REVOKED, reason)

    def with_suspended(self, id_: str, reason: str) -> "Draft":
        """The draft with an entry suspended until officers resume it; raises as ``with_revoked``."""
        return self._with_status(id_, PartnerStatus.SUSPENDED, reason)

    def with_resumed(self, id_: str, reason: str, stops: Iterable[Lifted] = ()) -> "Draft":
        """The draft with an entry active again and ``stops``, those that stand against it, lifted."""
        known = {lifted.stop for lifted in self.lifted}
        lifted = (*self.lifted, *(stop for stop in stops if stop.stop not in known))
        return replace(self._with_status(id_, PartnerStatus.ACTIVE, reason), lifted=lifted)

    def with_imported(self, partners: Iterable[Partner]) -> "Draft":
        """The draft with ``partners`` added, or changed where their id is known; Raises ``DraftError``."""
        known = {partner.id: partner for partner in self.partners}
        revoked = {one.spki: one.id for one in self.partners if one.status is PartnerStatus.REVOKED}
        for partner in partners:
            current = known.get(partner.id)
            if current == partner:
                continue
            if current is not None and current.status is PartnerStatus.REVOKED:
                raise PartnerRevokedError(f"{partner.id} is revoked; its entry stays as it is")
            if partner.spki in revoked and partner.status is PartnerStatus.ACTIVE:
                raise PartnerRevokedError(f"the key of {partner.id} was revoked as {revoked[partner.spki]}")
            known[partner.id] = partner
        check_partners(tuple(known.values()))
        return replace(self, partners=tuple(known.values()))

    def with_changed(self, partner: Partner) -> "Draft":
        """The draft with the entry of the same id replaced."""
        partners = tuple(partner if other.id == partner.id else other for other in self.partners)
        return replace(self, partners=partners)

    def with_canary(self, canary: Canary, officers: OfficerTrust) -> "Draft":
        """The draft that names ``canary``; raises ``DocumentError`` for one that no list may name."""
        check_canary(canary, self.partners, self.officers or officers.officers)
        return replace(self, canary=canary)

    def without_canary(self) -> "Draft":
        """The draft in which nobody does; raises ``DraftError`` where nobody did."""
        if self.canary is None:
            raise DraftError("the draft has no canary")
        return replace(self, canary=None)

    def _with_status(self, id_: str, status: PartnerStatus, reason: str) -> "Draft":
        partner = self.partner(id_)
        if partner.status is PartnerStatus.REVOKED:
            raise PartnerRevokedError(f"{id_} is revoked already")
        return self.with_changed(replace(partner, status=status, comment=reason))


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
    officers: OfficerTrust,
    *,
    number: int,
    now: datetime,
    author: str,
    reason: str,
    life: timedelta = DEFAULT_LIFE,
) -> Whitelist:
    """The list that ``draft`` makes as version ``number``, put forward by ``author``; ``officers`` are in force.

    Raises ``DraftError`` or ``DocumentError``. A draft that was begun before the version in force is refused: whoever
    revoked in between must win. So is one that drops an entry, touches a revoked one or lists its key again, however
    it came about.
    """
    _check_base(draft, current)
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise DraftError(f"a list lives between 1 and {LONGEST_LIFE.days} days")
    _check_entries(draft, current)
    following = next_officers(draft, officers, author)
    issued_at = now.replace(microsecond=0)
    kept = current.lifted if current else ()
    lifted = {one.stop: one for one in (*kept, *draft.lifted) if one.until > issued_at}
    candidate = Whitelist(
        version=number,
        issued_at=issued_at,
        expires_at=issued_at + life,
        environment=officers.environment,
        officers=following.officers,
        threshold=following.threshold,
        partners=draft.partners,
        officers_version=following.version,
        lifted=tuple(lifted.values()),
        canary=draft.canary,
    )
    shown = difference(current, candidate)
    origin = Origin(
        author=author,
        reason=reason,
        base_version=shown.base_version,
        base_digest=shown.base_digest,
        difference=shown.digest,
    )
    return replace(candidate, origin=origin)


def next_officers(draft: Draft, officers: OfficerTrust, author: str) -> OfficerTrust:
    """The officers once ``draft`` is published; raises ``RosterError`` or ``OfficerError``."""
    chosen = officers.officers if draft.officers is None else draft.officers
    threshold = officers.threshold if draft.threshold is None else draft.threshold
    if (chosen, threshold) == (officers.officers, officers.threshold):
        return officers
    if threshold < min(officers.threshold, LEAST_THRESHOLD):
        raise RosterError(f"the threshold may not fall below {LEAST_THRESHOLD}")
    following = OfficerTrust(officers.environment, threshold, chosen, officers.version + 1)
    if officers.named(author) is not None and following.named(author) is None:
        raise RosterError(f"{author} does not put forward that {author} goes: another officer does")
    return following


def _check_base(draft: Draft, current: Whitelist | None) -> None:
    base = current.version if current else 0
    if draft.base_version != base:
        raise StaleDraftError(f"the draft was begun from version {draft.base_version}, version {base} is in force")
    if draft.base_digest and (current is None or draft.base_digest != content_digest(current)):
        raise StaleDraftError(f"the draft was begun from another version {base} than the one in force")


def _check_entries(draft: Draft, current: Whitelist | None) -> None:
    kept = {partner.id: partner for partner in draft.partners}
    known = {partner.id: partner for partner in current.partners} if current else {}
    revoked = {}
    for partner in known.values():
        if partner.id not in kept:
            raise DraftError(f"the draft drops {partner.id}; entries are revoked, never removed")
        if partner.status is PartnerStatus.REVOKED:
            if kept[partner.id] != partner:
                raise PartnerRevokedError(f"the draft brings {partner.id} back; revoked is final")
            revoked[partner.spki] = partner.id
    for partner in draft.partners:
        reopened = partner.status is PartnerStatus.ACTIVE and known.get(partner.id) != partner
        if partner.spki in revoked and reopened:
            raise PartnerRevokedError(f"the draft lists the key of {revoked[partner.spki]} again; it was revoked")
        if any(person.spki in revoked for person in partner.people):
            raise PartnerRevokedError(f"the draft lists a revoked key for a person of {partner.id}")


def _kind_of(before: Partner | None, after: Partner) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    return ChangeKind.REVOKED if after.status is PartnerStatus.REVOKED else ChangeKind.CHANGED
