"""The synthetic France: its size, its variety, that everything is invented, that it is the same everywhere."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regional_nodes.habits import HABITS
from regional_nodes.source import EstablishmentTree, local_ids
from regional_nodes.synthetic import establishments_of, synthesise
from regional_nodes.synthetic.kinds import KINDS, quotas
from ror.coding import Code, Scheme
from ror.identifiers import IdentifierKind, parse, parse_finess
from ror.model import Facility, Provider
from ror.nomenclatures import table
from ror.territory import ROR_BY_ID, RORS, commune
from tests.support.open_data import activities_of, units_of

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
France = dict[str, list[EstablishmentTree]]

STRUCTURAL = {Scheme.CONFIDENTIALITY}
"""Tables whose code is mandatory though a lagging region's release has none yet."""


def region(ror: str, *, seed: int = 1, scale: float = 1.0, release: date | None = None) -> list[EstablishmentTree]:
    return list(synthesise(ror, ids=local_ids(), seed=seed, scale=scale, at=AT, release=release))


@pytest.fixture(scope="module")
def france() -> France:
    return {
        ror.id: list(
            synthesise(ror.id, ids=HABITS[ror.id].ids, seed=1, scale=1.0, at=AT, release=HABITS[ror.id].release)
        )
        for ror in RORS
    }


@pytest.fixture(scope="module")
def units(france: France) -> list[Facility]:
    return [unit for trees in france.values() for tree in trees for unit in units_of(tree)]


