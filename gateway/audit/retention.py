"""What leaves the log, and when: archived whole, pruned after a legal retention, both told by the log itself."""

import contextlib
import os
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from certs.audit.inbox import AuditFiles, hand_in
from certs.audit.verifying import verify
from gateway.audit.archiving import (
    ARCHIVES,
    LEAST_ONLINE,
    Archive,
    archivable,
    archives_in,
    pruned_in,
    read_archive,
    remove_archives,
    remove_segments,
    write_archive,
)
from gateway.audit.errors import AuditBusyError, AuditUnavailableError, RetentionError, UnreadableLogError
from gateway.audit.log import take_up_slips
from gateway.audit.proving import is_signed
from gateway.audit.searching import after, newest
from gateway.audit.stored import StoredLog, joined_segments, stored_log
from ror.audit.events import Event, Kind, LogArchived, LogPruned
from ror.audit.findings import Report

MONTHS = 12
LEAST_MONTHS = 6
"""The CNIL's recommendation on logging (délibération n° 2021-122 of 14 October 2021): six months to a year."""
MAX_REASON = 200
_SIGNED_WITHIN_S = 60.0
_LOOK_S = 0.2

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def archive(files: AuditFiles, before: datetime, folder: Path | None = None, now: Now = utc_now) -> Archive | None:
    """Move the segments whose records are all older than ``before`` into one archive; ``None`` where there are none.

    Raises ``RetentionError``, ``UnreadableLogError``, ``AuditUnavailableError``, ``OSError``.
    """
    if before > now() - LEAST_ONLINE:
        raise RetentionError(f"the log keeps at least {LEAST_ONLINE.days} days: {before:%Y-%m-%d} is too late")
    with stored_log(files.folder) as log:
        names = archivable(log, before)
        if not names:
            return None
        _sound(log)
        made = write_archive(log, names, folder or files.folder / ARCHIVES, log.key())
        pruned = list(pruned_in(log, names))
    told = LogArchived(first=made.first, last=made.last, file=made.path.name, digest=made.digest, account=os.getuid())
    again: list[Event] = []
    for record in pruned:
        fields = {**record.event, "restates": record.event.get("restates") or record.seq}
        again.append(LogPruned(**fields))  # type: ignore[arg-type]  # they were such an event's
    _state(files, [told, *again], now)
    remove_segments(files.folder, names)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What would be deleted: the archives, and how many questions can have no receipt any more after it."""

    archives: tuple[Archive, ...]
    months: int

    @property
    def questions(self) -> int:
        """How many questions they hold."""
        return sum(one.questions for one in self.archives)


def prunable(files: AuditFiles, months: int = MONTHS, folder: Path | None = None, now: Now = utc_now) -> Pruning:
    """The archives that are older than the retention and that the log says it has made, the oldest first.

    Raises ``RetentionError``, ``UnreadableLogError``.
    """
    if months < LEAST_MONTHS:
        raise RetentionError(f"records are kept for at least {LEAST_MONTHS} months")
    limit = months_before(now(), months)
    found: list[Archive] = []
    paths = archives_in(folder or files.folder / ARCHIVES)
    with stored_log(files.folder) as log:
        key = log.key()
        archives = [read_archive(path, key) for path in paths]
        report = _sound(log, archives)
    made = {str(move.event["digest"]) for move in report.moved if move.kind == Kind.ARCHIVED}
    reached = _pruned_up_to(report)
    for one in archives:
        if one.newest >= limit:
            break
        if one.digest not in made:
            raise RetentionError(f"the log does not say that it made {one.path.name}, or it was changed since")
        if one.first > reached + 1:
            gap = f"records {reached + 1} to {one.first - 1}"
            raise RetentionError(f"{gap} are in no archive here: prune them first")
        reached = max(reached, one.last)
        found.append(one)
    return Pruning(archives=tuple(found), months=months)


def prune(files: AuditFiles, pruning: Pruning, reason: str, now: Now = utc_now) -> None:
    """Delete the archives, once the log has it under its signature who does so and why.

    Raises ``RetentionError``, ``AuditUnavailableError``, ``OSError``.
    """
    told = " ".join(reason.split())
    if not told or len(told) > MAX_REASON or not told.isprintable():
        raise RetentionError(f"a reason is one line of at most {MAX_REASON} characters")
    if not pruning.archives:
        return
    event = LogPruned(
        first=pruning.archives[0].first,
        last=pruning.archives[-1].last,
        archives=tuple(one.digest for one in pruning.archives),
        questions=pruning.questions,
        months=pruning.months,
        reason=told,
        account=os.getuid(),
    )
    _state(files, [event], now)
    remove_archives([one.path for one in pruning.archives])


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many calendar months earlier, or the last of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _sound(log: StoredLog, archives: Sequence[Archive] = ()) -> Report:
    """Verify the log with its archives: what they say of each other is spread over all of them."""
    with contextlib.ExitStack() as stack:
        logs = [*(stack.enter_context(stored_log(one.path)) for one in archives), log]
        notes = [note for one in logs for note in one.notes()]
        begin = archives[0].first if archives else None
        report = verify(joined_segments(logs), notes, log.key(), retained_from=begin)
    if not report.holds:
        detail = report.findings[0].detail
        raise RetentionError(f"the log does not hold ({detail}): nothing leaves it before that is looked at")
    return report


def _pruned_up_to(report: Report) -> int:
    told = [move.event.get("last") for move in report.moved if move.kind == Kind.PRUNED]
    return max((last for last in told if isinstance(last, int)), default=0)


def _state(files: AuditFiles, events: Sequence[Event], now: Now) -> None:
    """Record events and wait until a signed head covers them. Raises ``AuditUnavailableError``."""
    with stored_log(files.folder) as log:
        found = newest(log, 1)
    last = found[-1].seq if found else 0
    missing = {hand_in(files, event, now()) for event in events}
    deadline = monotonic() + _SIGNED_WITHIN_S
    with contextlib.suppress(AuditBusyError):  # the gateway runs, and takes them up itself
        take_up_slips(files, now=now)
    while monotonic() < deadline:
        with stored_log(files.folder) as log:
            for record in after(log, last):
                last = record.seq
                missing.discard(record.slip or "")
            if not missing and _is_signed(log, last):
                return
        sleep(_LOOK_S)
    raise AuditUnavailableError(f"not recorded and signed within {_SIGNED_WITHIN_S:.0f} s: nothing was removed")


def _is_signed(log: StoredLog, seq: int) -> bool:
    try:
        return is_signed(log, seq, log.key())
    except UnreadableLogError:
        return False
