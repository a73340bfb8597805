"""The log on its disk: commits batches, signs heads, begins new segments. Synchronous; one thread calls it.

After an ``OSError`` what is in memory still tells what is durable. ``mend`` cuts the disk back to it; nothing is
written again before that has succeeded, since a failed write or sync leaves the file's end unknown.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic

from certs.audit.heads import sign_head
from certs.audit.keys import PrivateKey
from gateway.audit.bounds import AuditBounds
from gateway.audit.disk import Disk
from gateway.audit.entry import Entry, entry_of
from gateway.audit.recovery import SEGMENT_SUFFIX, Position, heads_name, recover, segment_name
from ror.audit.events import LogRecovered
from ror.audit.merkle import Frontier, leaf_hash
from ror.audit.note import SignedNote
from ror.audit.record import first_previous, record_line
from ror.audit.segment import SegmentHeader, heads_lines
from ror.audit.tree_head import TreeHead


class Journal:
    """A log that is open for writing."""

    def __init__(
        self,
        disk: Disk,
        key: PrivateKey,
        bounds: AuditBounds,
        now: Callable[[], datetime],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Open, or begin, the log; what had to be cut is its next record. Raises ``AuditAlarmError`` and
        ``OSError``.
        """
        self._disk = disk
        self._key = key
        self._bounds = bounds
        self._now = now
        self._clock = clock
        found = recover(disk, key.public)
        self.slips: set[str] = set(found.slips) if found else set()
        if found is None:
            frontier = Frontier()
            self._take(self._begin(frontier, first_previous(key.public.name), self._sign(frontier)))
        else:
            self._take(found)
            self._confirm()
        self._head_at = clock()
        if found is not None and found.cut is not None:
            cut = LogRecovered(cut_bytes=found.cut.size, digest=found.cut.digest)
            self.commit([entry_of(cut, now())])

    def _take(self, position: Position) -> None:
        self._first = position.first
        self._segment_bytes = position.segment_bytes
        self._heads_bytes = position.heads_bytes
        self._frontier = position.frontier
        self._previous = position.previous
        self._head = position.head
        self._head_size = position.head_size

    @property
    def size(self) -> int:
        """How many records are durable."""
        return self._frontier.size

    @property
    def head(self) -> SignedNote:
        """The newest signed head."""
        return self._head

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write a batch; durable when this returns. Raises ``OSError``: then none of it counts."""
        batch = seq = self._frontier.size + 1
        previous = self._previous
        lines, leaves = [], []
        for entry in entries:
            line = record_line(
                seq=seq,
                batch=batch,
                at=entry.at,
                kind=entry.kind,
                event=entry.event,
                previous=previous,
                slip=entry.slip,
            )
            previous = leaf_hash(line)
            leaves.append(previous)
            lines.append(line)
            seq += 1
        lines.append(b"")
        data = b"\n".join(lines)
        name = segment_name(self._first)
        self._disk.append(name, data)
        self._disk.sync(name)
        self._frontier = self._frontier.extended(leaves)
        self._previous = previous
        self._segment_bytes += len(data)
        self.slips.update(entry.slip for entry in entries if entry.slip is not None)

    def seconds_to_head(self) -> float | None:
        """How long until a head is due; ``None`` while every record is covered by one."""
        if self._head_size == self.size:
            return None
        return max(0.0, self._head_at + self._bounds.head_s - self._clock())

    def tend(self, *, may_begin: bool = True) -> bool:
        """Sign a head and begin a new segment where due; whether there is a new head. Raises ``OSError``.

        Without ``may_begin`` the segment goes on, however large it is.
        """
        due = self.seconds_to_head() == 0.0 or self.size - self._head_size >= self._bounds.head_records
        written = self._segment_bytes + self._heads_bytes
        full = written >= self._bounds.segment_bytes and self.size >= self._first and may_begin
        if due or full:
            self.sign_head()
        if full:
            self._take(self._begin(self._frontier, self._previous, self._head))
        return due or full

    def sign_head(self) -> None:
        """Sign a head over all durable records, unless the newest one covers them. Raises ``OSError``."""
        if self._head_size == self.size:
            return
        note = self._sign(self._frontier)
        self._keep(note)
        self._head, self._head_size, self._head_at = note, self.size, self._clock()

    def add_signatures(self, note: SignedNote) -> None:
        """Keep a head that witnesses co-signed, unless a newer segment has begun since. Raises ``OSError``."""
        if TreeHead.read(note.text).size < self._first - 1:
            return
        self._keep(note)
        if note.text == self._head.text:
            self._head = note

    def mend(self) -> None:
        """Bring the disk back to what is durable. Raises ``OSError`` as long as it cannot be."""
        for name in self._disk.names():
            if name.endswith(SEGMENT_SUFFIX) and name > segment_name(self._first):
                self._disk.remove(name)
        self._disk.cut(segment_name(self._first), self._segment_bytes)
        if self._heads_bytes:
            self._disk.cut(heads_name(self._first), self._heads_bytes)
        else:
            self._disk.remove(heads_name(self._first))

    def _confirm(self) -> None:
        """Sync what was found: a head over records that only memory held would be an alarm after a power cut."""
        self._disk.sync(segment_name(self._first))
        if self._heads_bytes:
            self._disk.sync(heads_name(self._first))

    def _keep(self, note: SignedNote) -> None:
        name, line = heads_name(self._first), heads_lines([note])
        if self._heads_bytes:
            self._disk.append(name, line)
            self._disk.sync(name)
        else:
            self._disk.create(name, line)
        self._heads_bytes += len(line)

    def _sign(self, frontier: Frontier) -> SignedNote:
        head = TreeHead(origin=self._key.public.name, size=frontier.size, root=frontier.root, at=self._now())
        return sign_head(head, self._key)

    def _begin(self, frontier: Frontier, previous: bytes, head: SignedNote) -> Position:
        first = frontier.size + 1
        header = SegmentHeader(
            origin=self._key.public.name, first=first, previous=previous, frontier=frontier, head=head
        )
        data = header.line + b"\n"
        self._disk.create(segment_name(first), data)
        return Position(
            first=first,
            segment_bytes=len(data),
            heads_bytes=0,
            frontier=frontier,
            previous=previous,
            head=head,
            head_size=frontier.size,
            slips=frozenset(),
            cut=None,
        )
