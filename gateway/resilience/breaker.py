"""One region's breaker: judged by live traffic, held for a growing time, tried again by one question at a time.

The rules, each held by a test:

1. A window of ten seconds counts calls and failures. At least five calls of which at least half failed open it.
2. A failure is the region's: unreachable, broken, an internal fault, or slower than ``slow_s``. A refusal, an unknown
   code, a short wish of the caller, our own overload are none (``Judgement.IGNORED``).
3. Open, it is held for a second, then twice as long after every trial that failed, at most a minute, each time drawn
   between three quarters and the whole, so that a fleet does not come back as one.
4. When the hold is over, one call is let through as a trial; all others are skipped until it is judged. A trial that
   never reports is forgotten after ``trial_lasts_s``.
5. One good trial closes it and empties the window. The holds start over only after a minute in which it did not open
   again, so that a region that flaps is not tried every second for ever.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum


class Judgement(Enum):
    """What one call says about its region."""

    GOOD = "good"
    BAD = "bad"
    IGNORED = "ignored"


class Permission(Enum):
    """Whether a call may go out."""

    ASK = "ask"
    TRIAL = "trial"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """Bounds; times in seconds."""

    window_s: float = 10.0
    least_calls: int = 5
    failure_share: float = 0.5
    first_hold_s: float = 1.0
    longest_hold_s: float = 60.0
    calm_s: float = 60.0
    trial_lasts_s: float = 35.0


RULES = BreakerRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An open breaker: moments on its clock.

    ``hold_s`` is the undrawn length, ``until_s`` the drawn end, ``trials`` how many have failed since it opened.
    """

    since_s: float
    until_s: float
    hold_s: float
    trials: int = 0
    trial_since_s: float | None = None


@dataclass(slots=True)
class Breaker:
    """The state of one region and operation. ``draw`` gives a number from 0 to 1, ``clock`` seconds."""

    clock: Callable[[], float]
    draw: Callable[[], float]
    rules: BreakerRules = RULES
    held: Held | None = None
    _calls: deque[tuple[float, bool]] = field(default_factory=deque)
    _failures: int = 0
    _last_hold_s: float = 0.0
    _closed_s: float = float("-inf")

    def ask(self) -> Permission:
        """Ask to make a call. Whoever gets ``TRIAL`` must report it, with ``judged`` or ``abandoned``."""
        now = self.clock()
        held = self.held
        if held is None:
            return Permission.ASK
        if now < held.until_s or self._tried(held, now):
            return Permission.SKIP
        self.held = replace(held, trial_since_s=now)
        return Permission.TRIAL

    def judged(self, permission: Permission, judgement: Judgement) -> None:
        """Report how a call went that ``ask`` let through."""
        if permission is Permission.TRIAL:
            self._tried_out(judgement)
        elif judgement is not Judgement.IGNORED and self.held is None:
            self._count(failed=judgement is Judgement.BAD)

    def abandoned(self, permission: Permission) -> None:
        """Report that a call ended without saying anything about its region: its caller went away."""
        self.judged(permission, Judgement.IGNORED)

    def _tried(self, held: Held, now: float) -> bool:
        return held.trial_since_s is not None and now - held.trial_since_s < self.rules.trial_lasts_s

    def _tried_out(self, judgement: Judgement) -> None:
        held = self.held
        if held is None:
            return
        match judgement:
            case Judgement.GOOD:
                self._close()
            case Judgement.BAD:
                self._hold(held.since_s, held.hold_s * 2, held.trials + 1)
            case Judgement.IGNORED:
                self.held = replace(held, trial_since_s=None)

    def _count(self, *, failed: bool) -> None:
        now = self.clock()
        self._calls.append((now, failed))
        self._failures += failed
        while self._calls and self._calls[0][0] <= now - self.rules.window_s:
            self._failures -= self._calls.popleft()[1]
        calls = len(self._calls)
        if failed and calls >= self.rules.least_calls and self._failures >= calls * self.rules.failure_share:
            calm = now - self._closed_s >= self.rules.calm_s
            self._hold(now, self.rules.first_hold_s if calm else self._last_hold_s * 2, 0)

    def _hold(self, since_s: float, hold_s: float, trials: int) -> None:
        now = self.clock()
        bounded = min(max(hold_s, self.rules.first_hold_s), self.rules.longest_hold_s)
        self._last_hold_s = bounded
        drawn = bounded * (0.75 + 0.25 * self.draw())
        self.held = Held(since_s=since_s, until_s=now + drawn, hold_s=bounded, trials=trials)
        self._forget()

    def _close(self) -> None:
        self.held = None
        self._closed_s = self.clock()
        self._forget()

    def _forget(self) -> None:
        self._calls.clear()
        self._failures = 0
