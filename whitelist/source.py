"""Where a running gateway or node gets its list: a file looked at often, taken up when it is new and holds.

A list that does not hold is logged with its flaw and changes nothing: the last good one stays, until it expires.
Stops (``whitelist.stops``) are laid over it as they come, each told loudly, and the canary's in silence. Readers take
``current``, one attribute that is swapped whole, and need no lock. Where list or stops cannot be looked at for longer
than ``Hearing`` forgives, there is no list: a partner might have been revoked meanwhile. ``refusals`` says what one
look would not take up, for the audit log.

What was taken up counts even where it cannot be remembered; ``whitelist.memory`` says what follows from that.
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import structlog

from certs.hearing import Hearing
from certs.home import Home
from certs.settled_files import LOOKS, Stamp, is_still, make_durable, read_settled
from whitelist.canary_stop import CanaryStop
from whitelist.errors import SeenVersionError
from whitelist.files import WhitelistFiles, read_trust
from whitelist.in_force import Held, InForce, stops_digest
from whitelist.index import WhitelistIndex
from whitelist.jws import MAX_FILE_BYTES
from whitelist.memory import Memory
from whitelist.officers import OfficerTrust
from whitelist.seen import SeenFile, SeenInMemory, SeenVersions
from whitelist.signature import verify
from whitelist.stop_watch import StopWatch
from whitelist.stops import RunningStop
from whitelist.verdict import Flaw, RefusedFile, Rejected, Verified

_log = structlog.get_logger(__name__)


class Refresh(Enum):
    """What a look at the file has brought."""

    UNCHANGED = "unchanged"
    TAKEN_UP = "taken-up"
    STOPS_CHANGED = "stops-changed"
    CANARY_CHANGED = "canary-changed"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


class WhitelistSource:
    """Reads one list. ``refresh`` costs one ``stat`` while nothing has changed; call it as often as you like."""

    def __init__(
        self,
        path: Path,
        trust: OfficerTrust,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        seen: SeenVersions | None = None,
        stops: Path | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        self._path = path
        self._trust = trust
        self._clock = clock
        self._seen = Memory(seen if seen is not None else SeenInMemory(), self._outlast)
        self._stops = StopWatch(stops, self._seen)
        self._hearing = hearing if hearing is not None else Hearing()
        self._held: Held | None = None
        self._verified: Verified | None = None
        self._stamp: Stamp | None = None
        self._told: tuple[object, ...] | None = None
        self._looked_at: Stamp | None = None
        self._refusals: list[RefusedFile] = []

    @classmethod
    def of_home(
        cls,
        home: Home,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        hearing: Hearing | None = None,
    ) -> "WhitelistSource":
        """The published list of a state folder. Without officers: ``NotInitialisedError`` or ``OfficerError``."""
        files = WhitelistFiles(home)
        return cls(files.published, read_trust(files), clock, SeenFile(files.seen), files.stops, hearing)

    @property
    def current(self) -> WhitelistIndex | None:
        """The last good list made ready for deciding; ``None`` before the first, once it has expired, and unheard."""
        held = self.held
        return None if held is None else held.index

    @property
    def held(self) -> Held | None:
        """The same with what to say of it; swapped whole."""
        return None if self._held is None or self._hearing.lost else self._held.at(self._clock())

    @property
    def verified(self) -> Verified | None:
        """The last good list as it was judged, with who signed it; it may have expired since."""
        return self._verified

    @property
    def unheard(self) -> bool:
        """Whether list or stops could not be looked at for longer than is forgiven."""
        return self._hearing.lost

    @property
    def refusals(self) -> tuple[RefusedFile, ...]:
        """What the last look would not take up, list or stops; what an earlier look has told is not told again."""
        return tuple(self._refusals)

    def refresh(self) -> Refresh:
        """Look at the file and take it up if it changed and holds; look at the stops too.

        Never raises for what the files are or hold.
        """
        self._refusals = []
        began_s = self._hearing.now_s()
        outcome = self._refresh_list()
        stops = self._refresh_stops()
        self._seen.settle()
        if outcome is not Refresh.UNREADABLE and self._stops.listed:
            self._hearing.heard(began_s)
        # A list that is not taken up, at every look perhaps, must not hide that somebody was stopped meanwhile.
        return outcome if outcome is Refresh.TAKEN_UP or stops is Refresh.UNCHANGED else stops

    def _refresh_stops(self) -> Refresh:
        """Lay the stops that hold now over the list; what that changed."""
        verified, held = self._verified, self._held
        if verified is None or held is None:
            return Refresh.UNCHANGED
        holding, canary_stop = self._laid_over(verified)
        if holding == held.index.stops and canary_stop == held.index.canary_stop:
            return Refresh.UNCHANGED
        self._held = self._hold(verified, holding, canary_stop)
        return Refresh.CANARY_CHANGED if holding == held.index.stops else Refresh.STOPS_CHANGED

    def _laid_over(self, verified: Verified) -> tuple[tuple[RunningStop, ...], CanaryStop | None]:
        now = self._clock()
        holding = self._stops.look(verified, now)
        self._refusals.extend(self._stops.refusals)
        return holding, self._stops.canary(verified, now)

    def _refresh_list(self, looks: int = LOOKS) -> Refresh:
        try:
            stamp = Stamp.of(self._path.stat())
            if stamp == self._stamp:
                self._tell_expiry()
                return Refresh.UNCHANGED
            stamp, data = read_settled(self._path, MAX_FILE_BYTES)
        except OSError as error:
            self._tell("whitelist.unreadable", error=error.strerror or str(error))
            return Refresh.UNREADABLE
        return self._judge(stamp, data, looks)

    def _judge(self, stamp: Stamp, data: bytes, looks: int) -> Refresh:
        self._looked_at = stamp
        try:
            seen = self._seen.all()
        except SeenVersionError as error:
            self._tell("whitelist.refused", flaw=error.code, detail=str(error))
            return Refresh.REFUSED
        verdict = verify(data, self._trust, now=self._clock(), last=seen.version, officers_seen=seen.officers)
        if isinstance(verdict, Rejected):
            if looks > 1 and not is_still(self._path, stamp):
                # The next one was published meanwhile, and another reader has seen it: nothing was rolled back.
                return self._refresh_list(looks - 1)
            # Only time passing makes such a list good: it is looked at again, any other waits for another file.
            self._stamp = None if verdict.flaw is Flaw.NOT_YET_ISSUED else stamp
            version = verdict.authentic.whitelist.version if verdict.authentic else None
            self._tell("whitelist.refused", version, flaw=verdict.flaw.value, detail=verdict.detail)
            return Refresh.REFUSED
        self._stamp = stamp
        # Held first, kept last: a disk that hangs or is full delays no revocation.
        self._seen.hold(verdict.seen, verdict.officers_seen)
        outcome = self._take_up(verdict)
        self._seen.keep()
        return outcome

    def _take_up(self, verified: Verified) -> Refresh:
        if self._verified is not None and verified.seen == self._verified.seen:
            self._told = None
            return Refresh.UNCHANGED
        # Built with its stops before anybody sees it: not for an instant does a stopped partner get in.
        held = self._hold(verified, *self._laid_over(verified))
        self._verified, self._held = verified, held
        self._told = None
        _log.info(
            "whitelist.taken_up",
            version=verified.whitelist.version,
            digest=verified.digest,
            partners=len(verified.whitelist.partners),
            signers=verified.signers,
            officers_version=verified.officers.version,
            expires_at=verified.whitelist.expires_at.isoformat(),
        )
        return Refresh.TAKEN_UP

    def _hold(self, verified: Verified, stops: tuple[RunningStop, ...], canary_stop: CanaryStop | None) -> Held:
        fresh = InForce(
            environment=verified.whitelist.environment,
            version=verified.whitelist.version,
            digest=verified.digest,
            stops=stops_digest(stops),
            taken_up_at=self._clock(),
        )
        before = self._held.in_force if self._held is not None else None
        in_force = before if before is not None and before.is_same_as(fresh) else fresh
        return Held(WhitelistIndex(verified.whitelist, stops, canary_stop), in_force)

    def _outlast(self) -> None:
        """Have the list outlive a power cut before anybody remembers it; one taken away since is nobody's loss."""
        with contextlib.suppress(FileNotFoundError):
            make_durable(self._path)

    def _tell_expiry(self) -> None:
        if self._held is not None and self._held.at(self._clock()) is None:
            version, end = self._held.index.version, self._held.index.expires_at.isoformat()
            self._tell("whitelist.expired", version, version=version, expires_at=end)

    def _tell(self, event: str, refused_version: int | None = None, /, **facts: object) -> None:
        """Tell a trouble of one state of the file once, not at every look."""
        told = (event, self._looked_at, *facts.values())
        if told != self._told:
            self._told = told
            self._refusals.append(RefusedFile(str(facts.get("flaw", event)), refused_version))
            current = self._held.index.version if self._held is not None else None
            _log.error(event, path=str(self._path), **facts, current=current)
