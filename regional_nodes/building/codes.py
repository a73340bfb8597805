"""Codes with the labels of the nomenclatures, as one release of them stands."""

from datetime import date
from functools import lru_cache

from ror.coding import Code
from ror.nomenclatures import Concept, table

HONORIFIC = "1.2.250.1.213.1.6.1.11"
"""TRE_R11, civilité d'exercice."""
TITLE = "1.2.250.1.213.1.6.1.69"
"""TRE_R81, civilité."""
HEALTH_TERRITORY = "1.2.250.1.213.1.6.1.104"
"""TRE_R88, territoires de santé."""
SECTOR_OF_ACTIVITY = "1.2.250.1.71.4.2.4"
"""TRE_R02: the categories of practices (``SA…``), which stand beside TRE_R66 in JDV_J55."""
LANGUAGE = "1.2.250.1.71.2.10"
"""TRE_G00, langues."""


class Codebook:
    """The codes of the tables that are valid at ``release`` (the newest when ``None``), each built once."""

    def __init__(self, release: date | None = None) -> None:
        self.release = release
        self._codes: dict[tuple[str, str], Code] = {}

    def code(self, scheme: str, value: str, label: str | None = None) -> Code:
        """The code of ``scheme`` with its label. A code that its table does not hold is a ``LookupError``."""
        key = (scheme, value)
        known = self._codes.get(key)
        if known is None:
            known = self._codes[key] = _code(str(scheme), value, label)
        return known

    def codes(self, scheme: str, values: tuple[str, ...]) -> tuple[Code, ...]:
        """The codes of several values, in their order."""
        return tuple(self.code(scheme, value) for value in values)

    def maybe(self, scheme: str, value: str | None) -> Code | None:
        """The code of ``value``, or ``None``."""
        return None if value is None else self.code(scheme, value)

    def is_open(self, scheme: str, value: str) -> bool:
        """Whether ``value`` stands in its table and has begun and not ended at this release."""
        concept = _concept(scheme, value)
        if concept is None:
            return False
        return concept.valid_to is None if self.release is None else concept.is_open(self.release)

    def open(self, scheme: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``values`` that are open, in their order."""
        return tuple(value for value in values if self.is_open(scheme, value))


@lru_cache(maxsize=8192)
def _concept(scheme: str, value: str) -> Concept | None:
    known = table(scheme)
    return None if known is None else known.find(value)


def _code(scheme: str, value: str, label: str | None) -> Code:
    if table(scheme) is None:
        return Code(value, scheme, label)
    concept = _concept(scheme, value)
    if concept is None:
        raise LookupError(f"code {value!r} is not in table {scheme}")
    return Code(concept.code, scheme, label or concept.label)
