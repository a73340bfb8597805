"""The folder of stops: one small signed file each, named by its hash, never changed once there.

Two officers never write the same file, so that a stop needs no lock and waits for nobody, a publication least of all.
The canary's stop lies beside them under a name of its own and is replaced each time.
"""

import hashlib
import os
import re
from pathlib import Path

from certs.private_files import make_private_folder, write_private
from whitelist.errors import MissingFileError, StorageError
from whitelist.files import CANARY_FILE, read_whole
from whitelist.stops import MAX_STOP_BYTES

MAX_FILES = 10_000
_NAME = re.compile(r"([0-9a-f]{64})\.jws", re.ASCII)


def keep_stop(folder: Path, data: bytes) -> Path:
    """Put a signed stop into the folder; raises ``StorageError``. The same stop twice is one."""
    path = folder / f"{hashlib.sha256(data).hexdigest()}.jws"
    try:
        make_private_folder(folder)
        write_private(path, data)
    except OSError as error:
        raise StorageError(f"the stop cannot be kept in {folder}: {error.strerror or error}") from error
    return path


def keep_canary_stop(folder: Path, data: bytes) -> None:
    """Put the canary's signed stop in the place of the one before; raises ``StorageError``."""
    try:
        make_private_folder(folder)
        write_private(folder / CANARY_FILE, data)
    except OSError as error:
        raise StorageError(f"the stop cannot be kept in {folder}: {error.strerror or error}") from error


def read_canary_stop(folder: Path) -> bytes | None:
    """The canary's signed stop; ``None`` where there is none that can be read."""
    try:
        path = folder / CANARY_FILE
        return read_whole(path, MAX_STOP_BYTES) if path.is_file() else None
    except (MissingFileError, StorageError, OSError):
        return None


def names(folder: Path) -> tuple[str, ...]:
    """The names of the stops there, of the ``MAX_FILES`` newest; other files are passed over. Raises ``OSError``.

    It is cheap enough to be asked at every look: no stamp of a folder tells two changes within one tick apart.
    """
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if _NAME.fullmatch(entry.name)]
            if len(found) > MAX_FILES:
                found.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns, reverse=True)
    except FileNotFoundError:
        return ()
    return tuple(entry.name for entry in found[:MAX_FILES])


def read_stop_file(folder: Path, name: str) -> bytes | None:
    """One signed stop; ``None`` for a file that is not what its name says, is gone, or cannot be read."""
    try:
        path = folder / name
        if not path.is_file():
            return None
        data = read_whole(path, MAX_STOP_BYTES)
    except (MissingFileError, StorageError, OSError):
        return None
    return data if f"{hashlib.sha256(data).hexdigest()}.jws" == name else None
