"""A follower that falls behind, told once for each way in which it does, and once when it is in step again."""

from collections.abc import Callable
from datetime import datetime

import structlog

from ror.audit.events import Event, FollowerBehind, FollowerCaughtUp
from whitelist.propagation import FollowerState, Standing

_log = structlog.get_logger(__name__)


class Alarms:
    """Tells the log and, by ``note``, the audit log."""

    def __init__(self, note: Callable[[Event], None]) -> None:
        self._note = note
        self._told: dict[str, tuple[datetime, frozenset[Standing]]] = {}

    def look(self, state: FollowerState, expected: int, now: datetime) -> None:
        """Tell what is new about a follower that should hold version ``expected``."""
        since, told = self._told.get(state.follower, (now, frozenset()))
        if state.is_alarm and state.standing not in told:
            self._told[state.follower] = since, told | {state.standing}
            self._tell_behind(state, expected)
        elif state.is_current and told:
            del self._told[state.follower]
            self._tell_caught_up(state, expected, round((now - since).total_seconds()))

    def _tell_behind(self, state: FollowerState, expected: int) -> None:
        event = FollowerBehind(
            follower=state.follower,
            standing=state.standing.value,
            expected=expected,
            version=state.version,
            seconds=round(state.behind_s),
            flaw=state.flaw,
        )
        _log.error(
            "propagation.behind",
            follower=event.follower,
            standing=event.standing,
            version=event.version,
            expected=expected,
            seconds=event.seconds,
            silent_since=state.silent_since.isoformat() if state.silent_since is not None else None,
            flaw=event.flaw,
        )
        self._note(event)

    def _tell_caught_up(self, state: FollowerState, expected: int, seconds: int) -> None:
        _log.info("propagation.caught_up", follower=state.follower, version=expected, seconds=seconds)
        self._note(FollowerCaughtUp(follower=state.follower, version=expected, seconds=seconds))
