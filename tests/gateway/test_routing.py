"""Who is asked, for which regions, and who may not be (decisions 7, 8, 9, 12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.routing import plan, territory
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.territory import RORS

EVERYWHERE = frozenset(code for ror in RORS for code in ror.regions)
FRANCE = Destination(DestinationLevel.COUNTRY, "FR")


def asking(*destinations: Destination) -> Question:
    return Question(criteria=Criteria(), destinations=destinations)


def test_the_country_is_asked_of_all_seventeen_rors() -> None:
    routes = plan(asking(FRANCE), EVERYWHERE).routes

    assert [route.ror for route in routes] == [ror.id for ror in RORS]
    assert all(route.question.destinations == (FRANCE,) for route in routes)


def test_the_country_names_no_region_and_implies_them_all() -> None:
    reach = territory(asking(FRANCE))

    assert reach.named == frozenset()
    assert reach.implied == EVERYWHERE


@pytest.mark.parametrize(
    ("destination", "ror", "code"),
    [
        (Destination(DestinationLevel.REGION, "84"), "ara", "84"),
        (Destination(DestinationLevel.REGION, "04"), "oin", "04"),
        (Destination(DestinationLevel.DEPARTMENT, "2A"), "cor", "94"),
        (Destination(DestinationLevel.DEPARTMENT, "976"), "oin", "06"),
        (Destination(DestinationLevel.COMMUNE, "69381"), "ara", "84"),
        (Destination(DestinationLevel.COMMUNE, "97801"), "gua", "978"),
    ],
)
def test_a_place_is_asked_of_its_own_ror(destination: Destination, ror: str, code: str) -> None:
    (route,) = plan(asking(destination), EVERYWHERE).routes

    assert (route.ror, route.codes) == (ror, (code,))
    assert territory(asking(destination)).named == {code}


def test_destination_04_asks_the_indian_ocean_and_keeps_04() -> None:
    (route,) = plan(asking(Destination(DestinationLevel.REGION, "04")), EVERYWHERE).routes

    assert route.question.destinations == (Destination(DestinationLevel.REGION, "04"),)


def test_a_circle_across_a_border_asks_both_rors() -> None:
    circle = Destination(DestinationLevel.COMMUNE, "42279", 90.0)  # Saint-Just-Saint-Rambert

    asked = {route.ror for route in plan(asking(circle), EVERYWHERE).routes}

    assert "ara" in asked
    assert "cor" not in asked
    assert territory(asking(circle)).named == {"84"}


def test_a_small_circle_stays_in_its_ror() -> None:
    circle = Destination(DestinationLevel.COMMUNE, "69123", 10.0)

    assert [route.ror for route in plan(asking(circle), EVERYWHERE).routes] == ["ara"]


def test_an_implied_region_outside_the_perimeter_is_told_as_refused() -> None:
    route_plan = plan(asking(FRANCE), EVERYWHERE - {"94"})

    assert "cor" not in {route.ror for route in route_plan.routes}
    assert route_plan.refused == (("cor", ("94",)),)


def test_a_ror_allowed_for_one_of_its_regions_is_asked_for_that_one_only() -> None:
    route_plan = plan(asking(FRANCE), EVERYWHERE - {"04"})

    (indian_ocean,) = (route for route in route_plan.routes if route.ror == "oin")
    assert indian_ocean.codes == ("06",)
    assert indian_ocean.question.destinations == (Destination(DestinationLevel.REGION, "06"),)
    assert route_plan.refused == (("oin", ("04",)),)


def test_a_circle_in_mayotte_does_not_need_la_reunion() -> None:
    circle = Destination(DestinationLevel.COMMUNE, "97611", 20.0)

    route_plan = plan(asking(circle), frozenset({"06"}))

    assert [(route.ror, route.codes) for route in route_plan.routes] == [("oin", ("06",))]
    assert route_plan.refused == ()


def test_destinations_of_one_ror_are_asked_together() -> None:
    rhone, isere = Destination(DestinationLevel.DEPARTMENT, "69"), Destination(DestinationLevel.DEPARTMENT, "38")

    (route,) = plan(asking(rhone, isere, rhone), EVERYWHERE).routes

    assert route.question.destinations == (rhone, isere)


@given(st.sets(st.sampled_from(sorted(EVERYWHERE))))
def test_nothing_outside_the_perimeter_is_ever_asked_and_nothing_is_forgotten(allowed: set[str]) -> None:
    route_plan = plan(asking(FRANCE), allowed)

    asked = {code for route in route_plan.routes for code in route.codes}
    refused = {code for _, codes in route_plan.refused for code in codes}
    assert asked == allowed
    assert asked | refused == EVERYWHERE
    assert not asked & refused
