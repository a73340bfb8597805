"""Making the databases of the nodes, each region in a process of its own."""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from certs.home import Home
from regional_nodes.errors import StoreError
from regional_nodes.habits import HABITS, NEWEST_RELEASE
from regional_nodes.imported.importing import import_open_data
from regional_nodes.imported.report import ImportReport
from regional_nodes.source import EstablishmentTree
from regional_nodes.store.loading import Recipe, build_store
from regional_nodes.store.opening import Meta, SourceKind, opened
from regional_nodes.synthetic import synthesise
from ror import __version__
from ror.territory import ROR_BY_ID, RORS

DEFAULT_SEED = 2019
KEPT_FOR = timedelta(hours=12)
"""Synthetic availability is told for the moment it was made: an older store is made anew."""

OnDone = Callable[[Meta], None]
"""Called as each region is ready, in the order in which they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """What makes synthetic data what they are; ``at`` is the moment that availability is told for."""

    seed: int = DEFAULT_SEED
    scale: float = 1.0
    at: datetime

    @property
    def name(self) -> str:
        """The recipe's name: the same release of this package makes the same data of it."""
        return f"synthetic {__version__} seed={self.seed} scale={self.scale:g}"


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of an import: what became of every row, and the stores."""

    report: ImportReport
    metas: Mapping[str, Meta]


def prepare_synthetic(
    home: Home,
    synthesis: Synthesis,
    *,
    rors: Sequence[str] | None = None,
    force: bool = False,
    workers: int | None = None,
    on_done: OnDone | None = None,
) -> dict[str, Meta]:
    """Make the synthetic stores that are not there yet, by ROR id; with ``force`` all of them.

    Raises ``StoreError`` or ``TreeError``; regions that were done by then stay.
    """
    metas: dict[str, Meta] = {}
    to_make: list[str] = []
    for ror in rors if rors is not None else [ror.id for ror in RORS]:
        kept = None if force else _still_good(home.node_store(ror), synthesis)
        if kept is None:
            to_make.append(ror)
            continue
        metas[ror] = kept
        if on_done is not None:
            on_done(kept)
    jobs = {ror: partial(make_synthetic, home.node_store(ror), ror, synthesis) for ror in to_make}
    metas.update(_run(jobs, workers, on_done))
    return metas


def make_synthetic(path: Path, ror: str, synthesis: Synthesis) -> Meta:
    """Make the synthetic store of one ROR."""
    habits = HABITS[ror]
    trees = synthesise(
        ror,
        ids=habits.ids,
        seed=synthesis.seed,
        scale=synthesis.scale,
        at=synthesis.at,
        release=habits.release,
    )
    recipe = Recipe(
        ror=ROR_BY_ID[ror],
        style=habits.style,
        release=habits.release,
        name=synthesis.name,
        source=SourceKind.SYNTHETIC,
        simulated=True,
        made_at=synthesis.at,
    )
    return build_store(path, trees, recipe)


def prepare_imported(
    home: Home,
    gisco: Path,
    sae: Path,
    *,
    at: datetime,
    workers: int | None = None,
    on_done: OnDone | None = None,
) -> Imported:
    """Import the real open data into the stores of all seventeen RORs; one without establishments gets an empty one.

    Real data are newer than what a region may lag behind: every store is at the newest release. Raises
    ``OpenDataError``, ``StoreError`` or ``TreeError``.
    """
    result = import_open_data(gisco, sae, ids_of=lambda ror: HABITS[ror].ids, at=at)
    name = f"imported {__version__} {gisco.name} {sae.name}"
    jobs = {
        ror.id: partial(make_imported, home.node_store(ror.id), ror.id, result.trees.get(ror.id, []), name, at)
        for ror in RORS
    }
    return Imported(result.report, _run(jobs, workers, on_done))


def make_imported(path: Path, ror: str, trees: Sequence[EstablishmentTree], name: str, at: datetime) -> Meta:
    """Make the store of one ROR from imported establishments."""
    recipe = Recipe(
        ror=ROR_BY_ID[ror],
        style=HABITS[ror].style,
        release=NEWEST_RELEASE,
        name=name,
        source=SourceKind.IMPORTED,
        simulated=True,
        made_at=at,
    )
    return build_store(path, trees, recipe)


def _still_good(path: Path, synthesis: Synthesis) -> Meta | None:
    """The store that is there, if it is what would be made."""
    try:
        with opened(path) as store:
            meta = store.meta
    except StoreError:
        return None
    fresh = timedelta(0) <= synthesis.at - meta.made_at < KEPT_FOR
    return meta if fresh and meta.source is SourceKind.SYNTHETIC and meta.recipe == synthesis.name else None


def _run(jobs: Mapping[str, Callable[[], Meta]], workers: int | None, on_done: OnDone | None) -> dict[str, Meta]:
    """Run the jobs, the most populous region first, so that no process is left with a large one at the end."""
    order = sorted(jobs, key=lambda ror: -ROR_BY_ID[ror].population)
    processes = min(workers or os.cpu_count() or 1, len(order))
    metas: dict[str, Meta] = {}
    if processes <= 1:
        for ror in order:
            metas[ror] = jobs[ror]()
            if on_done is not None:
                on_done(metas[ror])
        return metas
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        futures: dict[Future[Meta], str] = {pool.submit(jobs[ror]): ror for ror in order}
        try:
            for future in as_completed(futures):
                meta = metas[futures[future]] = future.result()
                if on_done is not None:
                    on_done(meta)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return metas
