"""One record of the log: a line of canonical JSON that names the hash of the line before it.

``seq`` counts from 1. ``batch`` is the first record of those that reached the disk together: once a record says
that a later batch has begun, everything before that batch was safely written, so that a missing piece there is no
accident. ``previous`` is the leaf hash (``ror.audit.merkle``) of the line before, without its newline; for record 1
it is the hash of the log's own name. ``slip`` names the note by which another process handed in the event.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ror.audit.canonical import decoded, encoded
from ror.audit.errors import AuditFormError
from ror.audit.merkle import leaf_hash
from ror.audit.moments import moment_text, read_moment

MAX_LINE_BYTES = 65_536
MAX_SEQUENCE = 2**53
_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*", re.ASCII)
_SLIP = re.compile(r"[0-9a-f]{32}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEYS = ["seq", "batch", "at", "kind", "event", "previous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as read; ``hash`` is the leaf hash of its line."""

    seq: int
    batch: int
    at: datetime
    kind: str
    event: dict[str, object]
    previous: bytes
    slip: str | None
    hash: bytes


def first_previous(origin: str) -> bytes:
    """What record 1 of the log of that name has as ``previous``."""
    return sha256(b"inter-ror audit log\n" + origin.encode()).digest()


def record_line(
    *, seq: int, batch: int, at: datetime, kind: str, event: bytes, previous: bytes, slip: str | None = None
) -> bytes:
    """The line of a record, without newline; ``event`` is already canonical JSON."""
    slip_part = b"" if slip is None else b',"slip":"%s"' % slip.encode("ascii")
    return b'{"seq":%d,"batch":%d,"at":"%s","kind":"%s","event":%s,"previous":"%s"%s}' % (
        seq,
        batch,
        moment_text(at).encode("ascii"),
        kind.encode("ascii"),
        event,
        previous.hex().encode("ascii"),
        slip_part,
    )


def read_record(line: bytes) -> Record:
    """Read a line (without newline). Raises ``AuditFormError`` for anything but the one spelling of a record."""
    if len(line) > MAX_LINE_BYTES:
        raise AuditFormError(f"a record is longer than {MAX_LINE_BYTES} bytes")
    found = decoded(line)
    if not isinstance(found, dict) or list(found) not in (_KEYS, [*_KEYS, "slip"]):
        raise AuditFormError("not a record")
    seq, batch = _number(found["seq"]), _number(found["batch"])
    if batch > seq:
        raise AuditFormError("a record before its own batch")
    kind, event, slip = found["kind"], found["event"], found.get("slip")
    if not isinstance(event, dict) or not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise AuditFormError("a record without kind or event")
    if "slip" in found and not (isinstance(slip, str) and _SLIP.fullmatch(slip)):
        raise AuditFormError("a record with an unreadable slip")
    at, previous = read_moment(found["at"]), read_hash(found["previous"])
    again = record_line(seq=seq, batch=batch, at=at, kind=kind, event=encoded(event), previous=previous, slip=slip)
    if again != line:
        raise AuditFormError("a record that is not in its one spelling")
    return Record(
        seq=seq, batch=batch, at=at, kind=kind, event=event, previous=previous, slip=slip, hash=leaf_hash(line)
    )


def loosely_placed(line: bytes) -> tuple[int, int] | None:
    """``seq`` and ``batch`` that a line claims, whatever else is wrong with it; ``None`` where it claims neither."""
    try:
        found = decoded(line)
        return (_number(found["seq"]), _number(found["batch"])) if isinstance(found, dict) else None
    except (AuditFormError, KeyError):
        return None


def read_hash(text: object) -> bytes:
    """A digest in lower-case hexadecimal. Raises ``AuditFormError``."""
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise AuditFormError("not a SHA-256 digest in hexadecimal")
    return bytes.fromhex(text)


def _number(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MAX_SEQUENCE:
        raise AuditFormError("not a record's number")
    return value
