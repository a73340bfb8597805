"""A national search end to end: seventeen nodes of two solutions, mutual TLS on every link, one merged answer."""

import pytest
from lxml import etree

from gateway.asking import Answered, Refused
from ror.access import Profile, ProfileCode
from ror.coding import Code, Scheme
from ror.coverage import Outcome
from ror.csd import ROR_IR
from ror.g1.answer import write_answer
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.schemas import Kind, problems
from ror.territory import ROR_BY_ID, RORS
from ror.visibility import visible_directory
from tests.support.seventeen import Ask

FRANCE = (Destination(DestinationLevel.COUNTRY, "FR"),)
BURNS = Code("121", Scheme.ACTIVITY)
LYON = ReferencePlace(commune="69123")


def national(criteria: Criteria, **more: object) -> Question:
    return Question(criteria=criteria, destinations=FRANCE, **more)


async def answered(ask: Ask, question: Question, *who: str) -> Answered:
    outcome = await ask(question, *who)
    assert isinstance(outcome, Answered), outcome
    return outcome


async def test_a_burns_search_is_complete_in_all_seventeen(ask: Ask) -> None:
    answer = await answered(ask, national(Criteria(activities=(BURNS,))))

    assert (answer.coverage.asked, answer.coverage.complete) == (17, 17)
    assert sum(line.found or 0 for line in answer.coverage.rors) == len(answer.directory.units)
    assert len({unit.entity_id.partition(":")[0] for unit in answer.directory.units}) >= 11
    assert answer.coverage.simulated


async def test_every_unit_found_has_what_was_asked(ask: Ask) -> None:
    answer = await answered(ask, national(Criteria(activities=(BURNS,))))

    activities = {service.entity_id: service.type.key for service in answer.directory.services}
    for unit in answer.directory.units:
        offered = {activities[service.entity_id] for link in unit.organizations for service in link.services}
        assert BURNS.key in offered


async def test_units_come_nearest_first_when_there_is_a_place(ask: Ask) -> None:
    answer = await answered(ask, national(Criteria(activities=(BURNS,)), reference=LYON))

    distances = [unit.location.distance_km for unit in answer.directory.units if unit.location]
    assert len(distances) == len(answer.directory.units)
    assert all(distance is not None for distance in distances)
    assert distances == sorted(distances)


async def test_without_a_place_regions_are_interleaved(ask: Ask) -> None:
    answer = await answered(ask, national(Criteria(care_modes=(Code("28", Scheme.CARE_MODE),)), limit=17))

    assert [unit.entity_id.partition(":")[0] for unit in answer.directory.units] == [ror.id for ror in RORS]
    assert all(line.outcome in {Outcome.TRUNCATED, Outcome.COMPLETE} for line in answer.coverage.rors)
    assert not answer.coverage.is_complete


async def test_open_beds_are_open(ask: Ask) -> None:
    question = national(Criteria(activities=(BURNS,), available_beds=1))

    answer = await answered(ask, question, "samu-rhone", "CU22")

    assert answer.directory.units
    for unit in answer.directory.units:
        assert unit.accommodation is not None
        assert unit.accommodation.beds is not None
        assert (unit.accommodation.beds.available or 0) >= 1


async def test_a_circle_holds_its_radius_and_crosses_borders(ask: Ask) -> None:
    circle = Destination(DestinationLevel.COMMUNE, "69123", 200.0)
    question = Question(criteria=Criteria(care_modes=(Code("28", Scheme.CARE_MODE),)), destinations=(circle,))

    answer = await answered(ask, question)

    asked = {line.ror for line in answer.coverage.rors}
    assert {"ara", "bfc"} <= asked
    assert "bre" not in asked
    distances = [unit.location.distance_km for unit in answer.directory.units if unit.location]
    assert distances
    assert max(distances) <= 200


async def test_destinations_by_level_stay_inside(ask: Ask) -> None:
    mayotte = Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.REGION, "06"),))

    answer = await answered(ask, mayotte)

    assert [(line.ror, line.codes) for line in answer.coverage.rors] == [("oin", ("06",))]
    assert {unit.location.commune.code[:3] for unit in answer.directory.units if unit.location} == {"976"}


async def test_a_code_newer_than_a_regions_release_is_told_and_never_a_plain_zero(ask: Ask) -> None:
    newest = Code("404", Scheme.ACTIVITY)

    answer = await answered(ask, national(Criteria(activities=(newest,))))

    lagging = {line.ror for line in answer.coverage.rors if line.outcome == Outcome.UNKNOWN_CODE}
    assert "guy" in lagging
    assert not answer.coverage.is_complete


@pytest.mark.parametrize(
    ("partner", "code"),
    [("samu-rhone", "CU22"), ("orientation-idf", "CU18"), ("banc-essai", "CU19"), ("portail-public", "CU23")],
)
async def test_what_each_profile_gets_holds_nothing_that_it_hides(ask: Ask, partner: str, code: str) -> None:
    answer = await answered(ask, national(Criteria(), limit=400), partner, code)

    got, profile = answer.directory, ProfileCode(code).profile
    filtered = visible_directory(got, profile)
    assert got.units
    assert (filtered.facilities, filtered.services) == (got.facilities, got.services)
    assert (filtered.devices, filtered.providers) == (got.devices, got.providers)
    if profile is not Profile.MEDICO_SOCIAL:
        # Profile 3 sees more of an EG where a medico-social unit hangs on it, which a cut answer need not hold.
        assert filtered.organizations == got.organizations


async def test_the_merged_answer_conforms_to_the_schema_and_to_the_model(ask: Ask) -> None:
    answer = await answered(ask, national(Criteria(), limit=300))

    written = etree.fromstring(write_answer(answer.directory, ROR_IR))
    assert problems(written, Kind.G1_RESPONSE) == ()


async def test_ids_are_scoped_and_every_region_keeps_its_own(ask: Ask) -> None:
    answer = await answered(ask, national(Criteria(), limit=300))

    for unit in answer.directory.units:
        ror, _, local = unit.entity_id.partition(":")
        assert ror in ROR_BY_ID
        assert local
    assert len({unit.entity_id for unit in answer.directory.units}) == len(answer.directory.units)


async def test_a_public_caller_may_not_ask_for_open_beds(ask: Ask) -> None:
    refused = await ask(national(Criteria(available_beds=1)), "portail-public")

    assert isinstance(refused, Refused)
    assert refused.fault.slug == "criterion.hidden-by-profile"
