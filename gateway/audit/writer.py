"""Group commit: callers add events to the open batch, one thread writes batch after batch and tells who waits.

While a batch is being written the next one fills, so that the number of syncs follows the disk and not the load. The
caller's part is a lock, an append and, for the first event of a batch, waking the thread: nothing there touches the
disk.

When the disk fails, everything that waits is told so, and from then on every event is refused until the thread has
cut the file back to what is durable and has written how long and how many events were refused.
"""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from math import ceil
from time import monotonic

import structlog

from gateway.audit.batch import Batch, BatchState, wake
from gateway.audit.bounds import AuditBounds
from gateway.audit.entry import entry_of, parts
from gateway.audit.errors import AuditUnavailableError
from gateway.audit.inbox_reading import InboxReader
from gateway.audit.journal import Journal
from ror.audit.errors import AuditFormError
from ror.audit.events import Event, LogResumed
from ror.audit.note import SignedNote

_log = structlog.get_logger(__name__)


class AuditWriter:
    """Owns the journal once ``start`` was called."""

    def __init__(
        self, journal: Journal, inbox: InboxReader, bounds: AuditBounds, now: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._inbox = inbox
        self._bounds = bounds
        self._now = now
        self._lock = threading.Lock()
        self._finished = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._open = Batch()
        self._failure: str | None = None
        self._failed_at = 0.0
        self._unrecorded = 0
        self._stopping = False
        self._writing = Batch()
        self._inbox_at = 0.0
        self._signed: list[SignedNote] = []
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def failure(self) -> str | None:
        """Why events are refused; ``None`` while they are recorded."""
        return self._failure

    @property
    def head(self) -> SignedNote:
        """The newest signed head."""
        return self._journal.head

    @property
    def size(self) -> int:
        """How many records are durable."""
        return self._journal.size

    @property
    def waiting(self) -> int:
        """How many events were handed in since the batch that is being written."""
        return len(self._open.events)

    @property
    def seconds_to_head(self) -> int:
        """Whole seconds until the next signed head, at least 1."""
        return max(1, ceil(self._journal.seconds_to_head() or 0.0))

    def append(self, event: Event) -> Batch:
        """Hand in an event; never blocks. Raises ``AuditUnavailableError``: then do not do what it tells."""
        at = self._now()
        with self._lock:
            if self._failure is not None:
                self._unrecorded += 1
                raise AuditUnavailableError(self._failure)
            batch = self._open
            if len(batch.events) >= self._bounds.batch_events:
                self._unrecorded += 1
                raise AuditUnavailableError("more events at once than the disk takes")
            batch.events.append((at, event))
            is_first = len(batch.events) == 1
        if is_first:
            self._wake.set()
        return batch

    def add_signatures(self, note: SignedNote) -> None:
        """Keep a head that witnesses co-signed, when the thread comes to it."""
        with self._lock:
            self._signed.append(note)
        self._wake.set()

    async def settled(self, batch: Batch) -> None:
        """Wait until the batch is durable. Raises ``AuditUnavailableError`` if it is not within ``settle_s``."""
        if batch.check():
            return
        loop = asyncio.get_running_loop()
        with self._lock:
            if batch.check():
                return
            future: asyncio.Future[None] = loop.create_future()
            batch.waiters.append((loop, future))
        timer = loop.call_later(self._bounds.settle_s, _give_up, future)
        try:
            await future
        finally:
            timer.cancel()

    def wait(self, batch: Batch, within_s: float) -> None:
        """The same for a thread without a loop."""
        with self._lock:
            if not self._finished.wait_for(batch.check, within_s):
                raise AuditUnavailableError(f"not recorded within {within_s} s")

    def stop(self) -> None:
        """Write what was handed in, sign a last head, end the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping or (self._open.events and self._failure is None):
                self._wake.wait(self._pause_s())
                self._wake.clear()
                self._turn()
            if self._failure is None:
                self._guarded(self._journal.sign_head)
        except Exception as error:  # a defect here must refuse service, not leave it without a log
            _log.exception("audit.writer-failed")
            self._refuse(f"the writer failed: {type(error).__name__}", self._writing)
        finally:
            self._refuse(self._failure or "the audit log is closed", Batch())

    def _turn(self) -> None:
        if self._failure is not None and not self._resumed():
            return
        with self._lock:
            batch, self._open = self._open, Batch()
            signed, self._signed = self._signed, []
        self._writing = batch
        if batch.events:
            self._guarded(lambda: self._commit(batch), batch)
        self._guarded(self._take_slips)
        for note in signed:
            self._guarded(lambda note=note: self._journal.add_signatures(note))  # type: ignore[misc]
        self._guarded(self._tend)

    def _commit(self, batch: Batch) -> None:
        try:
            entries = [entry_of(event, at) for at, event in batch.events]
        except AuditFormError as error:  # a defect of a caller: refuse what came with it, go on with the rest
            _log.exception("audit.event-unsayable")
            self._finish(batch, str(error))
            return
        for part in parts(entries, self._bounds.batch_bytes):
            self._journal.commit(part)
        self._finish(batch, None)

    def _take_slips(self) -> None:
        if monotonic() < self._inbox_at:
            return
        self._inbox_at = monotonic() + self._bounds.inbox_s
        entries = self._inbox.entries(self._journal.slips, most_bytes=self._bounds.batch_bytes)
        if entries:
            self._journal.commit(entries)
            self._inbox.remove(entries)

    def _guarded(self, step: Callable[[], object], batch: Batch | None = None) -> None:
        """Do one thing on the disk; a failure refuses everything from here on. Skipped once refused."""
        if self._failure is not None:
            if batch is not None:
                self._finish(batch, self._failure)
            return
        try:
            step()
        except OSError as error:
            self._failed_at = monotonic()
            cause = error.strerror or type(error).__name__
            _log.error("audit.unavailable", cause=cause)
            self._refuse(cause, batch or Batch())

    def _refuse(self, cause: str, batch: Batch) -> None:
        with self._lock:
            self._failure = cause
            waiting, self._open = self._open, Batch()
            self._unrecorded += len(waiting.events) + len(batch.events)
        self._finish(batch, cause)
        self._finish(waiting, cause)

    def _tend(self) -> None:
        self._journal.tend(may_begin=self._inbox.is_settled)

    def _resumed(self) -> bool:
        try:
            self._journal.mend()
            # A head or a segment that was due is made first: it may be what there is no room for.
            self._tend()
            with self._lock:
                unrecorded = self._unrecorded
            resumed = LogResumed(
                cause=self._failure or "", unrecorded=unrecorded, milliseconds=self._since_failure_ms()
            )
            self._journal.commit([entry_of(resumed, self._now())])
        except OSError:
            return False
        with self._lock:
            self._failure = None
            self._unrecorded -= unrecorded
        _log.warning("audit.resumed", unrecorded=unrecorded)
        return True

    def _since_failure_ms(self) -> int:
        return int((monotonic() - self._failed_at) * 1000)

    def _finish(self, batch: Batch, cause: str | None) -> None:
        with self._lock:
            if batch.state is not BatchState.OPEN:
                return
            batch.state = BatchState.DURABLE if cause is None else BatchState.FAILED
            batch.cause = cause or ""
            waiters, batch.waiters = batch.waiters, []
            self._finished.notify_all()
        wake(waiters, cause)

    def _pause_s(self) -> float:
        if self._failure is not None:
            return self._bounds.retry_s
        due_s = self._journal.seconds_to_head()
        return self._bounds.inbox_s if due_s is None else min(self._bounds.inbox_s, due_s)


def _give_up(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_exception(AuditUnavailableError("the disk does not answer in time"))
