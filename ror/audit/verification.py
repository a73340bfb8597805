"""Offline verification: segments, signed heads, and a way to tell which heads are authentic. Trusts nobody's summary.

What a finding can say is bounded by what was signed. An edit breaks the chain at its record; somebody who also
computes the whole chain anew is caught by the first head after the edit, and the finding names the records between
two heads. What follows the newest head is chained, not signed: who holds a newer head from elsewhere (a receipt, a
witness) adds it.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ror.audit.errors import AuditFormError
from ror.audit.findings import Finding, Flaw, Report
from ror.audit.kinds import Kind
from ror.audit.merkle import Frontier
from ror.audit.note import SignedNote
from ror.audit.record import Record, first_previous, read_record
from ror.audit.segment import Segment, SegmentHeader
from ror.audit.tree_head import TreeHead

Authentic = Callable[[SignedNote], TreeHead | None]
"""Gives the head behind a note that the log's own key signed, ``None`` for any other note."""

_MOST_FINDINGS = 100
_MOVES = frozenset({Kind.ARCHIVED.value, Kind.PRUNED.value})


def verify_log(
    segments: Iterable[Segment],
    notes: Sequence[SignedNote],
    authentic: Authentic,
    *,
    retained_from: int | None = None,
) -> Report:
    """Verify segments: a sequence in any order, or an iterable that yields them in the order of their names, so that
    one at a time is in memory.

    ``retained_from`` is the first record that must be there. Where it is not told, what is missing at the beginning
    must be accounted for by signed records that say it was archived or pruned.
    """
    walk = _Walk(notes, authentic, retained_from)
    for segment in sorted(segments, key=lambda one: one.name) if isinstance(segments, Sequence) else segments:
        walk.take(segment)
    return walk.report()


