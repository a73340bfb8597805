"""An export: one zip that anybody can verify offline with ``ror audit verify``."""

import os
import secrets
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from certs.private_files import FILE_MODE
from gateway.audit.recovery import HEADS_SUFFIX, SEGMENT_SUFFIX
from gateway.audit.stored import PUBLIC_KEY_FILE, StoredLog
from gateway.audit.witness_keys import WITNESSES_FILE

_DATE = (1980, 1, 1, 0, 0, 0)


def export(log: StoredLog, target: Path, *, from_record: int = 1) -> int:
    """Write segments, heads and public key, from the segment that holds ``from_record``; how many segments.

    Raises ``UnreadableLogError`` and ``OSError``; the file is written whole or not at all, for its owner alone.
    """
    names = log.names()
    firsts = [int(name.removesuffix(SEGMENT_SUFFIX)) for name in names]
    kept = [name for at, name in enumerate(names) if at + 1 == len(names) or firsts[at + 1] > from_record]
    write_zip(log, kept, target)
    return len(kept)


def write_zip(log: StoredLog, kept: Sequence[str], target: Path, extra: Mapping[str, bytes] | None = None) -> None:
    """Write these segments with their heads, the public keys, and ``extra`` files. Raises as ``export``."""
    with _new_file(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (extra or {}).items():
            _put(archive, name, data)
        for keys in (PUBLIC_KEY_FILE, WITNESSES_FILE):
            if keys == PUBLIC_KEY_FILE or log.has(keys):
                _put(archive, keys, log.read(keys))
        for name in kept:
            heads = name.removesuffix(SEGMENT_SUFFIX) + HEADS_SUFFIX
            if log.has(heads):
                _put(archive, heads, log.read(heads))
        for segment in log.settled_segments(list(kept)):
            _put(archive, segment.name, segment.data)


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """A file to fill, which stands at ``target`` once it is filled; it may be larger than memory."""
    half = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with open(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
