"""What a profile hides cannot be guessed: a node that has hidden units answers exactly like one that has none.

The same questions go to two nodes with the same open units, one of which has sensitive units besides. Answers,
numbers found, order, distances and faults are compared byte for byte. The control asks as regulation, which sees all.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from certs.home import Home
from regional_nodes.habits import HABITS
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.source import EstablishmentTree
from regional_nodes.store.loading import build_store
from ror.coding import Code, Scheme
from ror.question import Destination, DestinationLevel, Question, ReferencePlace
from tests.regional_nodes.hand_made import TreeFactory, recipe_for
from tests.regional_nodes.node_client import GATEWAY, NodeClient, Reply, activity, question

RICH = {"acts": ("0131",), "equipment": ("093",), "specialities": ("SM04",), "beds": (8, 2)}
HIDDEN_PLACE, OPEN_PLACE = "38185", "69123"
BELOW_REGULATION = ("CU18", "CU19", "CU23")


@dataclass(frozen=True)
class Asker:
    """The gateway's connection to one node."""

    client: NodeClient
    session: aiohttp.ClientSession

    async def ask(self, asked: Question, profile: str) -> Reply:
        return await self.client.send(self.client.message(asked, profile=profile), session=self.session)


@dataclass(frozen=True)
class Pair:
    """A node with hidden units, and the same node without them."""

    hiding: Asker
    plain: Asker

    async def ask(self, asked: Question, profile: str) -> tuple[Reply, Reply]:
        return await self.hiding.ask(asked, profile), await self.plain.ask(asked, profile)


def trees(*, with_hidden: bool) -> list[EstablishmentTree]:
    make = TreeFactory()
    units = [make.unit(id="u1", **RICH), make.unit(id="u2", activities=("127",), beds=(3, 1))]
    if not with_hidden:
        return [make.tree("690000010", *units)]
    secret = make.unit(id="s1", sensitive=True, activities=("141",), **RICH)
    alone = make.tree("380000010", make.unit(id="s2", sensitive=True, **RICH), insee=HIDDEN_PLACE, name="Site caché")
    return [make.tree("690000010", *units, secret), alone]


@pytest.fixture
async def pair(pki_home: Home, tmp_path: Path) -> AsyncIterator[Pair]:
    askers = []
    async with AsyncExitStack() as stack:
        for with_hidden in (True, False):
            home = Home(tmp_path / f"hidden-{with_hidden}")
            for folder in ("pki", "whitelist"):
                shutil.copytree(pki_home.root / folder, home.root / folder)
            recipe = replace(recipe_for("ara"), style=HABITS["ara"].style)
            build_store(home.node_store("ara"), trees(with_hidden=with_hidden), recipe)
            settings = HostSettings(base_port=0, drain_s=0.2)
            host = await stack.enter_async_context(NodeHost(home, ["ara"], settings))
            client = NodeClient(host, home)
            connector = aiohttp.TCPConnector(ssl=client.context(GATEWAY))
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            askers.append(Asker(client, session))
        yield Pair(*askers)


def told(reply: Reply) -> tuple[object, ...]:
    """All that a caller can read out of an answer but for its times."""
    fault = reply.fault
    if fault is not None:
        return reply.status, fault.slug, fault.message
    [line] = reply.coverage.rors
    return reply.status, line.outcome, line.found, line.returned, line.detail, etree.tostring(reply.content)


def circle(commune: str, distance_km: float) -> Destination:
    return Destination(DestinationLevel.COMMUNE, commune, distance_km)


COUNTS = (question(), question(limit=1), question(limit=2), question(Destination(DestinationLevel.REGION, "84")))
SORTS = tuple(
    question(limit=limit)
    if place is None
    else replace(question(limit=limit), reference=ReferencePlace(commune=place))
    for place in (None, HIDDEN_PLACE, OPEN_PLACE)
    for limit in (1, 2, 50)
)
CIRCLES = tuple(
    question(circle(commune, distance_km))
    for commune in (HIDDEN_PLACE, OPEN_PLACE, "73065", "26362")
    for distance_km in (0.1, 1.0, 5.0, 20.0, 60.0, 94.3, 150.0)
)
SELECTIONS = (
    question(activities=(activity("141"),)),
    question(name="Site caché"),
    question(name="cach"),
    question(Destination(DestinationLevel.COMMUNE, HIDDEN_PLACE)),
    question(Destination(DestinationLevel.DEPARTMENT, "38")),
)
HIDDEN_CRITERIA = tuple(
    question(**{criterion: value})
    for criterion, values in {
        "act": (Code("0131", Scheme.ACT.value), Code("0551", Scheme.ACT.value)),
        "equipment": (Code("093", Scheme.EQUIPMENT.value), Code("094", Scheme.EQUIPMENT.value)),
        "available_beds": (1, 2, 3, 9),
    }.items()
    for value in values
)


async def assert_nothing_tells(pair: Pair, questions: tuple[Question, ...], profiles: tuple[str, ...]) -> None:
    for asked in questions:
        for profile in profiles:
            hiding, plain = await pair.ask(asked, profile)
            assert told(hiding) == told(plain), (profile, asked)


async def differs(pair: Pair, questions: tuple[Question, ...]) -> bool:
    """Whether any of these questions tells the two nodes apart for who sees everything."""
    for asked in questions:
        hiding, plain = await pair.ask(asked, "CU22")
        if told(hiding) != told(plain):
            return True
    return False


async def test_numbers_do_not_tell_of_hidden_units(pair: Pair) -> None:
    await assert_nothing_tells(pair, COUNTS, BELOW_REGULATION)


async def test_order_and_distance_do_not_tell_of_hidden_units(pair: Pair) -> None:
    await assert_nothing_tells(pair, SORTS, BELOW_REGULATION)


async def test_circles_do_not_find_a_hidden_place(pair: Pair) -> None:
    await assert_nothing_tells(pair, CIRCLES, ("CU23",))


async def test_asking_for_what_only_hidden_units_have_finds_nothing(pair: Pair) -> None:
    await assert_nothing_tells(pair, SELECTIONS, BELOW_REGULATION)


async def test_the_fault_of_a_hidden_criterion_does_not_depend_on_what_is_there(pair: Pair) -> None:
    await assert_nothing_tells(pair, HIDDEN_CRITERIA, ("CU19", "CU23"))
    faults = {told(await pair.hiding.ask(asked, "CU23"))[:2] for asked in HIDDEN_CRITERIA}
    assert faults == {(403, "criterion.hidden-by-profile")}


@pytest.mark.parametrize("questions", [COUNTS, SORTS, CIRCLES, SELECTIONS, HIDDEN_CRITERIA])
async def test_the_control_regulation_tells_the_two_nodes_apart(pair: Pair, questions: tuple[Question, ...]) -> None:
    assert await differs(pair, questions)
