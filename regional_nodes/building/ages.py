"""Ages that a unit takes, as two bounds that are both inclusive (decision 24), and what the model says of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from regional_nodes.building.codes import Codebook
from ror.ages import AgeInterval, age_classes_of, interval
from ror.coding import Scheme
from ror.model import Measurement, Patients, Record


@dataclass(frozen=True, slots=True)
class AgeRange:
    """From ``minimum`` to ``maximum``, each in its own UCUM unit: ``a`` years, ``mo`` months, ``d`` days."""

    minimum: int
    maximum: int
    minimum_unit: str = "a"
    maximum_unit: str = "a"


def hull(ranges: Iterable[AgeRange]) -> AgeRange:
    """The smallest range that holds all of ``ranges`` (at least one)."""
    known = tuple(dict.fromkeys(ranges))
    youngest = min(known, key=lambda ages: days(ages).min_days)
    oldest = max(known, key=lambda ages: days(ages).max_days)
    return AgeRange(youngest.minimum, oldest.maximum, youngest.minimum_unit, oldest.maximum_unit)


@cache
def days(ages: AgeRange) -> AgeInterval:
    """The range in days. An impossible one is a ``ValueError``."""
    return interval((ages.minimum, ages.minimum_unit), (ages.maximum, ages.maximum_unit))


@cache
def classes_of(ages: AgeRange) -> tuple[str, ...]:
    """Every age class (TRE_R208) that the range touches."""
    return age_classes_of(days(ages))


def patients(codebook: Codebook, ages: AgeRange, publics: tuple[str, ...], record: Record) -> Patients:
    """Whom a unit takes, with every age class for G1."""
    return Patients(
        age_classes=codebook.codes(Scheme.AGE_CLASS, classes_of(ages)),
        publics=codebook.codes(Scheme.PUBLIC, publics),
        age_min=Measurement(value=ages.minimum, unit=codebook.code(Scheme.UCUM, ages.minimum_unit)),
        age_max=Measurement(value=ages.maximum, unit=codebook.code(Scheme.UCUM, ages.maximum_unit)),
        record=record,
    )


def range_of(patients: Patients) -> AgeRange | None:
    """The range that the model tells, or ``None`` when no age can lie in it."""
    low, high = patients.age_min, patients.age_max
    ages = AgeRange(low.value, high.value, low.unit.code, high.unit.code)
    try:
        days(ages)
    except ValueError:
        return None
    return ages
