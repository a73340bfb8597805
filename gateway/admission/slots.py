"""How many searches are worked on at once; the rest are refused early rather than drowned together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ror.errors import FaultError
from ror.faults import Fault, Reason

RETRY_AFTER_S = 1


class SearchSlots:
    """At most ``running`` searches at once and ``waiting`` in line, each for at most ``patience_s`` seconds."""

    def __init__(self, running: int, waiting: int, patience_s: float) -> None:
        self._free = asyncio.Semaphore(running)
        self._line = waiting
        self._patience_s = patience_s
        self._waiting = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot. Raises ``FaultError`` 503 at once where the line is full, or when patience ends."""
        if self._free.locked() and self._waiting >= self._line:
            raise _overloaded()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise _overloaded() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()


def _overloaded() -> FaultError:
    return FaultError(Fault(reason=Reason.OVERLOADED, message=Reason.OVERLOADED.message, retry_after_s=RETRY_AFTER_S))
