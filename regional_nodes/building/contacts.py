"""Contacts, their ways to be reached and secure mail boxes, with the levels that the rules ask for."""

from regional_nodes.building.codes import Codebook
from regional_nodes.building.facts import FREE, VERY_RESTRICTED, Channel, ContactFacts
from ror.coding import Scheme
from ror.model import Contact, ContactPoint, MailBox, Record

MAIL = "3"
"""TRE_R200: courrier électronique."""


def contact_point(codebook: Codebook, channel: Channel, record: Record, *, at_least: str = FREE) -> ContactPoint:
    """A way to reach somebody, no less confidential than ``at_least`` (RG_EXP_034)."""
    return ContactPoint(
        channel=codebook.code(Scheme.CHANNEL, channel.code),
        value=channel.value,
        confidentiality=codebook.code(Scheme.CONFIDENTIALITY, max(channel.level, at_least)),
        record=record,
    )


def contact(codebook: Codebook, facts: ContactFacts, record: Record, *, sensitive: bool = False) -> Contact:
    """A contact: by nature alone or by function with a name (RG_EXP_040, 041); level 3 when ``sensitive`` (039)."""
    if (facts.nature is None) == (facts.function is None):
        raise ValueError("a contact has a nature or a function, not both and not neither")
    if (facts.function is None) != (facts.name is None):
        raise ValueError("a contact with a function has a name, one with a nature has none")
    level = VERY_RESTRICTED if sensitive else facts.level
    return Contact(
        name=facts.name,
        function=codebook.maybe(Scheme.CONTACT_FUNCTION, facts.function),
        nature=codebook.maybe(Scheme.CONTACT_NATURE, facts.nature),
        description=facts.description,
        confidentiality=codebook.code(Scheme.CONFIDENTIALITY, level),
        points=tuple(contact_point(codebook, channel, record, at_least=level) for channel in facts.channels),
        record=record,
    )


def contacts(
    codebook: Codebook, facts: tuple[ContactFacts, ...], record: Record, *, sensitive: bool = False
) -> tuple[Contact, ...]:
    """All contacts of one entry."""
    return tuple(contact(codebook, one, record, sensitive=sensitive) for one in facts)


def mail_box(codebook: Codebook, address: str, record: Record, *, sensitive: bool = False) -> MailBox:
    """A secure health mail box (MSS)."""
    level = VERY_RESTRICTED if sensitive else FREE
    return MailBox(point=contact_point(codebook, Channel(MAIL, address, level), record), record=record)
