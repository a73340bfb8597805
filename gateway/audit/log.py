"""The audit log as the gateway uses it: open it before serving, hand in events, wait before an answer leaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from certs.audit.inbox import AuditFiles
from certs.audit.keys import PrivateKey, PublicKey
from certs.home import Home
from gateway.audit.aside import finish_setting_aside
from gateway.audit.batch import Batch
from gateway.audit.bounds import AuditBounds
from gateway.audit.disk import FolderDisk
from gateway.audit.errors import AuditUnavailableError
from gateway.audit.inbox_reading import InboxReader
from gateway.audit.journal import Journal
from gateway.audit.log_key import KEY_FILE, log_key
from gateway.audit.refusals import RefusalAudit
from gateway.audit.trail import Trail
from gateway.audit.writer import AuditWriter
from ror.audit.events import Event, ServiceStarted, ServiceStopped
from ror.audit.note import SignedNote

DEMONSTRATION_NAME = "passerelle.demo.inter-ror.fr"
_START_S = 30.0

_log = structlog.get_logger(__name__)


class AuditLog:
    """An open log with its writer. ``append`` and ``trail`` may be used from any thread."""

    def __init__(self, writer: AuditWriter, disk: FolderDisk, key: PublicKey, folder: Path, service: str) -> None:
        self._writer = writer
        self._disk = disk
        self._service = service
        self._closed = False
        self._refusals = RefusalAudit(self.note)
        self.key = key
        self.folder = folder

    @classmethod
    def open(
        cls,
        files: AuditFiles,
        *,
        name: str,
        version: str,
        service: str = "gateway",
        bounds: AuditBounds | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> "AuditLog":
        """Open the log, or begin it under ``name`` (a host's). Blocks for the time of reading one segment.

        Raises ``AuditAlarmError``, ``AuditBusyError``, ``AuditUnavailableError``.
        """
        limits = bounds or AuditBounds()
        try:
            disk = FolderDisk(files.folder)
        except OSError as error:
            raise AuditUnavailableError(f"{files.folder} cannot be used: {error.strerror}") from error
        try:
            finish_setting_aside(files, disk, now)
            key = log_key(disk, files.folder, name)
            journal = Journal(disk, key, limits, now)
            writer = AuditWriter(journal, InboxReader(files.inbox, now), limits, now)
            log = cls(writer, disk, key.public, files.folder, service)
            writer.start()
            log._begin(version)
        except OSError as error:
            disk.close()
            raise AuditUnavailableError(f"the audit log cannot be opened: {error.strerror}") from error
        except BaseException:
            disk.close()
            raise
        return log

    def append(self, event: Event) -> Batch:
        """Hand in an event; never blocks. Raises ``AuditUnavailableError``: then refuse what it tells."""
        return self._writer.append(event)

    def note(self, event: Event) -> None:
        """Hand in an event about something that is refused anyway. Never raises: the writer counts what it loses."""
        try:
            self._writer.append(event)
        except AuditUnavailableError as error:
            _log.warning("audit.unrecorded", kind=event.kind.value, cause=str(error))

    def trail(self) -> Trail:
        """A new trail, for the events of one request."""
        return Trail(self._writer, self._refusals)

    @property
    def failure(self) -> str | None:
        """Why service must be refused; ``None`` while events are recorded. For readiness."""
        return self._writer.failure

    @property
    def head(self) -> SignedNote:
        """The newest signed head, with the witnesses' signatures known so far."""
        return self._writer.head

    @property
    def size(self) -> int:
        """How many records are durable."""
        return self._writer.size

    @property
    def seconds_to_head(self) -> int:
        """Whole seconds until every record of now is covered by a signed head, at least 1."""
        return self._writer.seconds_to_head

    @property
    def waiting(self) -> int:
        """How many events were handed in and are not yet being written."""
        return self._writer.waiting

    def add_signatures(self, note: SignedNote) -> None:
        """Keep a head that witnesses co-signed; the caller has checked their signatures."""
        self._writer.add_signatures(note)

    def close(self) -> None:
        """Record the end, sign a last head, give the folder back. Blocks until all is written. Twice is once."""
        if self._closed:
            return
        self._closed = True
        self._refusals.flush()
        self.note(ServiceStopped(service=self._service))
        self._writer.stop()
        self._disk.close()

    def _begin(self, version: str) -> None:
        batch = self.append(ServiceStarted(service=self._service, version=version))
        try:
            self._writer.wait(batch, _START_S)
        except AuditUnavailableError:
            self._writer.stop()
            raise


def take_up_slips(files: AuditFiles, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Record waiting slips where no service does it. Raises ``AuditBusyError`` where one does, and as ``open``."""
    disk = FolderDisk(files.folder)
    try:
        finish_setting_aside(files, disk, now)
        key = PrivateKey.from_json((files.folder / KEY_FILE).read_bytes())
        journal = Journal(disk, key, AuditBounds(), now)
        inbox = InboxReader(files.inbox, now)
        while entries := inbox.entries(journal.slips, most_bytes=AuditBounds().batch_bytes):
            journal.commit(entries)
            inbox.remove(entries)
        journal.sign_head()
        journal.tend(may_begin=inbox.is_settled)
    finally:
        disk.close()


@asynccontextmanager
async def open_audit(
    home: Home, *, name: str, version: str, bounds: AuditBounds | None = None
) -> AsyncIterator[AuditLog]:
    """The log while a service runs; opening and closing block a thread, not the loop. Raises as ``AuditLog.open``."""
    log = await asyncio.to_thread(AuditLog.open, AuditFiles(home), name=name, version=version, bounds=bounds)
    try:
        yield log
    finally:
        await asyncio.to_thread(log.close)
