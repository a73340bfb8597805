"""A search, as a value: what G1 asks (contract, "G1 request") and what our header adds to it."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final

from ror.coding import Code

DEFAULT_LIMIT: Final = 199
"""Units an answer holds unless the question says more: the official tests want fewer than 200 (decision 11)."""

MAX_LIMIT: Final = 20_000
"""Units; the most that any partner may ask for (decision 11)."""

DEFAULT_DEADLINE_S: Final = 5.0
"""Seconds; the official limit (decision 23)."""

LONGEST_DEADLINE_S: Final = 30.0
"""Seconds; the most that a question may ask to be waited for (decision 23)."""


class DestinationLevel(Enum):
    """TRE_R201 levels that a search may name; 4 and 6 are recognised and refused (decision 8)."""

    REGION = "1"
    DEPARTMENT = "2"
    COMMUNE = "3"
    COUNTRY = "5"


@dataclass(frozen=True, slots=True)
class Destination:
    """A territory to search in, by INSEE code (``FR`` for the country), with an optional radius.

    ``distance_km`` makes it a circle around the commune, or the chef-lieu of the département or région.
    """

    level: DestinationLevel
    code: str
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class ReferencePlace:
    """Where distances are told from: a commune's INSEE code, or coordinates in WGS84 degrees (decision 10)."""

    commune: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What a unit must offer. Kinds are ANDed, repeated values of one kind are ORed.

    ``age_days`` is the patient's age; ``available_beds`` our own criterion, the least number of open beds.
    """

    activities: tuple[Code, ...] = ()
    act: Code | None = None
    speciality: Code | None = None
    equipment: Code | None = None
    care_modes: tuple[Code, ...] = ()
    age_classes: tuple[Code, ...] = ()
    age_days: int | None = None
    name: str | None = None
    available_beds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One search: criteria, where, and our header's additions (``limite``, ``echeance``, ``repere`` …).

    ``limit`` and ``deadline`` are as the caller wrote them; who answers applies its own bounds.
    ``least_complete`` is the share of the RORs asked, 0 to 1, that must be complete or the answer is a fault.
    ``widen_until`` asks the destination's region first, then its neighbours, then the country, until as many units
    are found.
    ``warnings`` are French sentences about accepted oddities (an ended code), told in the answer's header.
    """

    criteria: Criteria
    destinations: tuple[Destination, ...]
    reference: ReferencePlace | None = None
    limit: int | None = None
    deadline: timedelta | None = None
    least_complete: float | None = None
    widen_until: int | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
