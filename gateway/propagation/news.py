"""The list is looked at in a thread; that there is news is told on the loop."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from whitelist.source import Refresh

_NEWS = frozenset({Refresh.TAKEN_UP, Refresh.STOPS_CHANGED})


class Looked(Protocol):
    """What looks at the list."""

    def refresh(self) -> Refresh:
        """Look once; may block."""


class Announced:
    """Refreshes ``lists`` and calls ``told`` on the running loop whenever something new is in force."""

    def __init__(self, lists: Looked, told: Callable[[], None]) -> None:
        self._lists = lists
        self._told = told
        self._loop = asyncio.get_running_loop()

    def refresh(self) -> Refresh:
        """Look once; call it in a thread."""
        outcome = self._lists.refresh()
        if outcome in _NEWS:
            self._loop.call_soon_threadsafe(self._told)
        return outcome
