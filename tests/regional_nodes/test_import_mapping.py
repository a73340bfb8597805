"""Every kind of row of the statistics becomes the unit that the table of the import says, or is listed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from regional_nodes.building import AgeRange
from regional_nodes.building.ages import range_of
from regional_nodes.imported import ImportResult
from regional_nodes.imported.bordereaux import BY_SLOT, MAPPING
from regional_nodes.source import EstablishmentTree
from ror.coding import Scheme
from ror.model import Facility
from ror.nomenclatures import table
from tests.support.open_data import activities_of, place, units_of, write_open_data

FINESS = "690783154"


def import_rows(folder: Path, bordereau: str, *rows: dict[str, str]) -> ImportResult:
    told = [{"FI": FINESS} | row for row in rows]
    return write_open_data(folder, [place(FINESS)], {bordereau: told}).imported()


def only_tree(result: ImportResult) -> EstablishmentTree:
    ((tree,),) = result.trees.values()
    return tree


def facts(tree: EstablishmentTree, unit: Facility) -> tuple[object, ...]:
    capacity = unit.accommodation
    beds = capacity.beds.installed if capacity and capacity.beds else None
    places = capacity.places.installed if capacity and capacity.places else None
    (activity,) = activities_of(tree, unit)
    return unit.fields[0].code, activity, unit.care_mode.code, beds, places


ALL, ADULT, CHILD = AgeRange(0, 130), AgeRange(18, 130), AgeRange(0, 17)
NEWBORN, MOTHER = AgeRange(0, 28, "d", "d"), AgeRange(12, 60)

ROWS = [
    ("BRULES", {"LIT_REA": "9"}, [("01", "121", "28", 9, None, ALL)]),
    ("BRULES", {"LIT_REA": "", "LIT_BRU": "4"}, [("01", "175", "28", 4, None, ALL)]),
    ("REA", {"UNI": "REAADU", "LIT": "12"}, [("01", "127", "28", 12, None, ADULT)]),
    ("REA", {"UNI": "REAENF", "LIT": "8"}, [("01", "130", "28", 8, None, CHILD)]),
    ("REA", {"UNI": "USIC", "LIT": "7"}, [("01", "354", "28", 7, None, ADULT)]),
    ("REA", {"UNI": "SIUNV", "LIT": "6"}, [("01", "356", "28", 6, None, ADULT)]),
    ("REA", {"UNI": "AUTSI", "LIT": "5"}, [("01", "351", "28", 5, None, ADULT)]),
    ("REA", {"UNI": "SURVADU", "LIT": ""}, [("01", "373", "28", None, None, ADULT)]),
    ("REA", {"UNI": "SURVENF", "LIT": "4"}, [("01", "391", "28", 4, None, CHILD)]),
    ("PERINAT", {"AUTOR": "TYPE1", "LIT_OBS": "8", "LIT_SIN": "0"}, [("01", "100", "28", 8, None, MOTHER)]),
    ("PERINAT", {"AUTOR": "", "LIT_NEO_HSI": "6"}, [("01", "094", "28", 6, None, NEWBORN)]),
    ("PERINAT", {"AUTOR": "", "LIT_SIN": "6"}, [("01", "369", "28", 6, None, NEWBORN)]),
    ("PERINAT", {"AUTOR": "", "LIT_REA": "6"}, [("01", "128", "28", 6, None, NEWBORN)]),
    (
        "MCO",
        {"LIT_MED": "66", "PLA_MED": "8", "LIT_CHI": "17"},
        [("01", "083", "28", 66, None, ALL), ("01", "083", "29", None, 8, ALL)],
    ),
    ("NEUROCHIR", {"EX_NEUCHI": "1", "LIT_NEUCHI": "29"}, [("01", "096", "28", 29, None, ALL)]),
    ("CHIRCAR", {"LIT_CAR": "15"}, [("01", "018", "28", 15, None, ALL)]),
    (
        "URGENCES2",
        {"URG": "GEN", "LIT_UHCD": "10"},
        [("01", "157", "33", None, None, ALL), ("01", "157", "13", 10, None, ALL)],
    ),
    ("URGENCES2", {"URG": "PED", "LIT_UHCD": "0"}, [("01", "249", "33", None, None, CHILD)]),
    ("SMURSAMU", {"SMUR": "1"}, [("01", "136", "33", None, None, ALL)]),
    ("IMAGES", {"EQUIPIMA": "SCAN", "NB": "2"}, [("01", "070", "55", None, None, ALL)]),
    ("IMAGES", {"EQUIPIMA": "IRM", "NB": "3"}, [("01", "068", "55", None, None, ALL)]),
    ("IMAGES", {"EQUIPIMA": "RADIO", "NB": ""}, [("01", "069", "55", None, None, ALL)]),
    ("DIALYSE", {"DIALY": "112BA", "CAPA": "19"}, [("01", "059", "29", None, 19, ALL)]),
    ("USLD", {"LIT": "30"}, [("02", "333", "46", 30, None, AgeRange(60, 130))]),
    (
        "SSR",
        {"GDE": "SSR_A57", "LIT": "12", "PLA": "4"},
        [("02", "239", "28", 12, None, ADULT), ("02", "239", "29", None, 4, ADULT)],
    ),
    ("SSR", {"GDE": "SSR_E52", "LIT": "9", "PLA": ""}, [("02", "234", "28", 9, None, CHILD)]),
    (
        "PSY",
        {"DIS": "GEN", "CAP_HTP": "30", "CAP_HDJ": "8", "CAP_HDN": "2"},
        [
            ("03", "229", "28", 30, None, AgeRange(16, 130)),
            ("03", "229", "29", None, 8, AgeRange(16, 130)),
            ("03", "229", "30", None, 2, AgeRange(16, 130)),
        ],
    ),
    ("PSY", {"DIS": "INF", "CAP_HDJ": "8"}, [("03", "227", "29", None, 8, CHILD)]),
]


@pytest.mark.parametrize(("bordereau", "row", "units"), ROWS)
def test_a_row_becomes_the_units_of_the_table(
    tmp_path: Path, bordereau: str, row: dict[str, str], units: list[tuple[object, ...]]
) -> None:
    tree = only_tree(import_rows(tmp_path, bordereau, row))
    found = [(*facts(tree, unit), range_of(unit.patients)) for unit in units_of(tree)]
    assert sorted(found, key=str) == sorted(units, key=str)


@pytest.mark.parametrize(
    ("authorisation", "intensive", "maternity"),
    [("TYPE1", "0", "01"), ("TYPE2", "0", "02"), ("TYPE2", "6", "03"), ("TYPE3", "12", "04"), ("CPPR", "0", None)],
)
def test_the_type_of_a_maternity_follows_its_authorisation(
    tmp_path: Path, authorisation: str, intensive: str, maternity: str | None
) -> None:
    row = {"AUTOR": authorisation, "LIT_OBS": "20", "LIT_SIN": intensive}
    tree = only_tree(import_rows(tmp_path, "PERINAT", row))
    (unit,) = (unit for unit in units_of(tree) if activities_of(tree, unit) == {"100"})
    assert (unit.maternity_type.code if unit.maternity_type else None) == maternity


def test_psychiatry_in_prison_is_a_sensitive_unit(tmp_path: Path) -> None:
    tree = only_tree(import_rows(tmp_path, "PSY", {"DIS": "PEN", "CAP_HTP": "20"}))
    assert [(activities_of(tree, unit), unit.sensitive) for unit in units_of(tree)] == [({"229"}, True)]


def test_dialysis_is_one_unit_a_place_with_all_its_posts(tmp_path: Path) -> None:
    rows = [{"DIALY": kind, "CAPA": posts} for kind, posts in (("112BA", "19"), ("1210", ""), ("1130X", "8"))]
    result = import_rows(tmp_path, "DIALYSE", *rows, {"DIALY": "TOT", "CAPA": "99"}, {"DIALY": "VACAN", "CAPA": "4"})
    (unit,) = units_of(only_tree(result))
    assert unit.accommodation is not None
    assert unit.accommodation.places is not None
    assert unit.accommodation.places.installed == 27
    assert result.report.summary() == {"not-mapped": 1, "total": 1}


def test_unknown_capacity_is_absent_and_never_zero(tmp_path: Path) -> None:
    tree = only_tree(import_rows(tmp_path, "DIALYSE", {"DIALY": "1210", "CAPA": ""}))
    assert units_of(tree)[0].accommodation is None


def test_availability_is_simulated_says_so_and_stays_the_same(tmp_path: Path) -> None:
    first = only_tree(import_rows(tmp_path / "a", "REA", {"UNI": "REAADU", "LIT": "12"}))
    again = only_tree(import_rows(tmp_path / "b", "REA", {"UNI": "REAADU", "LIT": "12"}))
    capacity = units_of(first)[0].accommodation
    assert capacity is not None
    assert capacity.beds is not None
    assert capacity.beds.available is not None
    assert 0 <= capacity.beds.available <= 12
    assert capacity.record.comments == "Disponibilité simulée"
    assert units_of(again)[0].accommodation == capacity


def test_the_number_of_machines_stands_as_a_comment(tmp_path: Path) -> None:
    tree = only_tree(import_rows(tmp_path, "IMAGES", {"EQUIPIMA": "IRM", "NB": "3"}))
    assert units_of(tree)[0].record.comments == "3 appareil(s) déclaré(s) à la SAE"


def test_an_establishment_has_one_service_a_field_above_its_units(tmp_path: Path) -> None:
    told = {"REA": [{"FI": FINESS, "UNI": "REAADU", "LIT": "12"}], "USLD": [{"FI": FINESS, "LIT": "30"}]}
    tree = only_tree(write_open_data(tmp_path, [place(FINESS)], told).imported())
    services = [facility for facility in tree.facilities if not facility.is_unit]
    assert [(service.types[0].code, service.fields[0].code) for service in services] == [("2", "01"), ("2", "02")]
    assert {unit.parent for unit in units_of(tree)} == {service.entity_id for service in services}


def test_the_year_of_the_statistics_dates_what_they_say(tmp_path: Path) -> None:
    tree = only_tree(import_rows(tmp_path, "USLD", {"LIT": "30"}))
    assert tree.establishment.record.created == datetime(2022, 12, 31, tzinfo=UTC)


def test_every_slot_and_code_of_the_table_is_its_own_and_open() -> None:
    assert len(BY_SLOT) == len(MAPPING)
    schemes = {Scheme.ACTIVITY: "activity", Scheme.CARE_MODE: "mode", Scheme.FIELD: "field"}
    for scheme, name in schemes.items():
        known = table(scheme)
        assert known is not None
        concepts = [known.find(getattr(row, name)) for row in MAPPING]
        assert all(concept is not None and concept.valid_to is None for concept in concepts)
