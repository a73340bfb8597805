"""The event of an answered search, told from its coverage."""

from ror.audit.events import RegionAsked, SearchAnswered
from ror.coverage import Coverage


def search_answered(*, partner: str, profile: str, coverage: Coverage, units: int) -> SearchAnswered:
    """What is recorded of an answer: every region with its outcome and counts, no criterion, no unit."""
    return SearchAnswered(
        question=coverage.question_id,
        partner=partner,
        profile=profile,
        regions=tuple(
            RegionAsked(line.ror, line.codes, str(line.outcome), line.found, line.returned) for line in coverage.rors
        ),
        units=units,
    )
