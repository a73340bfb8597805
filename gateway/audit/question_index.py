"""Where the record of a partner's question lies, found without reading the log through.

Beside every closed segment stands a small file (``gateway.audit.segment_index``). The newest segment is kept in
memory, read on as it grows. A file that is missing, damaged or of another segment is made again.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from certs.private_files import make_private_folder, write_private
from gateway.audit.recovery import SEGMENT_SUFFIX
from gateway.audit.segment_index import Collector, SegmentIndex, key_of
from ror.audit.errors import AuditFormError
from ror.audit.record import MAX_LINE_BYTES, Record, read_record

FOLDER = "index"
SUFFIX = ".index"
MOST_CACHED_BYTES = 64 * 2**20
_SEGMENT = re.compile(rf"[0-9]{{12}}{re.escape(SEGMENT_SUFFIX)}", re.ASCII)


class IndexBehindError(Exception):
    """Some segments are not indexed yet; ``QuestionIndex.catch_up`` is at work."""


class Place(NamedTuple):
    """A record, its line, the file and index of the segment that holds it."""

    record: Record
    line: bytes
    path: Path
    within: SegmentIndex


class QuestionIndex:
    """Reads the folder of a log that another part of the process writes. Blocks; for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = folder / FOLDER
        self._growing: _Growing | None = None
        self._cached: dict[str, SegmentIndex] = {}

    def find(self, partner: str, question: str) -> Place | None:
        """The record that a receipt of that partner's question is for. Raises ``IndexBehindError``, ``OSError``."""
        names = self._segments()
        if not names:
            return None
        key = key_of(partner.encode(), question.encode())
        path = self._folder / names[-1]
        for _ in range(2):
            growing = self._follow(path)
            offset = growing.collector.offset(key)
            if offset is None:
                break
            found = _record_at(path, offset, partner, question)
            if found is not None:
                return Place(*found, path, growing.collector.without_rows())
            self._growing = None  # the end was cut and written anew
        return self._find_closed(names[-2::-1], key, partner, question)

    def catch_up(self) -> bool:
        """Index one closed segment that is not yet; whether there was one. Raises ``OSError``."""
        names = self._segments()
        self._forget_gone(names)
        for name in names[-2::-1]:
            if self._index(name) is None:
                data = (self._folder / name).read_bytes()
                make_private_folder(self._places)
                write_private(self._path(name), collected(name, data).index().encoded(data[: data.find(b"\n") + 1]))
                return True
        return False

    def _find_closed(self, names: list[str], key: bytes, partner: str, question: str) -> Place | None:
        behind = False
        for name in names:
            index = self._index(name)
            if index is None:
                behind = True
                continue
            for offset in index.offsets(key):
                found = _record_at(self._folder / name, offset, partner, question)
                if found is not None:
                    return Place(*found, self._folder / name, index)
        if behind:
            raise IndexBehindError
        return None

    def _follow(self, path: Path) -> "_Growing":
        if self._growing is None or self._growing.path != path or not self._growing.read_on():
            self._growing = _Growing(path)
            self._growing.read_on()
        return self._growing

    def _segments(self) -> list[str]:
        return sorted(name for name in os.listdir(self._folder) if _SEGMENT.fullmatch(name))

    def _index(self, name: str) -> SegmentIndex | None:
        if name in self._cached:
            return self._cached[name]
        try:
            data = self._path(name).read_bytes()
            with (self._folder / name).open("rb") as file:
                head = file.readline(MAX_LINE_BYTES + 1)
            index = SegmentIndex.decoded(data, head, (self._folder / name).stat().st_size)
        except FileNotFoundError:
            return None
        if index is not None and sum(len(one.rows) for one in self._cached.values()) < MOST_CACHED_BYTES:
            self._cached[name] = index
        return index

    def _forget_gone(self, names: list[str]) -> None:
        self._cached = {name: index for name, index in self._cached.items() if name in names}
        if not self._places.is_dir():
            return
        known = {self._path(name).name for name in names}
        for path in self._places.glob(f"*{SUFFIX}"):
            if path.name not in known:
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._places / (name.removesuffix(SEGMENT_SUFFIX) + SUFFIX)


class _Growing:
    """The newest segment, read on from where it was read last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.collector = _begun(path.name)

    def read_on(self) -> bool:
        """Take what was written since; ``False`` where the file is shorter than what was read."""
        with self.path.open("rb") as file:
            if self.path.stat().st_size < self.collector.end:
                return False
            if self.collector.end == 0:
                self.collector.skip(len(file.readline(MAX_LINE_BYTES + 1)))
            file.seek(self.collector.end)
            self.collector.take(file.read())
        return True


def collected(name: str, data: bytes) -> Collector:
    """A whole segment of that name, collected."""
    collector = _begun(name)
    collector.skip(data.find(b"\n") + 1)
    collector.take(data[collector.end :])
    return collector


def _begun(name: str) -> Collector:
    return Collector(int(name.removesuffix(SEGMENT_SUFFIX)) - 1)


def _record_at(path: Path, offset: int, partner: str, question: str) -> tuple[Record, bytes] | None:
    """The record at that place and its line, if it is of that partner's question."""
    with path.open("rb") as file:
        file.seek(offset)
        line = file.readline(MAX_LINE_BYTES + 1).removesuffix(b"\n")
    try:
        record = read_record(line)
    except AuditFormError:
        return None
    mine = (record.event.get("partner"), record.event.get("question")) == (partner, question)
    return (record, line) if mine else None
