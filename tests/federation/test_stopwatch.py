"""Every call tells where its time went, and nothing that was not measured."""

import asyncio
from dataclasses import dataclass

from gateway.federation.stopwatch import Stopwatch
from gateway.routing import Route
from ror.coverage import NO_TIMES, Outcome, Times
from ror.question import Criteria, Question
from tests.support.answers import GOLDEN
from tests.support.scripted_node import answering, request_read

ARA = Route(ror="ara", codes=("84",), question=Question(criteria=Criteria(), destinations=()))


@dataclass
class Clock:
    now: float = 10.0

    def __call__(self) -> float:
        return self.now


def test_the_parts_of_a_call_over_a_new_connection_add_up() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    clock.now = 10.1
    watch.opened(10.02, 0.06)
    watch.connected(10.0)
    clock.now = 10.4
    watch.heard()
    clock.now = 10.45
    watch.read()
    assert watch.times() == Times(queue=20, connect=20, tls=60, node=300, parse=50)


def test_a_kept_connection_has_neither_connect_nor_handshake() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    watch.connected(10.0)
    clock.now = 10.2
    watch.heard()
    watch.read()
    assert watch.times() == Times(queue=0, node=200, parse=0)


def test_of_a_node_that_has_not_answered_the_wait_so_far_is_told() -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    watch.connected(10.0)
    clock.now = 12.5
    assert watch.times() == Times(queue=0, node=2_500)


def test_a_call_that_never_got_a_connection_tells_nothing() -> None:
    assert Stopwatch(Clock()).times() == NO_TIMES


async def test_the_first_call_pays_for_the_connection_and_the_second_does_not(start_node, client_for) -> None:
    async with start_node(answering(GOLDEN)) as url, client_for({"ara": url}) as client:
        first = await client.ask(ARA, iter((b"<question/>",)), 5.0, "question-1")
        second = await client.ask(ARA, iter((b"<question/>",)), 5.0, "question-2")
    assert (first.outcome, second.outcome) == (Outcome.COMPLETE, Outcome.COMPLETE)
    assert None not in (first.times.queue, first.times.connect, first.times.tls, first.times.node, first.times.parse)
    assert (second.times.connect, second.times.tls) == (None, None)
    assert second.times.node is not None
    known = (first.times.queue, first.times.connect, first.times.tls, first.times.node, first.times.parse)
    assert sum(part or 0 for part in known) <= first.duration_ms + len(known)


async def test_a_late_node_is_told_with_how_long_it_was_waited_for(start_node, client_for) -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        await asyncio.sleep(5)

    async with start_node(silent) as url, client_for({"ara": url}) as client:
        late = await client.ask(ARA, iter((b"<question/>",)), 0.6, "question-1")
    assert late.outcome is Outcome.LATE
    assert late.times.node is not None
    assert late.times.node > 100
    assert late.times.parse is None
