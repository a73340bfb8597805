"""The breakers of all regions, around whoever asks them: a suspended region is skipped, and told so."""

from collections.abc import Callable, Mapping
from random import random
from time import monotonic

import structlog

from gateway.federation.messages import Attempts
from gateway.federation.reply import RegionReply
from gateway.resilience.breaker import RULES, Breaker, BreakerRules, Held, Permission
from gateway.resilience.judging import judge
from gateway.resilience.pulse import Pulse
from gateway.routing import Route
from gateway.search import Asker
from ror.coverage import Outcome

SUSPENDED = "region.suspended"
"""The detail of a region that was not asked because it failed too often just now."""

_log = structlog.get_logger(__name__)


class GuardedRegions:
    """Asks regions through their breakers; one for each region, and for this one operation."""

    def __init__(
        self,
        asker: Asker,
        pulse: Pulse,
        *,
        slow_s: float,
        rules: BreakerRules = RULES,
        clock: Callable[[], float] = monotonic,
        draw: Callable[[], float] = random,
    ) -> None:
        self._asker = asker
        self._pulse = pulse
        self._slow_s = slow_s
        self._clock, self._draw, self._rules = clock, draw, rules
        self._breakers: dict[str, Breaker] = {}

    @property
    def held(self) -> Mapping[str, Held]:
        """The regions that are suspended, and until when."""
        return {ror: breaker.held for ror, breaker in self._breakers.items() if breaker.held is not None}

    async def ask(self, route: Route, attempts: Attempts, budget_s: float, question_id: str) -> RegionReply:
        """Ask the route's node unless it is suspended. Never raises."""
        breaker = self._breakers.get(route.ror)
        if breaker is None:
            breaker = self._breakers[route.ror] = Breaker(clock=self._clock, draw=self._draw, rules=self._rules)
        permission = breaker.ask()
        if permission is Permission.SKIP:
            return RegionReply(ror=route.ror, codes=route.codes, outcome=Outcome.SKIPPED, detail=SUSPENDED)
        try:
            reply = await self._asker.ask(route, attempts, budget_s, question_id)
        except BaseException:  # the caller went away: that says nothing about the region
            breaker.abandoned(permission)
            raise
        before = breaker.held
        breaker.judged(permission, judge(reply, budget_s=budget_s, slow_s=self._slow_s, busy=self._pulse.busy))
        _tell(route.ror, before, breaker.held, reply)
        return reply


def _tell(ror: str, before: Held | None, after: Held | None, reply: RegionReply) -> None:
    if before is None and after is not None:
        _log.warning("breaker.opened", ror=ror, hold_s=after.hold_s, outcome=str(reply.outcome), detail=reply.detail)
    elif before is not None and after is None:
        _log.info("breaker.closed", ror=ror, trials=before.trials + 1)
    elif before is not None and after is not None and after.trials > before.trials:
        _log.warning("breaker.held", ror=ror, hold_s=after.hold_s, trials=after.trials, detail=reply.detail)
