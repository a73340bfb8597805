"""Whether we are too busy ourselves to blame anybody for being slow: the event loop's own delay."""

import asyncio
from collections.abc import Callable
from time import monotonic

_BEAT_S = 0.05
_BUSY_S = 0.15
"""A beat as late as this means that answers wait for us, not we for them."""
_REMEMBERED_S = 2.0


class Pulse:
    """Beats twenty times a second and remembers for a moment when a beat came late."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._late_s = float("-inf")

    @property
    def busy(self) -> bool:
        """Whether the loop was held up within the last two seconds."""
        return self._clock() - self._late_s < _REMEMBERED_S

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            due_s = self._clock() + _BEAT_S
            await asyncio.sleep(_BEAT_S)
            self.came(due_s)

    def came(self, due_s: float) -> None:
        """Note a beat that was due at ``due_s``."""
        now = self._clock()
        if now - due_s >= _BUSY_S:
            self._late_s = now
