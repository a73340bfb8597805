"""No row of the open data is dropped in silence: what is not placed is counted and listed with a reason."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regional_nodes.errors import OpenDataError
from regional_nodes.imported import ImportReport, write_csv
from tests.support.open_data import OpenData, place, write_open_data

FINESS = "690783154"


def reasons_of(report: ImportReport, bordereau: str) -> list[str]:
    files = {total.file for total in report.files if total.bordereau == bordereau}
    return [row.reason.value for row in report.listed if row.file in files]


@pytest.mark.parametrize(
    ("bordereau", "row", "reason"),
    [
        ("REA", {"UNI": "SITOT", "LIT": "6"}, "total"),
        ("SSR", {"GDE": "SSR_TOT", "LIT": "6"}, "total"),
        ("SSR", {"GDE": "SSR_A", "LIT": "6"}, "total"),
        ("PSY", {"DIS": "TOT", "CAP_HTP": "6"}, "total"),
        ("DIALYSE", {"DIALY": "VACAN", "CAPA": "6"}, "not-mapped"),
        ("IMAGES", {"EQUIPIMA": "MAMM", "NB": "2"}, "not-mapped"),
        ("IMAGES", {"EQUIPIMA": "HOLO", "NB": "2"}, "unknown-kind"),
        ("HAD", {"PLATOT": "45"}, "not-mapped"),
        ("CANCERO", {"CANCERO_A1": "1"}, "not-mapped"),
        ("NOUVEAU", {"LIT": "1"}, "unknown-bordereau"),
        ("REA", {"UNI": "REAADU", "LIT": "0"}, "nothing-installed"),
        ("BRULES", {"LIT_REA": "", "LIT_BRU": "0"}, "nothing-installed"),
        ("SMURSAMU", {"SMUR": "0"}, "not-declared"),
        ("BRULES", {"LIT_REA": "beaucoup"}, "malformed"),
        ("REA", {"FI": "130783236", "UNI": "REAADU", "LIT": "6"}, "unknown-place"),
        ("USLD", {"AUTRE": "6"}, "missing-columns"),
        ("SSR", {"LIT": "6"}, "missing-columns"),
    ],
)
def test_a_row_that_is_not_placed_is_listed_with_its_reason(
    tmp_path: Path, bordereau: str, row: dict[str, str], reason: str
) -> None:
    report = write_open_data(tmp_path, [place(FINESS)], {bordereau: [{"FI": FINESS} | row]}).imported().report
    assert reasons_of(report, bordereau) == [reason]


def test_a_place_without_any_mapped_unit_is_listed(tmp_path: Path) -> None:
    result = write_open_data(tmp_path, [place(FINESS)], {"HAD": [{"FI": FINESS}]}).imported()
    assert result.trees == {}
    assert reasons_of(result.report, "ID") == ["no-unit"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"fi": "69078315"}, "malformed"),
        ({"fi_ej": ""}, "malformed"),
        ({"COMINSEE": "99999", "dep": "99"}, "no-ror"),
        ({"COMINSEE": "97502", "dep": "9E"}, "no-ror"),
    ],
)
def test_a_place_that_cannot_be_read_or_has_no_ror_is_listed(
    tmp_path: Path, more: dict[str, str], reason: str
) -> None:
    report = (
        write_open_data(tmp_path, [place(FINESS, **more)], {"USLD": [{"FI": FINESS, "LIT": "3"}]}).imported().report
    )
    assert reasons_of(report, "ID") == [reason]
    assert reasons_of(report, "USLD") == ["unknown-place"]


def test_a_place_told_twice_is_a_duplicate_and_so_is_a_unit(tmp_path: Path) -> None:
    rows = [{"FI": FINESS, "LIT": "3"}, {"FI": FINESS, "LIT": "4"}]
    report = write_open_data(tmp_path, [place(FINESS), place(FINESS)], {"USLD": rows}).imported().report
    assert reasons_of(report, "ID") == ["duplicate"]
    assert reasons_of(report, "USLD") == ["duplicate"]


def test_a_row_with_another_number_of_cells_is_malformed(tmp_path: Path) -> None:
    data = write_open_data(tmp_path, [place(FINESS)], {"USLD": [{"FI": FINESS, "LIT": "3"}]})
    with (data.sae / "USLD_2022r.csv").open("a", encoding="iso-8859-1") as stream:
        stream.write("USLD;2022;690783154\n")
    assert reasons_of(data.imported().report, "USLD") == ["malformed"]


def test_numbers_that_the_table_does_not_map_are_set_aside_with_a_reason(tmp_path: Path) -> None:
    row = {"FI": FINESS, "LIT_MED": "66", "PLA_MED": "0", "LIT_CHI": "17", "PLA_CHI": "0"}
    report = write_open_data(tmp_path, [place(FINESS)], {"MCO": [row]}).imported().report
    assert [(cell.column, cell.value, cell.reason) for cell in report.set_aside] == [
        ("LIT_CHI", "17", "surgery without its specialty")
    ]


def test_a_cell_that_is_no_number_is_set_aside_when_the_rest_of_its_row_is_mapped(tmp_path: Path) -> None:
    row = {"FI": FINESS, "AUTOR": "TYPE1", "LIT_OBS": "8", "LIT_SIN": "x", "LIT_NEO_HSI": "", "LIT_REA": ""}
    report = write_open_data(tmp_path, [place(FINESS)], {"PERINAT": [row]}).imported().report
    assert [(cell.column, cell.reason) for cell in report.set_aside] == [("LIT_SIN", "no whole number")]


def test_another_year_imports_what_has_the_same_columns_and_tells_the_rest(tmp_path: Path) -> None:
    rows = [{"FI": FINESS, "URG": "GEN", "NOUVELLE": "1"}]
    data = write_open_data(tmp_path, [place(FINESS, an="2031")], {"URGENCES2": rows}, year="2031")
    result = data.imported()
    assert sum(result.report.units.values()) == 1
    assert "URGENCES2_2031r.csv lacks the columns LIT_UHCD" in result.report.remarks
    assert "URGENCES2_2031r.csv has columns unknown in 2022: NOUVELLE" in result.report.remarks
    assert "bordereau REA is missing" in result.report.remarks


def test_hospitals_that_the_statistics_do_not_know_are_listed(tmp_path: Path) -> None:
    hospitals = [
        {"id": "690783154", "lat": "45.75", "lon": "4.85", "tel": "472117100"},
        {"id": "10000024", "lat": "46.2", "lon": "5.2", "hospital_name": "AILLEURS"},
        {"id": "trois", "lat": "46.2", "lon": "5.2"},
    ]
    usld = {"USLD": [{"FI": FINESS, "LIT": "3"}]}
    report = write_open_data(tmp_path, [place(FINESS)], usld, hospitals).imported().report
    assert reasons_of(report, "GISCO") == ["not-in-statistics", "malformed"]
    assert [row.finess for row in report.listed if row.file == "gisco.csv"] == ["010000024", "trois"]


def test_the_report_is_exported_as_json_and_csv(tmp_path: Path) -> None:
    rows = [{"FI": FINESS, "LIT_MED": "6", "PLA_MED": "", "LIT_CHI": "2"}, {"FI": "130783236", "LIT_MED": "1"}]
    report = write_open_data(tmp_path, [place(FINESS)], {"MCO": rows}).imported().report
    assert json.loads(json.dumps(report.as_json()))["listed"][0]["reason"] == "unknown-place"
    stream = io.StringIO()
    write_csv(report, stream)
    assert stream.getvalue().splitlines() == [
        "what,file,line,finess,reason,detail",
        "row,MCO_2022r.csv,3,130783236,unknown-place,its FINESS number is not in ID",
        "number,MCO_2022r.csv,2,690783154,surgery without its specialty,LIT_CHI=2",
    ]


def test_the_csv_holds_nothing_that_a_spreadsheet_or_a_terminal_would_run(tmp_path: Path) -> None:
    report = write_open_data(tmp_path, [place(FINESS)], {"MCO": [{"FI": "=cmd|'x'\x1b[2J", "LIT_MED": "3"}]})
    stream = io.StringIO()

    write_csv(report.imported().report, stream)

    assert "'=cmd" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("missing", ["folder", "places", "columns", "gisco"])
def test_data_that_cannot_be_read_at_all_is_an_error(tmp_path: Path, missing: str) -> None:
    data = write_open_data(tmp_path, [place(FINESS)], {"USLD": [{"FI": FINESS, "LIT": "3"}]})
    match missing:
        case "folder":
            data = OpenData(data.gisco, tmp_path / "nowhere")
        case "places":
            (data.sae / "ID_2022r.csv").unlink()
        case "columns":
            (data.sae / "ID_2022r.csv").write_text("bor;an;fi\nID;2022;690783154\n", "iso-8859-1")
        case "gisco":
            data = OpenData(tmp_path / "nowhere.csv", data.sae)
    with pytest.raises(OpenDataError):
        data.imported()


CELL = st.sampled_from(
    ["", "0", "1", "12", "x", "REAADU", "SITOT", "GEN", "SSR_A50", "TOT", "PEN", "TYPE2", "99999999"]
)
COLUMNS = [
    "FI",
    "UNI",
    "LIT",
    "PLA",
    "GDE",
    "DIS",
    "CAP_HTP",
    "AUTOR",
    "LIT_OBS",
    "LIT_SIN",
    "URG",
    "LIT_UHCD",
    "CAPA",
    "DIALY",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bordereau=st.sampled_from(["REA", "SSR", "PSY", "PERINAT", "URGENCES2", "DIALYSE", "USLD", "MCO", "HAD", "XYZ"]),
    rows=st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELL), min_size=1, max_size=8),
)
def test_rows_in_are_rows_mapped_and_rows_listed_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory, bordereau: str, rows: list[dict[str, str]]
) -> None:
    told = [{"FI": FINESS} | row for row in rows]
    report = write_open_data(tmp_path_factory.mktemp("any"), [place(FINESS)], {bordereau: told}).imported().report
    for total in report.files:
        assert total.rows == total.mapped + sum(total.listed.values())
    assert sum(total.rows - total.mapped for total in report.files) == len(report.listed)
