"""Making the synthetic stores: kept while they are fresh, made anew when they are not what is wanted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certs.home import Home
from regional_nodes.preparing import KEPT_FOR, Synthesis, make_imported, prepare_synthetic
from regional_nodes.store.opening import Meta, SourceKind, opened

NOW = datetime(2026, 6, 4, 8, tzinfo=UTC)
SMALL = Synthesis(scale=0.01, at=NOW)
RORS = ("cor", "guy")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "state")


def prepare(home: Home, synthesis: Synthesis = SMALL, **options: object) -> dict[str, Meta]:
    return prepare_synthetic(home, synthesis, rors=RORS, workers=1, **options)


def test_each_region_gets_a_store_at_its_release(home: Home) -> None:
    done: list[Meta] = []
    metas = prepare(home, on_done=done.append)
    assert {meta.ror for meta in done} == set(metas) == set(RORS)
    for ror, meta in metas.items():
        with opened(home.node_store(ror)) as store:
            assert store.meta == meta
        assert meta.units > 0
        assert meta.left_out == 0
        assert meta.release.year == 2018


def test_fresh_stores_are_kept(home: Home) -> None:
    prepare(home)
    later = replace(SMALL, at=NOW + timedelta(hours=1))
    assert all(meta.made_at == NOW for meta in prepare(home, later).values())
    assert all(meta.made_at == later.at for meta in prepare(home, later, force=True).values())


@pytest.mark.parametrize(
    "changed", [replace(SMALL, seed=8), replace(SMALL, scale=0.02), replace(SMALL, at=NOW + KEPT_FOR)]
)
def test_other_wishes_or_old_stores_are_made_anew(home: Home, changed: Synthesis) -> None:
    before = prepare(home)
    after = prepare(home, changed)
    assert all(after[ror] != before[ror] for ror in RORS)


def test_imported_and_damaged_stores_are_replaced(home: Home) -> None:
    make_imported(home.node_store("cor"), "cor", [], "by hand", NOW)
    home.node_store("guy").parent.mkdir(parents=True)
    home.node_store("guy").write_bytes(b"rubbish")
    assert {meta.source for meta in prepare(home).values()} == {SourceKind.SYNTHETIC}


def test_a_region_without_establishments_has_an_empty_store(home: Home) -> None:
    meta = make_imported(home.node_store("mar"), "mar", [], "by hand", NOW)
    assert (meta.units, meta.source, meta.simulated) == (0, SourceKind.IMPORTED, True)


@pytest.mark.timeout(60)
def test_several_processes_make_the_same_stores(home: Home, tmp_path) -> None:
    apart = prepare_synthetic(home, SMALL, rors=RORS, workers=2)
    together = prepare(Home(tmp_path / "other"))
    assert apart == together
    assert home.node_store("cor").read_bytes() == Home(tmp_path / "other").node_store("cor").read_bytes()
