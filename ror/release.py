"""What an older release of the nomenclatures lacks: a region that lags must say so (decision 20)."""

from collections.abc import Iterator
from datetime import date

from ror.coding import Code
from ror.nomenclatures import table
from ror.question import Criteria, Question


def unknown_at_release(question: Question, release: date) -> Code | None:
    """The first code of ``question`` that a nomenclature released on ``release`` did not have yet, or ``None``.

    A ROR that works with that release answers ``unknown-code`` for it, never a plain zero.
    """
    return next((code for code in coded_criteria(question.criteria) if not _known(code, release)), None)


def coded_criteria(criteria: Criteria) -> Iterator[Code]:
    """Every code that a search names."""
    yield from criteria.activities
    yield from criteria.care_modes
    yield from criteria.age_classes
    for code in (criteria.act, criteria.speciality, criteria.equipment):
        if code is not None:
            yield code


def _known(code: Code, release: date) -> bool:
    nomenclature = table(code.scheme)
    concept = None if nomenclature is None else nomenclature.find(code.code)
    return concept is not None and concept.is_known(release)
