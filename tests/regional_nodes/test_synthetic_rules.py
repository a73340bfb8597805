"""Synthetic trees keep every rule of the official tests and the schema; and the checker sees each breach."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from regional_nodes.building import AgeRange, broken_rules
from regional_nodes.building.ages import days, hull
from regional_nodes.building.finess import fictional_finess, structure_ids, unit_number
from regional_nodes.building.places import arrondissement_of
from regional_nodes.habits import HABITS
from regional_nodes.source import EstablishmentTree, local_ids
from regional_nodes.synthetic import synthesise
from ror.coding import Authority, Code, Scheme
from ror.csd import ROR_IR, Generation, write
from ror.identifiers import parse_finess
from ror.model import Directory, Facility
from ror.namespaces import CSD
from ror.schemas.validation import Kind, problems
from ror.territory import DEPARTMENTS, RORS

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def tree() -> EstablishmentTree:
    """A university hospital with everything."""
    return next(synthesise("gua", ids=local_ids(), seed=1, scale=1.0, at=AT))


@pytest.mark.parametrize("ror", [ror.id for ror in RORS])
def test_every_tree_of_a_region_keeps_the_rules(ror: str) -> None:
    habits = HABITS[ror]
    trees = synthesise(ror, ids=habits.ids, seed=5, scale=0.25, at=AT, release=habits.release)
    assert [breach for tree in trees for breach in broken_rules(tree)] == []


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31), ror=st.sampled_from([ror.id for ror in RORS]))
def test_any_seed_gives_trees_that_keep_the_rules(seed: int, ror: str) -> None:
    trees = synthesise(ror, ids=local_ids(), seed=seed, scale=0.06, at=AT)
    assert [breach for tree in trees for breach in broken_rules(tree)] == []


@pytest.mark.parametrize("ror", ["gua", "guy", "cor"])
def test_trees_are_valid_against_the_schema_of_model_2_4(ror: str) -> None:
    habits = HABITS[ror]
    style = replace(ROR_IR, prefix="csd")
    for tree in synthesise(ror, ids=habits.ids, seed=1, scale=1.0, at=AT, release=habits.release):
        directory = Directory(
            organizations=(tree.legal_entity, tree.establishment),
            services=tree.services,
            facilities=tree.facilities,
            providers=tree.providers,
            devices=tree.devices,
        )
        body = write(directory, Generation.G2, style)
        document = etree.fromstring(b'<csd:CSD xmlns:csd="' + CSD.encode() + b'">' + body + b"</csd:CSD>")
        assert problems(document, Kind.CSD_DOCUMENT) == ()


def unit_of(tree: EstablishmentTree, *, sensitive: bool = False) -> Facility:
    return next(unit for unit in tree.facilities if unit.is_unit and unit.contacts and unit.sensitive is sensitive)


def with_unit(
    tree: EstablishmentTree, change: Callable[[Facility], Facility], *, sensitive: bool = False
) -> EstablishmentTree:
    chosen = unit_of(tree, sensitive=sensitive)
    return replace(tree, facilities=tuple(change(one) if one is chosen else one for one in tree.facilities))


def with_establishment(tree: EstablishmentTree, **changes: object) -> EstablishmentTree:
    return replace(tree, establishment=replace(tree.establishment, **changes))  # type: ignore[arg-type]


def first_contact(unit: Facility, **changes: object) -> Facility:
    return replace(unit, contacts=(replace(unit.contacts[0], **changes), *unit.contacts[1:]))  # type: ignore[arg-type]


LEVEL_1 = Code("1", str(Scheme.CONFIDENTIALITY))
LEVEL_3 = Code("3", str(Scheme.CONFIDENTIALITY))

BREACHES: list[tuple[str, Callable[[EstablishmentTree], EstablishmentTree]]] = [
    ("RG_EXP_001", lambda tree: replace(tree, facilities=(), services=(), devices=(), providers=())),
    ("RG_ALIM_018", lambda tree: with_establishment(tree, parent="s_other")),
    ("RG_ALIM_018", lambda tree: with_unit(tree, lambda unit: replace(unit, parent=None))),
    ("RG_ALIM_018", lambda tree: with_unit(tree, lambda unit: replace(unit, organizations=()))),
    (
        "RG_ALIM_006",
        lambda tree: with_unit(tree, lambda unit: replace(unit, fields=(Code("03", unit.fields[0].scheme),))),
    ),
    ("RG_EXP_010", lambda tree: with_unit(tree, lambda unit: replace(unit, fields=(*unit.fields, *unit.fields)))),
    ("RG_EXP_011", lambda tree: with_unit(tree, lambda unit: replace(unit, care_mode=Code("", "")))),
    ("RG_ALIM_014", lambda tree: with_establishment(tree, other_ids=())),
    ("RG_ALIM_014", lambda tree: with_establishment(tree, other_ids=structure_ids("75071218"))),
    (
        "RG_ALIM_014",
        lambda tree: with_establishment(
            tree, other_ids=tuple(one for one in tree.establishment.other_ids if one.authority != Authority.STRUCTURE)
        ),
    ),
    ("OI_IDENTIFIER", lambda tree: with_unit(tree, lambda unit: replace(unit, other_ids=()))),
    (
        "OI_IDENTIFIER",
        lambda tree: with_unit(
            tree, lambda unit: replace(unit, other_ids=(replace(unit.other_ids[0], code="08/0003"),))
        ),
    ),
    (
        "RG_EXP_020",
        lambda tree: with_unit(
            tree,
            lambda unit: replace(unit, record=replace(unit.record, updated=unit.record.created - timedelta(days=1))),
        ),
    ),
    ("RG_EXP_034", lambda tree: with_unit(tree, lambda unit: first_contact(unit, confidentiality=LEVEL_3))),
    (
        "RG_EXP_039",
        lambda tree: with_unit(tree, lambda unit: first_contact(unit, confidentiality=LEVEL_1), sensitive=True),
    ),
    ("RG_EXP_040", lambda tree: with_unit(tree, lambda unit: first_contact(unit, name="Iris Exemple"))),
    (
        "RG_EXP_041",
        lambda tree: with_unit(
            tree, lambda unit: first_contact(unit, nature=None, function=Code("03", str(Scheme.CONTACT_FUNCTION)))
        ),
    ),
    (
        "NOMENCLATURE",
        lambda tree: with_unit(tree, lambda unit: replace(unit, care_mode=Code("99", unit.care_mode.scheme))),
    ),
    ("STRUCTURE", lambda tree: replace(tree, services=tree.services[1:])),
    ("STRUCTURE", lambda tree: replace(tree, facilities=(*tree.facilities, tree.facilities[-1]))),
    (
        "DECISION_15",
        lambda tree: with_unit(tree, lambda unit: replace(unit, equipment=(tree.devices[0].entity_id,) * 2)),
    ),
]


@pytest.mark.parametrize(("rule", "spoil"), BREACHES)
def test_the_checker_sees_a_breach(
    tree: EstablishmentTree, rule: str, spoil: Callable[[EstablishmentTree], EstablishmentTree]
) -> None:
    assert broken_rules(tree) == ()
    assert any(breach.startswith(f"{rule}:") for breach in broken_rules(spoil(tree)))


def test_a_surcharge_for_another_room_than_a_single_one_is_a_breach() -> None:
    trees = synthesise("cor", ids=local_ids(), seed=1, scale=4.0, at=AT)
    tree = next(one for one in trees if any(price.housing_surcharge for price in one.establishment.prices))
    (price,) = tree.establishment.prices
    assert price.housing_surcharge is not None
    double = replace(price.housing_surcharge, housing_type=Code("01", str(Scheme.HOUSING_TYPE)))
    spoilt = with_establishment(tree, prices=(replace(price, housing_surcharge=double),))
    assert any(breach.startswith("RG_EXP_029:") for breach in broken_rules(spoilt))


@given(order=st.integers(0, 9_999), department=st.sampled_from([department.code for department in DEPARTMENTS]))
def test_fictional_finess_numbers_are_well_formed_with_a_valid_key(order: int, department: str) -> None:
    assert parse_finess(fictional_finess(department, order)).key_valid


@given(st.sampled_from(["2A0000022", "2B0000020", "690783154", "970100442", "980500011"]), st.integers(0, 999))
def test_unit_numbers_hold_their_place_and_slot(finess: str, slot: int) -> None:
    number = unit_number(finess, slot)
    assert number % 1000 == slot
    assert unit_number(finess, (slot + 1) % 1000) != number


ages = st.builds(
    lambda low, extra, units: AgeRange(low, low + extra, units, "a"),
    st.integers(0, 60), st.integers(0, 60), st.sampled_from(["a", "mo", "d"]),
)  # fmt: skip


@given(st.lists(ages, min_size=1, max_size=6))
def test_a_hull_holds_all_its_ranges(ranges: list[AgeRange]) -> None:
    whole = days(hull(ranges))
    assert whole.min_days == min(days(one).min_days for one in ranges)
    assert whole.max_days == max(days(one).max_days for one in ranges)


def test_an_arrondissement_is_read_back_from_an_address() -> None:
    for ror, city, stem in (("idf", "75056", "751"), ("ara", "69123", "6938"), ("pac", "13055", "132")):
        places = [
            tree.establishment.location
            for tree in synthesise(ror, ids=local_ids(), seed=1, scale=1.0, at=AT)
            if tree.establishment.location is not None
        ]
        within = [place for place in places if place.commune.code == city]
        assert within
        assert all((arrondissement_of(place) or "").startswith(stem) for place in within)
        assert all(arrondissement_of(place) is None for place in places if place.commune.code != city)
