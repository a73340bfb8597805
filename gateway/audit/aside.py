"""Putting a log away that cannot be trusted any more, and beginning another one that says so.

Files move one by one, so that a crash may stop halfway. A note in the folder says what is under way, from before the
first file moves until the new log's first record is durable; whoever opens the folder while it is there finishes it.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from certs.audit.inbox import AuditFiles
from certs.audit.keys import PrivateKey
from certs.audit.verifying import verify
from certs.private_files import make_private_folder, sync_folder
from gateway.audit.archiving import ARCHIVES
from gateway.audit.bounds import AuditBounds
from gateway.audit.disk import Disk, FolderDisk
from gateway.audit.entry import entry_of
from gateway.audit.errors import AuditAlarmError, UnreadableLogError
from gateway.audit.journal import Journal
from gateway.audit.log_key import KEY_FILE, log_key
from gateway.audit.question_index import FOLDER as INDEX
from gateway.audit.recovery import HEADS_SUFFIX, SEGMENT_SUFFIX, segment_name
from gateway.audit.stored import PUBLIC_KEY_FILE, stored_log
from ror.audit.errors import AuditFormError
from ror.audit.events import LogSetAside
from ror.audit.findings import Report
from ror.audit.segment import read_segment

NOTE_FILE = "set-aside.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intent:
    """Where the log goes, in whose name the next one begins, and whether all of the old one is there."""

    place: str
    name: str
    moved: bool

    def to_json(self) -> bytes:
        return json.dumps({"place": self.place, "name": self.name, "moved": self.moved}).encode()


def set_aside(
    files: AuditFiles, *, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> tuple[Path, Report | None]:
    """Move the log, its key and archives included, into ``aside/<moment>``; begin a new log under a new key.

    The new log's first record names the old one and what was found. One that was interrupted is finished, and nothing
    else is done. Raises ``AuditBusyError``, ``AuditError``, ``OSError``.
    """
    disk = FolderDisk(files.folder)
    try:
        intent = _under_way(disk)
        if intent is None:
            intent = _Intent(place=now().strftime("%Y%m%dT%H%M%S.%fZ"), name=name, moved=False)
            disk.create(NOTE_FILE, intent.to_json())
        return _carry_out(files, disk, intent, now)
    finally:
        disk.close()


def finish_setting_aside(files: AuditFiles, disk: Disk, now: Callable[[], datetime]) -> None:
    """Finish what a crash interrupted, if anything. Raises ``AuditAlarmError``, ``OSError``."""
    intent = _under_way(disk)
    if intent is not None:
        _carry_out(files, disk, intent, now)


def _under_way(disk: Disk) -> _Intent | None:
    if NOTE_FILE not in disk.names():
        return None
    try:
        found = json.loads(disk.read(NOTE_FILE))
        intent = _Intent(place=str(found["place"]), name=str(found["name"]), moved=found["moved"] is True)
    except (ValueError, TypeError, KeyError) as error:
        raise AuditAlarmError(f"{NOTE_FILE} is damaged, and a log was being set aside") from error
    if "/" in intent.place or intent.place.startswith("."):
        raise AuditAlarmError(f"{NOTE_FILE} names a place outside the log's folder")
    return intent


def _carry_out(
    files: AuditFiles, disk: Disk, intent: _Intent, now: Callable[[], datetime]
) -> tuple[Path, Report | None]:
    place = files.folder / "aside" / intent.place
    if not intent.moved:
        _move(files.folder, disk, place)
        disk.create(NOTE_FILE, replace(intent, moved=True).to_json())
    report = _verified(place)
    if _has_begun(disk):
        # Whoever wrote that may have been killed before it was sure to stay.
        disk.sync(max(_segments(disk)))
    else:
        for name in _log_files(disk):
            disk.remove(name)
        _begin(disk, log_key(disk, files.folder, intent.name), report, now)
    disk.remove(NOTE_FILE)
    return place, report


def _move(folder: Path, disk: Disk, place: Path) -> None:
    make_private_folder(place)
    for name in _log_files(disk):
        (folder / name).rename(place / name)
    if (folder / ARCHIVES).is_dir():
        (folder / ARCHIVES).rename(place / ARCHIVES)
    shutil.rmtree(folder / INDEX, ignore_errors=True)
    # The note says next that all is there, and must not be right sooner than they are.
    sync_folder(place)
    sync_folder(folder)


def _log_files(disk: Disk) -> list[str]:
    """Segments, heads, and the key last: a log without its key is an alarm, a key without its log begins another."""
    names = disk.names()
    moved = [name for name in names if name.endswith((SEGMENT_SUFFIX, HEADS_SUFFIX))]
    return [*moved, *(name for name in (PUBLIC_KEY_FILE, KEY_FILE) if name in names)]


def _segments(disk: Disk) -> list[str]:
    return [name for name in disk.names() if name.endswith(SEGMENT_SUFFIX)]


def _has_begun(disk: Disk) -> bool:
    """Whether the new log says already that it follows another one. Until then nobody was promised anything of it."""
    segments = _segments(disk)
    if segment_name(1) not in segments:
        return bool(segments)  # it went on for so long that its beginning was pruned
    try:
        reading = read_segment(disk.read(segment_name(1)))
    except AuditFormError:
        return False
    return any(record.kind == LogSetAside.kind.value for record in reading.records)


def _verified(folder: Path) -> Report | None:
    """What is wrong with the log; ``None`` where not even that can be told, for its public key is gone."""
    try:
        with stored_log(folder) as log:
            return verify(log.segments(), log.notes(), log.key())
    except UnreadableLogError:
        return None


def _begin(disk: Disk, key: PrivateKey, report: Report | None, now: Callable[[], datetime]) -> None:
    journal = Journal(disk, key, AuditBounds(), now)
    if report is None:
        event = LogSetAside(origin=None, signed_up_to=None, finding="unreadable")
    else:
        found = report.findings[0].flaw.value if report.findings else "none"
        event = LogSetAside(origin=report.origin, signed_up_to=report.signed_up_to, finding=found)
    journal.commit([entry_of(event, now())])
    journal.sign_head()
