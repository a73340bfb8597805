"""Ages and age classes as intervals of whole days (decision 24).

A year is 365.25 days and a month a twelfth of it, rounded down to the day, so that 12 months are 1 year and
neighbouring bounds meet: "max 17 a" ends on the eve of the 18th birthday, "min 18 a" begins on the day itself.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from ror.coding import Scheme

_DAYS_PER_YEAR = Decimal("365.25")
MAX_AGE_YEARS = 130
MAX_AGE_DAYS = int(MAX_AGE_YEARS * _DAYS_PER_YEAR)
"""The greatest age of a patient that is believed."""

_DAYS_PER_UNIT: dict[str, Decimal] = {
    "a": _DAYS_PER_YEAR,
    "m": _DAYS_PER_YEAR / 12,
    "mo": _DAYS_PER_YEAR / 12,
    "wk": Decimal(7),
    "j": Decimal(1),
    "d": Decimal(1),
    "h": Decimal(1) / 24,
    "mn": Decimal(1) / 1440,
    "min": Decimal(1) / 1440,
    "s": Decimal(1) / 86400,
    "ms": Decimal(1) / 86_400_000,
}
"""Units of time of TRE_R215 (a, m, j, h, mn …) and of UCUM (a, mo, wk, d, h, min …)."""

_UNIT_LABELS = {
    "a": ("an", "ans"),
    "m": ("mois", "mois"),
    "mo": ("mois", "mois"),
    "wk": ("semaine", "semaines"),
    "j": ("jour", "jours"),
    "d": ("jour", "jours"),
    "h": ("heure", "heures"),
    "mn": ("minute", "minutes"),
    "min": ("minute", "minutes"),
    "s": ("seconde", "secondes"),
    "ms": ("milliseconde", "millisecondes"),
}

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:[.,][0-9]{1,9})?")

Number = int | float | str


@dataclass(frozen=True, slots=True)
class AgeInterval:
    """Ages from ``min_days`` to ``max_days``, both included. An empty or negative one is a ``ValueError``."""

    min_days: int
    max_days: int

    def __post_init__(self) -> None:
        if self.min_days < 0:
            raise ValueError(f"Un âge minimal ne peut être négatif : {self.min_days} jours.")
        if self.max_days < self.min_days:
            raise ValueError(
                f"L'âge maximal ({self.max_days} jours) est inférieur à l'âge minimal ({self.min_days} jours)."
            )

    def contains(self, age_days: int) -> bool:
        """Whether a patient of that age is taken."""
        return self.min_days <= age_days <= self.max_days

    def overlaps(self, other: "AgeInterval") -> bool:
        """Whether some age lies in both."""
        return self.min_days <= other.max_days and other.min_days <= self.max_days


def _days_per_unit(unit: str, scheme: str | None) -> Decimal:
    """Days of a unit; ``m`` is the month of TRE_R215 but the metre of UCUM."""
    if unit not in _DAYS_PER_UNIT or (unit == "m" and scheme == Scheme.UCUM):
        raise ValueError(f"Unité d'âge inconnue : « {unit[:20]} » (admises : a, m ou mo, j ou d, h).")
    return _DAYS_PER_UNIT[unit]


def _checked(value: Number, unit: str) -> Decimal:
    number = _decimal(value)
    shown = f"{str(value)[:20]} {unit[:20]}"
    if number < 0:
        raise ValueError(f"L'âge « {shown} » est négatif.")
    per_unit = _DAYS_PER_UNIT.get(unit)
    if per_unit is not None and number * per_unit >= MAX_AGE_DAYS + 1:
        raise ValueError(f"L'âge « {shown} » dépasse {MAX_AGE_YEARS} ans.")
    return number


def _decimal(value: Number) -> Decimal:
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return Decimal(text.replace(",", "."))
    elif isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    elif isinstance(value, float) and math.isfinite(value):
        return Decimal(str(value))
    raise ValueError(f"L'âge « {str(value)[:20]} » n'est pas un nombre.")


def age_days(value: Number, unit: str, scheme: str | None = None) -> int:
    """A patient's age in whole days. An absurd one or an unknown unit is a ``ValueError`` (a French sentence)."""
    return int(_checked(value, unit) * _days_per_unit(unit, scheme))


def last_day(value: Number, unit: str, scheme: str | None = None) -> int:
    """The last day of a maximal age: a whole number covers its whole unit, ``17 a`` ends before the 18th birthday."""
    number = _checked(value, unit)
    per_unit = _days_per_unit(unit, scheme)
    own_day = int(number * per_unit)
    return own_day if number % 1 else max(own_day, int((number + 1) * per_unit) - 1)


EVERY_AGE = AgeInterval(0, last_day(MAX_AGE_YEARS, "a"))
"""What no bounds mean."""


def interval(minimum: tuple[Number, str] | None = None, maximum: tuple[Number, str] | None = None) -> AgeInterval:
    """The interval between two bounds, each a value and its unit; either may be open.

    Contradictory bounds are a ``ValueError``.
    """
    return AgeInterval(
        EVERY_AGE.min_days if minimum is None else age_days(*minimum),
        EVERY_AGE.max_days if maximum is None else last_day(*maximum),
    )


AGE_CLASSES: dict[str, AgeInterval] = {
    "01": AgeInterval(0, 28),
    "02": interval(maximum=(1, "a")),
    "03": interval((2, "a"), (11, "a")),
    "04": interval((12, "a"), (15, "a")),
    "05": interval((16, "a"), (21, "a")),
    "06": interval((16, "a"), (64, "a")),
    "10": interval((65, "a"), (74, "a")),
    "11": interval((75, "a")),
}
"""The classes of TRE_R208; they overlap (05 lies in 06, 01 in 02)."""


def age_class(code: str) -> AgeInterval | None:
    """The interval of a TRE_R208 code, leading zeros forgiven; ``None`` for an unknown code."""
    return AGE_CLASSES.get(code.lstrip("0").zfill(2))


def age_classes_of(bounds: AgeInterval) -> tuple[str, ...]:
    """Codes of the classes that share an age with ``bounds``: what a unit with these bounds takes."""
    return tuple(code for code, ages in AGE_CLASSES.items() if ages.overlaps(bounds))


def unit_label(unit: str, value: float = 1) -> str:
    """A unit in French, plural from two on: ``an``, ``mois``, ``jours``; an unknown unit stands as it is."""
    singular, plural = _UNIT_LABELS.get(unit, (unit, unit))
    return plural if abs(value) >= 2 else singular
