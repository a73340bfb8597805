"""What this process has accepted, and keeping it: nothing accepted is ever taken back, whatever the disk does.

A list that takes rights away must count at once, be the disk full, read-only or failing. And a list that was replaced
must not come back. So:

1. What is accepted counts in this process from that moment on, and an older list is refused here until it ends.
2. It is then kept for those who start later, once the list itself is sure to outlive a power cut.
3. Where it cannot be kept, what was kept before is doubted: a process that starts then lets nobody in rather than
   believe an older list. Running ones go on by what they know.
4. Keeping is tried again at every look. As soon as it succeeds the doubt is over.

Where not even the doubt can be written (read-only, or a failing disk) a later start may take up an older list that
somebody puts there; the log says so.
"""

import contextlib
from collections.abc import Callable, Iterable
from time import monotonic

import structlog

from whitelist.errors import SeenVersionError
from whitelist.seen import Seen, SeenVersions
from whitelist.stops import Stop
from whitelist.verdict import SeenVersion

_AGAIN_S = 1.0
_log = structlog.get_logger(__name__)


class Memory:
    """``SeenVersions`` of one running reader over those that are kept; ``settle`` is for every look at the files."""

    def __init__(
        self,
        kept: SeenVersions,
        first: Callable[[], None] = lambda: None,
        clock_s: Callable[[], float] = monotonic,
    ) -> None:
        """``first`` makes durable what is remembered; it raises ``OSError``."""
        self._kept = kept
        self._first = first
        self._clock_s = clock_s
        self._here = Seen()
        self._gone: frozenset[Stop] = frozenset()
        self._again_at_s: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a process that starts now would know all that this one knows."""
        return self._again_at_s is None

    def all(self) -> Seen:
        """What was accepted, here or by others. Raises ``SeenVersionError`` where neither can be told."""
        try:
            return self._kept.all().with_all(self._here, self._gone)
        except SeenVersionError:
            if self._here.version is None:
                raise
            return self._here

    def newest(self) -> SeenVersion | None:
        """The newest accepted version."""
        return self.all().version

    def hold(self, seen: SeenVersion, officers: SeenVersion | None) -> None:
        """Refuse from now on, here, what is older."""
        self._here = self._here.with_version(seen, officers)

    def keep(self) -> None:
        """Keep what is held. Never raises: that it could not be kept is told, once."""
        with contextlib.suppress(SeenVersionError):
            self._keep()

    def remember(self, seen: SeenVersion, officers: SeenVersion | None = None) -> None:
        """Hold what is newer, and keep it. Raises ``SeenVersionError`` where it is held and not kept."""
        self.remember_all(Seen(seen, officers))

    def remember_stops(self, stops: Iterable[Stop], forget: Iterable[Stop] = ()) -> None:
        """Hold ``stops``, and keep them, less those to ``forget``. Raises ``SeenVersionError`` as ``remember``."""
        self.remember_all(Seen(stops=tuple(stops)), forget)

    def remember_all(self, seen: Seen, forget: Iterable[Stop] = ()) -> None:
        """Hold what is newer, and keep it. Raises ``SeenVersionError`` as ``remember``."""
        owed = self._gone if self._again_at_s is not None else frozenset()
        self._gone = (owed | frozenset(forget)) - frozenset(seen.stops)
        self._here = self._here.with_all(seen, self._gone)
        self._keep()

    def doubt(self) -> bool:
        """Have nobody start from what is kept."""
        return self._kept.doubt()

    def settle(self) -> None:
        """Try again to keep what could not be kept. Never raises."""
        if self._again_at_s is None or self._clock_s() < self._again_at_s:
            return
        self.keep()
        if self.is_kept:
            version = self._here.version
            _log.warning("whitelist.seen_kept", version=version.number if version else None)

    def _keep(self) -> None:
        try:
            self._first()
            self._kept.remember_all(self._here, self._gone)
        except (OSError, SeenVersionError) as error:
            self._lose(error)
        else:
            self._again_at_s = None

    def _lose(self, error: OSError | SeenVersionError) -> None:
        cause = str(error) if isinstance(error, SeenVersionError) else error.strerror or type(error).__name__
        is_new = self._again_at_s is None
        self._again_at_s = self._clock_s() + _AGAIN_S
        guarded = self._kept.doubt()
        if is_new:
            version = self._here.version.number if self._here.version else None
            _log.error("whitelist.seen_not_kept", version=version, cause=cause, restart_guarded=guarded)
        raise SeenVersionError(cause) from error
