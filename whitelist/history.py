"""Publishing a version, and keeping every version ever published.

The list in force is replaced by a rename and nothing else, so that a crash at any instant leaves the old one or the
new one. The copy in the history comes after it; one that a crash or a full disk prevented is made up for by the next
publication, and does not undo this one.
"""

from pathlib import Path

import structlog

from certs.private_files import UnconfirmedError, make_private_folder, sync_folder, write_private
from whitelist.errors import MissingFileError, StorageError
from whitelist.files import WhitelistFiles, read_whole
from whitelist.jws import MAX_FILE_BYTES

_log = structlog.get_logger(__name__)


def publish(files: WhitelistFiles, version: int, data: bytes, *, before: tuple[int, bytes] | None) -> None:
    """Put ``data``, a signed list, in force as ``version``; ``before`` is the version in force until now.

    Call it under ``exclusive``. Raises ``StorageError``; a version once kept is never overwritten.
    """
    try:
        make_private_folder(files.history)
        if before is not None:
            _keep(files.version(before[0]), before[1])
        kept = files.version(version)
        if kept.exists() and kept.read_bytes() != data:
            raise StorageError(f"version {version} was published before, with other content")
        write_private(files.published, data)
    except UnconfirmedError as error:
        raise StorageError(
            f"version {version} is in force, and may not outlive a power cut: {error.strerror}"
        ) from error
    except OSError as error:
        raise StorageError(f"version {version} cannot be published: {error.strerror or error}") from error
    try:
        _keep(kept, data)
    except OSError as error:
        _log.error("whitelist.version_not_kept", version=version, cause=error.strerror or type(error).__name__)


def versions(files: WhitelistFiles) -> tuple[int, ...]:
    """The numbers of all versions kept, rising."""
    if not files.history.is_dir():
        return ()
    return tuple(sorted(int(path.stem) for path in files.history.glob("*.jws") if _is_number(path.stem)))


def read_version(files: WhitelistFiles, number: int) -> bytes:
    """A version once published, still signed. Raises ``MissingFileError`` where it is not kept."""
    if number not in versions(files):
        raise MissingFileError(f"version {number} is not in the history")
    return read_whole(files.version(number), MAX_FILE_BYTES)


def _keep(path: Path, data: bytes) -> None:
    if path.exists():
        sync_folder(path.parent)
    else:
        write_private(path, data)


def _is_number(stem: str) -> bool:
    return stem.isascii() and stem.isdigit() and len(stem) <= 10 and stem == str(int(stem))
