"""What a unit offers, as rows that a search can look up: kind and code, the code without leading zeros."""

from enum import IntEnum

from ror.nomenclatures.table import stripped

__all__ = ["MarkKind", "stripped"]


class MarkKind(IntEnum):
    """The criteria that have rows of their own, in the order in which they narrow a search most."""

    ACT = 1
    EQUIPMENT = 2
    SPECIALITY = 3
    ACTIVITY = 4
