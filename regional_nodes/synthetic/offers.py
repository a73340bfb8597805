"""Kinds of units of the synthetic data: what a unit of one kind offers, as ranges that chance draws from."""

from dataclasses import dataclass, field
from typing import Final

from regional_nodes.building import ADULTS, ALL_AGES, CHILDREN, AgeRange

NEWBORN: Final = AgeRange(0, 28, "d", "d")
INFANTS: Final = AgeRange(0, 3, "mo", "a")
MOTHERS: Final = AgeRange(12, 60)
TEENAGERS: Final = AgeRange(12, 17)
ELDERLY: Final = AgeRange(60, 130)
OLD: Final = AgeRange(70, 130)
DISABLED_CHILDREN: Final = AgeRange(3, 20)
DISABLED_ADULTS: Final = AgeRange(20, 64)

__all__ = [
    "ADULTS",
    "ALL_AGES",
    "CHILDREN",
    "DISABLED_ADULTS",
    "DISABLED_CHILDREN",
    "ELDERLY",
    "INFANTS",
    "MOTHERS",
    "NEWBORN",
    "OLD",
    "TEENAGERS",
    "AgeRange",
    "Offer",
    "Older",
    "Service",
]


@dataclass(frozen=True, slots=True)
class Older:
    """How a unit was told before its codes began: in a mode, with activities, that had not ended then."""

    mode: str
    activities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A kind of unit. ``share`` is how often a place that may have it has it; codes are those of the newest release.

    ``beds`` and ``places`` are least and most installed. ``opening`` names the hours (``week``, ``always``,
    ``saturday``). ``zone``: it serves the country around. ``sector``: letter of a psychiatric sector (``G``, ``I``).
    ``professionals`` is how many are named at most, of the professions in ``people``. ``rare`` keeps a bed open
    nearly always. ``older`` stands where the codes are not in a region's release yet; else the unit is left out.
    """

    name: str
    field: str = "01"
    mode: str = "28"
    activities: tuple[str, ...]
    share: float = 1.0
    ages: AgeRange = ALL_AGES
    publics: tuple[str, ...] = ()
    beds: tuple[int, int] | None = None
    places: tuple[int, int] | None = None
    acts: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    specialities: tuple[str, ...] = ()
    specific_skills: tuple[str, ...] = ()
    care_specialities: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    category: str | None = None
    reception: str | None = None
    sequential: bool | None = None
    annual_opening: str | None = None
    management: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    opening: str | None = None
    zone: bool = False
    sector: str | None = None
    maternity: bool = False
    critical: bool = False
    sensitive: bool = False
    rare: bool = False
    professionals: int = 0
    people: tuple[str, ...] = ("10",)
    older: tuple[Older, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service (OI of type 2) or unité fonctionnelle (type 3) and the kinds of units it may hold."""

    name: str
    offers: tuple[Offer, ...] = field(default=())
    type: str = "2"
