"""A segment: one file of the log. A header, then records, one a line.

The header repeats what the records before it lead to (their number, the last hash, the frontier of the tree) and
carries the signed head over them. So a segment can be read and verified without those before it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from ror.audit.canonical import decoded, encoded
from ror.audit.errors import AuditFormError
from ror.audit.merkle import Frontier
from ror.audit.note import SignedNote
from ror.audit.record import MAX_LINE_BYTES, MAX_SEQUENCE, Record, loosely_placed, read_hash, read_record

MAX_BATCH_BYTES = 4 * 2**20
"""What is written at once is never more, so that an accident never tears more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentHeader:
    """The first line of a segment. ``head`` is the signed head over all records before ``first``."""

    origin: str
    first: int
    previous: bytes
    frontier: Frontier
    head: SignedNote

    @property
    def line(self) -> bytes:
        """The line, without newline."""
        return encoded(
            {
                "log": self.origin,
                "first": self.first,
                "previous": self.previous.hex(),
                "peaks": [peak.hex() for peak in self.frontier.peaks],
                "head": self.head.document,
            }
        )

    @classmethod
    def read(cls, line: bytes) -> "SegmentHeader":
        """Read a header's line. Raises ``AuditFormError`` for anything but its one spelling."""
        found = decoded(line) if len(line) <= MAX_LINE_BYTES else None
        if not isinstance(found, dict) or set(found) != {"log", "first", "previous", "peaks", "head"}:
            raise AuditFormError("not a segment's header")
        origin, first, peaks, head = found["log"], found["first"], found["peaks"], found["head"]
        if not isinstance(origin, str) or not isinstance(head, str) or not isinstance(peaks, list):
            raise AuditFormError("a segment's header of other types")
        if type(first) is not int or not 1 <= first <= MAX_SEQUENCE:
            raise AuditFormError("a segment's header without its first record")
        header = cls(
            origin=origin,
            first=first,
            previous=read_hash(found["previous"]),
            frontier=Frontier(first - 1, tuple(read_hash(peak) for peak in peaks)),
            head=SignedNote.read(head),
        )
        if header.line != line:
            raise AuditFormError("a segment's header that is not in its one spelling")
        return header


class Segment(NamedTuple):
    """A segment's bytes under the name of its file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReading:
    """A segment read in order up to the first thing wrong: ``tail`` is what is left, empty when nothing is wrong."""

    header: SegmentHeader
    records: tuple[Record, ...]
    good_bytes: int
    tail: bytes

    @property
    def next_seq(self) -> int:
        """The number that the next record has."""
        return self.header.first + len(self.records)

    @property
    def last_hash(self) -> bytes:
        """What the next record names as ``previous``."""
        return self.records[-1].hash if self.records else self.header.previous

    def is_torn(self, *, signed_up_to: int) -> bool:
        """Whether ``tail`` can be what an interrupted write leaves: part of one batch that nobody was promised.

        A disk may write the pieces of one batch in any order, so that whole lines may follow torn ones. But nothing
        torn is covered by a signed head, no line there belongs to any other batch than the interrupted one, and whole
        records still follow from each other: where they do not, one of them was changed.
        """
        if self.next_seq <= signed_up_to or len(self.tail) > MAX_BATCH_BYTES:
            return False
        batches = {self.next_seq} | ({self.records[-1].batch} if self.records else set())
        seq, previous = self.next_seq, self.last_hash
        for line in self.tail.split(b"\n"):
            claim = loosely_placed(line)
            if claim is None:
                continue
            if claim[0] < self.next_seq or claim[1] not in batches:
                return False
            record = _record_or_none(line)
            if record is not None:
                if record.seq == seq and record.previous != previous:
                    return False
                seq, previous = record.seq + 1, record.hash
        return True


def _record_or_none(line: bytes) -> Record | None:
    try:
        return read_record(line)
    except AuditFormError:
        return None


def read_segment(data: bytes) -> SegmentReading:
    """Read a segment. Raises ``AuditFormError`` for its header, which is never torn: it is written whole or not."""
    end = data.find(b"\n")
    if end < 0:
        raise AuditFormError("a segment without a header")
    header = SegmentHeader.read(data[:end])
    records: list[Record] = []
    at, seq, previous = end + 1, header.first, header.previous
    while (end := data.find(b"\n", at, at + MAX_LINE_BYTES + 1)) >= 0:
        try:
            record = read_record(data[at:end])
        except AuditFormError:
            break
        if record.seq != seq or record.previous != previous:
            break
        records.append(record)
        at, seq, previous = end + 1, seq + 1, record.hash
    return SegmentReading(header=header, records=tuple(records), good_bytes=at, tail=data[at:])


def heads_lines(notes: list[SignedNote]) -> bytes:
    """Signed heads as they are stored beside a segment: a JSON text a line."""
    return b"".join(encoded(note.document) + b"\n" for note in notes)


def read_heads_line(line: bytes) -> SignedNote:
    """Read one such line (without newline). Raises ``AuditFormError``."""
    document = decoded(line) if len(line) <= MAX_LINE_BYTES else None
    if not isinstance(document, str) or encoded(document) != line:
        raise AuditFormError("not a stored head")
    return SignedNote.read(document)
