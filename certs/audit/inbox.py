"""How a process that does not write the log hands in an event: a slip in the inbox, durable before it acts on it.

The log's writer takes slips up and removes them. A slip is named by a random id that its record repeats, so that
one taken up twice around a crash is recognised.
"""

import contextlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from certs.home import Home
from certs.private_files import UnconfirmedError, make_private_folder, write_private
from ror.audit.canonical import decoded, encoded
from ror.audit.errors import AuditFormError
from ror.audit.events import MAX_EVENT_BYTES, Event, check_vocabulary, event_bytes
from ror.audit.moments import moment_text, read_moment

_NAME = re.compile(r"([0-9a-f]{32})\.slip", re.ASCII)
MOST_SLIPS = 256


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """Where the audit log of a state folder lies."""

    home: Home

    @property
    def folder(self) -> Path:
        """Segments, heads and keys."""
        return self.home.root / "audit"

    @property
    def inbox(self) -> Path:
        """Slips that wait for the writer."""
        return self.folder / "inbox"


@dataclass(frozen=True, slots=True)
class Slip:
    """An event handed in: its id, when, and the canonical bytes of its fields."""

    id: str
    at: datetime
    kind: str
    event: bytes


def hand_in(files: AuditFiles, event: Event, at: datetime) -> str:
    """Leave a slip; when this returns it is on disk, and gives its id. Raises ``OSError``: then do not do it."""
    data = encoded({"at": moment_text(at), "kind": event.kind.value, "event": decoded(event_bytes(event))})
    make_private_folder(files.inbox)
    name = secrets.token_hex(16)
    slip = files.inbox / f"{name}.slip"
    try:
        write_private(slip, data)
    except UnconfirmedError:
        # The deed will not be done, so that nothing should tell of it.
        with contextlib.suppress(OSError):
            slip.unlink()
        raise
    return name


def waiting(inbox: Path) -> list[Path]:
    """The slips that wait, at most some hundreds at once; none where there is no inbox. Raises ``OSError``."""
    try:
        names = sorted(path for path in inbox.iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []
    return names[:MOST_SLIPS]


def slip_id(path: Path) -> str:
    """The id in a slip's file name."""
    return path.name.removesuffix(".slip")


def read_slip(path: Path) -> tuple[bytes, Slip | None]:
    """A slip's bytes, and the slip if it can be read and says something of the vocabulary. Raises ``OSError``."""
    with path.open("rb") as file:
        data = file.read(2 * MAX_EVENT_BYTES)
    try:
        found = decoded(data)
        if not isinstance(found, dict) or set(found) != {"at", "kind", "event"}:
            return data, None
        kind, event = found["kind"], found["event"]
        if not isinstance(kind, str) or not isinstance(event, dict):
            return data, None
        check_vocabulary(kind, event)
        fields = encoded(event)
        if len(fields) > MAX_EVENT_BYTES:
            return data, None
        return data, Slip(slip_id(path), read_moment(found["at"]), kind, fields)
    except AuditFormError:
        return data, None
