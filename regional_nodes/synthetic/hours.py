"""Opening hours of synthetic units, by the name of a pattern."""

from datetime import time
from typing import Final

from regional_nodes.building import HoursFacts

OPENING, BY_APPOINTMENT, CLOSING = "01", "07", "08"

_WEEK: Final = (1, 2, 3, 4, 5)
_EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)

PATTERNS: Final[dict[str, tuple[HoursFacts, ...]]] = {
    "week": (
        HoursFacts(days=_WEEK, begins=time(8, 30), ends=time(18, 0), type=BY_APPOINTMENT),
        HoursFacts(days=(6, 7), begins=time(0, 0), ends=time(23, 59), type=CLOSING, open=False),
    ),
    "saturday": (
        HoursFacts(days=_WEEK, begins=time(8, 0), ends=time(19, 0), type=OPENING),
        HoursFacts(days=(6,), begins=time(8, 0), ends=time(12, 30), type=OPENING),
    ),
    "always": (HoursFacts(days=_EVERY_DAY, begins=time(0, 0), ends=time(23, 59), type=OPENING),),
}
"""Weekdays by appointment, weekdays and Saturday morning, around the clock."""
