"""Whether news is still heard: a reader that cannot look at its files must not go on for ever with what it knew."""

from collections.abc import Callable
from time import monotonic


class Hearing:
    """Remembers the last look that brought news, or would have. ``within_s`` ``None`` forgives for ever.

    ``heard`` may be called by the thread that looks, ``lost`` by everybody else.
    """

    __slots__ = ("_at", "_clock", "_within_s")

    def __init__(self, within_s: float | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._within_s = within_s
        self._clock = clock
        self._at: float | None = None

    def now_s(self) -> float:
        """The moment at which a look begins, for ``heard``."""
        return self._clock()

    def heard(self, began_s: float) -> None:
        """A look that began at ``began_s`` got through: whatever was there before it is known."""
        self._at = began_s

    @property
    def lost(self) -> bool:
        """Whether no look has got through for longer than is forgiven; not before the first one did."""
        at = self._at
        return self._within_s is not None and at is not None and self._clock() - at > self._within_s
