"""From what came of every region to the coverage of the answer (decision 19)."""

from collections.abc import Iterable, Sequence

from gateway.federation.reply import RegionReply
from gateway.merge.merging import Merged
from gateway.routing import Plan
from ror.coverage import Coverage, Outcome, RorCoverage
from ror.errors import FaultError
from ror.faults import Fault, Reason
from ror.question import Question

RETRY_AFTER_S = 5
"""Seconds after which another attempt may find a region again."""

ENOUGH_FOUND = "ring.enough-found"
"""The detail of a region that a widening search did not need."""


class UncoveredError(FaultError):
    """Too little of what was asked is there to be an answer: a fault that bears its coverage."""

    def __init__(self, reason: Reason, coverage: Coverage) -> None:
        super().__init__(Fault(reason=reason, message=reason.message, retry_after_s=RETRY_AFTER_S))
        self.coverage = coverage


def check_demand(coverage: Coverage, least_complete: float | None) -> None:
    """Raise ``UncoveredError`` where nobody answered, for that would read as "no hit", or fewer than was demanded."""
    if not coverage.answered:
        raise UncoveredError(Reason.NO_ROR_ANSWERED, coverage)
    if least_complete is not None and coverage.complete < least_complete * coverage.asked:
        raise UncoveredError(Reason.COVERAGE_INSUFFICIENT, coverage)


def coverage_of(
    question_id: str,
    question: Question,
    *,
    replies: Iterable[RegionReply],
    plans: Sequence[Plan],
    asked_plans: int,
    merged: Merged,
) -> Coverage:
    """The coverage of an answer whose first ``asked_plans`` of ``plans`` were asked.

    ``question`` is as it was settled, with the limit that was applied.
    """
    told = list(replies)
    lines = [_line(reply, merged) for reply in told]
    for plan in plans:
        lines += [
            RorCoverage(ror=ror, codes=codes, outcome=Outcome.REFUSED, detail=Reason.PERIMETER_OUTSIDE.slug)
            for ror, codes in plan.refused
        ]
    for plan in plans[asked_plans:]:
        lines += [
            RorCoverage(ror=route.ror, codes=route.codes, outcome=Outcome.NOT_ASKED, detail=ENOUGH_FOUND)
            for route in plan.routes
        ]
    return Coverage(
        question_id=question_id,
        rors=tuple(sorted(lines, key=lambda line: (line.ror, line.codes))),
        limit=question.limit,
        simulated=any(reply.entries is not None and reply.entries.simulated for reply in told),
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
        times=reply.times,
    )
