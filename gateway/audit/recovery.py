"""Opening a log that was written before: where it stands, and what an interrupted write left.

Only the last segment is read; what is before it is vouched for by the signed head in its header. A torn end is cut
back to the last whole record when it can only be the one batch that nobody was promised. Anything else is an alarm.
"""

from dataclasses import dataclass
from hashlib import sha256

from certs.audit.heads import authentic_head
from certs.audit.keys import PublicKey
from gateway.audit.disk import Disk
from gateway.audit.errors import AuditAlarmError
from ror.audit.errors import AuditFormError
from ror.audit.merkle import Frontier
from ror.audit.note import SignedNote
from ror.audit.segment import SegmentReading, read_heads_line, read_segment
from ror.audit.tree_head import TreeHead

SEGMENT_SUFFIX = ".jsonl"
HEADS_SUFFIX = ".heads"


def segment_name(first: int) -> str:
    """The file of the segment that begins with that record."""
    return f"{first:012d}{SEGMENT_SUFFIX}"


def heads_name(first: int) -> str:
    """The file of the heads signed while that segment was the last."""
    return f"{first:012d}{HEADS_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Cut:
    """What recovery cut off: how many bytes and their SHA-256."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a log stands: everything needed to go on writing it."""

    first: int
    segment_bytes: int
    heads_bytes: int
    frontier: Frontier
    previous: bytes
    head: SignedNote
    head_size: int
    slips: frozenset[str]
    cut: Cut | None


def recover(disk: Disk, key: PublicKey) -> Position | None:
    """Find where the log stands and cut what an interrupted write left; ``None`` for no log at all.

    Raises ``AuditAlarmError`` and ``OSError``.
    """
    names = disk.names()
    segments = [name for name in names if name.endswith(SEGMENT_SUFFIX)]
    if not segments:
        if any(name.endswith(HEADS_SUFFIX) for name in names):
            raise AuditAlarmError("there are signed heads and no records")
        return None
    name = segments[-1]
    reading = _read(name, disk.read(name))
    opening = _opening_head(name, reading, key)
    first = reading.header.first
    heads = _heads_of(disk, heads_name(first), key) if heads_name(first) in names else _Heads((), 0, b"")
    newest = max([opening, *heads.heads], key=lambda head: head.size)
    if reading.tail and not reading.is_torn(signed_up_to=newest.size):
        raise AuditAlarmError(f"{name}: record {reading.next_seq} is damaged, and no interrupted write explains it")
    frontier = _checked(name, reading, heads.heads)
    return Position(
        first=first,
        segment_bytes=reading.good_bytes,
        heads_bytes=heads.good_bytes,
        frontier=frontier,
        previous=reading.last_hash,
        head=_newest(heads) or reading.header.head,
        head_size=newest.size,
        slips=frozenset(record.slip for record in reading.records if record.slip is not None),
        cut=_cut(disk, first, reading, heads),
    )


@dataclass(frozen=True, slots=True)
class _Heads:
    notes: tuple[tuple[TreeHead, SignedNote], ...]
    good_bytes: int
    tail: bytes

    @property
    def heads(self) -> list[TreeHead]:
        return [head for head, _ in self.notes]


def _read(name: str, data: bytes) -> SegmentReading:
    try:
        reading = read_segment(data)
    except AuditFormError as error:
        raise AuditAlarmError(f"{name}: {error}") from error
    if segment_name(reading.header.first) != name:
        raise AuditAlarmError(f"{name} begins with record {reading.header.first}")
    return reading


def _opening_head(name: str, reading: SegmentReading, key: PublicKey) -> TreeHead:
    header = reading.header
    head = authentic_head(header.head, key)
    if head is None or (head.size, head.root) != (header.frontier.size, header.frontier.root):
        raise AuditAlarmError(f"{name}: the signed head in its header does not vouch for it")
    if header.origin != key.name:
        raise AuditAlarmError(f"{name} belongs to the log {header.origin}")
    return head


def _heads_of(disk: Disk, name: str, key: PublicKey) -> _Heads:
    data = disk.read(name)
    notes: list[tuple[TreeHead, SignedNote]] = []
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        try:
            note = read_heads_line(data[at:end])
        except AuditFormError as error:
            if b"\n" in data[end + 1 :]:
                raise AuditAlarmError(f"{name}: a signed head before the last is damaged") from error
            break
        head = authentic_head(note, key)
        if head is None:
            raise AuditAlarmError(f"{name}: a head that this log did not sign")
        notes.append((head, note))
        at = end + 1
    return _Heads(tuple(notes), at, data[at:])


def _newest(heads: _Heads) -> SignedNote | None:
    """The note of the largest head; of several copies the one with most witnesses."""
    best = max(heads.notes, key=lambda pair: (pair[0].size, len(pair[1].signatures)), default=None)
    return best[1] if best else None


def _checked(name: str, reading: SegmentReading, heads: list[TreeHead]) -> Frontier:
    """The frontier at the end, every signed head compared with the records on the way."""
    base = reading.header.frontier
    leaves = [record.hash for record in reading.records]
    for head in heads:
        if head.size > base.size + len(leaves):
            raise AuditAlarmError(f"{name}: signed are {head.size} records, there are {base.size + len(leaves)}")
        if head.size < base.size:
            raise AuditAlarmError(f"{name}: a head of {head.size} records stands beside a later segment")
    frontier, done = base, 0
    for head in sorted(heads, key=lambda head: head.size):
        frontier = frontier.extended(leaves[done : head.size - base.size])
        done = head.size - base.size
        if frontier.root != head.root:
            raise AuditAlarmError(f"{name}: the records up to {head.size} are not those that were signed")
    return frontier.extended(leaves[done:])


def _cut(disk: Disk, first: int, reading: SegmentReading, heads: _Heads) -> Cut | None:
    if heads.tail:
        disk.cut(heads_name(first), heads.good_bytes)
    if not reading.tail:
        return None
    disk.cut(segment_name(first), reading.good_bytes)
    return Cut(len(reading.tail), sha256(reading.tail).hexdigest())
