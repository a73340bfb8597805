"""A running reader's stops: each judged once, told loudly, and remembered, so that removing its file frees nobody."""

from datetime import datetime
from pathlib import Path

import structlog

from whitelist.canary_stop import CanaryStop, judge_canary_stop
from whitelist.document import Whitelist
from whitelist.errors import SeenVersionError
from whitelist.files import CANARY_FILE
from whitelist.officers import OfficerTrust
from whitelist.seen import SeenVersions
from whitelist.stop_folder import names, read_canary_stop, read_stop_file
from whitelist.stops import RefusedStop, RunningStop, Stop, StopFlaw, in_force, judge_stop, worth_keeping
from whitelist.verdict import RefusedFile, Verified

_log = structlog.get_logger(__name__)


class StopWatch:
    """Reads a folder of stops (``None``: there is none) beside what ``seen`` remembers."""

    def __init__(self, folder: Path | None, seen: SeenVersions) -> None:
        self._folder = folder
        self._seen = seen
        self._known: tuple[Stop, ...] | None = None
        self._judged: set[str] = set()
        self._strangers: set[str] = set()
        self._officers: OfficerTrust | None = None
        self._told: set[str] = set()
        self._running: tuple[RunningStop, ...] = ()
        self._canary_file: tuple[bytes, Whitelist] | None = None
        self._canary: CanaryStop | None = None
        self.listed = True
        """Whether the last look could list the folder; where it could not, a new stop is not heard of."""
        self.refusals: tuple[RefusedFile, ...] = ()
        """What the last look would not take up and no look before it has told."""

    def look(self, verified: Verified, now: datetime) -> tuple[RunningStop, ...]:
        """The stops that hold at ``now`` over the list. Never raises for what the files are or hold."""
        self.refusals = ()
        try:
            if self._known is None:
                self._known = self._seen.all().stops
            known = self._known
        except SeenVersionError as error:
            self._tell("stops.not_remembered", error=str(error))
            known = ()
        fresh = self._fresh(verified, now, frozenset(known))
        if fresh:
            # Known first, kept second: a disk that is full delays no stop.
            kept = worth_keeping((*known, *fresh), verified.whitelist, now)
            self._known = kept
            self._keep(fresh, frozenset(known) - frozenset(kept))
            known = kept
        running = in_force(known, verified.whitelist, now)
        self._tell_changes(running)
        return running

    def canary(self, verified: Verified, now: datetime) -> CanaryStop | None:
        """The canary's stop that holds at ``now``. It is no trouble of anybody's, so that nothing is told of it."""
        whitelist = verified.whitelist
        data = read_canary_stop(self._folder) if self._folder is not None and whitelist.canary is not None else None
        if data is None:
            return None
        if self._canary_file is None or self._canary_file[0] != data or self._canary_file[1] is not whitelist:
            self._canary_file = data, whitelist
            judged = judge_canary_stop(data, whitelist)
            if isinstance(judged, RefusedStop):
                self._tell("stop.refused", file=CANARY_FILE, flaw=judged.flaw.value, detail=judged.detail)
            self._canary = judged if isinstance(judged, CanaryStop) else None
        return self._canary if self._canary is not None and self._canary.holds(now) else None

    def _fresh(self, verified: Verified, now: datetime, known: frozenset[Stop]) -> tuple[Stop, ...]:
        if verified.officers != self._officers:
            self._judged -= self._strangers
            self._strangers.clear()
            self._officers = verified.officers
        found: list[Stop] = []
        for name in self._names():
            if name in self._judged or self._folder is None:
                continue
            data = read_stop_file(self._folder, name)
            if data is None:
                self._tell("stop.unreadable", file=name)
                continue
            stop = judge_stop(data, verified.officers, now)
            if isinstance(stop, RefusedStop):
                self._tell("stop.refused", file=name, flaw=stop.flaw.value, detail=stop.detail)
                if stop.flaw is StopFlaw.UNKNOWN_OFFICER:
                    self._strangers.add(name)
                if stop.flaw is not StopFlaw.NOT_YET_ISSUED:
                    self._judged.add(name)
                continue
            self._judged.add(name)
            if stop not in known and stop not in found and worth_keeping((stop,), verified.whitelist, now):
                found.append(stop)
        return tuple(found)

    def _names(self) -> tuple[str, ...]:
        self.listed = True
        if self._folder is None:
            return ()
        try:
            return names(self._folder)
        except OSError as error:
            self.listed = False
            self._tell("stops.unreadable", path=str(self._folder), error=error.strerror or str(error))
            return ()

    def _keep(self, fresh: tuple[Stop, ...], past: frozenset[Stop]) -> None:
        try:
            self._seen.remember_stops(fresh, past)
        except SeenVersionError as error:
            self._tell("stops.not_remembered", error=str(error))

    def _tell_changes(self, running: tuple[RunningStop, ...]) -> None:
        before = {one.stop for one in self._running}
        after = {one.stop for one in running}
        for one in running:
            if one.stop not in before:
                _log.error("partner.stopped", **_facts(one))
        for one in self._running:
            if one.stop not in after:
                _log.error("partner.stop_ended", **_facts(one))
        self._running = running

    def _tell(self, event: str, **facts: str) -> None:
        told = " ".join((event, *facts.values()))
        if told not in self._told:
            self._told.add(told)
            self.refusals = (*self.refusals, RefusedFile(facts.get("flaw", event)))
            _log.error(event, **facts)


def _facts(one: RunningStop) -> dict[str, str]:
    stop = one.stop
    return {
        "partner": stop.partner,
        "kind": stop.kind.value,
        "officer": stop.officer,
        "reason": stop.reason,
        "until": one.until.isoformat(),
        "stop": stop.id,
    }
