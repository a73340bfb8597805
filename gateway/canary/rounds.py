"""The canary's rounds: go in by every path, be stopped, be refused by every path, be let in again; tell how long."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, Protocol

import structlog

from certs.errors import CertsError
from certs.home import Home
from gateway.canary.figures import CanaryFigures, Failure
from gateway.canary.line import NoAnswerError
from gateway.canary.measuring import first_shut, timed
from gateway.canary.opening import Listener, four_paths
from gateway.canary.paths import Path, PathName
from gateway.errors import GatewayError
from whitelist.canary_key import read_canary_key
from whitelist.canary_stop import CanaryStop, sign_canary_stop
from whitelist.errors import MissingFileError, WhitelistError
from whitelist.files import WhitelistFiles
from whitelist.index import WhitelistIndex
from whitelist.officers import OfficerKey
from whitelist.stop_folder import keep_canary_stop

_log = structlog.get_logger(__name__)

BOUND_S: Final = 5.0
"""A revocation that has not taken effect after so long is an alarm."""
HOLD_S: Final = 9.0
"""How long the canary stays out at least: longer than the bound, or a late refusal could not be told from none."""
_AGAIN_S: Final = 0.1


class Lists(Protocol):
    """What the gateway goes by."""

    @property
    def current(self) -> WhitelistIndex | None:
        """The list in force."""


class _FailedRoundError(Exception):
    def __init__(self, failure: Failure, **facts: object) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.facts = facts


class Canary:
    """Measures one listener; ``hold_s`` is how long each stop keeps the canary out at least."""

    def __init__(
        self,
        home: Home,
        lists: Lists,
        listener: Listener,
        figures: CanaryFigures,
        *,
        hold_s: float = HOLD_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._home = home
        self._files = WhitelistFiles(home)
        self._lists = lists
        self._listener = listener
        self._figures = figures
        self._hold_s = hold_s
        self._now = now

    def check(self) -> None:
        """Raise ``GatewayError`` where the canary cannot even begin: no key of its own lies here."""
        if not self._files.canary_key.exists():
            raise GatewayError(f"the canary is on, but its key is not there: {self._files.canary_key}")

    async def run(self, every_s: float) -> None:
        """A round every ``every_s`` seconds, until cancelled."""
        while True:
            began_s = monotonic()
            await self.round()
            await asyncio.sleep(max(0.0, every_s - (monotonic() - began_s)))

    async def round(self) -> Mapping[PathName, float | None]:
        """One round, told to log and figures; the delay by each path, nothing where it came to no measurement."""
        self._figures.begun()
        delays: Mapping[PathName, float | None] = {}
        try:
            index, key = self._listed()
            delays = await self._measured(index, key)
        except _FailedRoundError as error:
            self._figures.failed(error.failure)
            _log.error("canary.failed", cause=error.failure.value, **error.facts)
        except Exception:
            # A defect of ours in measuring must not end the measuring.
            self._figures.failed(Failure.BROKEN)
            _log.exception("canary.broken")
        return delays

    def _listed(self) -> tuple[WhitelistIndex, OfficerKey]:
        index = self._lists.current
        canary = index.whitelist.canary if index is not None else None
        if index is None or canary is None:
            raise _FailedRoundError(Failure.NOT_LISTED, detail="no list in force names a canary")
        try:
            key = read_canary_key(self._files, canary.partner)
        except (WhitelistError, MissingFileError) as error:
            raise _FailedRoundError(Failure.NOT_LISTED, detail=str(error)) from error
        if key.officer.kid != canary.kid:
            raise _FailedRoundError(Failure.NOT_LISTED, detail="the list names another key for the canary")
        return index, key

    async def _measured(self, index: WhitelistIndex, key: OfficerKey) -> Mapping[PathName, float | None]:
        paths = self._paths(index, key.officer.name)
        try:
            shut = await first_shut(paths)
            if shut is not None:
                raise _FailedRoundError(Failure.NOT_ADMITTED, path=shut.value)
            stop = self._stop(index, key.officer.name)
            data = sign_canary_stop(stop, key)
            try:
                delays = await timed(
                    paths, lambda: asyncio.to_thread(keep_canary_stop, self._files.stops, data), self._hold_s
                )
            except WhitelistError as error:
                raise _FailedRoundError(Failure.NOT_WRITTEN, detail=str(error)) from error
        finally:
            for path in paths:
                path.close()
        self._tell(delays)
        await self._let_in_again(paths[0], stop)
        if all(delay_s is not None and delay_s <= BOUND_S for delay_s in delays.values()):
            self._figures.succeeded()
        return delays

    def _paths(self, index: WhitelistIndex, partner_id: str) -> tuple[Path, ...]:
        partner = index.whitelist.partner(partner_id)
        regions = partner.perimeter.codes if partner is not None else None
        region = (regions or ("",))[0]
        try:
            return four_paths(self._home, self._listener, partner_id, region, lasting_s=2 * self._hold_s)
        except CertsError as error:
            raise _FailedRoundError(Failure.NOT_ADMITTED, detail=str(error)) from error

    def _stop(self, index: WhitelistIndex, partner_id: str) -> CanaryStop:
        """Whole seconds: it begins with this one."""
        now = self._now().replace(microsecond=0)
        until = now + timedelta(seconds=round(self._hold_s) + 1)
        environment = index.whitelist.environment
        return CanaryStop(environment=environment, partner=partner_id, issued_at=now, until=until)

    def _tell(self, delays: Mapping[PathName, float | None]) -> None:
        known = {path: self._hold_s if delay_s is None else delay_s for path, delay_s in delays.items()}
        self._figures.measured(known)
        told = {path.value: round(delay_s, 3) for path, delay_s in known.items()}
        _log.info("canary.round", delays_s=told)
        late = [path.value for path, delay_s in known.items() if delay_s > BOUND_S]
        if late:
            self._figures.failed(Failure.TOO_LATE)
            _log.error("canary.too-late", paths=late, delays_s=told, bound_s=BOUND_S)

    async def _let_in_again(self, path: Path, stop: CanaryStop) -> None:
        """Wait for the stop's end, and for the readers to see it."""
        left_s = (stop.until - self._now()).total_seconds()
        await asyncio.sleep(max(0.0, left_s))
        latest_s = monotonic() + BOUND_S
        while monotonic() < latest_s:
            try:
                if await path.admitted():
                    return
            except NoAnswerError:
                pass
            await asyncio.sleep(_AGAIN_S)
        raise _FailedRoundError(Failure.NOT_READMITTED)
