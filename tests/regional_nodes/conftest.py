"""Stores of establishments made by hand."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from regional_nodes.source import EstablishmentTree
from regional_nodes.store.loading import build_store
from regional_nodes.store.opening import Store
from tests.regional_nodes.hand_made import StoreMaker, TreeFactory, recipe_for


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
