"""The memory of assertions that have served, so that none serves twice.

An id is remembered for its issuer until the assertion stops counting by itself (``Window.counts_until``); nothing
that still counts is ever forgotten to make room. Each issuer has its own room: who fills it is refused until his own
assertions run out, and nobody else notices. Processes that serve one address need a shared memory behind
``ReplayMemory``; one process alone has ``LocalMemory``, which begins empty when it starts.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from heapq import heappop, heappush
from typing import Final, Protocol

MOST_REMEMBERED: Final = 100_000
"""Assertions of one issuer that count at a time: some 230 a second of those that live as long as a window allows."""

_SWEPT = 8
"""Entries at most that one call forgets of each of two issuers: more than it adds, and never a pause."""
_EPOCH = datetime.fromtimestamp(0, UTC)


class Use(Enum):
    """What the memory says of an assertion about to be used."""

    FIRST = "first"
    REPLAYED = "replayed"
    FORGOTTEN = "forgotten"
    """It may have served: others that ended no earlier were forgotten. Only a clock set back comes here."""
    FULL = "full"


class ReplayMemory(Protocol):
    """Where the ids are remembered: checked and set in one step, by whoever comes first."""

    async def use(self, issuer: str, assertion_id: str, until: datetime, now: datetime) -> Use:
        """Remember an assertion that counts until ``until``. Raises nothing: a store that is down says ``FULL``."""


@dataclass(slots=True)
class _Issuer:
    """The ids of one issuer, the first to run out on top of ``ends``."""

    ids: set[bytes] = field(default_factory=set)
    ends: list[tuple[datetime, bytes]] = field(default_factory=list)
    forgotten_until: datetime = _EPOCH

    def sweep(self, now: datetime) -> None:
        for _ in range(_SWEPT):
            if not self.ends or self.ends[0][0] > now:
                return
            self.forgotten_until, id_ = heappop(self.ends)
            self.ids.discard(id_)


class LocalMemory:
    """The memory of one process. For one event loop: nothing in ``use`` waits, so that it is one step."""

    def __init__(self, most_an_issuer: int = MOST_REMEMBERED) -> None:
        self._most = most_an_issuer
        self._issuers: OrderedDict[str, _Issuer] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(issuer.ids) for issuer in self._issuers.values())

    async def use(self, issuer: str, assertion_id: str, until: datetime, now: datetime) -> Use:
        """Remember an assertion, unless it has served."""
        self._sweep_another(now)
        known = self._issuers.setdefault(issuer, _Issuer())
        known.sweep(now)
        id_ = hashlib.sha256(assertion_id.encode()).digest()
        if id_ in known.ids:
            return Use.REPLAYED
        if until <= known.forgotten_until:
            return Use.FORGOTTEN
        if len(known.ids) >= self._most:
            return Use.FULL
        known.ids.add(id_)
        heappush(known.ends, (until, id_))
        return Use.FIRST

    def _sweep_another(self, now: datetime) -> None:
        """Look at the issuer not looked at for longest, so that those who are gone leave nothing behind."""
        if self._issuers:
            name, issuer = next(iter(self._issuers.items()))
            self._issuers.move_to_end(name)
            issuer.sweep(now)
