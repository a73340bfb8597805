"""Whether an assertion's moments fit the clock: issued not long ago, not in the future, within its own conditions.

Its age is bounded whatever it says of itself; ``Conditions`` can only shorten its life. ``AuthnInstant`` may lie
further back, since a session outlives a message, but not ahead.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ror.assertion import Assertion
from ror.faults import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How old an assertion may be, and by how much clocks may differ, in both directions."""

    max_age: timedelta = timedelta(minutes=5)
    skew: timedelta = timedelta(seconds=60)

    def counts_until(self, assertion: Assertion) -> datetime:
        """The first moment at which the assertion does not count any more: until then its id is remembered."""
        end = assertion.issued_at + self.max_age
        if assertion.valid_until is not None:
            end = min(end, assertion.valid_until)
        return end + self.skew

    def counts_from(self, assertion: Assertion) -> datetime:
        """The first moment at which it counts."""
        moments = (assertion.issued_at, assertion.valid_from, assertion.authenticated_at)
        return max(moment for moment in moments if moment is not None) - self.skew


def untimely(assertion: Assertion, window: Window, now: datetime) -> Reason | None:
    """Why the assertion does not count at ``now``; ``None`` where it does."""
    if now >= window.counts_until(assertion):
        return Reason.VIHF_EXPIRED
    return Reason.VIHF_NOT_YET_VALID if now < window.counts_from(assertion) else None
