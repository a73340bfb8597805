"""Taking up the slips that other processes left: read, recorded durably, then removed."""

import contextlib
from collections.abc import Callable, Collection
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from certs.audit.inbox import read_slip, slip_id, waiting
from gateway.audit.entry import Entry, entry_of
from ror.audit.events import SlipRefused


class InboxReader:
    """Finds slips that are not recorded yet."""

    def __init__(self, inbox: Path, now: Callable[[], datetime]) -> None:
        self._inbox = inbox
        self._now = now

    def entries(self, recorded: Collection[str], *, most_bytes: int) -> list[Entry]:
        """The waiting slips as entries; those recorded before are removed. Raises ``OSError``."""
        entries: list[Entry] = []
        size = 0
        for path in waiting(self._inbox):
            if slip_id(path) in recorded:
                path.unlink(missing_ok=True)
                continue
            entry = self._entry(path)
            size += len(entry.event)
            if size > most_bytes:
                break
            entries.append(entry)
        return entries

    def remove(self, entries: list[Entry]) -> None:
        """Forget slips that are recorded now. One that cannot be removed is recognised by its id the next time."""
        for entry in entries:
            with contextlib.suppress(OSError):
                (self._inbox / f"{entry.slip}.slip").unlink(missing_ok=True)

    def _entry(self, path: Path) -> Entry:
        data, slip = read_slip(path)
        if slip is None:
            refused = entry_of(SlipRefused(digest=sha256(data).hexdigest()), self._now())
            return refused._replace(slip=slip_id(path))
        return Entry(slip.at, slip.kind, slip.event, slip.id)