def values_of(entry: Any) -> Iterator[Any]:
    yield entry
    for field in fields(entry):
        value = getattr(entry, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            if is_dataclass(one):
                yield from values_of(one)


def entries_of(tree: EstablishmentTree) -> tuple[Any, ...]:
    return (
        tree.legal_entity, tree.establishment, *tree.facilities, *tree.services, *tree.devices, *tree.providers
    )  # fmt: skip


def test_france_has_about_550_establishments_and_5000_units(france: France, units: list[Facility]) -> None:
    assert 530 <= sum(map(len, france.values())) <= 590
    assert 4700 <= len(units) <= 5300


def test_regions_are_as_large_as_their_population(france: France) -> None:
    sizes = {ror: len(trees) for ror, trees in france.items()}
    assert sorted(sizes, key=lambda ror: sizes[ror])[-4:] == ["naq", "occ", "ara", "idf"]
    assert min(sizes.values()) == 8
    assert all(len(trees) == establishments_of(ror, 1.0) for ror, trees in france.items())


def test_every_field_of_activity_and_every_public_is_there(units: list[Facility]) -> None:
    assert {unit.fields[0].code for unit in units} == {"01", "02", "03", "04", "05"}
    assert {public.code for unit in units for public in unit.patients.publics} == {"01", "02", "03"}
    assert len({unit.care_mode.code for unit in units}) >= 28


def test_shares_are_as_told(units: list[Facility]) -> None:
    assert 0.012 <= sum(unit.sensitive for unit in units) / len(units) <= 0.03
    assert 0.02 <= sum(unit.closed is not None for unit in units) / len(units) <= 0.04
    told = [
        capacity.updated
        for unit in units
        if unit.accommodation is not None
        for capacity in (unit.accommodation.beds, unit.accommodation.places)
        if capacity is not None and capacity.updated is not None
    ]
    assert all(moment <= AT for moment in told)
    assert 0.03 <= sum(moment < AT - timedelta(hours=24) for moment in told) / len(told) <= 0.07


def test_availability_never_exceeds_what_is_installed_and_says_that_it_is_simulated(units: list[Facility]) -> None:
    for unit in units:
        if unit.accommodation is None:
            continue
        assert unit.accommodation.record.comments == "Disponibilité simulée"
        for capacity in (unit.accommodation.beds, unit.accommodation.places):
            if capacity is not None:
                assert capacity.installed is not None
                assert capacity.available is not None
                assert 0 <= capacity.available <= capacity.installed


PRESENT = {
    "Organization": "other_ids types name other_names addresses parent contacts use_name health_territories location "
    "prices drop_zone financial_help family_housing temporary_help_places permanent_help_places care_without_consent "
    "created closed closing_reason accessibility orsan_level",
    "Facility": "operating_hours contacts mail_boxes closed created fields care_mode patients accommodation crisis "
    "housing skills equipment reception_type sequential_reception care_specialities category location "
    "intervention_zones annual_opening psychiatric_sectors acts parent management maternity_type",
    "Accommodation": "beds places",
    "Skills": "professions specialities specific",
    "Service": "families",
    "Device": "in_service",
    "Location": "name status address coordinates commune",
    "Contact": "name function nature description points",
    "Price": "base_package meal_delivery home_day dependency housing_surcharge human_help surcharge updated",
    "Provider": "demographic languages organizations facilities credentials speciality operational_status mail_box",
    "OperationalStatus": "contact_point specific_skills operating_hours agreement_sector optam vitale_card "
    "home_visit",
    "PersonName": "common_names honorific forename title",
    "Record": "source comments",
}
"""What the business model of 2.4 knows, by class; CSD's own leftovers are not part of it."""


def test_every_attribute_of_the_model_is_present_somewhere(france: France) -> None:
    found: set[tuple[str, str]] = set()
    for trees in france.values():
        for tree in trees:
            for entry in entries_of(tree):
                for value in values_of(entry):
                    known = type(value).__name__
                    found |= {
                        (known, field.name) for field in fields(value) if getattr(value, field.name) not in (None, ())
                    }
    wanted = {(known, name) for known, names in PRESENT.items() for name in names.split()}
    assert wanted - found == set()


def test_no_code_is_newer_than_the_regions_release_or_has_ended(france: France) -> None:
    wrong = Counter()
    for ror, trees in france.items():
        release = HABITS[ror].release
        for tree in trees:
            for entry in entries_of(tree):
                for code in values_of(entry):
                    if isinstance(code, Code) and code.scheme and code.scheme not in STRUCTURAL:
                        known = table(code.scheme)
                        concept = known.find(code.code) if known is not None else None
                        if known is not None and (concept is None or not concept.is_open(release)):
                            wrong[code.key] += 1
    assert wrong == Counter()


def test_a_lagging_region_tells_intensive_care_by_the_older_mode() -> None:
    modes = {unit.care_mode.code for tree in region("guy", release=date(2018, 6, 29)) for unit in units_of(tree)}
    assert {"22"} <= modes
    assert not {"55", "56", "57"} & modes
    newest = {unit.care_mode.code for tree in region("guy") for unit in units_of(tree)}
    assert "22" not in newest


def test_everything_says_that_it_is_fictional(france: France) -> None:
    for trees in france.values():
        for tree in trees:
            for organization in (tree.legal_entity, tree.establishment):
                assert organization.name.endswith("(fictif)")
                assert organization.record.comments == "Données fictives de démonstration"


def test_telephones_and_addresses_are_those_kept_for_fiction(france: France) -> None:
    kept = re.compile(r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98)( \d\d){2}|.*\.example$")
    for trees in france.values():
        for tree in trees:
            for entry in entries_of(tree):
                for value in values_of(entry):
                    reached = getattr(value, "value", None) if type(value).__name__ == "ContactPoint" else None
                    assert reached is None or kept.fullmatch(reached), reached


def test_numbers_are_valid_and_of_series_that_nobody_holds(france: France) -> None:
    for trees in france.values():
        for tree in trees:
            for organization in (tree.legal_entity, tree.establishment):
                finess = parse_finess((organization.structure_id or "")[1:])
                assert finess.key_valid
                assert finess.number[3:5] == "99" or finess.number[4] == "9"
            for provider in tree.providers:
                rpps = parse(IdentifierKind.RPPS, provider.other_ids[0].code[1:])
                assert rpps.key_valid
                assert rpps.number.startswith("1099")


def test_establishments_are_told_apart_by_their_number(france: France) -> None:
    numbers = [tree.establishment.structure_id for trees in france.values() for tree in trees]
    assert len(numbers) == len(set(numbers))


def test_some_legal_entities_are_known_in_several_regions(france: France) -> None:
    regions: dict[str, set[str]] = {}
    for ror, trees in france.items():
        for tree in trees:
            regions.setdefault(tree.legal_entity.structure_id or "", set()).add(ror)
    assert sum(len(rors) > 1 for rors in regions.values()) >= 2


def test_places_lie_in_their_region_near_their_commune(france: France) -> None:
    for ror, trees in france.items():
        for tree in trees:
            place = tree.establishment.location
            assert place is not None
            assert place.coordinates is not None
            town = commune(place.commune.code)
            assert town is not None
            assert town.region in ROR_BY_ID[ror].regions
            assert town.city is None


def test_cities_with_arrondissements_tell_which(france: France) -> None:
    lines = [
        (tree.establishment.location.commune.code, tree.establishment.location.address.lines[0].city_sub_division)
        for tree in france["idf"]
        if tree.establishment.location is not None and tree.establishment.location.address is not None
    ]
    paris = [district for code, district in lines if code == "75056"]
    assert len(paris) >= 5
    assert all(district is not None and district.startswith("Paris ") for district in paris)


def test_the_same_arguments_give_the_same_trees() -> None:
    assert region("cor") == region("cor")
    assert region("cor") != region("cor", seed=2)


def test_another_process_with_another_hash_seed_gives_the_same_trees() -> None:
    script = (
        "from tests.regional_nodes.test_synthetic import region\n"
        "from hashlib import sha256\n"
        "print(sha256(repr(region('cor', scale=0.5)).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next(synthesise("cor", ids=local_ids(), seed=1, scale=1.0, at=datetime(2024, 5, 1)))


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(KeyError):
        region("xyz")


@settings(max_examples=30, deadline=None)
@given(number=st.integers(1, 3000))
def test_quotas_fill_a_region_exactly_and_hospitals_come_first(number: int) -> None:
    kinds = quotas(number)
    assert len(kinds) == number
    assert kinds[0].key == "university"
    if number >= 2 * len(KINDS):
        assert {kind.key for kind in kinds} == {kind.key for kind in KINDS}


@settings(max_examples=10, deadline=None)
@given(
    scale=st.floats(0.1, 3.0),
    seed=st.integers(0, 2**32),
    ror=st.sampled_from([ror.id for ror in RORS if ror.population < 2e6]),
)
def test_ids_and_numbers_of_one_region_are_unique_at_every_scale(scale: float, seed: int, ror: str) -> None:
    trees = region(ror, seed=seed, scale=scale)
    facilities = [facility for tree in trees for facility in tree.facilities]
    assert len({facility.entity_id for facility in facilities}) == len(facilities)
    assert len({tree.establishment.structure_id for tree in trees}) == len(trees)
    assert all(units_of(tree) for tree in trees)


def test_professionals_work_in_units_and_mostly_in_town(france: France) -> None:
    staff: list[tuple[EstablishmentTree, Provider]] = [
        (tree, provider) for trees in france.values() for tree in trees for provider in tree.providers
    ]
    assert len(staff) >= 300
    ids = [provider.other_ids[0].code for _, provider in staff]
    assert len(ids) == len(set(ids))
    for tree, provider in staff:
        workplaces = {unit.entity_id for unit in units_of(tree)}
        assert {link.entity_id for link in provider.facilities} <= workplaces


def test_emergencies_and_maternities_are_named_as_quality_asks(france: France) -> None:
    for trees in france.values():
        for tree in trees:
            for unit in units_of(tree):
                activities = activities_of(tree, unit)
                if unit.care_mode.code == "33" and activities & {"157", "249"}:
                    assert "urgence" in unit.name.lower()
                if unit.maternity_type is not None:
                    assert "maternité" in unit.name.lower()
