"""Where the record of a partner's question lies, found without reading the log through.

Beside every closed segment stands a small sorted file: of each partner and question a hash, and the place of the
record that a receipt is for. The newest segment is kept in memory, read on as it grows. All of it is derived: a file
that is missing, damaged or of another segment is made again. Partner and question are hashed together, so that
another partner's question costs and looks the same as one that nobody asked.
"""

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import structlog

from certs.private_files import make_private_folder, write_private
from gateway.audit.recovery import SEGMENT_SUFFIX
from ror.audit.errors import AuditFormError
from ror.audit.events import Kind
from ror.audit.record import MAX_LINE_BYTES, Record, read_record

_log = structlog.get_logger(__name__)

FOLDER = "index"
_SUFFIX = ".questions"
_MAGIC = b"inter-ror-questions/1\n"
_SEGMENT = re.compile(rf"[0-9]{{12}}{re.escape(SEGMENT_SUFFIX)}", re.ASCII)
_KEY_BYTES = 8
_ROW = struct.Struct(f">{_KEY_BYTES}sI")
_HEAD = struct.Struct(f">{len(_MAGIC)}s32sQ")
_SEARCH = b'"kind":"%s"' % Kind.SEARCH.value.encode()
_DECISION = b'"kind":"%s"' % Kind.DECISION.value.encode()
_KIND_WITHIN = 160
"""The kind of a record stands within so many bytes of its line's beginning."""
_PARTNER = re.compile(rb'"partner":"([^"\\]*)"')
_QUESTION = re.compile(rb'"question":"([^"\\]*)"')


class IndexBehindError(Exception):
    """Some segments are not indexed yet; ``QuestionIndex.catch_up`` is at work."""


class Place(NamedTuple):
    """A record, and the name of the segment that holds it."""

    segment: str
    record: Record


class QuestionIndex:
    """Reads the folder of a log that another part of the process writes. Blocks; for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = folder / FOLDER
        self._growing = _Growing(folder, "")

    def find(self, partner: str, question: str) -> Place | None:
        """The record that a receipt of that partner's question is for. Raises ``IndexBehindError``, ``OSError``."""
        names = self._segments()
        if not names:
            return None
        self._follow(names[-1])
        key = key_of(partner.encode(), question.encode())
        for _ in range(2):
            at = self._growing.rows.get(key)
            if at is None:
                break
            record = _record_at(self._folder / names[-1], at[1], partner, question)
            if record is not None:
                return Place(names[-1], record)
            self._growing = _Growing(self._folder, names[-1])  # the end was cut and written anew
            self._growing.read_on()
        return self._find_closed(names[-2::-1], key, partner, question)

    def _find_closed(self, names: list[str], key: bytes, partner: str, question: str) -> Place | None:
        behind = False
        for name in names:
            rows = self._rows(name)
            if rows is None:
                behind = True
                continue
            for at in _matching(rows, key):
                record = _record_at(self._folder / name, at, partner, question)
                if record is not None:
                    return Place(name, record)
        if behind:
            raise IndexBehindError
        return None

    def catch_up(self) -> bool:
        """Index one closed segment that is not yet; whether there was one. Raises ``OSError``."""
        names = self._segments()
        self._forget_gone(names)
        for name in names[-2::-1]:
            if self._rows(name) is None:
                data = (self._folder / name).read_bytes()
                self._keep(name, data, _rows_of(data))
                return True
        return False

    def _follow(self, newest: str) -> None:
        if self._growing.name != newest:
            self._growing = _Growing(self._folder, newest)
        self._growing.read_on()

    def _segments(self) -> list[str]:
        return sorted(path.name for path in self._folder.iterdir() if _SEGMENT.fullmatch(path.name))

    def _rows(self, name: str) -> bytes | None:
        try:
            data = self._path(name).read_bytes()
            size = (self._folder / name).stat().st_size
            with (self._folder / name).open("rb") as file:
                head = file.readline(MAX_LINE_BYTES)
        except FileNotFoundError:
            return None
        if data[: _HEAD.size] != _HEAD.pack(_MAGIC, sha256(head).digest(), size):
            return None
        rows = data[_HEAD.size :]
        return rows if len(rows) % _ROW.size == 0 else None

    def _keep(self, name: str, data: bytes, rows: dict[bytes, tuple[bool, int]]) -> None:
        head = data[: data.find(b"\n") + 1]
        make_private_folder(self._places)
        body = b"".join(_ROW.pack(key, at) for key, (_, at) in sorted(rows.items()))
        write_private(self._path(name), _HEAD.pack(_MAGIC, sha256(head).digest(), len(data)) + body)

    def _forget_gone(self, names: list[str]) -> None:
        if not self._places.is_dir():
            return
        known = {self._path(name).name for name in names}
        for path in self._places.glob(f"*{_SUFFIX}"):
            if path.name not in known:
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._places / (name.removesuffix(SEGMENT_SUFFIX) + _SUFFIX)


class _Growing:
    """The newest segment, read on from where it was read last."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.rows: dict[bytes, tuple[bool, int]] = {}
        self._path = folder / name
        self._at = 0

    def read_on(self) -> None:
        with self._path.open("rb") as file:
            if self._path.stat().st_size < self._at:
                self.rows, self._at = {}, 0
            file.seek(self._at)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        _collect(data[:whole], self._at, self.rows)
        self._at += whole


def key_of(partner: bytes, question: bytes) -> bytes:
    """What a partner's question is found by."""
    return sha256(partner + b"\n" + question).digest()[:_KEY_BYTES]


def _rows_of(data: bytes) -> dict[bytes, tuple[bool, int]]:
    rows: dict[bytes, tuple[bool, int]] = {}
    _collect(data, 0, rows)
    return rows


def _collect(data: bytes, start: int, rows: dict[bytes, tuple[bool, int]]) -> None:
    """Add the records of whole lines: of a question the answered search counts, else its last decision."""
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        is_search = data.find(_SEARCH, at, min(at + _KIND_WITHIN, end)) >= 0
        if is_search or data.find(_DECISION, at, min(at + _KIND_WITHIN, end)) >= 0:
            partner, question = _PARTNER.search(data, at, end), _QUESTION.search(data, at, end)
            if partner is not None and question is not None:
                key = key_of(partner[1], question[1])
                known = rows.get(key)
                if known is None or is_search or not known[0]:
                    rows[key] = (is_search, start + at)
        at = end + 1


def _matching(rows: bytes, key: bytes) -> Iterator[int]:
    count = len(rows) // _ROW.size
    row = bisect_left(range(count), key, key=lambda at: rows[at * _ROW.size : at * _ROW.size + _KEY_BYTES])
    while row < count:
        found, at = _ROW.unpack_from(rows, row * _ROW.size)
        if found != key:
            return
        yield at
        row += 1


def _record_at(path: Path, at: int, partner: str, question: str) -> Record | None:
    """The record at that place, if it is of that partner's question."""
    with path.open("rb") as file:
        file.seek(at)
        line = file.readline(MAX_LINE_BYTES + 1)
    try:
        record = read_record(line.removesuffix(b"\n"))
    except AuditFormError:
        return None
    return record if (record.event.get("partner"), record.event.get("question")) == (partner, question) else None
