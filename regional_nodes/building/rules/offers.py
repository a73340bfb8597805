"""What a unit and an establishment say of their offer (RG_EXP_010, 011, 029, 030; ages; prices)."""

from collections.abc import Iterator

from regional_nodes.building.ages import classes_of, range_of
from regional_nodes.source import EstablishmentTree
from ror.model import Facility, Organization, Price

_NO_MODE = {"", "null"}
"""What stands as mode of care of an OI that is no unit."""

_PRICE_DETAILS = (
    "base_package",
    "meal_delivery",
    "home_day",
    "dependency",
    "housing_surcharge",
    "human_help",
    "surcharge",
)


def broken_offers(tree: EstablishmentTree) -> Iterator[str]:
    """Breaches in what the entries of a tree offer."""
    for facility in tree.facilities:
        yield from _broken_unit(facility) if facility.is_unit else _broken_division(facility)
        yield from _broken_ages(facility)
    yield from _broken_establishment(tree.establishment)


def _broken_unit(unit: Facility) -> Iterator[str]:
    if len(unit.fields) != 1:
        yield f"RG_EXP_010: unit {unit.entity_id} has {len(unit.fields)} fields of activity"
    if unit.care_mode.code in _NO_MODE:
        yield f"RG_EXP_011: unit {unit.entity_id} has no mode of care"


def _broken_division(oi: Facility) -> Iterator[str]:
    if not oi.fields:
        yield f"RG_ALIM_006: OI {oi.entity_id} has no field of activity"
    if oi.care_mode.code not in _NO_MODE or oi.care_mode.scheme:
        yield f"RG_EXP_011: OI {oi.entity_id} is no unit and has a mode of care"


def _broken_ages(facility: Facility) -> Iterator[str]:
    name = facility.entity_id
    ages = range_of(facility.patients)
    if ages is None:
        yield f"DECISION_24: {name} takes patients of no possible age"
        return
    told = tuple(code.code for code in facility.patients.age_classes)
    if facility.is_unit and set(told) != set(classes_of(ages)):
        yield f"G1_AGE_CLASSES: unit {name} tells the classes {', '.join(told)}, not those of its ages"


def _broken_establishment(establishment: Organization) -> Iterator[str]:
    name = establishment.entity_id
    if any(territory.type.code != "4" for territory in establishment.health_territories):
        yield f"RG_EXP_030: EG {name} has a health territory that is none"
    for price in establishment.prices:
        yield from _broken_price(price, name)


def _broken_price(price: Price, owner: str) -> Iterator[str]:
    details = sum(getattr(price, detail) is not None for detail in _PRICE_DETAILS)
    if details != 1:
        yield f"STRUCTURE: a price of EG {owner} has {details} details"
    if price.housing_surcharge is not None and price.housing_surcharge.housing_type.code != "02":
        yield f"RG_EXP_029: an accommodation surcharge of EG {owner} is not for a single room"
