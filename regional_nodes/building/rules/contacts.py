"""Contacts and how confidential they are (RG_EXP_034, 039, 040, 041)."""

from collections.abc import Iterator

from regional_nodes.source import EstablishmentTree
from ror.model import Contact, ContactPoint

_VERY_RESTRICTED = "3"
"""TRE_R283: accès très restreint."""


def broken_contacts(tree: EstablishmentTree) -> Iterator[str]:
    """Breaches in the contacts of a tree."""
    for organization in (tree.legal_entity, tree.establishment):
        for contact in organization.contacts:
            yield from _broken_contact(contact, organization.entity_id)
    for facility in tree.facilities:
        for contact in facility.contacts:
            yield from _broken_contact(contact, facility.entity_id)
        if not facility.sensitive:
            continue
        if not facility.is_unit:
            yield f"RG_EXP_039: OI {facility.entity_id} is sensitive and no unit"
        boxes = (box.point for box in facility.mail_boxes if box.point is not None)
        levels = [contact.confidentiality.code for contact in facility.contacts]
        levels += [_level(point) for point in boxes]
        if any(level != _VERY_RESTRICTED for level in levels):
            yield f"RG_EXP_039: sensitive unit {facility.entity_id} has a contact below level 3"


def _broken_contact(contact: Contact, owner: str) -> Iterator[str]:
    if contact.nature is not None and (contact.name is not None or contact.function is not None):
        yield f"RG_EXP_040: a contact of {owner} has a nature and a name or function"
    if contact.function is not None and contact.name is None:
        yield f"RG_EXP_041: a contact of {owner} has a function and no name"
    if contact.nature is None and contact.function is None:
        yield f"RG_EXP_041: a contact of {owner} has neither nature nor function"
    if any(_level(point) < contact.confidentiality.code for point in contact.points):
        yield f"RG_EXP_034: a contact of {owner} is more confidential than a way to reach it"


def _level(point: ContactPoint) -> str:
    return "0" if point.confidentiality is None else point.confidentiality.code