class _Walk:
    """Goes through the log once. After a finding it takes up again at what stands there, to find the next."""

    def __init__(self, notes: Sequence[SignedNote], authentic: Authentic, retained_from: int | None) -> None:
        self._authentic = authentic
        self._findings: list[Finding] = []
        self._origin: str | None = None
        self._first: int | None = None
        self._next = retained_from or 1
        self._may_begin_later = retained_from is None
        self._absent: _Absent | None = None
        self._moves: list[Record] = []
        self._previous: bytes | None = None
        self._frontier: Frontier | None = Frontier() if self._next == 1 else None
        self._signed_up_to = 0
        self._heads = self._sorted(notes)
        self._unmet = self._heads[::-1]
        self._mismatched: list[TreeHead] = []
        self._lines: Sequence[bytes] = ()
        self._present: frozenset[int] | None = None

    def take(self, segment: Segment) -> None:
        """Go through one more segment."""
        lines = segment.data.split(b"\n")
        torn = lines.pop()
        self._take_header(segment.name, lines[0] if lines else b"")
        self._lines, self._present = lines, None
        for number, line in enumerate(lines[1:], start=2):
            self._take_record(f"{segment.name}:{number}", line)
        if torn:
            where = f"{segment.name}:{len(lines) + 1}"
            self._find(Flaw.TORN, self._next, self._next, where, f"{len(torn)} bytes without an end of line")
            self._frontier = None

    def report(self) -> Report:
        """What was found, after the last segment."""
        last = self._next - 1
        beyond = [head for head in self._heads if head.size > last]
        if beyond:
            newest = beyond[-1]
            detail = f"a signed head of {newest.at.isoformat()} covers {newest.size} records"
            self._find(Flaw.TRUNCATED, last + 1, newest.size, "the end of the log", detail)
        self._judge_mismatches()
        moved = tuple(move for move in self._moves if move.seq <= self._signed_up_to)
        if self._absent is not None and not _accounts_for(moved, self._absent.last):
            detail = "no segment holds them, and no signed record says that they were archived or pruned"
            self._find(Flaw.MISSING, self._absent.first, self._absent.last, self._absent.where, detail)
        return Report(
            origin=self._origin,
            first=self._first,
            last=last if self._first is not None else None,
            heads=len(self._heads),
            signed_up_to=self._signed_up_to,
            findings=tuple(self._findings[:_MOST_FINDINGS]),
            contradicted=tuple(self._mismatched),
            moved=moved,
        )

    def _sorted(self, notes: Sequence[SignedNote]) -> list[TreeHead]:
        heads: dict[tuple[int, bytes], TreeHead] = {}
        texts: set[str] = set()
        for number, note in enumerate(notes, start=1):
            if note.text in texts:
                continue
            head = self._authentic(note)
            if head is None:
                self._find(Flaw.HEAD, None, None, f"head {number}", "the log's key did not sign it")
            else:
                texts.add(note.text)
                heads[head.size, head.root] = head
        ordered = sorted(heads.values(), key=lambda head: head.size)
        for one, other in itertools.pairwise(ordered):
            if one.size == other.size:
                self._find(
                    Flaw.FORKED, None, one.size, "the signed heads", f"two heads of {one.size} records contradict"
                )
        return ordered

    def _take_header(self, where: str, line: bytes) -> None:
        try:
            header = SegmentHeader.read(line)
        except AuditFormError as error:
            self._find(Flaw.HEADER, self._next, self._next, where, str(error))
            return
        head = self._authentic(header.head)
        if head is None or (head.origin, head.size, head.root) != (
            header.origin,
            header.first - 1,
            header.frontier.root,
        ):
            self._find(Flaw.HEADER, header.first, header.first, where, "its signed head does not vouch for it")
            return
        self._join(where, header, head)

    def _join(self, where: str, header: SegmentHeader, head: TreeHead) -> None:
        self._origin = self._origin or header.origin
        if header.first > self._next and self._first is None and self._may_begin_later:
            self._absent = _Absent(self._next, header.first - 1, where)
        elif header.first > self._next:
            self._find(Flaw.MISSING, self._next, header.first - 1, where, "no segment holds them")
        elif header.first < self._next:
            self._find(Flaw.MOVED, header.first, self._next - 1, where, "a segment begins with records already seen")
        elif header.origin != self._origin:
            self._find(Flaw.HEADER, header.first, header.first, where, "it belongs to another log")
        elif header.first == 1:
            if header.previous != first_previous(header.origin):
                self._find(Flaw.HEADER, 1, 1, where, "its first record does not begin the log")
        else:
            self._compare(where, header)
        self._first = header.first if self._first is None else self._first
        self._next, self._previous, self._frontier = header.first, header.previous, header.frontier
        self._signed_up_to = max(self._signed_up_to, head.size)
        self._meet_heads()

    def _compare(self, where: str, header: SegmentHeader) -> None:
        last = header.first - 1
        if self._previous is not None and header.previous != self._previous:
            self._find(Flaw.EDITED, last, last, where, f"the segment after it names another hash of record {last}")
        elif self._frontier is not None and header.frontier != self._frontier:
            detail = "the segment after them was signed over other records"
            self._find(Flaw.REWRITTEN, self._signed_up_to + 1, last, where, detail)

    def _take_record(self, where: str, line: bytes) -> None:
        try:
            record = read_record(line)
        except AuditFormError as error:
            self._find(Flaw.EDITED, self._next, self._next, where, str(error))
            self._next, self._previous, self._frontier = self._next + 1, None, None
            return
        if record.seq != self._next:
            self._misplaced(where, record.seq)
            self._previous = self._frontier = None
        elif self._previous is not None and record.previous != self._previous:
            touched = max(self._next - 1, 1)
            detail = f"record {record.seq} names another hash of record {record.seq - 1} than it has"
            self._find(Flaw.EDITED, touched, self._next, where, detail)
            self._frontier = None
        elif record.kind in _MOVES:
            self._moves.append(record)
        self._first = record.seq if self._first is None else self._first
        self._next, self._previous = record.seq + 1, record.hash
        if self._frontier is not None:
            self._frontier = self._frontier.extended((record.hash,))
            self._meet_heads()

    def _misplaced(self, where: str, seq: int) -> None:
        if self._present is None:
            self._present = _sequences(self._lines[1:])
        if seq > self._next and not any(self._next <= other < seq for other in self._present):
            self._find(Flaw.MISSING, self._next, seq - 1, where, f"record {seq} follows record {self._next - 1}")
        else:
            self._find(Flaw.MOVED, seq, seq, where, f"it stands where record {self._next} belongs")

    def _meet_heads(self) -> None:
        if self._frontier is None:
            return
        while self._unmet and self._unmet[-1].size <= self._frontier.size:
            head = self._unmet.pop()
            if head.size < self._frontier.size:
                continue
            if head.root == self._frontier.root and head.origin == self._origin:
                self._signed_up_to = max(self._signed_up_to, head.size)
            else:
                self._mismatched.append(head)

    def _judge_mismatches(self) -> None:
        for head in self._mismatched:
            sound = max((good.size for good in self._heads if self._is_met_before(good, head)), default=0)
            forked = self._signed_up_to >= head.size
            detail = f"the signed head of {head.at.isoformat()} has another root over {head.size} records"
            flaw = Flaw.FORKED if forked else Flaw.REWRITTEN
            self._find(flaw, sound + 1, head.size, "the signed heads", detail)

    def _is_met_before(self, good: TreeHead, bad: TreeHead) -> bool:
        return good.size < bad.size and good.size <= self._signed_up_to and good not in self._mismatched

    def _find(self, flaw: Flaw, first: int | None, last: int | None, where: str, detail: str) -> None:
        if len(self._findings) < _MOST_FINDINGS:
            self._findings.append(Finding(flaw=flaw, first=first, last=last, where=where, detail=detail))


@dataclass(frozen=True, slots=True)
class _Absent:
    """Records before the first segment, which something must account for."""

    first: int
    last: int
    where: str


def _accounts_for(moves: Sequence[Record], last: int) -> bool:
    """Whether the records up to ``last`` were archived or pruned, as signed records say: from the oldest on."""
    told = (move.event.get("last") for move in moves)
    return any(isinstance(end, int) and end >= last for end in told)


def _sequences(lines: Sequence[bytes]) -> frozenset[int]:
    """The numbers that the whole records of a segment have: they tell a moved record from a missing one."""
    found = set()
    for line in lines:
        try:
            found.add(read_record(line).seq)
        except AuditFormError:
            continue
    return frozenset(found)
