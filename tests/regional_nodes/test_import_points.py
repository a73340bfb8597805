"""Where imported establishments stand: the overseas codes, points that are believed and points that are not."""

from pathlib import Path

import pytest

from regional_nodes.imported.gisco import international
from regional_nodes.imported.places import insee_commune
from ror.model import Location
from ror.territory import Place, commune, distance_km
from tests.support.open_data import place, write_open_data

FINESS, OTHER = "690783154", "690000245"
LYON = "69123"


def located(
    folder: Path, places: list[dict[str, str]], hospitals: list[dict[str, str]]
) -> tuple[dict[str, Location], dict[str, int], int]:
    usld = {"USLD": [{"FI": row["fi"], "LIT": "3"} for row in places]}
    result = write_open_data(folder, places, usld, hospitals).imported()
    found = {
        (tree.establishment.structure_id or "")[1:]: tree.establishment.location
        for trees in result.trees.values()
        for tree in trees
    }
    known = {finess: place for finess, place in found.items() if place is not None}
    return known, result.report.points, len(result.report.rejected_points)


def point(location: Location) -> Place:
    assert location.coordinates is not None
    return Place(float(location.coordinates.latitude), float(location.coordinates.longitude))


def is_reliable(location: Location) -> bool | None:
    return location.coordinates.reliable if location.coordinates else None


@pytest.mark.parametrize(
    ("told", "insee"),
    [("9A101", "97101"), ("9A127", "97801"), ("9A123", "97701"), ("9D411", "97411"), ("9F611", "97611"),
     ("2B033", "2B033"), ("69123", "69123"), ("01015", "01015")],
)  # fmt: skip
def test_the_codes_of_the_statistics_become_codes_of_insee(told: str, insee: str) -> None:
    assert insee_commune(told) == insee


def test_the_islands_north_of_guadeloupe_stand_in_its_ror(tmp_path: Path) -> None:
    places = [place("970100400", "9A127", dep="9A"), place("970100384", "9A123", dep="9A")]
    usld = {"USLD": [{"FI": row["fi"], "LIT": "3"} for row in places]}
    result = write_open_data(tmp_path, places, usld).imported()
    assert list(result.trees) == ["gua"]
    regions = {tree.facilities[0].other_ids[0].code.partition("/")[0] for tree in result.trees["gua"]}
    assert regions == {"977", "978"}


def test_a_point_near_its_commune_is_believed(tmp_path: Path) -> None:
    hospitals = [{"id": FINESS, "lat": "45.745", "lon": "4.88", "geo_qual": "1"}]
    found, points, rejected = located(tmp_path, [place(FINESS, LYON)], hospitals)
    assert point(found[FINESS]) == Place(45.745, 4.88)
    assert (is_reliable(found[FINESS]), points, rejected) == (True, {"own": 1}, 0)


def test_a_point_that_its_own_source_calls_poor_is_approximate(tmp_path: Path) -> None:
    hospitals = [{"id": FINESS, "lat": "45.745", "lon": "4.88", "geo_qual": "3"}]
    found, points, _ = located(tmp_path, [place(FINESS, LYON)], hospitals)
    assert (is_reliable(found[FINESS]), points) == (False, {"own": 1})


def test_a_point_more_than_30_km_off_is_rejected_and_the_commune_stands_in(tmp_path: Path) -> None:
    hospitals = [{"id": FINESS, "lat": "48.85", "lon": "2.35", "geo_qual": "1"}]
    found, points, rejected = located(tmp_path, [place(FINESS, LYON)], hospitals)
    lyon = commune(LYON)
    assert lyon is not None
    assert distance_km(point(found[FINESS]), lyon.place) < 0.1
    assert (is_reliable(found[FINESS]), points, rejected) == (False, {"commune": 1}, 1)


def test_without_a_point_the_mean_of_the_communes_other_points_stands_in(tmp_path: Path) -> None:
    hospitals = [{"id": OTHER, "lat": "45.76", "lon": "4.84", "geo_qual": "1"}]
    found, points, _ = located(tmp_path, [place(FINESS, LYON), place(OTHER, LYON)], hospitals)
    assert point(found[FINESS]) == Place(45.76, 4.84)
    assert (is_reliable(found[FINESS]), points) == (False, {"mean-of-commune": 1, "own": 1})


def test_an_unknown_commune_stands_at_the_seat_of_its_departement(tmp_path: Path) -> None:
    found, points, _ = located(tmp_path, [place(FINESS, "69999", NOMCOM="NULLE PART")], [])
    seat = commune(LYON)
    assert seat is not None
    assert distance_km(point(found[FINESS]), seat.place) < 0.1
    assert (found[FINESS].commune.code, points) == ("69999", {"seat-of-department": 1})


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("474454647", "+33 4 74 45 46 47"),
        ("0474454647", "+33 4 74 45 46 47"),
        ("590821963", "+590 590 82 19 63"),
        ("262359545", "+262 262 35 95 45"),
        ("269611515", "+262 269 61 15 15"),
        ("12", None),
        ("", None),
    ],
)
def test_telephones_become_international(told: str, number: str | None) -> None:
    assert international(told) == number


def test_the_telephone_becomes_the_switchboard_of_the_establishment(tmp_path: Path) -> None:
    hospitals = [{"id": FINESS, "lat": "45.745", "lon": "4.88", "tel": "472117100"}]
    usld = {"USLD": [{"FI": FINESS, "LIT": "3"}]}
    ((tree,),) = write_open_data(tmp_path, [place(FINESS)], usld, hospitals).imported().trees.values()
    (contact,) = tree.establishment.contacts
    assert contact.nature is not None
    assert (contact.nature.code, contact.points[0].value) == ("06", "+33 4 72 11 71 00")


def test_a_legal_entity_is_named_by_the_statistics_or_after_its_number(tmp_path: Path) -> None:
    places = [
        place(FINESS, fi_ej=FINESS, rs="FONDATION CONNUE"),
        place(OTHER, fi_ej="690781810", sir="26690027300019"),
    ]
    usld = {"USLD": [{"FI": row["fi"], "LIT": "3"} for row in places]}
    result = write_open_data(tmp_path, places, usld).imported()
    entities = {tree.legal_entity.name: tree.legal_entity for trees in result.trees.values() for tree in trees}
    assert set(entities) == {"FONDATION CONNUE", "EJ 690781810"}
    derived = entities["EJ 690781810"]
    assert derived.record.comments == "Nom dérivé du numéro FINESS"
    assert [other.code for other in derived.other_ids] == ["1690781810", "690781810", "266900273"]


def test_a_category_that_the_tables_do_not_know_is_told_as_other_with_a_remark(tmp_path: Path) -> None:
    usld = {"USLD": [{"FI": FINESS, "LIT": "3"}]}
    ((tree,),) = write_open_data(tmp_path, [place(FINESS, cat="999")], usld).imported().trees.values()
    assert tree.establishment.types[0].code == "698"
    assert tree.establishment.record.comments == "Catégorie 999 de la source absente de TRE_R66"
