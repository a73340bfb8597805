"""From a question to the bytes of its answer, over one store; blocking, so it runs in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from regional_nodes.habits import Habits
from regional_nodes.serving.wire import answer_end, answer_start
from regional_nodes.store.answer import answer_directories
from regional_nodes.store.opening import Store
from regional_nodes.store.search import Found, Scope, search
from regional_nodes.store.views import view_of
from ror.access import Profile
from ror.coverage import Coverage, Outcome, RorCoverage
from ror.faults import Reason
from ror.model.wire import Generation
from ror.question import Question
from ror.soap.coverage_header import write_coverage
from ror.soap.version import SoapVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question that passed both doors, as it is asked of the store."""

    question_id: str
    question: Question
    version: SoapVersion
    profile: Profile
    regions: frozenset[str]
    refused_regions: frozenset[str]
    max_limit: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer's parts, and the figures for the log."""

    parts: Sequence[bytes]
    found: int
    returned: int


def answer_question(store: Store, habits: Habits, ask: Ask) -> Answered:
    """Search the store and put the answer together."""
    started = perf_counter()
    connection = store.connection()
    limit = min(ask.question.limit or habits.default_limit, habits.max_limit, ask.max_limit)
    found = search(
        connection,
        frozenset(store.meta.regions),
        ask.question,
        Scope(profile=ask.profile, regions=ask.regions, limit=limit, on=ask.on),
    )
    directories = answer_directories(connection, view_of(Generation.G1, ask.profile), found.hits, habits.style)
    duration_ms = round((perf_counter() - started) * 1000)
    header = write_coverage(_coverage(store, ask, found, limit, duration_ms))
    return Answered(
        parts=[
            answer_start(habits, ask.version, header, len(found.hits)),
            *directories,
            answer_end(habits),
        ],
        found=found.total,
        returned=len(found.hits),
    )


def _coverage(store: Store, ask: Ask, found: Found, limit: int, duration_ms: int) -> Coverage:
    meta = store.meta
    line = RorCoverage(
        ror=meta.ror,
        codes=tuple(code for code in meta.regions if code in ask.regions),
        outcome=Outcome.TRUNCATED if found.is_cut_off else Outcome.COMPLETE,
        found=found.total,
        returned=len(found.hits),
        duration_ms=duration_ms,
        release=f"{meta.release:%Y%m%d}",
    )
    outside = RorCoverage(
        ror=meta.ror,
        codes=tuple(code for code in meta.regions if code in ask.refused_regions),
        outcome=Outcome.REFUSED,
        detail=Reason.PERIMETER_OUTSIDE.slug,
    )
    return Coverage(
        question_id=ask.question_id,
        rors=(line, outside) if outside.codes else (line,),
        limit=limit,
        simulated=meta.simulated,
        warnings=ask.question.warnings,
    )
