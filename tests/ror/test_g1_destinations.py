"""Destinations of a question: levels, codes, circles (decisions 8, 9 and 13)."""

import pytest

from ror.coding import Scheme
from ror.faults import Reason
from ror.question import Destination, DestinationLevel
from tests.support.questions import destination, only_destination, read, refused, request


@pytest.mark.parametrize(
    ("kind", "code", "level", "found"),
    [
        ("1", "84", DestinationLevel.REGION, "84"),
        ("01", "1", DestinationLevel.REGION, "01"),
        ("1", "4", DestinationLevel.REGION, "04"),
        ("1", "977", DestinationLevel.REGION, "977"),
        ("2", "69", DestinationLevel.DEPARTMENT, "69"),
        ("2", "1", DestinationLevel.DEPARTMENT, "01"),
        ("2", "2a", DestinationLevel.DEPARTMENT, "2A"),
        ("2", "2B", DestinationLevel.DEPARTMENT, "2B"),
        ("2", "971", DestinationLevel.DEPARTMENT, "971"),
        ("2", "978", DestinationLevel.DEPARTMENT, "978"),
        ("3", "69123", DestinationLevel.COMMUNE, "69123"),
        ("3", "75101", DestinationLevel.COMMUNE, "75101"),
        ("3", "69381", DestinationLevel.COMMUNE, "69381"),
        ("3", "13201", DestinationLevel.COMMUNE, "13201"),
        ("3", "1004", DestinationLevel.COMMUNE, "01004"),
        ("3", "2a004", DestinationLevel.COMMUNE, "2A004"),
        ("5", "FR", DestinationLevel.COUNTRY, "FR"),
        ("5", "fr", DestinationLevel.COUNTRY, "FR"),
        ("5", "99100", DestinationLevel.COUNTRY, "FR"),
    ],
)
def test_destinations_of_every_level_are_read(kind: str, code: str, level: DestinationLevel, found: str) -> None:
    assert only_destination(destination(kind, code)) == Destination(level, found)


@pytest.mark.parametrize("scheme", ["1.2.250.1.213.2.3.2", "1.2.250.1.213.3.3.2", ""])
def test_both_schemes_of_the_destination_type_are_read(scheme: str) -> None:
    xml = destination("2", "69").replace('<type code="2"', f'<type code="2" codingScheme="{scheme}"')
    assert only_destination(xml).code == "69"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *[("1", code) for code in ("21", "99", "69123", "FR")],
        *[("2", code) for code in ("20", "975", "96", "069", "²")],
        *[("3", code) for code in ("69", "00000", "Lyon", "٦٩١٢٣")],
        *[("5", code) for code in ("BE", "1")],
    ],
)
def test_a_code_that_its_level_does_not_have_is_unknown(kind: str, code: str) -> None:
    assert refused(destination(kind, code)).reason is Reason.DESTINATION_UNKNOWN


@pytest.mark.parametrize("kind", ["4", "6", "04"])
def test_other_territories_are_not_handled(kind: str) -> None:
    assert refused(destination(kind, "841")).reason is Reason.DESTINATION_NOT_HANDLED


@pytest.mark.parametrize("kind", ["0", "7", "x", "-1", "1.0"])
def test_a_type_outside_its_table_is_refused(kind: str) -> None:
    fault = refused(destination(kind, "84"))
    assert fault.reason is Reason.CRITERION_UNKNOWN_CODE
    assert "TRE_R201" in fault.message


@pytest.mark.parametrize(
    ("kind", "code", "attributes"),
    [
        ("1", "75", f'codingSchemeName="{Scheme.DEPARTMENT}"'),
        ("2", "75", f'codingSchemeName="{Scheme.REGION}"'),
        ("3", "69123", f'codingSchemeName="{Scheme.DEPARTMENT}"'),
        ("5", "FR", f'codingSchemeName="{Scheme.COMMUNE}"'),
        ("1", "75", f'codingScheme="{Scheme.DEPARTMENT}"'),
    ],
)
def test_a_type_that_contradicts_the_nomenclature_is_refused(kind: str, code: str, attributes: str) -> None:
    assert refused(destination(kind, code, attributes=attributes)).reason is Reason.DESTINATION_CONTRADICTORY


def test_a_merged_commune_stands_for_its_successor() -> None:
    question = read(destination("3", "01039"))
    assert question.destinations == (Destination(DestinationLevel.COMMUNE, "01138"),)
    assert "01039" in question.warnings[0]


def test_repeated_destinations_count_once() -> None:
    part = '<destination><type code="2"/><code code="{}"/></destination>'
    question = read(request(other=part.format("1") + part.format("69") + part.format("01")))
    assert [found.code for found in question.destinations] == ["01", "69"]


@pytest.mark.parametrize(
    ("value", "km"),
    [("25", 25.0), ("0.1", 0.1), ("2000", 2000.0), ("12.34", 12.3), (" 5 ", 5.0), (".5", 0.5), ("", None)],
)
def test_distances_are_read_with_one_decimal(value: str, km: float | None) -> None:
    assert only_destination(destination("3", "69123", f'<distance value="{value}"/>')).distance_km == km


@pytest.mark.parametrize(
    "value", ["0", "0.04", "-5", "2000.01", "1e3", "NaN", "INF", "25,5", "x", "1" * 400, "1e309"]
)
def test_other_distances_are_out_of_range(value: str) -> None:
    xml = destination("3", "69123", f'<distance value="{value}"/>')
    assert refused(xml).reason is Reason.DISTANCE_OUT_OF_RANGE


@pytest.mark.parametrize(("kind", "code"), [("1", "84"), ("2", "69"), ("3", "69123")])
def test_a_circle_has_a_centre(kind: str, code: str) -> None:
    assert only_destination(destination(kind, code, '<distance value="10"/>')).distance_km == 10.0


def test_a_country_has_no_circle() -> None:
    assert refused(destination("5", "FR", '<distance value="10"/>')).reason is Reason.DISTANCE_WITHOUT_PLACE
