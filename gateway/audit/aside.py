"""Putting a log away that cannot be trusted any more, and beginning another one that says so."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from certs.audit.inbox import AuditFiles
from certs.audit.keys import PrivateKey
from certs.audit.verifying import verify
from certs.private_files import make_private_folder
from gateway.audit.bounds import AuditBounds
from gateway.audit.disk import FolderDisk
from gateway.audit.entry import entry_of
from gateway.audit.errors import UnreadableLogError
from gateway.audit.journal import Journal
from gateway.audit.log import KEY_FILE, PUBLIC_KEY_FILE, log_key
from gateway.audit.recovery import HEADS_SUFFIX, SEGMENT_SUFFIX
from gateway.audit.stored import stored_log
from ror.audit.events import LogSetAside
from ror.audit.findings import Report


def set_aside(
    files: AuditFiles, *, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> tuple[Path, Report | None]:
    """Move the log, its key included, into ``aside/<moment>``; begin a new log under a new key.

    The new log's first record names the old one and what was found. Raises ``AuditBusyError``, ``AuditError``,
    ``OSError``.
    """
    disk = FolderDisk(files.folder)
    try:
        report = _verified(files.folder)
        place = files.folder / "aside" / now().strftime("%Y%m%dT%H%M%S.%fZ")
        make_private_folder(place)
        moved = [found for found in disk.names() if found.endswith((SEGMENT_SUFFIX, HEADS_SUFFIX))]
        for file in [*moved, PUBLIC_KEY_FILE, KEY_FILE]:
            if (files.folder / file).exists():
                (files.folder / file).rename(place / file)
        _begin(disk, log_key(disk, files.folder, name), report, now)
    finally:
        disk.close()
    return place, report


def _verified(folder: Path) -> Report | None:
    """What is wrong with the log; ``None`` where not even that can be told, for its public key is gone."""
    try:
        with stored_log(folder) as log:
            return verify(log.segments(), log.notes(), log.key())
    except UnreadableLogError:
        return None


def _begin(disk: FolderDisk, key: PrivateKey, report: Report | None, now: Callable[[], datetime]) -> None:
    journal = Journal(disk, key, AuditBounds(), now)
    if report is None:
        event = LogSetAside(origin=None, signed_up_to=None, finding="unreadable")
    else:
        found = report.findings[0].flaw.value if report.findings else "none"
        event = LogSetAside(origin=report.origin, signed_up_to=report.signed_up_to, finding=found)
    journal.commit([entry_of(event, now())])
    journal.sign_head()
