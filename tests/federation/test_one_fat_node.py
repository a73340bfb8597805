"""The federation against one node that holds everything: no question may tell them apart (a differential oracle).

With regions broken, what is missing is exactly what those regions hold, and the coverage names them.
"""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest

from gateway.asking import Answered, Refused
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from regional_nodes.host import NodeHost
from regional_nodes.serving.faults import NodeFault
from ror.access import ProfileCode
from ror.coverage import Coverage, Outcome
from ror.model import Facility
from ror.question import DEFAULT_LIMIT, Question
from ror.territory import RORS
from tests.support.fat_node import FatNode, Found, Questions
from tests.support.seventeen import Ask, asker

ASKER = "banc-essai"
PROFILES = (ProfileCode.CU22, ProfileCode.CU18, ProfileCode.CU23)
ANSWERING = frozenset({Outcome.COMPLETE, Outcome.TRUNCATED, Outcome.UNKNOWN_CODE})
BREAKS = ("down", "reset", "status:500", "garbage", "html", "fault:500", "wrong-count", "truncated")
AT_ONCE = 4


@pytest.fixture(scope="module")
def fat_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FatNode]:
    node = FatNode(tmp_path_factory.mktemp("fat") / "france.db")
    yield node
    node.close()


def told(answer: Answered) -> Found:
    """The units of an answer as the fat node tells them."""
    return [(unit.entity_id, _distance(unit)) for unit in answer.directory.units]


def _distance(unit: Facility) -> float | None:
    far = unit.location.distance_km if unit.location is not None else None
    return None if far is None else float(far)


def same_answer(got: Found, whole: Found, question: Question) -> None:
    """Assert that ``got`` is the first of ``whole``: all of it where the limit allows, else the nearest of it."""
    limit = question.limit or DEFAULT_LIMIT
    assert len(got) == min(limit, len(whole))
    assert len(set(got)) == len(got), "a unit twice"
    assert set(got) <= set(whole), "units that nobody holds, or at another distance"
    far = [distance for _, distance in got if distance is not None]
    assert far == sorted(far), "not the nearest first"
    if far:
        assert far == sorted(distance for _, distance in whole if distance is not None)[:limit]


def same_counts(coverage: Coverage, whole: Found) -> None:
    """Assert that every region that answered found as many as the fat node has of it."""
    for line in coverage.rors:
        if line.outcome in ANSWERING:
            held = sum(id_.startswith(f"{line.ror}:") for id_, _ in whole)
            assert (line.found or 0) == held, f"{line.ror} tells {line.found} found, and holds {held}"


async def compared(
    ask: Ask, node: FatNode, question: Question, profile: ProfileCode, broken: frozenset[str]
) -> int | None:
    """Compare one question's answers; how many units there were, ``None`` where the profile may not ask it."""
    outcome = await ask(question, ASKER, profile.value)
    if isinstance(outcome, Refused):
        expected = "federation.no-answer" if outcome.coverage is not None else "criterion.hidden-by-profile"
        assert outcome.fault.slug == expected, (question, outcome.fault)
        assert outcome.coverage is None or {line.ror for line in outcome.coverage.rors} <= broken
        return None
    whole = node.find(question, profile)
    failed = {line.ror for line in outcome.coverage.rors if line.outcome not in ANSWERING}
    asked = {line.ror for line in outcome.coverage.rors}
    try:
        assert failed == broken & asked, outcome.coverage
        same_counts(outcome.coverage, whole)
        there = [(id_, far) for id_, far in whole if id_.partition(":")[0] not in broken]
        same_answer(told(outcome), there, question)
        if failed:
            assert not outcome.coverage.is_complete
    except AssertionError as error:
        error.add_note(f"{question} as {profile.value}, broken: {sorted(broken)}")
        raise
    return len(outcome.directory.units)


async def compare_many(
    ask: Ask, node: FatNode, number: int, *, seed: int, broken: frozenset[str] = frozenset()
) -> None:
    """Compare the answers to ``number`` questions, some at once; most of them must have found something."""
    random = Random(seed)
    questions = Questions(node, random)
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(question: Question, profile: ProfileCode) -> int | None:
        async with turn:
            return await compared(ask, node, question, profile, broken)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(questions.one(), random.choice(PROFILES))) for _ in range(number)]
    found = [task.result() for task in tasks]
    assert sum(units is not None for units in found) > 0.5 * number
    assert sum(bool(units) for units in found) > 0.3 * number


@pytest.fixture
def ask(federation: RunningGateway, synthetic_home) -> Ask:
    return asker(federation, synthetic_home)


async def test_no_question_tells_the_federation_from_one_node(ask: Ask, fat_node: FatNode) -> None:
    await compare_many(ask, fat_node, 40, seed=1)


@pytest.fixture
async def patient(synthetic_home, nodes: NodeHost) -> Ask:
    """Asks a gateway that suspends nobody, so that a broken region is asked, and missing, each time."""
    settings = GatewaySettings(port=0, drain_s=0.5, witnesses=0, breakers=False)
    async with running(synthetic_home, settings) as gateway:
        yield asker(gateway, synthetic_home)


async def break_some(nodes: NodeHost, random: Random) -> frozenset[str]:
    """Break up to nine regions, each in its own way."""
    broken = frozenset(random.sample([ror.id for ror in RORS], random.randint(1, 9)))
    for ror in RORS:
        fault = NodeFault.parse(random.choice(BREAKS)) if ror.id in broken else None
        await nodes.set_fault(ror.id, fault)
    return broken


async def test_what_is_missing_is_exactly_what_the_broken_regions_hold(
    patient: Ask, nodes: NodeHost, fat_node: FatNode
) -> None:
    for seed in range(2):
        broken = await break_some(nodes, Random(seed))
        await compare_many(patient, fat_node, 15, seed=100 + seed, broken=broken)


@pytest.mark.full
@pytest.mark.timeout(900)
async def test_no_question_of_thousands_tells_the_federation_from_one_node(ask: Ask, fat_node: FatNode) -> None:
    await compare_many(ask, fat_node, 4_000, seed=2)


@pytest.mark.full
@pytest.mark.timeout(900)
async def test_whatever_breaks_only_what_it_holds_is_missing(
    patient: Ask, nodes: NodeHost, fat_node: FatNode
) -> None:
    for seed in range(40):
        broken = await break_some(nodes, Random(1_000 + seed))
        await compare_many(patient, fat_node, 50, seed=2_000 + seed, broken=broken)
