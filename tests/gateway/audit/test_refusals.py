"""Refused questions: each recorded, until they come in floods; granted ones always."""

import asyncio

import pytest

from gateway.audit.errors import AuditUnavailableError
from gateway.audit.flood import EACH
from ror.access import Transaction
from ror.audit.events import Kind
from tests.gateway.audit.test_log import read
from whitelist.decision_log import Decision


def decision(number, *, granted=False, partner="samu-rhone"):
    return Decision(
        granted=granted,
        transaction=Transaction.SEARCH,
        question_id=f"q{number}",
        partner=partner,
        reason=None if granted else "quota.exceeded",
        fingerprint="ab" * 32,
    )


async def told(log, decisions):
    for one in decisions:
        trail = log.trail()
        trail.record(one)
        await trail.settled()


async def test_a_flood_of_refusals_is_counted_and_its_count_is_whole(open_log, files):
    log = open_log(batch_events=100_000)
    await told(log, [decision(number, partner=f"p{number % 2}") for number in range(1000)])
    await asyncio.to_thread(log.close)
    records = read(files)
    single = [one for one in records if one.kind == Kind.DECISION]
    counted = [one.event for one in records if one.kind == Kind.DECISIONS_COUNTED]
    assert EACH <= len(single) < EACH + 100
    assert {one["partner"] for one in counted} == {"p0", "p1"}
    assert all((one["reason"], one["certificate"]) == ("quota.exceeded", "ab" * 32) for one in counted)
    assert len(single) + sum(one["count"] for one in counted) == 1000


async def test_what_is_granted_is_recorded_however_many_come(open_log, files):
    log = open_log(batch_events=100_000)
    await told(log, [decision(number) for number in range(EACH + 50)])
    await told(log, [decision(number, granted=True) for number in range(300)])
    await asyncio.to_thread(log.close)
    assert sum(one.kind == Kind.DECISION and one.event["granted"] for one in read(files)) == 300


async def test_in_a_flood_too_a_log_that_cannot_be_written_refuses_service(open_log):
    log = open_log(batch_events=100_000)
    await told(log, [decision(number) for number in range(EACH + 50)])
    await asyncio.to_thread(log.close)
    with pytest.raises(AuditUnavailableError):
        await told(log, [decision(1)])
