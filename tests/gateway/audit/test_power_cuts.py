"""Power cuts, kills and failing disks at every call of the audit log: nothing acknowledged is lost or doubled."""

import errno

import pytest
from structlog.testing import capture_logs

from certs.audit.inbox import AuditFiles, hand_in
from certs.home import Home
from gateway.audit.errors import AuditAlarmError
from gateway.audit.inbox_reading import InboxReader
from tests.gateway.audit.crash_acts import (
    BY_NAME,
    NOW,
    READER,
    SCENARIOS,
    check_written,
    folder_of,
    log_after,
    opened,
    questions,
    recorded,
    written,
)
from tests.support.audit_logs import decision, ticking
from tests.support.crashes import (
    failing_at,
    survive_a_kill_and_a_power_cut,
    survive_failures,
    survive_kills,
    survive_power_cuts,
)
from tests.support.crashing_disk import CrashingDisk, no_syncs, power_cuts, write_tree

EVERY_SCENARIO = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)


@pytest.fixture(autouse=True)
def quiet():
    with capture_logs():
        yield


@EVERY_SCENARIO
def test_a_power_cut_loses_nothing_acknowledged(scenario):
    assert survive_power_cuts(scenario).runs >= 20


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, marks=pytest.mark.full) if one.name == "recover" else one for one in SCENARIOS],
    ids=str,
)
def test_kill_9_at_any_call_loses_nothing_acknowledged(scenario):
    assert survive_kills(scenario).runs >= 15


@pytest.mark.parametrize("scenario", [BY_NAME["begin"], BY_NAME["witness"], BY_NAME["set-aside"]], ids=str)
def test_what_a_killed_service_left_is_made_sure_before_anything_is_built_on_it(scenario):
    survive_a_kill_and_a_power_cut(scenario)


@pytest.mark.full
@EVERY_SCENARIO
def test_whatever_a_killed_service_left_is_made_sure(scenario):
    survive_a_kill_and_a_power_cut(scenario)


@EVERY_SCENARIO
def test_a_call_that_fails_leaves_a_log_that_opens_and_goes_on(scenario):
    survive_failures(scenario, thorough=False)


@pytest.mark.full
@EVERY_SCENARIO
def test_every_call_may_fail_with_every_error_once_or_for_good(scenario):
    survive_failures(scenario)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=lambda code: errno.errorcode[code])
def test_a_sync_that_failed_is_never_repeated_as_if_it_had_worked(tmp_path, code):
    """What was pending when a sync fails may be gone, though the system shows it and the next sync succeeds."""
    numbers = [number for number, name in enumerate(_calls_of_writing(tmp_path)) if name != "open"]
    _survive_failures_and_power_cuts(tmp_path, numbers, code)


def test_the_control_finds_a_sync_that_is_simply_repeated(tmp_path, monkeypatch):
    """Mending that leaves what the failed sync was asked for, and syncs again, loses what is acknowledged next."""
    monkeypatch.setattr(
        "gateway.audit.journal.Journal.mend", lambda journal: journal._disk.sync(f"{journal._first:012d}.jsonl")
    )
    syncs = [number for number, name in enumerate(_calls_of_writing(tmp_path)) if name == "sync"]
    with pytest.raises((AssertionError, AuditAlarmError)):
        _survive_failures_and_power_cuts(tmp_path, syncs, errno.EIO)


def _survive_failures_and_power_cuts(tmp_path, numbers, code):
    for number in numbers:
        _survive_a_failure_and_a_power_cut(tmp_path / f"{number}", number, code)


def _calls_of_writing(tmp_path):
    root = tmp_path / "calls"
    write_tree(log_after(written), root)
    with CrashingDisk(root) as disk:
        _write_and_mend(root, disk)
    return disk.calls


def _survive_a_failure_and_a_power_cut(folder, number, code):
    folder.mkdir()
    root = folder / "home"
    write_tree(log_after(written), root)
    with CrashingDisk(root, failing_at(number, code, for_good=False)) as disk:
        try:
            acknowledged = _write_and_mend(root, disk)
        except OSError:
            return  # it did not even open
        disk.mark(f"acknowledged-{acknowledged}")
    for state, found in enumerate(power_cuts(disk, since=len(disk.operations), at_random=6)):
        left = folder / f"left-{state}"
        write_tree(found.tree, left)
        with no_syncs():
            check_written(left, found.told)


def _write_and_mend(root, disk):
    """Write as the writer's thread does: whatever fails is mended before anything else is written."""
    with opened(root) as log:
        number, is_broken = len(questions(folder_of(root))), False
        for size in (1, 3, 2, 4, 1):
            try:
                if is_broken:
                    log.journal.mend()
                    is_broken = False
                log.journal.commit([decision(number + at) for at in range(size)])
                number += size
                log.journal.tend()
            except OSError:
                is_broken = True
        if is_broken:
            log.journal.mend()
    return number


def test_without_the_sync_of_the_inbox_a_slip_would_be_recorded_twice(monkeypatch):
    """The control: a removed slip comes back behind a new segment, where its record is not looked for."""
    monkeypatch.setattr("gateway.audit.inbox_reading.sync_folder", lambda _: None)
    with pytest.raises(AssertionError):
        survive_power_cuts(BY_NAME["slips"])


def test_without_its_note_a_log_would_be_set_aside_in_part(monkeypatch):
    """The control."""
    monkeypatch.setattr("gateway.audit.aside._under_way", lambda _: None)
    with pytest.raises((AssertionError, AuditAlarmError, IndexError)):
        survive_kills(BY_NAME["set-aside"])


def test_a_slip_that_cannot_be_removed_is_recorded_once_and_holds_the_segment(tmp_path):
    root = tmp_path / "home"
    write_tree(log_after(written), root)
    files = AuditFiles(Home(root))
    slip = hand_in(files, READER, NOW)
    with CrashingDisk(root, lambda _, name: _refuse(name == "unlink")), opened(root) as log:
        for number in range(30):
            entries = log.inbox.entries(log.journal.slips, most_bytes=2**20)
            log.journal.commit([*entries, decision(1000 + number)])
            log.inbox.remove(entries)
            log.journal.tend(may_begin=log.inbox.is_settled)
        assert not log.inbox.is_settled
    segments = sorted(path.name for path in folder_of(root).glob("*.jsonl"))
    with opened(root) as log:
        assert log.inbox.entries(log.journal.slips, most_bytes=2**20) == []
        assert log.inbox.is_settled
    assert [record.slip for record in recorded(folder_of(root)) if record.slip] == [slip]
    assert len(segments) == 2
    assert not list(files.inbox.iterdir())


def _refuse(is_refused):
    if is_refused:
        raise OSError(errno.EROFS, "Read-only file system")


def test_where_there_is_no_inbox_new_segments_may_begin(tmp_path):
    inbox = InboxReader(tmp_path / "inbox", ticking())
    assert inbox.entries((), most_bytes=1) == []
    assert inbox.is_settled
