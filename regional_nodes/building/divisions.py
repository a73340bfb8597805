"""The OI above the units: what they gather from below (RG_ALIM_006) and what they say themselves."""

from collections.abc import Iterator

from regional_nodes.building.ages import AgeRange, hull, patients
from regional_nodes.building.contacts import contacts, mail_box
from regional_nodes.building.facts import DivisionFacts, UnitFacts
from regional_nodes.building.units import Site
from ror.coding import Code, Scheme
from ror.model import Facility, FacilityOrganization

NO_MODE = Code("", "")
"""An OI that is no UE has a mode of care with empty code and scheme (domain §1.3)."""


def division(site: Site, facts: DivisionFacts, parent: str | None) -> Facility:
    """The OI with every field of activity, the ages and the publics of the units below it."""
    codebook = site.codebook
    below = tuple(units_of(facts))
    record = site.recorder.record(facts.recorded)
    return Facility(
        entity_id=site.ids.facility(facts.number),
        other_ids=site.other_ids(facts.number),
        types=(codebook.code(Scheme.OI_TYPE, facts.type),),
        name=facts.name,
        organizations=(FacilityOrganization(entity_id=site.establishment),),
        contacts=contacts(codebook, facts.contacts, record),
        mail_boxes=tuple(mail_box(codebook, box, record) for box in facts.mail_boxes),
        created=facts.opened,
        fields=codebook.codes(Scheme.FIELD, tuple(sorted({unit.field for unit in below}))),
        care_mode=NO_MODE,
        patients=patients(codebook, _ages(below), _publics(below), record),
        parent=parent,
        sensitive=False,
        record=record,
    )


def units_of(facts: DivisionFacts) -> Iterator[UnitFacts]:
    """Every unit below a division, at any depth, in order."""
    for member in facts.members:
        if isinstance(member, UnitFacts):
            yield member
        else:
            yield from units_of(member)


def _ages(below: tuple[UnitFacts, ...]) -> AgeRange:
    return hull(unit.ages for unit in below)


def _publics(below: tuple[UnitFacts, ...]) -> tuple[str, ...]:
    return tuple(sorted({public for unit in below for public in unit.publics}))
