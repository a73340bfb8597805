"""Prices of the medico-social field, told by an EG (domain §1.16)."""

from dataclasses import dataclass
from datetime import date

from ror.coding import Code
from ror.model.common import Record
from ror.model.wire import many, maybe, one


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount in a currency (TRE_R230)."""

    amount: float = one("amount")
    currency: Code = one("currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePackage:
    """Forfait socle hébergement."""

    under_60: bool = one("under60")
    included: tuple[Code, ...] = many("deliveryIncluded")
    others_included: tuple[str, ...] = many("othersDeliveryIncluded")
    housing_type: Code = one("residentialType")
    condition: Code | None = maybe("specialPrice")
    reception_type: Code = one("welcomeType")


@dataclass(frozen=True, slots=True, kw_only=True)
class MealDelivery:
    """Portage de repas."""

    condition: Code | None = maybe("specialPrice")
    name: str | None = maybe("mealDeliveryName")


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeDay:
    """Accueil de jour."""

    condition: Code | None = maybe("specialPrice")


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyPrice:
    """Tarif dépendance, by GIR group."""

    level: Code = one("dependencyLevel")
    reception_type: Code = one("welcomeType")


@dataclass(frozen=True, slots=True, kw_only=True)
class HousingSurcharge:
    """Supplement of an SSR single room (RG_EXP_029: type 02 only)."""

    housing_type: Code = one("residentialType")


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanHelpPrice:
    """Aide humaine à domicile."""

    name: str | None = maybe("humanHelpPriceName")
    management: Code = one("managementType")
    condition: Code | None = maybe("specialPrice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """Prestation supplémentaire tarifée."""

    other_name: str = one("otherSurchargePriceName")
    name: Code | None = maybe("surchargePriceName")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price; exactly one of the seven detail fields is set (the schema's choice)."""

    type: Code = one("priceType")
    unit: Code = one("priceUnit")
    price: Amount = one("price")
    updated: date | None = maybe("updateDate")
    base_package: BasePackage | None = maybe("basePackageAccomodation")
    meal_delivery: MealDelivery | None = maybe("mealDelivery")
    home_day: HomeDay | None = maybe("homeDay")
    dependency: DependencyPrice | None = maybe("dependencyPrice")
    housing_surcharge: HousingSurcharge | None = maybe("surchargePriceResidential")
    human_help: HumanHelpPrice | None = maybe("humanHelpPrice")
    surcharge: Surcharge | None = maybe("surchargePrice")
    record: Record = one("record")
