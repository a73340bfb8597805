"""What anybody can cause without end is told one by one until it comes in floods, and then so many together.

A stranger needs no certificate to be refused. One record each would let him fill the disk, and a full disk stops the
service. A count forgets nothing of what counts: what it was, of whom, how often, within ten seconds.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

Cause = TypeVar("Cause")

EACH = 200
"""So many are told one by one at once …"""
EACH_PER_S = 2.0
"""… and so many a second after that."""
TOGETHER_S = 10.0
MOST_CAUSES = 1000


class Flood(Generic[Cause]):
    """Lets single ones pass while there are few, counts the others by cause. Used on one loop.

    ``tell`` gets every cause with its count; causes beyond ``MOST_CAUSES`` at once are told as ``other``.
    """

    def __init__(
        self, tell: Callable[[Cause, int], None], other: Cause, clock: Callable[[], float] = monotonic
    ) -> None:
        self._tell = tell
        self._other = other
        self._clock = clock
        self._left = float(EACH)
        self._at = clock()
        self._more: Counter[Cause] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def passes(self, cause: Cause) -> bool:
        """Whether this one is to be told by itself; if not, it is counted."""
        now = self._clock()
        self._left = min(float(EACH), self._left + (now - self._at) * EACH_PER_S)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return True
        known = cause in self._more or len(self._more) < MOST_CAUSES
        self._more[cause if known else self._other] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER_S, self.flush)
        return False

    def flush(self) -> None:
        """Tell what was only counted; call it before the log closes, too."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        more, self._more = self._more, Counter()
        for cause, count in more.items():
            self._tell(cause, count)
