"""One deadline a question, on the monotonic clock (decision 23)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from ror.question import DEFAULT_DEADLINE_S, LONGEST_DEADLINE_S

SHORTEST_S = 0.6
"""A shorter wish would leave the regions nothing; it is lengthened to this."""
OWN_WORK_S = 0.4
"""What the gateway keeps of the deadline for merging and writing."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock, in seconds."""

    at: float
    clock: Callable[[], float] = field(default=monotonic, compare=False, repr=False)

    @classmethod
    def starting_at(
        cls, arrived_s: float, wished_s: float | None, clock: Callable[[], float] = monotonic
    ) -> "Deadline":
        """The caller's wish within bounds, or the official 5 seconds, from when its request arrived."""
        wished = DEFAULT_DEADLINE_S if wished_s is None else min(max(wished_s, SHORTEST_S), LONGEST_DEADLINE_S)
        return cls(arrived_s + wished, clock)

    def for_nodes_s(self) -> float:
        """Seconds that a region has left to answer; 0 when there are none."""
        return max(0.0, self.at - self.clock() - OWN_WORK_S)
