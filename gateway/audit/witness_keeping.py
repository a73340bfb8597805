"""Showing every new head to the witnesses while the gateway runs, and telling when too few of them co-sign."""

import asyncio
from collections.abc import Callable
from time import monotonic

import structlog

from gateway.audit.log import AuditLog
from gateway.audit.witnesses import WitnessRound
from ror.audit.events import Event, LogUnwitnessed

TOO_FEW_S = 300.0
"""How long heads may lack their witnesses before somebody is told: a region that restarts is no news."""

_log = structlog.get_logger(__name__)


class WitnessKeeping:
    """Asks on, at most every ``every_s`` seconds, until ``wanted`` witnesses have co-signed the newest head."""

    def __init__(
        self,
        log: AuditLog,
        round_: WitnessRound,
        *,
        wanted: int,
        every_s: float,
        too_few_s: float = TOO_FEW_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._log = log
        self._round = round_
        self._wanted = wanted
        self._every_s = every_s
        self._too_few_s = too_few_s
        self._clock = clock
        self._covered = ""
        self._lacking_since: float | None = None
        self._told = False

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            await self.look()

    async def look(self) -> None:
        """Ask the witnesses if there is a head that too few of them have seen."""
        shown = self._log.head.text
        if shown == self._covered:
            return
        cosigned = await self._round.gather()
        if cosigned >= self._wanted:
            self._covered = shown
            self._enough(cosigned)
        else:
            self._too_few(cosigned)

    def _enough(self, cosigned: int) -> None:
        if self._told:
            _log.warning("witness.enough", cosigned=cosigned, wanted=self._wanted)
        self._lacking_since, self._told = None, False

    def _too_few(self, cosigned: int) -> None:
        now = self._clock()
        if self._lacking_since is None:
            self._lacking_since = now
        if self._told or now - self._lacking_since < self._too_few_s:
            return
        self._told = True
        seconds = round(now - self._lacking_since)
        _log.error("witness.too_few", cosigned=cosigned, wanted=self._wanted, seconds=seconds)
        event: Event = LogUnwitnessed(cosigned=cosigned, wanted=self._wanted, seconds=seconds)
        self._log.note(event)
