"""Regions that fail are skipped and told so; what is not their fault is not held against them."""

import asyncio
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from gateway.federation.messages import Attempts
from gateway.federation.reply import RegionReply
from gateway.resilience.breaker import RULES, Judgement
from gateway.resilience.breakers import SUSPENDED, GuardedRegions
from gateway.resilience.judging import judge
from gateway.resilience.pulse import Pulse
from gateway.routing import Route
from ror.coverage import Outcome
from ror.question import Criteria, Destination, DestinationLevel, Question

ROUTES = {
    ror: Route(
        ror=ror,
        codes=(code,),
        question=Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.REGION, code),)),
    )
    for ror, code in (("ara", "84"), ("idf", "11"))
}


@dataclass
class Clock:
    now: float = 50.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Regions:
    """Answers as it is told, and counts who was really asked."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    duration_ms: int = 10
    asked: list[str] = field(default_factory=list)
    waits: bool = False

    async def ask(self, route: Route, attempts: Attempts, budget_s: float, question_id: str) -> RegionReply:
        self.asked.append(route.ror)
        if self.waits:
            await asyncio.Event().wait()
        outcome = self.outcomes.get(route.ror, Outcome.COMPLETE)
        return RegionReply(ror=route.ror, codes=route.codes, outcome=outcome, duration_ms=self.duration_ms)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def regions() -> Regions:
    return Regions()


@pytest.fixture
def guarded(clock: Clock, regions: Regions) -> GuardedRegions:
    return GuardedRegions(regions, Pulse(clock), slow_s=1.5, clock=clock, draw=lambda: 1.0)


async def ask(guarded: GuardedRegions, ror: str = "ara", times: int = 1) -> RegionReply:
    replies = [await guarded.ask(ROUTES[ror], iter(()), 4.0, "q") for _ in range(times)]
    return replies[-1]


async def test_a_region_that_fails_is_skipped_and_told_while_others_are_asked(
    guarded: GuardedRegions, regions: Regions
) -> None:
    regions.outcomes["ara"] = Outcome.UNREACHABLE
    await ask(guarded, times=RULES.least_calls)
    asked = len(regions.asked)
    skipped = await ask(guarded)
    assert (skipped.outcome, skipped.detail, skipped.codes) == (Outcome.SKIPPED, SUSPENDED, ("84",))
    assert len(regions.asked) == asked
    assert set(guarded.held) == {"ara"}
    assert (await ask(guarded, "idf")).outcome is Outcome.COMPLETE


async def test_it_comes_back_after_a_good_trial_and_every_step_is_logged(
    guarded: GuardedRegions, regions: Regions, clock: Clock
) -> None:
    regions.outcomes["ara"] = Outcome.MALFORMED
    with capture_logs() as logs:
        await ask(guarded, times=RULES.least_calls)
        clock.now += 1
        await ask(guarded)
        clock.now += 2
        regions.outcomes.clear()
        assert (await ask(guarded)).outcome is Outcome.COMPLETE
    assert [line["event"] for line in logs] == ["breaker.opened", "breaker.held", "breaker.closed"]
    assert (logs[0]["hold_s"], logs[1]["hold_s"], logs[2]["trials"]) == (1.0, 2.0, 2)
    assert not guarded.held


async def test_a_slow_region_is_heard_and_then_suspended(guarded: GuardedRegions, regions: Regions) -> None:
    regions.duration_ms = 2_000
    assert (await ask(guarded, times=RULES.least_calls)).outcome is Outcome.COMPLETE
    assert (await ask(guarded)).outcome is Outcome.SKIPPED


async def test_a_caller_who_goes_away_leaves_the_trial_to_the_next(
    guarded: GuardedRegions, regions: Regions, clock: Clock
) -> None:
    regions.outcomes["ara"] = Outcome.LATE
    await ask(guarded, times=RULES.least_calls)
    clock.now += 1
    regions.waits = True
    trial = asyncio.create_task(ask(guarded))
    await asyncio.sleep(0)
    assert (await ask(guarded)).outcome is Outcome.SKIPPED
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    regions.waits = False
    regions.outcomes.clear()
    assert (await ask(guarded)).outcome is Outcome.COMPLETE


def reply(outcome: Outcome | str, duration_ms: int = 10, detail: str | None = None) -> RegionReply:
    return RegionReply(ror="ara", codes=("84",), outcome=outcome, duration_ms=duration_ms, detail=detail)


@pytest.mark.parametrize(
    ("said", "judgement"),
    [
        (reply(Outcome.COMPLETE), Judgement.GOOD),
        (reply(Outcome.TRUNCATED), Judgement.GOOD),
        (reply(Outcome.REFUSED), Judgement.GOOD),
        (reply(Outcome.UNKNOWN_CODE), Judgement.GOOD),
        (reply("translated"), Judgement.GOOD),
        (reply(Outcome.COMPLETE, 1_501), Judgement.BAD),
        (reply(Outcome.UNREACHABLE, detail="node.connection"), Judgement.BAD),
        (reply(Outcome.UNREACHABLE, detail="node.no-address"), Judgement.IGNORED),
        (reply(Outcome.MALFORMED, detail="answer.structure"), Judgement.BAD),
        (reply(Outcome.MALFORMED, detail="answer.unreadable"), Judgement.IGNORED),
        (reply(Outcome.FAULTY), Judgement.BAD),
        (reply(Outcome.LATE, detail="node.late"), Judgement.BAD),
        (reply(Outcome.LATE, detail="deadline.spent"), Judgement.IGNORED),
    ],
)
def test_what_a_reply_says_of_its_region(said: RegionReply, judgement: Judgement) -> None:
    assert judge(said, budget_s=4.0, slow_s=1.5, busy=False) is judgement


def test_a_short_wish_of_the_caller_is_not_the_regions_fault() -> None:
    assert judge(reply(Outcome.LATE), budget_s=0.4, slow_s=1.5, busy=False) is Judgement.IGNORED


@pytest.mark.parametrize("said", [reply(Outcome.LATE), reply(Outcome.COMPLETE, 4_000)])
def test_our_own_overload_never_feeds_a_breaker(said: RegionReply) -> None:
    assert judge(said, budget_s=4.0, slow_s=1.5, busy=True) is Judgement.IGNORED


def test_a_late_beat_means_busy_for_two_seconds(clock: Clock) -> None:
    pulse = Pulse(clock)
    pulse.came(clock.now - 0.1)
    assert not pulse.busy
    pulse.came(clock.now - 0.2)
    assert pulse.busy
    clock.now += 2
    assert not pulse.busy


async def test_the_pulse_beats_until_it_is_cancelled() -> None:
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat())
    await asyncio.sleep(0.12)
    assert not beating.done()
    beating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beating
