"""Taking up the slips that other processes left: read, recorded durably, then removed.

A slip that comes back after it was recorded is recognised by its id, as long as its record is in the newest segment.
So no new segment begins before all that were recorded are sure to be gone (``is_settled``).
"""

from collections.abc import Callable, Collection
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import structlog

from certs.audit.inbox import MOST_SLIPS, read_slip, slip_id, waiting
from certs.private_files import sync_folder
from gateway.audit.entry import Entry, entry_of
from ror.audit.events import SlipRefused

_log = structlog.get_logger(__name__)


class InboxReader:
    """Finds slips that are not recorded yet."""

    def __init__(self, inbox: Path, now: Callable[[], datetime]) -> None:
        self._inbox = inbox
        self._now = now
        self._is_settled = False

    @property
    def is_settled(self) -> bool:
        """Whether no recorded slip can come back, not even after a power cut."""
        return self._is_settled

    def entries(self, recorded: Collection[str], *, most_bytes: int) -> list[Entry]:
        """The waiting slips as entries; those recorded before are removed. Raises ``OSError``."""
        found = waiting(self._inbox)
        self._remove([path for path in found if slip_id(path) in recorded], all_seen=len(found) < MOST_SLIPS)
        entries: list[Entry] = []
        size = 0
        for path in found:
            if slip_id(path) in recorded:
                continue
            entry = self._entry(path)
            size += len(entry.event)
            if size > most_bytes:
                break
            entries.append(entry)
        return entries

    def remove(self, entries: list[Entry]) -> None:
        """Forget slips that are recorded now. One that cannot be removed is recognised by its id the next time."""
        self._remove([self._inbox / f"{entry.slip}.slip" for entry in entries], all_seen=self._is_settled)

    def _remove(self, recorded: list[Path], *, all_seen: bool) -> None:
        try:
            for path in recorded:
                path.unlink(missing_ok=True)
            if recorded or not self._is_settled:
                sync_folder(self._inbox)
        except FileNotFoundError:
            self._is_settled = True  # there is no inbox yet
        except OSError as error:
            if self._is_settled:
                _log.error("audit.slips_stay", cause=error.strerror or type(error).__name__)
            self._is_settled = False
        else:
            self._is_settled = all_seen

    def _entry(self, path: Path) -> Entry:
        data, slip = read_slip(path)
        if slip is None:
            refused = entry_of(SlipRefused(digest=sha256(data).hexdigest()), self._now())
            return refused._replace(slip=slip_id(path))
        return Entry(slip.at, slip.kind, slip.event, slip.id)
