"""What a store answers: only what the units point at, as each profile may see it, in every directory."""

from collections.abc import Callable

import pytest
from lxml import etree

from regional_nodes.source import EstablishmentTree
from regional_nodes.store.answer import answer_directories
from regional_nodes.store.opening import Store
from regional_nodes.store.search import Hit
from regional_nodes.store.views import view_of
from ror.access import Profile
from ror.csd import ROR_IESS, write
from ror.g1.answer import answer_prefix, answer_suffix, read_answer
from ror.model import Directory, Facility, Organization
from ror.model.wire import Generation
from ror.visibility import visible_directory
from ror.xml_parser import ANSWER_LIMITS, parse
from tests.regional_nodes.hand_made import StoreMaker, TreeFactory

EVERY_PROFILE = pytest.mark.parametrize("profile", Profile)


def answer(store: Store, profile: Profile, hits: list[Hit] | None = None) -> bytes:
    view = view_of(Generation.G1, profile)
    if hits is None:
        rows = store.connection().execute("SELECT unit FROM unit WHERE profiles & ? ORDER BY unit", (1 << profile,))
        hits = [Hit(unit) for (unit,) in rows.fetchall()]
    parts = answer_directories(store.connection(), view, hits, ROR_IESS)
    return b"".join([answer_prefix(len(hits)), *parts, answer_suffix()])


def read(xml: bytes) -> Directory:
    return read_answer(parse(xml, ANSWER_LIMITS))


def number_of(store: Store, entity_id: str) -> int:
    row = store.connection().execute("SELECT unit FROM unit WHERE entity_id = ?", (entity_id,)).fetchone()
    return int(row[0])


def directory_of(*trees: EstablishmentTree) -> Directory:
    legal_entities = {tree.legal_entity.entity_id: tree.legal_entity for tree in trees}
    return Directory(
        organizations=(*legal_entities.values(), *(tree.establishment for tree in trees)),
        services=tuple(service for tree in trees for service in tree.services),
        facilities=tuple(facility for tree in trees for facility in tree.facilities),
        providers=tuple(provider for tree in trees for provider in tree.providers),
        devices=tuple(device for tree in trees for device in tree.devices),
    )


@pytest.fixture
def trees(make: TreeFactory) -> tuple[EstablishmentTree, ...]:
    """Two establishments of one legal entity, of which the second has a unit of field 04, and a third of another."""
    rich = {"acts": ("0131",), "equipment": ("093",), "specialities": ("SM04",), "beds": (8, 2), "provider": True}
    return (
        make.tree("690000010", make.unit(id="u1", field="01", **rich), make.unit(id="u2", sensitive=True, **rich)),
        make.tree("690000020", make.unit(id="u3", field="04", **rich)),
        make.tree("690000030", make.unit(id="u4", field="05", **rich), legal_entity="690000009"),
        make.tree("690000040", make.unit(id="u5", sensitive=True, **rich), legal_entity="690000008"),
    )


def test_an_answer_holds_only_what_its_units_point_at(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker
) -> None:
    store = store_of(*trees)
    found = read(answer(store, Profile.REGULATION, [Hit(number_of(store, "u3"))]))
    assert [entry.entity_id for entry in found.organizations] == ["s_690000001", "e_690000020"]
    assert [entry.entity_id for entry in found.services] == ["u3_121"]
    assert [entry.entity_id for entry in found.facilities] == ["u3"]
    assert [entry.entity_id for entry in found.providers] == ["p_u3"]
    assert [entry.entity_id for entry in found.devices] == ["u3_e093"]


def test_a_legal_entity_stands_once_and_before_its_establishments(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker
) -> None:
    found = read(answer(store_of(*trees), Profile.ORIENTATION))
    assert [entry.entity_id for entry in found.organizations] == [
        "s_690000001",
        "e_690000010",
        "e_690000020",
        "s_690000009",
        "e_690000030",
    ]


def test_units_stand_in_the_order_of_the_hits(trees: tuple[EstablishmentTree, ...], store_of: StoreMaker) -> None:
    store = store_of(*trees)
    hits = [Hit(number_of(store, entity_id)) for entity_id in ("u4", "u1", "u3")]
    found = read(answer(store, Profile.REGULATION, hits))
    assert [unit.entity_id for unit in found.facilities] == ["u4", "u1", "u3"]


def test_an_empty_answer_has_all_directories(trees: tuple[EstablishmentTree, ...], store_of: StoreMaker) -> None:
    assert read(answer(store_of(*trees), Profile.PUBLIC, [])) == Directory()


def test_the_distance_is_put_into_the_stored_bytes(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker
) -> None:
    store = store_of(*trees)
    unit = number_of(store, "u1")
    with_distance = read(answer(store, Profile.REGULATION, [Hit(unit, 3.44)]))
    without = read(answer(store, Profile.REGULATION, [Hit(unit)]))
    place, plain = with_distance.facilities[0].location, without.facilities[0].location
    assert place is not None
    assert plain is not None
    assert (str(place.distance_km), plain.distance_km) == ("3.4", None)


