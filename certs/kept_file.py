"""A small file in which what was accepted is kept, so that nothing older comes back: several processes share it.

It is changed under a lock and replaced whole, and read without one. Where a change cannot be written, the file says
less than some running process has accepted; whoever started from it would take back what is older. ``doubt`` then
renames it, which a full disk allows too, and ``read`` refuses to tell until somebody who knows more has written it.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from certs.private_files import exclusive, make_private_folder, sync_folder, write_private

LOCK_S = 0.5
"""Whoever holds the lock writes one small file. A reader that waits longer for it would be late with revocations."""
MAX_BYTES = 16 * 2**20
_LOOKS = 3


class DoubtedError(OSError):
    """More was accepted than the file could be made to say."""


class KeptFile:
    """One file, and its name while it is doubted."""

    def __init__(self, path: Path, lock_s: float = LOCK_S) -> None:
        self.path = path
        self.doubted = path.with_name(f"{path.stem}.doubted{path.suffix}")
        self._lock_s = lock_s

    def read(self, *, doubted: bool = False) -> bytes | None:
        """What it holds, ``None`` where nothing was kept yet. Raises ``DoubtedError`` or another ``OSError``.

        With ``doubted`` that is no error: for whoever can do with less than all that was accepted.
        """
        # Two looks in turn could miss a file that is written between them, and take it for one that never was.
        for _ in range(_LOOKS):
            data = _bytes_of(self.path)
            if data is not None:
                return data
            data = _bytes_of(self.doubted)
            if data is not None and doubted:
                return data
            if data is not None:
                raise DoubtedError(
                    errno.ESTALE, f"more was accepted than could be written; what was is in {self.doubted.name}"
                )
        return None

    def change(self, change: Callable[[bytes | None], bytes]) -> None:
        """Replace what it holds, doubted or not, by what ``change`` makes of it. Raises ``OSError``."""
        make_private_folder(self.path.parent)
        with exclusive(self.path.with_name(f".{self.path.name}.lock"), self._lock_s):
            before = _bytes_of(self.path)
            fresh = change(before if before is not None else _bytes_of(self.doubted))
            if fresh != before:
                write_private(self.path, fresh)
            self.doubted.unlink(missing_ok=True)

    def doubt(self) -> bool:
        """Have nobody start from it; whether that is certain. Never raises."""
        try:
            os.replace(self.path, self.doubted)
            sync_folder(self.path.parent)
        except FileNotFoundError:
            return self.doubted.exists()
        except OSError:
            return False
        return True


def _bytes_of(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except FileNotFoundError:
        return None
