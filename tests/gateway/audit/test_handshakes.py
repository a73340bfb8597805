"""Refused handshakes: each told, floods counted, nothing forgotten."""

import asyncio

from certs.handshakes import HandshakeFailure, HandshakeProblem
from certs.reasons import Reason
from gateway.audit.flood import EACH, EACH_PER_S, MOST_CAUSES, TOGETHER_S, Flood
from gateway.audit.handshakes import HandshakeAudit

EXPIRED = HandshakeFailure(problem=HandshakeProblem.CERTIFICATE, reason=Reason.EXPIRED, server_name="Jeanne")
CLOSED = HandshakeFailure(problem=HandshakeProblem.CLOSED)


async def test_a_refused_handshake_is_told_with_its_cause_and_nothing_the_peer_says():
    told = []
    audit = HandshakeAudit(told.append)
    audit(EXPIRED)
    audit.flush()
    (event,) = told
    assert (event.problem, event.reason, event.count) == ("certificate", Reason.EXPIRED.slug, 1)
    assert "Jeanne" not in repr(event)


async def test_a_flood_is_told_in_few_records_and_its_count_is_whole():
    told = []
    audit = HandshakeAudit(told.append)
    for _ in range(5000):
        audit(EXPIRED)
        audit(CLOSED)
    audit.flush()
    assert len(told) <= EACH + 4
    assert sum(event.count for event in told) == 10_000


async def test_an_hour_of_floods_is_a_bounded_number_of_records(monkeypatch):
    told, clock, loop = [], Clock(), asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda _, call: clock.later(call) or asyncio.Handle(call, (), loop))
    flood = Flood(lambda cause, count: told.append((cause, count)), "other", clock)
    singles = 0
    for second in range(3600):
        clock.at = float(second)
        for _ in range(50):
            singles += flood.passes("expired") + flood.passes("closed")
    flood.flush()
    assert singles <= EACH + 3600 * EACH_PER_S + 1
    assert len(told) <= 2 * (3600 / TOGETHER_S + 1)
    assert singles + sum(count for _, count in told) == 3600 * 100


async def test_causes_beyond_any_number_are_told_as_one():
    told = []
    flood = Flood(lambda cause, count: told.append((cause, count)), "other")
    for number in range(EACH + MOST_CAUSES + 500):
        flood.passes(f"cause {number}")
    flood.flush()
    assert len(told) == MOST_CAUSES + 1
    assert told[-1] == ("other", 500)


async def test_after_the_flood_they_are_told_one_by_one_again():
    clock = Clock()
    flood = Flood(lambda *_: None, "other", clock)
    for _ in range(EACH):
        assert flood.passes("x")
    assert not flood.passes("x")
    clock.at += 1 / EACH_PER_S
    assert flood.passes("x")
    flood.flush()


class Clock:
    """A clock that a test moves; what is to happen later happens when it has moved on."""

    def __init__(self):
        self.at = 0.0
        self._due = None

    def __call__(self):
        if self._due is not None and self.at >= self._due[0]:
            call, self._due = self._due[1], None
            call()
        return self.at

    def later(self, call):
        self._due = (self.at + TOGETHER_S, call)
