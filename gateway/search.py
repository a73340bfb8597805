"""A search, whatever protocol it came by: route, ask, merge, and say what happened everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.covering import coverage_of
from gateway.federation.deadline import Deadline
from gateway.federation.fan_out import ask_all
from gateway.federation.messages import Attempts, Messages, Voice
from gateway.federation.reply import RegionReply
from gateway.merge.merging import Merged, merge
from gateway.routing import Plan, Route, plan
from gateway.widening import rings_of
from ror.access import ProfileCode
from ror.coverage import Coverage, Outcome
from ror.destinations import reference_place
from ror.errors import refuse
from ror.faults import Reason
from ror.identifiers import IdentifierError, StructurePrefix, department_of_finess, parse_structure_id
from ror.question import DEFAULT_LIMIT, Question
from ror.territory import department, ror_of_region


class Asker(Protocol):
    """Whoever asks one region; ``gateway.federation.region_client`` in life."""

    async def ask(self, route: Route, attempts: Attempts, budget_s: float, question_id: str) -> RegionReply:
        """Send a message to the route's node and wait at most ``budget_s`` seconds. Never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What the doors allowed: for whom, under which profile, where, and how many units at most."""

    partner: str
    profile: ProfileCode
    regions: frozenset[str]
    max_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A merged answer and its coverage."""

    merged: Merged
    coverage: Coverage


class Search:
    """Asks the regions as the gateway, naming the partner (decision 3)."""

    def __init__(
        self,
        asker: Asker,
        voice: Voice,
        *,
        on_reply: Callable[[RegionReply], None] | None = None,
        sea_links: bool = False,
    ) -> None:
        self._asker = asker
        self._voice = voice
        self._sea_links = sea_links
        self._on_reply = on_reply

    async def answer(
        self, question: Question, granted: Granted, deadline: Deadline, question_id: str
    ) -> SearchResult:
        """Answer within ``deadline``. Raises ``FaultError`` 403 when nothing may be asked, else ``UncoveredError``
        comes of ``gateway.covering.check_demand``, once the search is on record.
        """
        limit = min(question.limit or DEFAULT_LIMIT, granted.max_limit)
        settled = replace(question, limit=limit, reference=reference_place(question))
        plans = [plan(ring, granted.regions) for ring in rings_of(settled, sea_links=self._sea_links)]
        if not any(ring.routes for ring in plans):
            raise refuse(Reason.PERIMETER_OUTSIDE)
        replies: list[RegionReply] = []
        for number, ring in enumerate(plans, 1):
            shared_s = deadline.for_nodes_s() / (len(plans) - number + 1)
            replies += await self._ask(ring, granted, deadline, shared_s, question_id)
            merged = _merged(replies, settled, limit)
            if number == len(plans) or merged.units >= min(limit, settled.widen_until or limit):
                break
        coverage = coverage_of(question_id, settled, replies=replies, plans=plans, asked_plans=number, merged=merged)
        return SearchResult(merged=merged, coverage=coverage)

    async def _ask(
        self, ring: Plan, granted: Granted, deadline: Deadline, within_s: float, question_id: str
    ) -> list[RegionReply]:
        """Ask every route of a ring at once; each region has at most ``within_s`` seconds."""
        ends_s = deadline.clock() + within_s
        messages = Messages(self._voice, granted.partner, granted.profile, within_s)

        async def ask(route: Route) -> RegionReply:
            budget_s = min(deadline.for_nodes_s(), ends_s - deadline.clock())
            if budget_s <= 0:
                return RegionReply(ror=route.ror, codes=route.codes, outcome=Outcome.LATE, detail="deadline.spent")
            reply = await self._asker.ask(route, messages.to(route.question), budget_s, question_id)
            if self._on_reply is not None:
                self._on_reply(reply)
            return reply

        return await ask_all(ring.routes, ask)


def _merged(replies: Sequence[RegionReply], question: Question, limit: int) -> Merged:
    return merge(
        [reply.entries for reply in replies if reply.entries is not None],
        limit=limit,
        has_place=question.reference is not None,
        home_ror=home_ror,
    )


def home_ror(structure_id: str) -> str | None:
    """The ROR of the département that an idNat_Struct's FINESS names; ``None`` where it names none."""
    try:
        structure = parse_structure_id(structure_id)
    except IdentifierError:
        return None
    if structure.prefix is not StructurePrefix.FINESS:
        return None
    code = department_of_finess(structure.identifier.number)
    home = department(code) if code else None
    ror = ror_of_region(home.region) if home else None
    return ror.id if ror else None
