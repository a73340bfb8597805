"""Looking through a stored log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.audit.recovery import SEGMENT_SUFFIX
from gateway.audit.stored import StoredLog, records
from ror.audit.canonical import encoded
from ror.audit.events import Kind
from ror.audit.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is ``None`` or empty does not narrow. ``until`` is excluded.

    Who looked for a question or partner is not told among the records of it, unless those readings are asked for.
    """

    question: str | None = None
    partner: str | None = None
    officer: str | None = None
    kinds: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, record: Record) -> bool:
        """Whether a record is looked for."""
        event = record.event
        return (
            (record.kind in self.kinds if self.kinds else record.kind != Kind.READ or not self._is_about)
            and (self.question is None or event.get("question") == self.question)
            and (self.partner is None or event.get("partner") == self.partner)
            and (self.officer is None or self._is_by(event))
            and (self.since is None or record.at >= self.since)
            and (self.until is None or record.at < self.until)
        )

    def _is_by(self, event: dict[str, object]) -> bool:
        """Whether that officer did it, put it forward or approved it."""
        approvers = event.get("approvers")
        said = (event.get("officer"), event.get("author"), *(approvers if isinstance(approvers, list) else ()))
        return self.officer in said

    @property
    def _is_about(self) -> bool:
        return self.question is not None or self.partner is not None or self.officer is not None


def matching(log: StoredLog, wanted: Wanted) -> Iterator[Record]:
    """The records that match, oldest first; lines that are no records are passed over, for ``verify`` to tell."""
    marks = tuple(encoded(mark) for mark in (wanted.question, wanted.partner, wanted.officer) if mark is not None)
    for segment in log.segments():
        if all(mark in segment.data for mark in marks):
            for record in records(segment, marks):
                if record is not None and wanted.matches(record):
                    yield record


def moves(log: StoredLog) -> Iterator[Record]:
    """The records that say what was archived or pruned, oldest first; reads past everything else."""
    marks = [b'"kind":"%s"' % kind.value.encode() for kind in (Kind.ARCHIVED, Kind.PRUNED)]
    for segment in log.segments():
        for mark in marks:
            if mark in segment.data:
                yield from (record for record in records(segment, (mark,)) if record is not None)


def newest(log: StoredLog, count: int) -> list[Record]:
    """The last ``count`` records, oldest first."""
    found: list[Record] = []
    for name in reversed(log.names()):
        for segment in log.segments([name]):
            found = [record for record in records(segment) if record is not None] + found
        if len(found) >= count:
            break
    return found[-count:] if count else []


def after(log: StoredLog, seq: int) -> Iterator[Record]:
    """The records beyond number ``seq``, oldest first."""
    names = log.names()
    firsts = [int(name.removesuffix(SEGMENT_SUFFIX)) for name in names]
    concerned = [name for at, name in enumerate(names) if at + 1 == len(names) or firsts[at + 1] > seq + 1]
    for segment in log.segments(concerned):
        for record in records(segment):
            if record is not None and record.seq > seq:
                yield record


def of_question(log: StoredLog, question: str) -> Record | None:
    """The record that a receipt is for: the answered search, else the last decision on that question."""
    kinds = frozenset({Kind.SEARCH.value, Kind.DECISION.value})
    found = list(matching(log, Wanted(question=question, kinds=kinds)))
    return max(found, key=lambda record: (record.kind == Kind.SEARCH, record.seq), default=None)
