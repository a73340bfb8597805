"""Files that others replace while we read them: seen to have changed without reading, read whole or not at all."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from certs.private_files import sync_folder

LOOKS = 3
"""How often a file is looked at again that is not the same any more."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from another without reading it; a restored mtime still changes ``ctime``."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """The stamp of a file of that status."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def read_settled(path: Path, most_bytes: int) -> tuple[Stamp, bytes]:
    """The whole regular file, at most one byte more than ``most_bytes``, with the stamp of what was read.

    Raises ``OSError`` for one that keeps changing; one that was replaced meanwhile is simply read again. Opened
    without blocking: a pipe in its place must not stop the reader.
    """
    for _ in range(LOOKS):
        before, after, data = _read_once(path, most_bytes)
        if before == after:
            return after, data
    raise OSError(0, "it is being written")


def _read_once(path: Path, most_bytes: int) -> tuple[Stamp, Stamp, bytes]:
    """The file's stamps before and after it was read: a rename over it changes even the one that it had."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(0, "not a regular file")
        data = file.read(most_bytes + 1)
        return Stamp.of(before), Stamp.of(os.fstat(descriptor)), data


def is_still(path: Path, stamp: Stamp) -> bool:
    """Whether the file is the one of that stamp. What was read from another one may be out of date by now."""
    try:
        return Stamp.of(path.stat()) == stamp
    except OSError:
        return False


def make_durable(path: Path) -> None:
    """Have the file, as it lies there now, outlive a power cut: its bytes, and its name. Raises ``OSError``.

    Whoever has put it there may not have come so far yet; what is remembered of a file must not outlive the file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)
