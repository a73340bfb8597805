"""How a store is built, what it says of itself, and what it refuses."""

import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from regional_nodes.errors import StoreError, StoreFormatError, TreeError
from regional_nodes.store.loading import build_store
from regional_nodes.store.opening import SourceKind, Store
from tests.regional_nodes.hand_made import StoreMaker, TreeFactory, recipe_for

BEFORE_2019 = date(2018, 12, 14)


def test_a_store_says_what_it_is(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(make.tree("690000010", make.unit(), make.unit(equipment=("093",), provider=True)))
    meta = store.meta
    assert (meta.ror, meta.regions, meta.source, meta.simulated) == ("ara", ("84",), SourceKind.SYNTHETIC, True)
    assert (meta.legal_entities, meta.establishments, meta.units, meta.facilities) == (1, 1, 2, 3)
    assert (meta.services, meta.devices, meta.providers, meta.left_out) == (2, 1, 1, 0)


def test_a_store_is_private(make: TreeFactory, store_of: StoreMaker) -> None:
    path = store_of(make.tree("690000010", make.unit())).path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_trees_in_another_order_make_the_same_numbers(make: TreeFactory, store_of: StoreMaker) -> None:
    trees = [make.tree(f"6900000{number}0", make.unit(), make.unit()) for number in range(1, 4)]

    def numbers(store: Store) -> list[tuple[int, str]]:
        return store.connection().execute("SELECT unit, entity_id FROM unit ORDER BY unit").fetchall()

    assert numbers(store_of(*trees)) == numbers(store_of(*reversed(trees)))


def test_a_failed_build_leaves_the_old_store_and_no_rubbish(make: TreeFactory, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    tree = make.tree("690000010", make.unit())
    build_store(path, [tree], recipe_for("ara"))
    before = path.read_bytes()
    with pytest.raises(TreeError, match="twice"):
        build_store(path, [tree, tree], recipe_for("ara"))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_store_replaces_the_old_one_under_an_open_reader(make: TreeFactory, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    build_store(path, [make.tree("690000010", make.unit())], recipe_for("ara"))
    old = Store(path)
    build_store(path, [make.tree("690000010", make.unit(), make.unit())], recipe_for("ara"))
    new = Store(path)
    assert [store.connection().execute("SELECT count(*) FROM unit").fetchone() for store in (old, new)] == [
        (1,),
        (2,),
    ]
    old.close()
    new.close()


def test_a_missing_store_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ror nodes prepare"):
        Store(tmp_path / "store.sqlite")


@pytest.mark.parametrize("content", [b"", b"not a database at all, though long enough to be looked at"])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a database of a node"):
        Store(path)


def test_a_store_of_another_format_is_refused(make: TreeFactory, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    build_store(path, [make.tree("690000010", make.unit())], recipe_for("ara"))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreFormatError, match="format 999"):
        Store(path)


def test_a_folder_that_cannot_be_written_is_a_store_error(make: TreeFactory, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        build_store(tmp_path / "file" / "store.sqlite", [make.tree("690000010", make.unit())], recipe_for("ara"))


def test_contradictory_trees_are_refused(make: TreeFactory, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    one, other = make.tree("690000010", make.unit()), make.tree("690000020", make.unit())
    renamed = replace(other, legal_entity=replace(other.legal_entity, name="Autre nom"))
    with pytest.raises(TreeError, match="different content"):
        build_store(path, [one, renamed], recipe_for("ara"))
    orphan = replace(one, establishment=replace(one.establishment, parent="s_unknown"))
    with pytest.raises(TreeError, match="legal entity"):
        build_store(path, [orphan], recipe_for("ara"))
    pole, unit = one.facilities
    ageless = replace(unit, patients=replace(unit.patients, age_max=replace(unit.patients.age_max, value=1)))
    with pytest.raises(TreeError, match="ages"):
        build_store(path, [replace(one, facilities=(pole, ageless))], recipe_for("ara"))
    adrift = replace(unit, organizations=())
    with pytest.raises(TreeError, match="does not name its establishment"):
        build_store(path, [replace(one, facilities=(pole, adrift))], recipe_for("ara"))


def test_a_lagging_region_holds_no_newer_code(make: TreeFactory, store_of: StoreMaker) -> None:
    tree = make.tree(
        "690000010",
        make.unit(id="old", activities=("121",)),
        make.unit(id="both", activities=("121", "359")),
        make.unit(id="new", activities=("359",), equipment=("093",), provider=True),
    )
    lagging, newest = store_of(tree, release=BEFORE_2019), store_of(tree)
    codes = [
        {code for (code,) in store.connection().execute("SELECT code FROM mark WHERE kind = 4")}
        for store in (lagging, newest)
    ]
    assert codes == [{"121"}, {"121", "359"}]
    assert (lagging.meta.units, lagging.meta.devices, lagging.meta.providers) == (2, 0, 0)
    assert lagging.meta.left_out > 0
    assert newest.meta.left_out == 0
    rows = lagging.connection().execute("SELECT facility, services FROM bundle").fetchall()
    assert rows
    assert not any(b'"359"' in body for row in rows for body in row)
