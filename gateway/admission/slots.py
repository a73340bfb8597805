"""How many searches are worked on at once; the rest are refused early rather than drowned together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ror.errors import FaultError
from ror.faults import Fault, Reason

RETRY_AFTER_S = 1


@dataclass(slots=True)
class _Share:
    """What one partner has of the slots and of the line. Kept while it has any."""

    free: asyncio.Semaphore
    waiting: int = 0
    present: int = 0


class SearchSlots:
    """At most ``running`` searches of one partner at once and ``waiting`` in line, each for ``patience_s`` seconds.

    All partners together have a quarter more of either (one at least), so that neither the flood of one, nor a region
    that keeps its searches waiting, shuts out all others.
    """

    def __init__(self, running: int, waiting: int, patience_s: float) -> None:
        self._most = running
        self._line = waiting
        self._patience_s = patience_s
        self._free_of_all = asyncio.Semaphore(running + _others(running))
        self._line_of_all = waiting + _others(waiting)
        self.running = 0
        """Searches that hold a slot."""
        self.waiting = 0
        """Searches in line."""
        self._shares: dict[str, _Share] = {}

    @property
    def partners(self) -> frozenset[str]:
        """Who has a slot or waits for one."""
        return frozenset(self._shares)

    @asynccontextmanager
    async def slot(self, partner: str) -> AsyncIterator[None]:
        """Hold a slot for ``partner``. Raises ``FaultError`` 503 at once where a line is full, or out of patience."""
        share = self._shares.setdefault(partner, _Share(asyncio.Semaphore(self._most)))
        share.present += 1
        try:
            await self._enter(share)
            self.running += 1
            try:
                yield
            finally:
                self.running -= 1
                self._free_of_all.release()
                share.free.release()
        finally:
            share.present -= 1
            if not share.present:
                del self._shares[partner]

    async def _enter(self, share: _Share) -> None:
        if (share.free.locked() and share.waiting >= self._line) or (
            self._free_of_all.locked() and self.waiting >= self._line_of_all
        ):
            raise _overloaded()
        self.waiting += 1
        share.waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._both(share)
        except TimeoutError:
            raise _overloaded() from None
        finally:
            self.waiting -= 1
            share.waiting -= 1

    async def _both(self, share: _Share) -> None:
        """The partner's own first: whoever has none left holds nothing that another could use."""
        await share.free.acquire()
        try:
            await self._free_of_all.acquire()
        except BaseException:
            share.free.release()
            raise


def _others(number: int) -> int:
    """What is kept for the others beside a partner who has ``number``."""
    return max(1, number // 4)


def _overloaded() -> FaultError:
    return FaultError(Fault(reason=Reason.OVERLOADED, message=Reason.OVERLOADED.message, retry_after_s=RETRY_AFTER_S))
