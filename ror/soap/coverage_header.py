"""Our answer header ``couverture``: what became of every ROR asked (decision 19)."""

import re
from math import floor
from typing import Final

from ror import namespaces
from ror.coverage import Coverage, Duplicate, DuplicateKind, Outcome, RorCoverage, Times
from ror.errors import UnreadableAnswerError
from ror.quoting import printable, xml_attribute, xml_text
from ror.xml_parser import Element, tag

SIMULATED: Final = "simulees"
"""Value of ``donnees`` where availability and persons are invented (decision 30)."""

_OURS = f"{{{namespaces.PASSERELLE}}}"
_NUMBER = re.compile(r"[0-9]{1,9}")
_KNOWN_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_KNOWN_KINDS = {kind.value: kind for kind in DuplicateKind}
_LONGEST_TOKEN = 100
_LONGEST_WARNING = 1_000


def write_coverage(coverage: Coverage) -> bytes:
    """The header block: one ``ror`` element a line of coverage, what several regions hold, then the warnings."""
    attributes = _attributes(
        question=coverage.question_id,
        asked=coverage.asked,
        complete=coverage.complete,
        population=f"{_rounded_down(coverage.population):.3f}",
        limite=coverage.limit,
        donnees=SIMULATED if coverage.simulated else None,
    )
    children = "".join(_write_ror(line) for line in coverage.rors)
    children += "".join(_write_duplicate(duplicate) for duplicate in coverage.duplicates)
    children += "".join(f"<p:avertissement>{xml_text(text)}</p:avertissement>" for text in coverage.warnings)
    return f'<p:couverture xmlns:p="{namespaces.PASSERELLE}"{attributes}>{children}</p:couverture>'.encode()


def read_coverage(element: Element) -> Coverage:
    """Read the block of any release of ours: outcomes are an open list, what is unknown beside is passed over.

    ``asked``, ``complete`` and ``population`` are not read: they follow from the lines.

    Raises:
        UnreadableAnswerError: not the block, or a line without id and outcome, or a count that is none.
    """
    if tag(element) != _OURS + "couverture":
        raise UnreadableAnswerError(f"not a couverture header: {printable(tag(element), _LONGEST_TOKEN)}")
    return Coverage(
        question_id=_token(element, "question") or "",
        rors=tuple(_read_ror(line) for line in element.findall(_OURS + "ror")),
        limit=_count(element, "limite"),
        simulated=_token(element, "donnees") == SIMULATED,
        warnings=tuple(
            printable(warning.text or "", _LONGEST_WARNING) for warning in element.findall(_OURS + "avertissement")
        ),
        duplicates=tuple(filter(None, map(_read_duplicate, element.findall(_OURS + "doublon")))),
    )


def _write_ror(line: RorCoverage) -> str:
    attributes = _attributes(
        id=line.ror,
        codes=" ".join(line.codes),
        outcome=str(line.outcome),
        found=line.found,
        returned=line.returned,
        duplicates=line.duplicates,
        ms=line.duration_ms,
        msQueue=line.times.queue,
        msConnect=line.times.connect,
        msTls=line.times.tls,
        msNode=line.times.node,
        msParse=line.times.parse,
        release=line.release,
        data=line.data_version,
        age=line.age_s,
        detail=line.detail,
    )
    return f"<p:ror{attributes}/>"


def _rounded_down(share: float) -> float:
    """Three decimals, never upwards: 1.000 is said of nothing but the whole."""
    return floor(share * 1_000) / 1_000


def _write_duplicate(duplicate: Duplicate) -> str:
    attributes = _attributes(kind=str(duplicate.kind), code=duplicate.code, kept=duplicate.kept)
    copies = "".join(f"<p:copie{_attributes(id=other)}/>" for other in duplicate.others)
    return f"<p:doublon{attributes}>{copies}</p:doublon>"


def _read_duplicate(element: Element) -> Duplicate | None:
    """``None`` for one that lacks what it is about: it adds to an answer and spoils none."""
    kind, code, kept = _token(element, "kind"), _token(element, "code"), _token(element, "kept")
    if kind is None or code is None or kept is None:
        return None
    others = (_token(copy, "id") for copy in element.findall(_OURS + "copie"))
    return Duplicate(kind=_KNOWN_KINDS.get(kind, kind), code=code, kept=kept, others=tuple(filter(None, others)))


def _attributes(**values: str | int | None) -> str:
    return "".join(f' {name}="{xml_attribute(str(value))}"' for name, value in values.items() if value is not None)


def _read_ror(element: Element) -> RorCoverage:
    ror, outcome = _token(element, "id"), _token(element, "outcome")
    if ror is None or outcome is None:
        raise UnreadableAnswerError("a ror element of the couverture header lacks its id or its outcome")
    return RorCoverage(
        ror=ror,
        codes=tuple((_token(element, "codes") or "").split()),
        outcome=_KNOWN_OUTCOMES.get(outcome, outcome),
        found=_count(element, "found"),
        returned=_count(element, "returned"),
        duplicates=_count(element, "duplicates"),
        duration_ms=_count(element, "ms"),
        release=_token(element, "release"),
        detail=_token(element, "detail"),
        data_version=_token(element, "data"),
        age_s=_count(element, "age"),
        times=Times(
            queue=_count(element, "msQueue"),
            connect=_count(element, "msConnect"),
            tls=_count(element, "msTls"),
            node=_count(element, "msNode"),
            parse=_count(element, "msParse"),
        ),
    )


def _token(element: Element, name: str) -> str | None:
    """An attribute on one line, bounded; ``None`` when absent or empty."""
    return printable(element.get(name) or "", _LONGEST_TOKEN) or None


def _count(element: Element, name: str) -> int | None:
    value = (element.get(name) or "").strip()
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise UnreadableAnswerError(f"couverture says {name}={printable(value, _LONGEST_TOKEN)!r}")
    return int(value)
