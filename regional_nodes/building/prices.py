"""Prices of an establishment: one detail a type (domain §1.16)."""

from typing import Any

from regional_nodes.building.codes import Codebook
from regional_nodes.building.facts import PriceFacts
from ror.coding import Scheme
from ror.model import (
    Amount,
    BasePackage,
    DependencyPrice,
    HomeDay,
    HousingSurcharge,
    HumanHelpPrice,
    MealDelivery,
    Price,
    Record,
    Surcharge,
)

SINGLE_ROOM = "02"
"""TRE_R242: the only housing type that a surcharge may name (RG_EXP_029)."""


def price(codebook: Codebook, facts: PriceFacts, record: Record) -> Price:
    """A price with the detail of its type."""
    return Price(
        type=codebook.code(Scheme.PRICE_TYPE, facts.type),
        unit=codebook.code(Scheme.PRICE_UNIT, facts.unit),
        price=Amount(amount=facts.euros, currency=codebook.code(Scheme.CURRENCY, "EUR")),
        updated=facts.updated,
        record=record,
        **_detail(codebook, facts),
    )


def _detail(codebook: Codebook, facts: PriceFacts) -> dict[str, Any]:
    condition = codebook.maybe(Scheme.PRICE_CONDITION, facts.condition)
    reception = codebook.code(Scheme.RECEPTION_TYPE, facts.reception)
    match facts.type:
        case "01":
            return {
                "housing_surcharge": HousingSurcharge(housing_type=codebook.code(Scheme.HOUSING_TYPE, SINGLE_ROOM))
            }
        case "02":
            package = BasePackage(
                under_60=facts.under_60,
                included=codebook.codes(Scheme.INCLUDED_SERVICE, facts.included),
                others_included=facts.others_included,
                housing_type=codebook.code(Scheme.HOUSING_TYPE, facts.housing),
                condition=condition,
                reception_type=reception,
            )
            return {"base_package": package}
        case "03":
            level = codebook.code(Scheme.DEPENDENCY_LEVEL, facts.dependency)
            return {"dependency": DependencyPrice(level=level, reception_type=reception)}
        case "04":
            return {"surcharge": Surcharge(other_name=facts.name or "Prestation supplémentaire")}
        case "05":
            return {"home_day": HomeDay(condition=condition)}
        case "06":
            management = codebook.code(Scheme.MANAGEMENT, facts.management)
            return {"human_help": HumanHelpPrice(name=facts.name, management=management, condition=condition)}
        case "07":
            return {"meal_delivery": MealDelivery(condition=condition, name=facts.name)}
    raise ValueError(f"no price of type {facts.type!r} in TRE_R246")
