"""The import proves itself on the burns places of 2022: the bundled facts, and the whole files where they are."""

from pathlib import Path

import pytest

from regional_nodes.building import broken_rules
from regional_nodes.imported import ImportResult
from tests.support.open_data import (
    burns_facts,
    burns_open_data,
    installed_beds,
    real_open_data,
    units_of,
)

ROR_OF = {
    "690783154": "ara", "370004467": "cvl", "540002698": "ges", "570026682": "ges", "970100442": "gua",
    "590796975": "hdf", "750100075": "idf", "750100109": "idf", "920120011": "idf", "330781360": "naq",
    "310016977": "occ", "310783055": "occ", "340785161": "occ", "970400024": "oin", "130783236": "pac",
    "830100574": "pac", "440000271": "pdl",
}  # fmt: skip


def expected(column: str) -> dict[str, tuple[str, int]]:
    return {
        fact["finess"]: (ROR_OF[fact["finess"]], int(fact[column]))
        for fact in burns_facts()
        if int(fact[column] or 0)
    }


@pytest.fixture(scope="module")
def burns(tmp_path_factory: pytest.TempPathFactory) -> ImportResult:
    return burns_open_data(tmp_path_factory.mktemp("burns")).imported()


@pytest.fixture(scope="module")
def whole() -> ImportResult:
    found = real_open_data()
    if found is None:
        pytest.skip("THE OPEN DATA IS NOT BESIDE THE CHECKOUT: the import of the whole files is not proven here")
    return found.imported()


def test_the_fixture_holds_the_ground_truth_of_2022() -> None:
    facts = burns_facts()
    assert len(facts) == 17
    assert (len(expected("lit_rea")), len(expected("lit_bru"))) == (16, 11)
    assert len(set(ROR_OF.values())) == 11


def test_sixteen_places_have_a_burns_intensive_care_unit_with_exactly_their_beds(burns: ImportResult) -> None:
    assert installed_beds(burns.trees, "121") == expected("lit_rea")


def test_eleven_places_have_other_burns_beds_with_exactly_their_number(burns: ImportResult) -> None:
    assert installed_beds(burns.trees, "175") == expected("lit_bru")


def test_all_seventeen_stand_in_their_ror_and_keep_the_rules(burns: ImportResult) -> None:
    trees = [tree for of_ror in burns.trees.values() for tree in of_ror]
    assert len(trees) == 17
    assert {ror: len(of_ror) for ror, of_ror in burns.trees.items()} == {
        ror: list(ROR_OF.values()).count(ror) for ror in sorted(set(ROR_OF.values()))
    }
    assert [breach for tree in trees for breach in broken_rules(tree)] == []


def test_an_arrondissement_stays_with_the_whole_city(burns: ImportResult) -> None:
    lyon = next(tree for tree in burns.trees["ara"])
    place = lyon.establishment.location
    assert place is not None
    assert place.address is not None
    assert place.commune.code == "69123"
    assert place.address.lines[0].city_sub_division == "Lyon 3e Arrondissement"


def test_the_whole_files_give_the_same_burns_units(whole: ImportResult) -> None:
    assert installed_beds(whole.trees, "121") == expected("lit_rea")
    assert installed_beds(whole.trees, "175") == expected("lit_bru")


def test_every_row_of_the_whole_files_is_mapped_or_listed(whole: ImportResult) -> None:
    report = whole.report
    assert {total.file: total.rows for total in report.files} == {
        total.file: total.mapped + sum(total.listed.values()) for total in report.files
    }
    assert sum(sum(total.listed.values()) for total in report.files) == len(report.listed)
    assert len(report.files) == 18


def test_the_whole_files_fill_all_seventeen_rors_and_keep_the_rules(whole: ImportResult) -> None:
    assert len(whole.trees) == 17
    assert sum(whole.report.establishments.values()) == 3652
    assert sum(whole.report.units.values()) == 17348
    sample = [tree for of_ror in whole.trees.values() for tree in of_ror[::25]]
    assert [breach for tree in sample for breach in broken_rules(tree)] == []


def test_the_whole_files_have_points_that_are_not_believed(whole: ImportResult) -> None:
    assert len(whole.report.rejected_points) == 19
    assert all(point.distance_km > 30 for point in whole.report.rejected_points)
    assert sum(whole.report.points.values()) == 3652


def test_the_whole_files_hold_no_number_of_the_fictional_series(whole: ImportResult) -> None:
    known = {
        other.code
        for of_ror in whole.trees.values()
        for tree in of_ror
        for organization in (tree.legal_entity, tree.establishment)
        for other in organization.other_ids
        if len(other.code) == 9
    }
    mainland = [code for code in known if code[:2] not in ("97", "98") and code[2:5] == "099"]
    overseas = [code for code in known if code[:2] in ("97", "98") and code[4] == "9"]
    assert (mainland, overseas) == ([], [])


def test_units_keep_their_number_from_one_import_to_the_next(tmp_path: Path, burns: ImportResult) -> None:
    again = burns_open_data(tmp_path).imported()
    numbers = {unit.entity_id for of_ror in burns.trees.values() for tree in of_ror for unit in units_of(tree)}
    assert numbers == {
        unit.entity_id for of_ror in again.trees.values() for tree in of_ror for unit in units_of(tree)
    }
    assert "69078315010" in numbers
