"""A search, whatever protocol it came by: route, ask, merge, and say what happened everywhere."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.federation.deadline import Deadline
from gateway.federation.fan_out import ask_all
from gateway.federation.messages import Attempts, Messages, Voice
from gateway.federation.reply import RegionReply
from gateway.merge.merging import Merged, merge
from gateway.routing import Plan, Route, plan
from ror.access import ProfileCode
from ror.coverage import Coverage, Outcome, RorCoverage
from ror.destinations import reference_place
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from ror.identifiers import IdentifierError, StructurePrefix, department_of_finess, parse_structure_id
from ror.question import DEFAULT_LIMIT, Question
from ror.territory import department, ror_of_region

_RETRY_AFTER_S = 5
"""Seconds after which another attempt may find a region again."""


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


class NoRorAnsweredError(FaultError):
    """No region asked has answered: an empty answer would read as "no hit", so it is a fault with its coverage."""

    def __init__(self, coverage: Coverage) -> None:
        reason = Reason.NO_ROR_ANSWERED
        super().__init__(Fault(reason=reason, message=reason.message, retry_after_s=_RETRY_AFTER_S))
        self.coverage = coverage


class Search:
    """Asks the regions as the gateway, naming the partner (decision 3)."""

    def __init__(
        self,
        asker: Asker,
        voice: Voice,
        *,
        on_reply: Callable[[RegionReply], None] | None = None,
    ) -> None:
        self._asker = asker
        self._voice = voice
        self._on_reply = on_reply

    async def answer(
        self, question: Question, granted: Granted, deadline: Deadline, question_id: str
    ) -> SearchResult:
        """Answer within ``deadline``. Raises ``FaultError`` 403 when nothing may be asked."""
        limit = min(question.limit or DEFAULT_LIMIT, granted.max_limit)
        settled = replace(question, limit=limit, reference=reference_place(question))
        route_plan = plan(settled, granted.regions)
        if not route_plan.routes:
            raise refuse(Reason.PERIMETER_OUTSIDE)

        messages = Messages(self._voice, granted.partner, granted.profile, deadline.for_nodes_s())

        async def ask(route: Route) -> RegionReply:
            budget_s = deadline.for_nodes_s()
            if budget_s <= 0:
                return RegionReply(ror=route.ror, codes=route.codes, outcome=Outcome.LATE, detail="deadline.spent")
            reply = await self._asker.ask(route, messages.to(route.question), budget_s, question_id)
            if self._on_reply is not None:
                self._on_reply(reply)
            return reply

        replies = await ask_all(route_plan.routes, ask)
        merged = merge(
            [reply.entries for reply in replies if reply.entries is not None],
            limit=limit,
            has_place=settled.reference is not None,
            home_ror=home_ror,
        )
        return SearchResult(
            merged=merged, coverage=_coverage(question_id, question, limit, route_plan, replies, merged)
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


def _coverage(
    question_id: str,
    question: Question,
    limit: int,
    route_plan: Plan,
    replies: list[RegionReply],
    merged: Merged,
) -> Coverage:
    lines = [_line(reply, merged) for reply in replies]
    lines += [
        RorCoverage(ror=ror, codes=codes, outcome=Outcome.REFUSED, detail=Reason.PERIMETER_OUTSIDE.slug)
        for ror, codes in route_plan.refused
    ]
    return Coverage(
        question_id=question_id,
        rors=tuple(sorted(lines, key=lambda line: (line.ror, line.codes))),
        limit=limit,
        simulated=any(reply.entries is not None and reply.entries.simulated for reply in replies),
        warnings=question.warnings,
        duplicates=merged.duplicates,
    )


def _line(reply: RegionReply, merged: Merged) -> RorCoverage:
    found = returned = release = gave_way = None
    outcome = reply.outcome
    if reply.entries is not None:
        told = reply.entries.told
        sent = reply.entries.announced
        found = (
            max(sent, told.found - reply.entries.repeated) if told is not None and told.found is not None else sent
        )
        release = told.release if told is not None else None
        returned, gave_way = merged.returned[reply.ror], merged.gave_way[reply.ror]
        if returned + gave_way < found and outcome == Outcome.COMPLETE:
            outcome = Outcome.TRUNCATED
    return RorCoverage(
        ror=reply.ror,
        codes=reply.codes,
        outcome=outcome,
        found=found,
        returned=returned,
        duplicates=gave_way or None,
        duration_ms=reply.duration_ms,
        release=release,
        detail=reply.detail,
    )
