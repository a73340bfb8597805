"""What auditing costs the event loop: CPU of its thread, so that other loads on the machine do not count."""

import asyncio
from time import perf_counter, thread_time

import pytest

from ror.access import Transaction
from ror.audit.events import RegionAsked, SearchAnswered
from whitelist.decision_log import Decision

DECISION = Decision(
    granted=True,
    transaction=Transaction.SEARCH,
    question_id="9d1c0f3a5e7b4c2d8f6a1b3c5d7e9f01",
    partner="samu-rhone",
    profile="CU22",
    fingerprint="ab" * 32,
    list_version=3,
)
REGIONS = tuple(RegionAsked("ara", ("84",), "complete", 12, 12) for _ in range(17))
ANSWER = SearchAnswered(
    question=DECISION.question_id, partner="samu-rhone", profile="CU22", regions=REGIONS, units=199
)
EVENTS = 2
QUESTIONS = 2000


async def cost(one, at_once):
    """CPU seconds of this thread for all questions, so many at once."""
    begun = thread_time()
    for _ in range(QUESTIONS // at_once):
        await asyncio.gather(*(one() for _ in range(at_once)))
    return thread_time() - begun


@pytest.mark.bench
@pytest.mark.parametrize(("at_once", "most_us"), [(1, 150), (8, 30), (64, 30)])
async def test_an_event_costs_the_loop_at_most_thirty_microseconds(open_log, at_once, most_us):
    """A lone question on an idle loop also pays for waking the loop from its sleep, which is most of its cost."""
    log, waits = open_log(), []

    async def audited():
        trail = log.trail()
        trail.record(DECISION)
        trail.append(ANSWER)
        begun = perf_counter()
        await trail.settled()
        waits.append(perf_counter() - begun)

    async def nothing():
        await asyncio.sleep(0)

    rounds = [(await cost(audited, at_once), await cost(nothing, at_once)) for _ in range(3)]
    each_us = min(with_audit - without for with_audit, without in rounds) / (QUESTIONS * EVENTS) * 1e6
    waits.sort()
    print(
        f"\n{at_once} at once: {each_us:.1f} µs of loop time an event; waited p50 "
        f"{waits[len(waits) // 2] * 1e3:.2f} ms, p99 {waits[len(waits) * 99 // 100] * 1e3:.2f} ms"
    )
    assert each_us <= most_us


@pytest.mark.bench
async def test_handing_in_costs_a_few_microseconds(open_log):
    log = open_log(batch_events=100_000)
    begun = thread_time()
    for _ in range(1000):
        log.append(ANSWER)
    each_us = (thread_time() - begun) / 1000 * 1e6
    print(f"\n{each_us:.1f} µs to hand an event in")
    assert each_us <= 10
