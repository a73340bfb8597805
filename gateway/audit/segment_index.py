"""What a segment's lines lead to: of each partner's question the record for its receipt, and every so often a root.

All of it is derived from the segment: collected line by line, kept as one small file beside it, read back as it is.
"""

import re
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, overload

from ror.audit.events import Kind
from ror.audit.merkle import BLOCK, HASH_BYTES, leaf_hash, perfect_root

_MAGIC = b"inter-ror-index/1\n"
_HEAD = struct.Struct(f">{len(_MAGIC)}s32sQQQII")
_MARK = struct.Struct(f">Q?{HASH_BYTES}s")
_KEY_BYTES = 8
_ROW = struct.Struct(f">{_KEY_BYTES}sI")
_SEARCH = b'"kind":"%s"' % Kind.SEARCH.value.encode()
_DECISION = b'"kind":"%s"' % Kind.DECISION.value.encode()
_KIND_WITHIN = 160
"""The kind of a record stands within so many bytes of its line's beginning."""
_PARTNER = re.compile(rb'"partner":"([^"\\]*)"')
_QUESTION = re.compile(rb'"question":"([^"\\]*)"')


class Mark(NamedTuple):
    """Where in the file a ``leaf``, counted from 0 in the whole log, begins; its block's root if that is whole."""

    leaf: int
    offset: int
    root: bytes | None


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """Of a segment with ``leaves`` records from leaf ``start`` on: its marks, and its questions as sorted rows."""

    start: int
    leaves: int
    end: int
    marks: tuple[Mark, ...]
    rows: bytes = field(repr=False)

    def offsets(self, key: bytes) -> Iterator[int]:
        """Where in the file the records under that key may begin."""
        count = len(self.rows) // _ROW.size
        row = bisect_left(range(count), key, key=lambda at: self.rows[at * _ROW.size : at * _ROW.size + _KEY_BYTES])
        while row < count:
            found, offset = _ROW.unpack_from(self.rows, row * _ROW.size)
            if found != key:
                return
            yield offset
            row += 1

    def encoded(self, head: bytes) -> bytes:
        """As a file; ``head`` is the segment's first line, by which the file is known to be about it."""
        marks = b"".join(_MARK.pack(one.offset, one.root is not None, one.root or b"") for one in self.marks)
        count = len(self.rows) // _ROW.size
        digest = sha256(head).digest()
        return (
            _HEAD.pack(_MAGIC, digest, self.start, self.leaves, self.end, len(self.marks), count) + marks + self.rows
        )

    @classmethod
    def decoded(cls, data: bytes, head: bytes, size: int) -> "SegmentIndex | None":
        """Read such a file; ``None`` where it is none, or about another segment than that one of ``size`` bytes."""
        if len(data) < _HEAD.size:
            return None
        magic, digest, start, leaves, end, marks, rows = _HEAD.unpack_from(data)
        begin = _HEAD.size + marks * _MARK.size
        if (magic, digest, end) != (_MAGIC, sha256(head).digest(), size) or len(data) != begin + rows * _ROW.size:
            return None
        found = []
        for number in range(marks):
            offset, whole, root = _MARK.unpack_from(data, _HEAD.size + number * _MARK.size)
            found.append(Mark(_index(start, number), offset, root if whole else None))
        return cls(start, leaves, end, tuple(found), data[begin:])

    @property
    def blocks(self) -> dict[tuple[int, int], bytes]:
        """The roots of whole blocks, as a tree takes them."""
        return {(one.leaf, one.leaf + BLOCK): one.root for one in self.marks if one.root is not None}


class Collector:
    """Collects a segment as it grows."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._next = start
        self._marks: list[Mark] = []
        self._block: list[bytes] = []
        self._rows: dict[bytes, tuple[bool, int]] = {}
        self._end = 0

    @property
    def end(self) -> int:
        """How many bytes of the segment are collected."""
        return self._end

    def skip(self, size: int) -> None:
        """Pass over the segment's first line."""
        self._end += size

    def take(self, data: bytes) -> None:
        """Take the whole lines that follow; what is after the last end of line is left."""
        at = 0
        while (end := data.find(b"\n", at)) >= 0:
            self._leaf(leaf_hash(data[at:end]))
            self._question(data, at, end)
            self._end += end + 1 - at
            at = end + 1

    def offset(self, key: bytes) -> int | None:
        """Where the record under that key begins."""
        found = self._rows.get(key)
        return found[1] if found is not None else None

    def index(self) -> SegmentIndex:
        """What is collected so far."""
        rows = b"".join(_ROW.pack(key, offset) for key, (_, offset) in sorted(self._rows.items()))
        return SegmentIndex(self._start, self._next - self._start, self._end, tuple(self._marks), rows)

    def without_rows(self) -> SegmentIndex:
        """The same for a proof only."""
        return SegmentIndex(self._start, self._next - self._start, self._end, tuple(self._marks), b"")

    def _leaf(self, leaf: bytes) -> None:
        if self._next == self._start or self._next % BLOCK == 0:
            self._marks.append(Mark(self._next, self._end, None))
            self._block = []
        self._block.append(leaf)
        self._next += 1
        if self._next % BLOCK == 0 and len(self._block) == BLOCK:
            self._marks[-1] = self._marks[-1]._replace(root=perfect_root(self._block))

    def _question(self, data: bytes, at: int, end: int) -> None:
        """Of a question the answered search counts, else its last decision."""
        kind_end = min(at + _KIND_WITHIN, end)
        is_search = data.find(_SEARCH, at, kind_end) >= 0
        if not is_search and data.find(_DECISION, at, kind_end) < 0:
            return
        partner, question = _PARTNER.search(data, at, end), _QUESTION.search(data, at, end)
        if partner is None or question is None:
            return
        key = key_of(partner[1], question[1])
        known = self._rows.get(key)
        if known is None or is_search or not known[0]:
            self._rows[key] = (is_search, self._end)


class LeavesOnDisk(Sequence[bytes]):
    """The leaf hashes of a segment, read from its file where they are asked for."""

    def __init__(self, path: Path, index: SegmentIndex) -> None:
        self._path = path
        self._index = index

    def __len__(self) -> int:
        return self._index.leaves

    @overload
    def __getitem__(self, at: int) -> bytes: ...

    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...

    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _ = at.indices(len(self))
        marks = self._index.marks
        mark = marks[bisect_right(marks, self._index.start + start, key=lambda one: one.leaf) - 1]
        following = bisect_left(marks, self._index.start + stop, key=lambda one: one.leaf)
        end = marks[following].offset if following < len(marks) else self._index.end
        with self._path.open("rb") as file:
            file.seek(mark.offset)
            lines = file.read(end - mark.offset).split(b"\n")[:-1]
        skipped = self._index.start + start - mark.leaf
        return [leaf_hash(line) for line in lines[skipped : skipped + stop - start]]


def key_of(partner: bytes, question: bytes) -> bytes:
    """What a partner's question is found by: both together, so that another partner's is like none at all."""
    return sha256(partner + b"\n" + question).digest()[:_KEY_BYTES]


def _index(start: int, number: int) -> int:
    """The leaf of a segment's mark: its first leaf, then every first of a block."""
    return start if number == 0 else (start // BLOCK + number) * BLOCK
