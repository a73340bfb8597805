"""Archives: whole closed segments moved out of the log into a file that verifies by itself.

What was moved is told by a signed record of the log before anything is removed. A crash in between leaves segments
in both places, which is harmless; running the command again finishes.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from certs.audit.keys import PublicKey
from certs.audit.verifying import verify
from certs.private_files import make_private_folder, sync_folder
from gateway.audit.errors import UnreadableLogError
from gateway.audit.exporting import write_zip
from gateway.audit.recovery import HEADS_SUFFIX, SEGMENT_SUFFIX
from gateway.audit.searching import Wanted, matching
from gateway.audit.stored import StoredLog, records, stored_log
from ror.audit.events import Kind
from ror.audit.record import Record

ARCHIVES = "archive"
MANIFEST = "archive.json"
LEAST_ONLINE = timedelta(days=30)
"""So long partners may fetch receipts themselves, and nodes that were away may catch up."""
_TYPE = "inter-ror-audit-archive/1"
_QUESTIONS = frozenset({Kind.SEARCH.value, Kind.DECISION.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive: its file with its SHA-256, the records in it, when the newest was made, how many questions."""

    path: Path
    digest: str
    first: int
    last: int
    newest: datetime
    questions: int


def archivable(log: StoredLog, before: datetime) -> list[str]:
    """The closed segments, from the oldest on, whose records were all made before that moment."""
    found = []
    for name in log.names()[:-1]:
        last = _last_record(log, name)
        if last is None or last.at >= before:
            break
        found.append(name)
    return found


def write_archive(log: StoredLog, names: Sequence[str], folder: Path, key: PublicKey) -> Archive:
    """Put these segments into a file in ``folder``, and verify it there.

    Raises ``UnreadableLogError`` where it would not hold, or another file has its name; ``OSError``.
    """
    first, last = _first(names[0]), _last_record(log, names[-1])
    if last is None:
        raise UnreadableLogError(f"{names[-1]} ends in no record")
    make_private_folder(folder)
    target = folder / f"{first:012d}-{last.seq:012d}.zip"
    manifest = json.dumps({"type": _TYPE, "first": first, "last": last.seq}).encode()
    if not target.exists():
        write_zip(log, names, target, {MANIFEST: manifest})
    archive = read_archive(target, key)
    if (archive.first, archive.last) != (first, last.seq):
        raise UnreadableLogError(f"{target} is there already, with other records")
    return archive


def read_archive(path: Path, key: PublicKey) -> Archive:
    """Read and verify an archive. Raises ``UnreadableLogError`` for one that does not hold, ``OSError``."""
    with stored_log(path) as log:
        first = begins_at(log)
        if first is None:
            raise UnreadableLogError(f"{path} is no archive")
        report = verify(log.segments(), log.notes(), key, retained_from=first)
        if not report.holds or report.last is None or report.signed_up_to < report.last:
            detail = report.findings[0].detail if report.findings else "its end is not signed"
            raise UnreadableLogError(f"{path} does not hold: {detail}")
        last = _last_record(log, log.names()[-1])
        if last is None:
            raise UnreadableLogError(f"{path} ends in no record")
        questions = {record.event.get("question") for record in matching(log, Wanted(kinds=_QUESTIONS))}
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return Archive(
        path=path,
        digest=digest.hexdigest(),
        first=first,
        last=last.seq,
        newest=last.at,
        questions=len(questions),
    )


def begins_at(log: StoredLog) -> int | None:
    """The first record of an archive; ``None`` for what is none."""
    if not log.has(MANIFEST):
        return None
    try:
        told = json.loads(log.read(MANIFEST))
        return int(told["first"]) if told["type"] == _TYPE else None
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableLogError(f"{MANIFEST} cannot be read") from error


def archives_in(folder: Path) -> list[Path]:
    """The archives that lie in a folder, oldest records first."""
    return sorted(folder.glob("*.zip")) if folder.is_dir() else []


def remove_segments(folder: Path, names: Sequence[str]) -> None:
    """Remove segments with their heads, the oldest first: what is left always follows on. Raises ``OSError``."""
    for name in sorted(names):
        (folder / name).unlink(missing_ok=True)
        (folder / (name.removesuffix(SEGMENT_SUFFIX) + HEADS_SUFFIX)).unlink(missing_ok=True)
        sync_folder(folder)


def remove_archives(paths: Sequence[Path]) -> None:
    """Remove archives. Raises ``OSError``."""
    for path in paths:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


def pruned_in(log: StoredLog, names: Sequence[str]) -> Iterator[Record]:
    """The records in these segments that say what was pruned: the log must go on to say so."""
    mark = b'"kind":"%s"' % Kind.PRUNED.value.encode()
    for segment in log.segments(list(names)):
        if mark in segment.data:
            yield from (record for record in records(segment, (mark,)) if record is not None)


def _last_record(log: StoredLog, name: str) -> Record | None:
    for segment in log.segments([name]):
        last = segment._replace(data=b"\n" + segment.data[segment.data.rfind(b"\n", 0, -1) + 1 :])
        return next(iter(records(last)), None)
    return None


def _first(name: str) -> int:
    return int(name.removesuffix(SEGMENT_SUFFIX))
