"""Stores of establishments made by hand."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from certs.home import Home
from regional_nodes.habits import HABITS
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.serving.connections import Bounds
from regional_nodes.source import EstablishmentTree
from regional_nodes.store.loading import build_store
from regional_nodes.store.opening import Store
from tests.regional_nodes.hand_made import StoreMaker, TreeFactory, recipe_for
from tests.regional_nodes.node_client import NodeClient


@pytest.fixture
def make() -> TreeFactory:
    return TreeFactory()


@pytest.fixture
def store_of(tmp_path: Path) -> Iterator[StoreMaker]:
    """Build and open the store of some trees; ``ror`` and ``release`` may be chosen."""
    opened: list[Store] = []

    def build(*trees: EstablishmentTree, ror: str = "ara", release: date | None = None) -> Store:
        path = tmp_path / f"{ror}-{len(opened)}" / "store.sqlite"
        recipe = recipe_for(ror, release=release)
        build_store(path, trees, recipe)
        store = Store(path)
        opened.append(store)
        return store

    yield build
    for store in opened:
        store.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Await that something becomes true, for two seconds at most."""

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(2):
            while not condition():
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def node_home(pki_home: Home, tmp_path: Path, make: TreeFactory) -> Home:
    """A state folder of its own, with small stores for ara, bre, cor, oin and pac; a test may change all of it."""
    home = Home(tmp_path / "state")
    for folder in ("pki", "whitelist"):
        shutil.copytree(pki_home.root / folder, home.root / folder)
    rich = {"acts": ("0131",), "equipment": ("093",), "specialities": ("SM04",), "beds": (8, 2)}
    trees = {
        "ara": [
            make.tree("690000010", make.unit(id="u1", **rich), make.unit(id="u2", sensitive=True, **rich)),
            make.tree("690000020", make.unit(id="u3", activities=("127",)), insee="38185"),
        ],
        "bre": [make.tree("350000010", make.unit(id="b1"), insee="35238", legal_entity="350000001")],
        "cor": [make.tree("2A0000010", make.unit(id="c1"), insee="2A004", legal_entity="2A0000001")],
        "oin": [
            make.tree("970400010", make.unit(id="r1"), insee="97411", legal_entity="970400001"),
            make.tree("980500010", make.unit(id="m1"), insee="97611", legal_entity="980500001"),
        ],
        "pac": [make.tree("130000010", make.unit(id="p1", **rich), insee="13055", legal_entity="130000001")],
    }
    for ror, its_trees in trees.items():
        recipe = replace(recipe_for(ror), style=HABITS[ror].style)
        build_store(home.node_store(ror), its_trees, recipe)
    return home


FEW = ("ara", "bre", "cor", "oin", "pac")


@pytest.fixture
async def nodes(node_home: Home) -> AsyncIterator[NodeHost]:
    """Five nodes on free ports, quick to give up on slow callers."""
    bounds = Bounds(head_s=0.5, body_s=0.5)
    settings = HostSettings(base_port=0, drain_s=0.5, poll_s=0.05, bounds=bounds)
    async with NodeHost(node_home, FEW, settings) as host:
        yield host


@pytest.fixture
def client(nodes: NodeHost, node_home: Home) -> NodeClient:
    return NodeClient(nodes, node_home)
