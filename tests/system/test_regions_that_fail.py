"""Regions that fail do not fail the answer, and the coverage says exactly which failed and how."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

from certs.home import Home
from gateway.asking import Answered, Refused
from gateway.resilience.breaker import RULES
from gateway.service import RunningGateway
from regional_nodes.host import NodeHost
from regional_nodes.serving.faults import NodeFault
from ror.coding import Code, Scheme
from ror.coverage import Outcome
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.territory import RORS
from tests.support.seventeen import Ask, asker

BURNS = Question(
    criteria=Criteria(activities=(Code("121", Scheme.ACTIVITY),)),
    destinations=(Destination(DestinationLevel.COUNTRY, "FR"),),
)


async def test_one_killed_one_hanging_one_garbage_leave_fourteen(settled_nodes: NodeHost, ask: Ask) -> None:
    whole = await ask(BURNS)
    assert isinstance(whole, Answered)
    await settled_nodes.stop("idf")
    await settled_nodes.set_fault("pac", NodeFault.parse("hang"))
    await settled_nodes.set_fault("hdf", NodeFault.parse("garbage"))

    started = time.monotonic()
    answer = await ask(BURNS)
    took_s = time.monotonic() - started

    assert isinstance(answer, Answered)
    outcomes = {line.ror: line.outcome for line in answer.coverage.rors}
    assert outcomes["idf"] == Outcome.UNREACHABLE
    assert outcomes["pac"] == Outcome.LATE
    assert outcomes["hdf"] == Outcome.MALFORMED
    healthy = {ror.id for ror in RORS} - {"idf", "pac", "hdf"}
    assert all(outcomes[ror] == Outcome.COMPLETE for ror in healthy)
    expected = {unit.entity_id for unit in whole.directory.units if unit.entity_id.partition(":")[0] in healthy}
    assert {unit.entity_id for unit in answer.directory.units} == expected
    assert took_s < 5.0


async def test_a_region_that_returns_is_complete_again(settled_nodes: NodeHost, ask: Ask) -> None:
    await settled_nodes.stop("idf")
    await ask(BURNS)
    await settled_nodes.start("idf")

    answer = await ask(BURNS)

    assert isinstance(answer, Answered)
    assert answer.coverage.is_complete


async def test_a_region_that_keeps_failing_is_suspended_and_comes_back_by_itself(
    settled_nodes: NodeHost, ask: Ask
) -> None:
    async def outcome() -> Outcome | str:
        answer = await ask(BURNS)
        assert isinstance(answer, Answered)
        told = {line.ror: line.outcome for line in answer.coverage.rors}
        assert {told[ror.id] for ror in RORS if ror.id != "idf"} == {Outcome.COMPLETE}
        return told["idf"]

    await settled_nodes.stop("idf")
    assert [await outcome() for _ in range(RULES.least_calls)] == [Outcome.UNREACHABLE] * RULES.least_calls
    assert await outcome() is Outcome.SKIPPED
    await settled_nodes.start("idf")

    within = time.monotonic() + 5
    while (told := await outcome()) is Outcome.SKIPPED and time.monotonic() < within:
        await asyncio.sleep(0.1)
    assert told is Outcome.COMPLETE


async def test_when_no_region_answers_it_is_a_fault_with_its_coverage(settled_nodes: NodeHost, ask: Ask) -> None:
    await ask(BURNS)  # so that no connection is still being opened when the nodes are killed
    await asyncio.gather(*(settled_nodes.stop(ror.id) for ror in RORS))

    refused = await ask(BURNS)

    assert isinstance(refused, Refused)
    assert refused.fault.slug == "federation.no-answer"
    assert refused.coverage is not None
    assert {line.outcome for line in refused.coverage.rors} == {Outcome.UNREACHABLE}


async def test_each_fault_of_a_node_has_its_outcome(nodes: NodeHost, ask: Ask) -> None:
    expected = {
        "reset": Outcome.UNREACHABLE,
        "truncated": Outcome.MALFORMED,
        "empty": Outcome.MALFORMED,
        "malformed": Outcome.MALFORMED,
        "html": Outcome.MALFORMED,
        "status:502": Outcome.MALFORMED,
        "redirect": Outcome.MALFORMED,
        "wrong-count": Outcome.MALFORMED,
        "doctype": Outcome.MALFORMED,
        "gzip-bomb": Outcome.MALFORMED,
        "oversized": Outcome.MALFORMED,
        "fault-444": Outcome.FAULTY,
        "fault:500": Outcome.FAULTY,
        "unknown-code": Outcome.UNKNOWN_CODE,
        "comments": Outcome.COMPLETE,
    }
    rors = [ror.id for ror in RORS[: len(expected)]]
    for ror, fault in zip(rors, expected, strict=True):
        await nodes.set_fault(ror, NodeFault.parse(fault))

    answer = await ask(BURNS)

    assert isinstance(answer, Answered)
    outcomes = {line.ror: line.outcome for line in answer.coverage.rors}
    assert {fault: outcomes[ror] for ror, fault in zip(rors, expected, strict=True)} == expected


async def test_many_searches_at_once_are_complete_or_refused_early_and_never_thinned(
    federation: RunningGateway, pki_home: Home
) -> None:
    ask = asker(federation, pki_home)
    patient = replace(BURNS, deadline=timedelta(seconds=30))

    outcomes = await asyncio.gather(*(ask(patient, "banc-essai") for _ in range(24)))

    answers = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    refusals = [outcome.fault.slug for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(answers) >= 8
    assert all(answer.coverage.is_complete for answer in answers)
    assert set(refusals) <= {"service.overloaded"}
