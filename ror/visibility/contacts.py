"""Contacts and telecoms by their level of confidentiality (TRE_R283; RG_EXP_034).

A ``contactPoint`` is visible when both its own level and that of what it stands in are. Where no level is told:

- a point within a ``contact`` is as restricted as the contact;
- any other point (of CSD itself, of a professional, of a mail box) and a person named by CSD's own ``contact`` count
  as very restricted: a number that was shown cannot be taken back. So does a level that is in no table.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from ror.coding import Code
from ror.model import Contact, ContactPoint, MailBox, PersonContact
from ror.visibility.changing import changed
from ror.visibility.table import Attribute, Seen

_Part = TypeVar("_Part")

_LEVELS: Final = {
    "1": Attribute.CONTACT_FREE,
    "2": Attribute.CONTACT_RESTRICTED,
    "3": Attribute.CONTACT_VERY_RESTRICTED,
}


def kept(parts: tuple[_Part, ...], visible: Callable[[_Part], _Part | None]) -> tuple[_Part, ...]:
    """The visible part of each; the same tuple when nothing changes."""
    result = tuple(part for part in map(visible, parts) if part is not None)
    unchanged = len(result) == len(parts) and all(new is old for new, old in zip(result, parts, strict=True))
    return parts if unchanged else result


def visible_contacts(contacts: tuple[Contact, ...], seen: Seen) -> tuple[Contact, ...]:
    """The contacts of a visible level, each with its visible points."""

    def visible(contact: Contact) -> Contact | None:
        if _level(contact.confidentiality) not in seen:
            return None
        points = kept(contact.points, lambda point: _point(point, seen, untold=Attribute.CONTACT_FREE))
        return changed(contact, points=points)

    return kept(contacts, visible)


def visible_points(points: tuple[ContactPoint, ...], seen: Seen) -> tuple[ContactPoint, ...]:
    """The visible ones of points that stand in no ``contact``."""
    return kept(points, lambda point: visible_point(point, seen))


def visible_point(point: ContactPoint | None, seen: Seen) -> ContactPoint | None:
    """A point that stands in no ``contact``, if it is visible."""
    return None if point is None else _point(point, seen, untold=Attribute.CONTACT_VERY_RESTRICTED)


def visible_mail_box(box: MailBox, seen: Seen) -> MailBox | None:
    """A secure mail box, if its address is visible; one without address is."""
    return box if box.point is None or visible_point(box.point, seen) is not None else None


def visible_person_contact(contact: PersonContact, seen: Seen) -> PersonContact | None:
    """CSD's own contact: a pointer at a professional follows professionals, a person is very restricted."""
    needed = Attribute.PROFESSIONAL if contact.person is None else Attribute.CONTACT_VERY_RESTRICTED
    return contact if needed in seen else None


def _point(point: ContactPoint, seen: Seen, *, untold: Attribute) -> ContactPoint | None:
    level = untold if point.confidentiality is None else _level(point.confidentiality)
    return point if level in seen else None


def _level(code: Code) -> Attribute:
    return _LEVELS.get(code.code.lstrip("0"), Attribute.CONTACT_VERY_RESTRICTED)
