"""Refused handshakes: each told, floods counted, nothing forgotten."""

import asyncio

from certs.handshakes import HandshakeFailure, HandshakeProblem
from certs.reasons import Reason
from gateway.audit.handshakes import EACH_PER_S, HandshakeAudit

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
    for _ in range(500):
        audit(EXPIRED)
        audit(CLOSED)
    audit.flush()
    assert len(told) == EACH_PER_S + 2
    assert sum(event.count for event in told) == 1000


async def test_after_a_second_they_are_told_one_by_one_again(monkeypatch):
    told = []
    audit = HandshakeAudit(told.append)
    loop = asyncio.get_running_loop()
    later = []
    monkeypatch.setattr(loop, "call_later", lambda _, call: later.append(call) or asyncio.Handle(call, (), loop))
    for _ in range(EACH_PER_S + 5):
        audit(CLOSED)
    (flush,) = later
    flush()
    audit(CLOSED)
    assert [event.count for event in told[-2:]] == [5, 1]
