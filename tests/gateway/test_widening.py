"""A widening search asks no farther than it must, and says whom it did not ask."""

from time import monotonic

import pytest

from gateway.covering import UncoveredError, check_demand
from gateway.federation.deadline import Deadline
from gateway.federation.messages import Attempts, Voice
from gateway.federation.reply import RegionReply
from gateway.merge.entries import Entry, RegionEntries
from gateway.routing import Route, territory
from gateway.search import Granted, Search, SearchResult
from gateway.widening import rings_of
from ror.access import ProfileCode
from ror.coverage import Outcome
from ror.errors import FaultError
from ror.faults import Reason
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.territory import RORS, neighbours

LYON = Destination(DestinationLevel.COMMUNE, "69123")
EVERYWHERE = frozenset(code for ror in RORS for code in ror.regions)


class Country:
    """Every region has as many units as it is given, and is known to have been asked."""

    def __init__(self, units: dict[str, int], dead: frozenset[str] = frozenset()) -> None:
        self.units, self.dead = units, dead
        self.asked: list[str] = []
        self.budgets: dict[str, float] = {}

    async def ask(self, route: Route, attempts: Attempts, budget_s: float, question_id: str) -> RegionReply:
        self.asked.append(route.ror)
        self.budgets[route.ror] = budget_s
        if route.ror in self.dead:
            return RegionReply(ror=route.ror, codes=route.codes, outcome=Outcome.LATE)
        units = self.units.get(route.ror, 0)
        entries = RegionEntries(
            ror=route.ror,
            announced=units,
            organizations=(),
            services=(),
            facilities=tuple(Entry(f"{route.ror}:{n}".encode(), b"<facility/>", ()) for n in range(units)),
            providers=(),
            devices=(),
        )
        return RegionReply(ror=route.ror, codes=route.codes, outcome=Outcome.COMPLETE, entries=entries)


async def widened(
    country: Country,
    enough: int = 1,
    *,
    destination: Destination = LYON,
    allowed: frozenset[str] = EVERYWHERE,
    least: float | None = None,
    limit: int | None = None,
) -> SearchResult:
    question = Question(
        criteria=Criteria(), destinations=(destination,), widen_until=enough, least_complete=least, limit=limit
    )
    granted = Granted(partner="samu", profile=ProfileCode.CU22, regions=allowed, max_limit=1_000)
    return await Search(country, Voice(issuer=lambda: "CN=p")).answer(
        question, granted, Deadline.starting_at(monotonic(), None), "question-1"
    )


def outcomes(result: SearchResult) -> dict[str, Outcome | str]:
    return {line.ror: line.outcome for line in result.coverage.rors}


async def test_what_the_own_region_has_asks_nobody_else() -> None:
    country = Country({"ara": 2, "occ": 5})
    result = await widened(country, 2)
    assert country.asked == ["ara"]
    assert (result.merged.units, result.coverage.asked, result.coverage.is_complete) == (2, 1, True)
    told = outcomes(result)
    assert told.pop("ara") is Outcome.COMPLETE
    assert set(told.values()) == {Outcome.NOT_ASKED}
    assert len(told) == len(RORS) - 1


async def test_the_neighbours_come_next_and_no_farther() -> None:
    country = Country({"ara": 1, "occ": 1, "nor": 9})
    result = await widened(country, 2)
    assert set(country.asked) == {"ara", *neighbours("ara")}
    assert result.coverage.asked == 1 + len(neighbours("ara"))
    assert outcomes(result)["nor"] is Outcome.NOT_ASKED


async def test_then_the_whole_country_and_nobody_twice() -> None:
    country = Country({"ara": 1, "guy": 1})
    result = await widened(country, 3)
    assert sorted(country.asked) == sorted(ror.id for ror in RORS)
    assert (result.merged.units, result.coverage.asked, result.coverage.complete) == (2, 17, 17)


async def test_a_region_that_does_not_answer_leaves_time_for_the_next_ring() -> None:
    country = Country({"occ": 1}, dead=frozenset({"ara"}))
    result = await widened(country, 1)
    assert country.budgets["ara"] < 4.6 / 3 + 0.1
    assert result.merged.units == 1
    assert outcomes(result)["ara"] is Outcome.LATE
    assert not result.coverage.is_complete


async def test_a_limit_below_what_is_enough_is_enough() -> None:
    country = Country({"ara": 4})
    await widened(country, 10, limit=3)
    assert country.asked == ["ara"]


async def test_rings_outside_the_perimeter_are_refused_and_told() -> None:
    result = await widened(Country({}), 1, allowed=frozenset({"84", "76"}))
    told = outcomes(result)
    assert (told["ara"], told["occ"], told["idf"]) == (Outcome.COMPLETE, Outcome.COMPLETE, Outcome.REFUSED)
    assert not result.coverage.is_complete


async def test_nothing_inside_the_perimeter_is_a_fault() -> None:
    with pytest.raises(FaultError) as refused:
        await widened(Country({}), 1, allowed=frozenset())
    assert refused.value.fault.reason is Reason.PERIMETER_OUTSIDE


def test_the_place_is_named_and_the_country_only_implied() -> None:
    reach = territory(Question(criteria=Criteria(), destinations=(LYON,), widen_until=1))
    assert (reach.named, reach.named | reach.implied) == ({"84"}, EVERYWHERE)


def test_overseas_has_no_neighbours_but_by_sea() -> None:
    question = Question(
        criteria=Criteria(), destinations=(Destination(DestinationLevel.REGION, "01"),), widen_until=1
    )
    assert [len(ring.destinations) for ring in rings_of(question, sea_links=False)] == [3, len(EVERYWHERE) - 3]
    by_sea = rings_of(question, sea_links=True)
    assert [destination.code for destination in by_sea[1].destinations] == ["02"]


def test_every_region_is_in_exactly_one_ring() -> None:
    for ror in RORS:
        question = Question(
            criteria=Criteria(), destinations=(Destination(DestinationLevel.REGION, ror.regions[0]),), widen_until=1
        )
        for sea_links in (False, True):
            codes = [one.code for ring in rings_of(question, sea_links=sea_links) for one in ring.destinations]
            assert sorted(codes) == sorted(EVERYWHERE)


async def test_a_demand_counts_what_was_asked() -> None:
    found_near = await widened(Country({"ara": 1}), 1, least=1.0)
    check_demand(found_near.coverage, 1.0)
    with_a_gap = await widened(Country({"ara": 1}, dead=frozenset({"idf", "guy"})), 2)
    check_demand(with_a_gap.coverage, None)
    check_demand(with_a_gap.coverage, 15 / 17)
    with pytest.raises(UncoveredError) as refused:
        check_demand(with_a_gap.coverage, 0.9)
    assert refused.value.fault.reason is Reason.COVERAGE_INSUFFICIENT
    assert refused.value.coverage is with_a_gap.coverage
