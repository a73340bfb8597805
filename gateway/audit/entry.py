"""An event ready to be written."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ror.audit.events import Event, event_bytes

_FRAME_BYTES = 512
"""More than what a record's line adds to its event."""


class Entry(NamedTuple):
    """An event on its way into the log; ``event`` is canonical JSON."""

    at: datetime
    kind: str
    event: bytes
    slip: str | None = None


def entry_of(event: Event, at: datetime) -> Entry:
    """Encode an event. Raises ``AuditFormError`` for what no record may hold."""
    return Entry(at, event.kind.value, event_bytes(event))


def parts(entries: Sequence[Entry], most_bytes: int) -> Iterator[Sequence[Entry]]:
    """The entries in runs of at most ``most_bytes``, so that no write is larger than what may tear."""
    start = size = 0
    for at, entry in enumerate(entries):
        size += len(entry.event) + _FRAME_BYTES
        if size > most_bytes and at > start:
            yield entries[start:at]
            start, size = at, len(entry.event) + _FRAME_BYTES
    if start < len(entries):
        yield entries[start:]
