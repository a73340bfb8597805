"""The asynchronous edge: look at files again and again without holding up the loop."""

import asyncio
from typing import Protocol


class Refreshed(Protocol):
    """A ``RevocationSource``, a ``WhitelistSource``, or what stands around one."""

    def refresh(self) -> object:
        """Look once; may block. Never raises."""


async def watch(source: Refreshed, interval_s: float) -> None:
    """Refresh ``source`` every ``interval_s`` seconds until cancelled; a large list is verified in a thread."""
    while True:
        await asyncio.sleep(interval_s)
        await asyncio.to_thread(source.refresh)
