"""What came of asking one region: its entries, or why there are none."""

from dataclasses import dataclass

from gateway.merge.entries import RegionEntries
from ror.coverage import NO_TIMES, Outcome, RorCoverage, Times
from ror.faults import PeerFault, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReply:
    """One region's part. ``entries`` is set when it has answered, be it incompletely.

    ``outcome`` is a plain token where the region told one that this release does not know.
    """

    ror: str
    codes: tuple[str, ...]
    outcome: Outcome | str
    detail: str | None = None
    entries: RegionEntries | None = None
    duration_ms: int = 0
    times: Times = NO_TIMES


def outcome_of_answer(told: RorCoverage | None) -> Outcome | str:
    """How a region's answer counts: complete unless the region itself says otherwise (decision 19).

    Outcomes are an open list: whatever it tells that is not complete is passed on, and counts as incomplete.
    """
    return Outcome.COMPLETE if told is None else told.outcome


def outcome_of_fault(fault: PeerFault) -> tuple[Outcome, str]:
    """How a region's fault counts, and the slug that says so."""
    slug = fault.slug if fault.slug and Reason.from_slug(fault.slug) else f"fault.{fault.number or 'unnumbered'}"
    if slug == Reason.CRITERION_UNKNOWN_CODE.slug:
        return Outcome.UNKNOWN_CODE, slug
    if fault.number in {401, 403}:
        return Outcome.REFUSED, slug
    if fault.number == Reason.DEADLINE_EXCEEDED.number:
        return Outcome.LATE, slug
    return Outcome.FAULTY, slug
