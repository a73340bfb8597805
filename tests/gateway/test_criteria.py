"""From the words of a command line to a question."""

import pytest

from gateway.cli.criteria import Scope, criteria, destinations, reference
from ror.errors import FaultError
from ror.faults import Reason
from ror.question import Criteria, Destination, DestinationLevel, ReferencePlace

NOTHING = {
    "activities": [],
    "act": None,
    "speciality": None,
    "equipment": None,
    "care_modes": [],
    "age_classes": [],
    "age": None,
    "name": None,
    "open_beds": None,
}


def wanted(**told: object) -> Criteria:
    return criteria(**(NOTHING | told))


def test_codes_may_lack_their_zeros_and_get_their_labels() -> None:
    (code,) = wanted(activities=["37"]).activities

    assert (code.code, code.label) == ("037", "Dermatologie")


@pytest.mark.parametrize(("typed", "days"), [("45", 16436), ("45a", 16436), ("6m", 182), ("3j", 3), ("0", 0)])
def test_an_age_has_a_unit_or_is_in_years(typed: str, days: int) -> None:
    assert wanted(age=typed).age_days == days


@pytest.mark.parametrize("typed", ["-1", "131", "x", "4x", "nan", "1e309", ""])
def test_an_absurd_age_is_refused(typed: str) -> None:
    if not typed:
        assert wanted(age=typed).age_days is None
        return
    with pytest.raises(FaultError) as refused:
        wanted(age=typed)
    assert refused.value.fault.reason is Reason.AGE_INVALID


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(FaultError) as refused:
        wanted(activities=["9999"])
    assert refused.value.fault.reason is Reason.CRITERION_UNKNOWN_CODE


def test_scopes_are_told_from_the_home_ror() -> None:
    region = destinations(Scope.REGION, "oin", [], None)
    around = destinations(Scope.NEIGHBOURS, "pdl", [], None)
    country = destinations(Scope.NATIONAL, None, [], None)

    assert [destination.code for destination in region] == ["04", "06"]
    assert {destination.code for destination in around} == {"52", "24", "28", "53", "75"}
    assert country == (Destination(DestinationLevel.COUNTRY, "FR"),)


def test_a_scope_without_a_home_is_refused() -> None:
    with pytest.raises(FaultError) as refused:
        destinations(Scope.REGION, None, [], None)
    assert refused.value.fault.reason is Reason.DESTINATION_MISSING


@pytest.mark.parametrize(
    ("word", "level", "code"),
    [
        ("Lyon", DestinationLevel.COMMUNE, "69123"),
        ("69123", DestinationLevel.COMMUNE, "69123"),
        ("d69", DestinationLevel.DEPARTMENT, "69"),
        ("d2a", DestinationLevel.DEPARTMENT, "2A"),
        ("r84", DestinationLevel.REGION, "84"),
        ("Rennes", DestinationLevel.COMMUNE, "35238"),
        ("Dole", DestinationLevel.COMMUNE, "39198"),
        ("Caen", DestinationLevel.COMMUNE, "14118"),
    ],
)
def test_a_place_is_a_name_or_a_code_with_its_level(word: str, level: DestinationLevel, code: str) -> None:
    (place,) = destinations(Scope.NATIONAL, None, [word], 25.0)

    assert place == Destination(level, code, 25.0)


def test_a_distance_without_a_place_is_refused() -> None:
    with pytest.raises(FaultError) as refused:
        destinations(Scope.NATIONAL, None, [], 10.0)
    assert refused.value.fault.reason is Reason.DISTANCE_WITHOUT_PLACE


def test_distances_are_told_from_a_named_commune() -> None:
    assert reference("Nantes") == ReferencePlace(commune="44109")
    assert reference(None) is None
