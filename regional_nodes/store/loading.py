"""Building a store: all trees in, one file out, whole or not at all."""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from certs.private_files import make_private_folder
from regional_nodes.errors import StoreError, TreeError
from regional_nodes.source import EstablishmentTree
from regional_nodes.store.at_release import at_release
from regional_nodes.store.numbering import Numbering, in_order, number
from regional_nodes.store.opening import Meta, SourceKind, write_meta
from regional_nodes.store.schema import APPLICATION_ID, FORMAT_VERSION, INDEXES, TABLES
from regional_nodes.store.tree_rows import TreeWriter
from ror.csd import Style
from ror.territory import Ror


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a store is made: for whom, in whose style, at which release of the nomenclatures, from what.

    ``name`` says the parameters of the source, so that the same name with the same data is the same store.
    """

    ror: Ror
    style: Style
    release: date
    name: str
    source: SourceKind
    simulated: bool
    made_at: datetime


def build_store(path: Path, trees: Iterable[EstablishmentTree], recipe: Recipe) -> Meta:
    """Build the store at ``path``, replacing the one that is there; after a crash there is the old one, or none.

    Raises:
        StoreError: the folder or the file cannot be written.
        TreeError: the trees contradict themselves.
    """
    try:
        make_private_folder(path.parent)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            meta = _write(unfinished, trees, recipe)
            _put_in_place(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: the database cannot be written ({error})") from error
    return meta


def _write(path: Path, trees: Iterable[EstablishmentTree], recipe: Recipe) -> Meta:
    kept, left_out = _at_release(trees, recipe.release)
    ordered = in_order(kept)
    numbering = number(ordered)
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA page_size = 8192")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        connection.executescript(TABLES)
        connection.execute("BEGIN")
        writer = TreeWriter(connection, recipe.ror, recipe.style, numbering)
        for group in _by_legal_entity(ordered):
            writer.write(group)
        writer.finish()
        meta = _meta(recipe, ordered, numbering, left_out)
        write_meta(connection, meta)
        connection.execute("COMMIT")
        connection.executescript(INDEXES)
        connection.execute("ANALYZE")
    return meta


def _at_release(trees: Iterable[EstablishmentTree], release: date) -> tuple[list[EstablishmentTree], int]:
    kept, left_out = [], 0
    for tree in trees:
        result = at_release(tree, release)
        kept.append(result.tree)
        left_out += result.left_out
    return kept, left_out


def _by_legal_entity(trees: Sequence[EstablishmentTree]) -> Iterable[list[EstablishmentTree]]:
    """The establishments of one EJ together: what it shows depends on all of them (decision 6)."""
    groups: defaultdict[str, list[EstablishmentTree]] = defaultdict(list)
    for tree in trees:
        group = groups[tree.legal_entity.entity_id]
        if group and group[0].legal_entity != tree.legal_entity:
            raise TreeError(f"the legal entity {tree.legal_entity.entity_id[:60]!r} comes with different content")
        group.append(tree)
    return groups.values()


def _meta(recipe: Recipe, trees: Sequence[EstablishmentTree], numbering: Numbering, left_out: int) -> Meta:
    return Meta(
        ror=recipe.ror.id,
        regions=recipe.ror.regions,
        made_at=recipe.made_at,
        recipe=recipe.name,
        source=recipe.source,
        simulated=recipe.simulated,
        release=recipe.release,
        legal_entities=len(numbering.organizations) - len(numbering.establishments),
        establishments=len(numbering.establishments),
        units=sum(facility.is_unit for tree in trees for facility in tree.facilities),
        facilities=len(numbering.facilities),
        services=sum(len(tree.services) for tree in trees),
        devices=sum(len(tree.devices) for tree in trees),
        providers=len(numbering.providers),
        left_out=left_out,
    )


def _put_in_place(unfinished: Path, path: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
    with suppress(OSError):  # a file system that cannot sync a folder has said so; the file itself is there
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
