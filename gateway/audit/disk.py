"""The few things the log asks of a disk, so that tests may put a failing or a forgetful one in its place."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

from certs.private_files import FILE_MODE, make_private_folder, sync_folder, write_private
from gateway.audit.errors import AuditBusyError

_LOCK = ".lock"


class Disk(Protocol):
    """Files of one folder by name. Every method raises ``OSError``."""

    def names(self) -> list[str]:
        """The names of all files, sorted; half-written copies left out."""

    def read(self, name: str) -> bytes:
        """A file's bytes."""

    def create(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all; durable when this returns. Replaces one of that name."""

    def append(self, name: str, data: bytes) -> None:
        """Add to a file's end. Before ``sync`` a crash may keep any part of it."""

    def sync(self, name: str) -> None:
        """Make what was appended durable."""

    def cut(self, name: str, size: int) -> None:
        """Cut a file to ``size`` bytes; durable when this returns."""

    def remove(self, name: str) -> None:
        """Remove a file; durable when this returns."""


class FolderDisk:
    """A real folder, 0700, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Take the folder. Raises ``AuditBusyError`` where another process has it, and ``OSError``."""
        make_private_folder(folder)
        self._folder = folder
        self._open: dict[str, int] = {}
        self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise AuditBusyError(f"another process writes the audit log in {folder}") from error
        try:
            # Whoever was killed here may have left names that are not sure to stay; all that follows relies on them.
            self._sweep()
            sync_folder(folder)
        except BaseException:
            os.close(self._lock)
            raise

    def names(self) -> list[str]:
        """The names of all files, sorted."""
        return sorted(entry.name for entry in os.scandir(self._folder) if entry.is_file() and entry.name[0] != ".")

    def read(self, name: str) -> bytes:
        """A file's bytes."""
        return (self._folder / name).read_bytes()

    def create(self, name: str, data: bytes) -> None:
        """Write beside, then rename."""
        self._forget(name)
        write_private(self._folder / name, data)

    def append(self, name: str, data: bytes) -> None:
        """Add to a file that exists."""
        descriptor, view = self._descriptor(name), memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync(self, name: str) -> None:
        """``fdatasync``: the bytes and the size."""
        os.fdatasync(self._descriptor(name))

    def cut(self, name: str, size: int) -> None:
        """Cut the file."""
        os.ftruncate(self._descriptor(name), size)
        os.fsync(self._descriptor(name))

    def remove(self, name: str) -> None:
        """Remove the file and make the folder remember it."""
        self._forget(name)
        (self._folder / name).unlink(missing_ok=True)
        sync_folder(self._folder)

    def close(self) -> None:
        """Give the folder back."""
        for name in list(self._open):
            self._forget(name)
        os.close(self._lock)

    def _descriptor(self, name: str) -> int:
        found = self._open.get(name)
        if found is None:
            found = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
            self._open[name] = found
        return found

    def _forget(self, name: str) -> None:
        descriptor = self._open.pop(name, None)
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _sweep(self) -> None:
        for path in self._folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)
