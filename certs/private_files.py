"""Files that only their owner may read, written whole or not at all.

What is written here is there after a power cut: a file's bytes are synced before it gets its name, the folder that
holds the name after that, and so is every folder that was made on the way. A sync that failed is never repeated in
the hope that it holds: the system has forgotten by then what it could not write.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
LOCK_WAIT_S = 60.0
_LOCK_LOOK_S = 0.01


class UnconfirmedError(OSError):
    """The new file is in its place, and the disk does not confirm it: a power cut may bring the old one back."""


def make_private_folder(path: Path) -> None:
    """Create the folder and what is missing above it, 0700. A folder that exists keeps its mode.

    The one that was there is synced too: whoever made it may have been killed before that.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    there = missing[-1].parent if missing else path
    with contextlib.suppress(PermissionError):
        sync_folder(there.parent)
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_folder(folder.parent)


def write_private(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, 0600: after a crash at any instant the file is the old one or the new one.

    Raises ``OSError``; the half-written copy is removed. ``UnconfirmedError``: the new one is there all the same.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            write_whole(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    try:
        sync_folder(path.parent)
    except OSError as error:
        raise UnconfirmedError(error.errno, f"written, but not confirmed by the disk ({error.strerror})") from error


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, however little of it the system takes at a time. Raises ``OSError``."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable: what was created, renamed or removed there. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(path: Path, within_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Hold the lock file ``path`` alone while inside; others wait, at most ``within_s``. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        _lock(descriptor, time.monotonic() + within_s)
        yield
    finally:
        os.close(descriptor)


def is_private(path: Path) -> bool:
    """Whether neither group nor others have any right on the file or folder."""
    return path.stat().st_mode & 0o077 == 0


def _lock(descriptor: int, until_s: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until_s:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds its lock, and does not let go") from error
            time.sleep(_LOCK_LOOK_S)
        else:
            return
