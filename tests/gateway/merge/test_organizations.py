"""Which copy of an EJ is kept, and how the identifiers of an organization are found in its bytes (decision 16)."""

import pytest

from gateway.merge.organizations import (
    finess_of,
    parent_of,
    pointer,
    repointed,
    shared_legal_entities,
    structure_id_of,
)
from tests.support.answers import STRUCTURE, answer, establishment, legal_entity, read, unit

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


def holder(ror: str, *entities: tuple[str, str]):
    """A region with legal entities of given id and structure, and an establishment below the first."""
    return read(
        answer(
            organizations="".join(legal_entity(id_, structure) for id_, structure in entities)
            + establishment(parent=entities[0][0])
        ),
        ror,
    )


HOME = {"1690781810": "ara"}.get


def test_the_copy_of_its_own_region_is_kept() -> None:
    regions = [holder(ror, ("s_1", "1690781810")) for ror in ("nor", "ara", "bre")]
    assert shared_legal_entities(regions, HOME) == {b"nor:s_1": b"ara:s_1", b"bre:s_1": b"ara:s_1"}


def test_without_its_own_region_the_first_ror_by_id_is_kept() -> None:
    regions = [holder(ror, ("s_1", "1690781810")) for ror in ("nor", "idf", "bre")]
    assert shared_legal_entities(regions, HOME) == {b"nor:s_1": b"bre:s_1", b"idf:s_1": b"bre:s_1"}


def test_what_one_region_alone_holds_twice_is_its_own_affair() -> None:
    assert not shared_legal_entities([holder("ara", ("s_1", "1690781810"), ("s_2", "1690781810"))], HOME)


def test_an_establishment_is_never_taken_for_its_legal_entity() -> None:
    entity = holder("ara", ("s_1", "1690781810"))
    shop = read(
        answer(organizations=legal_entity(structure="1350000001") + establishment(structure="1690781810")), "bre"
    )
    assert not shared_legal_entities([entity, shop], HOME)


def test_only_pointers_at_the_organization_are_changed() -> None:
    data = answer(
        organizations=legal_entity() + establishment(parent="s_1"),
        facilities=unit("s_1", "s_1", (), inside="<x>s_1</x><x>&lt;organization entityID=&quot;ara:s_1&quot;</x>"),
        services="",
    )
    entries = read(data)
    (one,) = entries.facilities
    replaced = {b"ara:s_1": rb"idf:\1&amp;"}
    assert repointed(one, replaced) == one.xml.replace(
        b'<organization entityID="ara:s_1"', rb'<organization entityID="idf:\1&amp;"'
    )
    below = entries.organizations[1]
    assert parent_of(below) == b"ara:s_1"
    assert b'<parent entityID="idf:\\1&amp;"' in repointed(below, replaced)


def test_a_pointer_that_declares_a_namespace_is_found() -> None:
    data = answer(facilities=unit().replace("<organization ", '<organization v:a="1" xmlns:v="urn:\'v" '))
    (one,) = read(data).facilities
    assert pointer(b"organization", b"ara:e_1").search(one.xml)
    assert b'entityID="idf:e"' in repointed(one, {b"ara:e_1": b"idf:e"})
