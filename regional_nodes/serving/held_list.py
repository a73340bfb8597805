"""The list that one node goes by. The nodes of a host share the reading of the file; each holds what it took up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from whitelist.in_force import Held
from whitelist.index import WhitelistIndex


class Lists(Protocol):
    """Where lists come from, verified."""

    @property
    def held(self) -> Held | None:
        """The newest that may be taken up; ``None`` while there is none to go by."""


class HeldList:
    """One node's own list. ``is_stale``: it misses whatever comes, silently, as a node would whose copy fails."""

    def __init__(self, lists: Lists, now: Callable[[], datetime]) -> None:
        self._lists = lists
        self._now = now
        self._held: Held | None = None
        self._source: Held | None = None
        self.is_stale = False

    @property
    def held(self) -> Held | None:
        """What this node has in force; ``None`` before the first list, once it has expired, and while the host's own
        reading may be too old to go by.
        """
        if self._held is None or (self._lists.held is None and not self.is_stale):
            return None
        return self._held.at(self._now())

    @property
    def current(self) -> WhitelistIndex | None:
        """The list by which this node decides."""
        held = self.held
        return None if held is None else held.index

    def follow(self) -> None:
        """Take up what is new, list or stops; costs a comparison while nothing is."""
        fresh = self._lists.held
        if self.is_stale or fresh is None or fresh is self._source:
            return
        before = self._held
        in_force = replace(fresh.in_force, taken_up_at=self._now())
        if before is not None and before.in_force.is_same_as(in_force):
            in_force = before.in_force
        self._held, self._source = Held(fresh.index, in_force), fresh
