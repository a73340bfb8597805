"""The whole federation for a test: seventeen nodes with data, the gateway before them, and a partner who asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime

import pytest

from certs.home import Home
from certs.tls import client_context
from gateway.asking import Answered, Caller, Refused, ask_gateway
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from regional_nodes.habits import HABITS
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.source import EstablishmentTree
from regional_nodes.store.loading import Recipe, build_store
from regional_nodes.store.opening import SourceKind
from regional_nodes.synthetic import synthesise
from ror import namespaces as ns
from ror.question import Question
from ror.territory import RORS
from tests.support.served_gateway import subject_of

NOW = datetime.now(UTC).replace(microsecond=0)
SCALE = 0.3
"""About 1,500 units: every rare offer has its place at any scale."""

Ask = Callable[..., Awaitable[Answered | Refused]]


def build_stores(home: Home, trees_of: Callable[[str], Iterable[EstablishmentTree]], source: SourceKind) -> None:
    """Build the seventeen stores of ``home``."""
    for ror in RORS:
        habits = HABITS[ror.id]
        recipe = Recipe(
            ror=ror,
            style=habits.style,
            release=habits.release,
            name="test",
            source=source,
            simulated=True,
            made_at=NOW,
        )
        build_store(home.node_store(ror.id), trees_of(ror.id), recipe)


def synthetic_trees(ror: str) -> list[EstablishmentTree]:
    """A small synthetic region."""
    habits = HABITS[ror]
    return list(synthesise(ror, ids=habits.ids, seed=1, scale=SCALE, at=NOW, release=habits.release))


@pytest.fixture(scope="session")
def synthetic_home(pki_home: Home) -> Home:
    """The state folder with seventeen small synthetic stores."""
    build_stores(pki_home, synthetic_trees, SourceKind.SYNTHETIC)
    return pki_home


@pytest.fixture
async def nodes(synthetic_home: Home) -> AsyncIterator[NodeHost]:
    """Seventeen nodes on free ports; a test may stop or break any of them."""
    async with NodeHost(synthetic_home, settings=HostSettings(base_port=0, drain_s=0.5)) as host:
        yield host


@pytest.fixture
async def federation(synthetic_home: Home, nodes: NodeHost) -> AsyncIterator[RunningGateway]:
    """The gateway before the seventeen nodes."""
    async with running(synthetic_home, GatewaySettings(port=0, drain_s=0.5, witnesses=0)) as gateway:
        yield gateway


@pytest.fixture
async def settled_nodes(nodes: NodeHost, federation: RunningGateway) -> NodeHost:
    """Nodes to be killed, once the gateway has asked each which list it follows.

    One that is killed while a handshake is going on leaves that socket to the garbage collector, which warns.
    """
    async with asyncio.timeout(20):
        while not all(state.is_current for state in federation.propagation.followers):
            await asyncio.sleep(0.05)
    return nodes


@pytest.fixture
def ask(federation: RunningGateway, pki_home: Home) -> Ask:
    """Ask the gateway as a partner of the demonstration."""
    return asker(federation, pki_home)


def asker(gateway: RunningGateway, home: Home) -> Ask:
    """A function that asks ``gateway`` as a partner listed in ``home``."""

    async def asked(
        question: Question, partner: str = "samu-rhone", profile: str | None = None
    ) -> Answered | Refused:
        leaf = home.leaf(f"partner-{partner}")
        caller = Caller(subject_of(home, f"partner-{partner}"), f"{partner}/1", profile)
        context = client_context(leaf.chain, leaf.key, home.trust)
        return await ask_gateway(gateway.url + ns.PATH_G1, context, caller, question)

    return asked