@EVERY_PROFILE
def test_each_profile_gets_exactly_what_the_filter_of_the_contract_leaves(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker, profile: Profile
) -> None:
    found = read(answer(store_of(*trees), profile))
    expected = visible_directory(directory_of(*trees), profile)
    units = {unit.entity_id: unit for unit in expected.units}
    assert {unit.entity_id for unit in found.units} == set(units)
    for unit in found.units:
        assert canonical(unit) == canonical(units[unit.entity_id])
    organizations = {entry.entity_id: entry for entry in expected.organizations}
    for organization in found.organizations:
        assert canonical(organization) == canonical(organizations[organization.entity_id])
    assert {entry.entity_id for entry in found.devices} == {entry.entity_id for entry in expected.devices}
    assert {entry.entity_id for entry in found.providers} == {entry.entity_id for entry in expected.providers}


def canonical(value: Facility | Organization) -> str:
    """The value as the region writes it: what is compared is content, less what the style leaves out."""
    return etree.canonicalize(write(value, Generation.G1, ROR_IESS).decode())


Sees = Callable[[Facility], object]

MATRIX: dict[str, tuple[Sees, dict[str, set[int]]]] = {
    "level 1 contacts": (
        lambda unit: any(contact.confidentiality.code == "1" for contact in unit.contacts),
        {"u1": {0, 1, 2, 3}, "u3": {0, 1, 2, 3}, "u4": {0, 1, 2, 3}},
    ),
    "level 2 contacts": (
        lambda unit: any(contact.confidentiality.code == "2" for contact in unit.contacts),
        {"u1": {1, 2}, "u3": {1, 2, 3}, "u4": {1, 2}},
    ),
    "level 3 contacts": (
        lambda unit: any(contact.confidentiality.code == "3" for contact in unit.contacts),
        {"u1": {1}, "u3": {1}, "u4": {1}},
    ),
    "installed beds": (
        lambda unit: unit.accommodation and unit.accommodation.beds and unit.accommodation.beds.installed,
        {"u1": {0, 1, 2, 3}, "u3": {0, 1, 2, 3}, "u4": {0, 1, 2, 3}},
    ),
    "available beds": (
        lambda unit: unit.accommodation and unit.accommodation.beds and unit.accommodation.beds.available,
        {"u1": {1, 2}, "u3": {1, 2}, "u4": {1, 2}},
    ),
    "crisis capacity": (lambda unit: unit.crisis, {"u1": {1}, "u3": {1}, "u4": {1}}),
    "skills": (
        lambda unit: unit.skills,
        {"u1": {1, 2}, "u3": {1, 2, 3}, "u4": {1, 2}},
    ),
    "equipment": (
        lambda unit: unit.equipment,
        {"u1": {1, 2}, "u3": {1, 2, 3}, "u4": {1, 2}},
    ),
    "acts": (lambda unit: unit.acts, {"u1": {1, 2}, "u3": {1, 2, 3}, "u4": {1, 2}}),
    "specialised care": (
        lambda unit: unit.care_specialities,
        {"u1": {1, 2}, "u3": {1, 2, 3}, "u4": {1, 2}},
    ),
    "comments": (
        lambda unit: unit.record.comments,
        {"u1": {1, 2}, "u3": {1, 2, 3}, "u4": {1, 2}},
    ),
}


@pytest.mark.parametrize("attribute", MATRIX)
@EVERY_PROFILE
def test_a_units_attributes_are_seen_as_the_table_of_the_contract_says(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker, attribute: str, profile: Profile
) -> None:
    sees, expected = MATRIX[attribute]
    units = {unit.entity_id: unit for unit in read(answer(store_of(*trees), profile)).units}
    seen = {entity_id: bool(sees(units[entity_id])) for entity_id in expected}
    assert seen == {entity_id: profile in profiles for entity_id, profiles in expected.items()}


@EVERY_PROFILE
def test_sensitive_units_and_what_they_leave_empty_are_there_for_regulation_only(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker, profile: Profile
) -> None:
    xml = answer(store_of(*trees), profile)
    for trace in (b'"u2', b'"u5', b"e_690000040", b"s_690000008", b"UEu2"):
        assert (trace in xml) == (profile is Profile.REGULATION)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (Profile.PUBLIC, {"p_u4"}),
        (Profile.ORIENTATION, {"p_u1", "p_u3", "p_u4"}),
        (Profile.MEDICO_SOCIAL, {"p_u3", "p_u4"}),
    ],
)
def test_professionals_are_shown_by_field(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker, profile: Profile, expected: set[str]
) -> None:
    assert {entry.entity_id for entry in read(answer(store_of(*trees), profile)).providers} == expected


def test_profile_3_sees_level_2_contacts_of_a_legal_entity_only_with_a_unit_of_field_04(
    trees: tuple[EstablishmentTree, ...], store_of: StoreMaker
) -> None:
    found = read(answer(store_of(*trees), Profile.MEDICO_SOCIAL))
    levels = {
        entry.entity_id: {contact.confidentiality.code for contact in entry.contacts} for entry in found.organizations
    }
    assert levels["s_690000001"] == {"1", "2"}
    assert levels["e_690000010"] == {"1"}
    assert levels["e_690000020"] == {"1", "2"}
    assert levels["s_690000009"] == {"1"}


def test_equal_renderings_are_stored_once(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(make.tree("690000010", make.unit(id="plain")))
    rows = store.connection().execute("SELECT count(*), count(DISTINCT bundle) FROM shown WHERE facility = 1")
    shown, stored = rows.fetchone()
    assert shown == 8
    assert stored < shown
