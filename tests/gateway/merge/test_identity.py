"""Identifiers, places and moments are found in an entry's bytes, however they are written."""

from datetime import UTC, datetime

import pytest

from gateway.merge.entries import Entry
from gateway.merge.identity import finess_of, ror_where_it_lies, structure_id_of, unit_id_of, updated_of
from tests.support.answers import STRUCTURE, answer, establishment, read

OLD = "1.2.250.1.71.1.2.14"


def organization(other_ids: str):
    first, _ = read(
        answer(organizations=f'<organization entityID="s_1">{other_ids}</organization>' + establishment())
    ).organizations
    return first


@pytest.mark.parametrize(
    "other_id",
    [
        f'<otherID code="1690781810" assigningAuthorityName="{STRUCTURE}"/>',
        f'<otherID code="1690781810" assigningAuthorityName="{OLD}"/>',
        f'<otherID assigningAuthorityName="{STRUCTURE}" code="1690781810"></otherID>',
        f"<otherID\n code='1690781810' assigningAuthorityName='{STRUCTURE}' />",
        f'<otherID code=" 1690781810 " assigningAuthorityName="{STRUCTURE}"/>',
        f'<otherID code="&#49;690781810" assigningAuthorityName="{STRUCTURE}"/>',
        f'<otherID x="&gt;>" code="1690781810" assigningAuthorityName="{STRUCTURE}"/>',
        f'<otherID code="690781810" assigningAuthorityName="1.2.250.1.213.3.2"/>'
        f'<otherID code="1690781810" assigningAuthorityName="{STRUCTURE}"/>',
        f'<otherID code="" assigningAuthorityName="{STRUCTURE}"/>'
        f'<otherID code="1690781810" assigningAuthorityName="{OLD}"/>',
    ],
)
def test_the_structure_is_found_however_it_is_written(other_id: str) -> None:
    assert structure_id_of(organization(other_id)) == "1690781810"
    assert finess_of(organization(other_id)) == "690781810"


@pytest.mark.parametrize(
    "other_id",
    [
        "",
        "<otherID/>",
        f'<otherID xcode="1690781810" assigningAuthorityName="{STRUCTURE}"/>',
        f'<otherID code="" assigningAuthorityName="{STRUCTURE}"/>',
        '<otherID code="1690781810" assigningAuthorityName="1.3.2"/>',
        f"<otherID a=' code=\"1690781810\"' assigningAuthorityName='{STRUCTURE}'/>",
        f'<x>code="1690781810" assigningAuthorityName="{STRUCTURE}"</x>',
    ],
)
def test_what_is_no_structure_is_none(other_id: str) -> None:
    assert structure_id_of(organization(other_id)) is None
    assert finess_of(organization(other_id)) == ""


def test_a_siret_is_no_finess() -> None:
    found = organization(f'<otherID code="326000000000001" assigningAuthorityName="{STRUCTURE}"/>')
    assert (structure_id_of(found), finess_of(found)) == ("326000000000001", "")


UNIT = "1.2.250.1.213.6.1.1.1.1.76"


def entry(inside: str) -> Entry:
    return Entry(b"ara:1", f'<facility entityID="ara:1">{inside}</facility>'.encode(), ())


@pytest.mark.parametrize(
    "other_id",
    [
        f'<otherID code="84/1" assigningAuthorityName="{UNIT}"/>',
        f'<otherID assigningAuthorityName="{UNIT}" code="84/1"/>',
        f"<otherID code=' 84/1 ' assigningAuthorityName='{UNIT}'></otherID>",
        f'<otherID code="x" assigningAuthorityName="1.3.2"/><otherID code="84/1" assigningAuthorityName="{UNIT}"/>',
    ],
)
def test_a_unit_is_known_by_its_number(other_id: str) -> None:
    assert unit_id_of(entry(other_id)) == "84/1"


def test_a_unit_without_a_number_is_nobodys_copy() -> None:
    assert unit_id_of(entry(f'<otherID code="84/1" assigningAuthorityName="{STRUCTURE}"/>')) is None


@pytest.mark.parametrize(
    ("place", "ror"),
    [
        ('<cityNumber code="69123" codingScheme="x">Lyon</cityNumber>', "ara"),
        ('<cityNumber codingScheme="x" code="2A004"/>', "cor"),
        ("<cityNumber code='69383'/>", "ara"),
        ('<cityNumber code="&#54;9123"/>', "ara"),
        ('<cityNumber code="97801"/>', "gua"),
        ('<cityNumber code="99999"/>', None),
        ("<cityNumber/>", None),
        ("", None),
    ],
)
def test_where_it_lies_is_told_by_its_commune(place: str, ror: str | None) -> None:
    assert ror_where_it_lies(entry(place)) == ror


def test_its_own_record_is_the_last_one() -> None:
    inner = '<contact><record updated="2020-01-01T00:00:00Z"/></contact>'
    assert updated_of(
        entry(inner + '<record created="2001-01-01" updated="2019-05-20T07:45:00+02:00"/>')
    ) == datetime(2019, 5, 20, 5, 45, tzinfo=UTC)


@pytest.mark.parametrize("record", ["", '<record updated="yesterday or so"/>', '<record updated=""/>'])
def test_a_moment_that_cannot_be_read_is_the_oldest(record: str) -> None:
    assert updated_of(entry(record)).year == 1
