"""A log as it lies on disk or in an export, for reading: segments, heads, the public key."""

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Protocol

from certs.audit.keys import PublicKey
from certs.errors import KeyMaterialError
from gateway.audit.errors import UnreadableLogError
from gateway.audit.recovery import HEADS_SUFFIX, SEGMENT_SUFFIX
from gateway.audit.witness_keys import WITNESSES_FILE, read_witnesses
from ror.audit.errors import AuditFormError
from ror.audit.note import SignedNote
from ror.audit.record import MAX_LINE_BYTES, Record, read_record
from ror.audit.segment import Segment, SegmentHeader, read_heads_line

PUBLIC_KEY_FILE = "key.pub"
MAX_FILE_BYTES = 256 * 2**20
_SEGMENT = re.compile(rf"[0-9]{{12}}{re.escape(SEGMENT_SUFFIX)}", re.ASCII)
_LOOKS, _LOOK_S = 5, 0.05


class _Files(Protocol):
    def names(self) -> list[str]: ...

    def read(self, name: str, most_bytes: int) -> bytes: ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        with os.scandir(self._path) as entries:
            return sorted(entry.name for entry in entries if entry.is_file())

    def read(self, name: str, most_bytes: int) -> bytes:
        with (self._path / name).open("rb") as file:
            return file.read(most_bytes)


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return sorted(self._archive.namelist())

    def read(self, name: str, most_bytes: int) -> bytes:
        with self._archive.open(name) as file:
            return file.read(most_bytes)


@dataclass(frozen=True, slots=True)
class StoredLog:
    """Reads lazily, one segment at a time. Every method raises ``UnreadableLogError`` where files cannot be read."""

    _files: _Files

    def names(self) -> list[str]:
        """The segments' names, oldest first."""
        return [name for name in self._names() if _SEGMENT.fullmatch(name)]

    def segments(self, names: list[str] | None = None) -> Iterator[Segment]:
        """All segments, or those of these names."""
        for name in self.names() if names is None else names:
            yield Segment(name, self.read(name))

    def notes(self) -> list[SignedNote]:
        """Every stored head, those in the segments' headers included; what cannot be read is left out."""
        notes = [note for name in self._names() if name.endswith(HEADS_SUFFIX) for note in _notes(self.read(name))]
        for name in self.names():
            header = read_header(self.read(name, MAX_LINE_BYTES + 1))
            if header is not None:
                notes.append(header.head)
        return notes

    def settled_segments(self, names: list[str] | None = None) -> Iterator[Segment]:
        """The same of a log that may just be written: a last line that is not whole yet is waited for, a moment."""
        for segment in self.segments(names):
            found = segment
            for _ in range(_LOOKS):
                if found.data.endswith(b"\n"):
                    break
                sleep(_LOOK_S)
                found = Segment(segment.name, self.read(segment.name))
            yield found

    def witnesses(self) -> tuple[PublicKey, ...]:
        """The witnesses' keys that lie beside the log: as good as whoever gave the files."""
        return read_witnesses(self.read(WITNESSES_FILE)) if self.has(WITNESSES_FILE) else ()

    def key(self) -> PublicKey:
        """The public key that lies beside the log: as good as whoever gave the files."""
        try:
            return PublicKey.read(self.read(PUBLIC_KEY_FILE).decode("ascii", "replace"))
        except KeyMaterialError as error:
            raise UnreadableLogError(f"{PUBLIC_KEY_FILE}: {error}") from error

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._names()

    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        """A file's bytes, or its beginning."""
        try:
            return self._files.read(name, most_bytes)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise UnreadableLogError(f"{name} cannot be read: {error}") from error

    def _names(self) -> list[str]:
        try:
            return self._files.names()
        except OSError as error:
            raise UnreadableLogError(f"the log cannot be read: {error}") from error


@contextmanager
def stored_log(path: Path) -> Iterator[StoredLog]:
    """The log in a folder, or in an export (zip). Raises ``UnreadableLogError``."""
    if path.is_dir():
        yield StoredLog(_Folder(path))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableLogError(f"{path} is neither a log's folder nor an export: {error}") from error
    with archive:
        yield StoredLog(_Archive(archive))


def joined_segments(logs: Sequence[StoredLog]) -> Iterator[Segment]:
    """The segments of a log and its archives in order, one in memory at a time.

    A segment that several of them hold comes once; where they hold it differently, each of them comes.
    """
    holders: dict[str, list[StoredLog]] = {}
    for log in logs:
        for name in log.names():
            holders.setdefault(name, []).append(log)
    for name in sorted(holders):
        seen: list[bytes] = []
        for log in holders[name]:
            for segment in log.settled_segments([name]):
                if segment.data not in seen:
                    seen.append(segment.data)
                    yield segment


def read_header(data: bytes) -> SegmentHeader | None:
    """A segment's header, ``None`` where it cannot be read."""
    try:
        return SegmentHeader.read(data[: max(data.find(b"\n"), 0)])
    except AuditFormError:
        return None


def record_lines(data: bytes) -> list[bytes]:
    """The whole lines of a segment that should be records."""
    return data.split(b"\n")[1:-1]


def records(segment: Segment, marks: Sequence[bytes] = ()) -> Iterator[Record | None]:
    """The records of a segment in order, those only whose lines hold all ``marks``; ``None`` for a line that is no
    record.
    """
    for line in record_lines(segment.data):
        if marks and not all(mark in line for mark in marks):
            continue
        try:
            yield read_record(line)
        except AuditFormError:
            yield None


def _notes(data: bytes) -> Iterator[SignedNote]:
    for line in data.split(b"\n")[:-1]:
        try:
            yield read_heads_line(line)
        except AuditFormError:
            continue
