"""A search over scripted regions: limits, coverage, what counts as complete."""

from dataclasses import dataclass, field
from time import monotonic

import pytest

from gateway.federation.deadline import Deadline
from gateway.federation.messages import Attempts, Voice
from gateway.federation.reply import RegionReply
from gateway.merge.entries import Entry, RegionEntries
from gateway.routing import Route
from gateway.search import Granted, Search, SearchResult
from ror.access import ProfileCode
from ror.coverage import Outcome, RorCoverage
from ror.errors import FaultError
from ror.faults import Reason
from ror.question import Criteria, Destination, DestinationLevel, Question

ARA = Destination(DestinationLevel.REGION, "84")
PACA = Destination(DestinationLevel.REGION, "93")
VOICE = Voice(issuer=lambda: "CN=passerelle")


def entries(ror: str, units: int, told: RorCoverage | None = None) -> RegionEntries:
    establishment = Entry(f"{ror}:e".encode(), f'<organization entityID="{ror}:e"/>'.encode(), ())
    return RegionEntries(
        ror=ror,
        announced=units,
        organizations=(establishment,),
        services=(),
        facilities=tuple(
            Entry(f"{ror}:{n}".encode(), b"<facility/>", ((b"organization", establishment.id),)) for n in range(units)
        ),
        providers=(),
        devices=(),
        told=told,
    )


@dataclass
class Regions:
    """Answers what each region is scripted to, and keeps the messages."""

    replies: dict[str, RegionReply]
    messages: list[bytes] = field(default_factory=list)

    async def ask(self, route: Route, attempts: Attempts, budget_s: float, question_id: str) -> RegionReply:
        self.messages.append(next(attempts))
        return self.replies[route.ror]


def reply(ror: str, outcome: Outcome | str, units: int | None = None, told: RorCoverage | None = None) -> RegionReply:
    answered = None if units is None else entries(ror, units, told)
    return RegionReply(ror=ror, codes=("84" if ror == "ara" else "93",), outcome=outcome, entries=answered)


async def searched(
    *replies: RegionReply, limit: int | None = None, max_limit: int = 1_000, regions: Regions | None = None
) -> SearchResult:
    asked = regions or Regions({one.ror: one for one in replies})
    question = Question(criteria=Criteria(), destinations=(ARA, PACA), limit=limit)
    granted = Granted(partner="samu", profile=ProfileCode.CU22, regions=frozenset({"84", "93"}), max_limit=max_limit)
    return await Search(asked, VOICE).answer(question, granted, Deadline.starting_at(monotonic(), None), "question-1")


async def test_everything_of_everybody_is_complete() -> None:
    result = await searched(reply("ara", Outcome.COMPLETE, 3), reply("pac", Outcome.COMPLETE, 2))

    assert (result.coverage.asked, result.coverage.complete, result.merged.units) == (2, 2, 5)
    assert [(line.ror, line.found, line.returned) for line in result.coverage.rors] == [("ara", 3, 3), ("pac", 2, 2)]


async def test_what_the_merge_cuts_off_makes_its_region_truncated() -> None:
    result = await searched(reply("ara", Outcome.COMPLETE, 3), reply("pac", Outcome.COMPLETE, 1), limit=3)

    assert [(line.ror, line.outcome, line.found, line.returned) for line in result.coverage.rors] == [
        ("ara", Outcome.TRUNCATED, 3, 2),
        ("pac", Outcome.COMPLETE, 1, 1),
    ]


async def test_what_the_region_found_and_did_not_send_makes_it_truncated() -> None:
    told = RorCoverage(ror="ara", codes=("84",), outcome=Outcome.COMPLETE, found=9, returned=2)

    result = await searched(reply("ara", Outcome.COMPLETE, 2, told), reply("pac", Outcome.COMPLETE, 1))

    assert (result.coverage.rors[0].outcome, result.coverage.rors[0].found) == (Outcome.TRUNCATED, 9)


async def test_an_outcome_that_only_a_newer_region_knows_does_not_count_as_complete() -> None:
    result = await searched(reply("ara", "stale", 2), reply("pac", Outcome.LATE))

    assert (result.coverage.complete, result.coverage.answered, result.merged.units) == (0, True, 2)
    assert [str(line.outcome) for line in result.coverage.rors] == ["stale", "late"]


async def test_nobody_has_answered_when_no_region_sent_units() -> None:
    result = await searched(reply("ara", Outcome.UNREACHABLE), reply("pac", Outcome.UNKNOWN_CODE))

    assert not result.coverage.answered


@pytest.mark.parametrize(
    ("wished", "allowed", "asked"), [(None, 1_000, 199), (500, 1_000, 500), (500, 300, 300), (None, 50, 50)]
)
async def test_the_regions_are_asked_for_no_more_than_the_answer_may_hold(
    wished: int | None, allowed: int, asked: int
) -> None:
    regions = Regions({ror: reply(ror, Outcome.COMPLETE, 0) for ror in ("ara", "pac")})

    result = await searched(limit=wished, max_limit=allowed, regions=regions)

    assert result.coverage.limit == asked
    assert all(f'limite="{asked}"'.encode() in message for message in regions.messages)


async def test_a_question_of_which_nothing_may_be_asked_is_refused() -> None:
    question = Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.COUNTRY, "FR"),))
    nowhere = Granted(partner="samu", profile=ProfileCode.CU22, regions=frozenset(), max_limit=10)

    with pytest.raises(FaultError) as refused:
        await Search(Regions({}), VOICE).answer(
            question, nowhere, Deadline.starting_at(monotonic(), None), "question-1"
        )

    assert refused.value.fault.reason is Reason.PERIMETER_OUTSIDE
