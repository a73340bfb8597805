"""The asynchronous edge: look at the list again and again without holding up the loop."""

import asyncio
from typing import Protocol


class Refreshed(Protocol):
    """A ``WhitelistSource``, or what stands around one."""

    def refresh(self) -> object:
        """Look at the list once; may block."""


async def watch(source: Refreshed, interval_s: float) -> None:
    """Refresh ``source`` every ``interval_s`` seconds until cancelled; a large list is verified in a thread."""
    while True:
        await asyncio.sleep(interval_s)
        await asyncio.to_thread(source.refresh)
