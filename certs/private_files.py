"""Files that only their owner may read, written whole or not at all."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_private_folder(path: Path) -> None:
    """Create the folder and what is missing above it, 0700. A folder that exists keeps its mode."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, 0600: after a crash at any instant the file is the old one or the new one.

    Raises ``OSError``; the half-written copy is removed.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` alone while inside; others wait. Raises ``OSError``."""
    with path.open("ab") as file:
        path.chmod(FILE_MODE)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_private(path: Path) -> bool:
    """Whether neither group nor others have any right on the file or folder."""
    return path.stat().st_mode & 0o077 == 0


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
