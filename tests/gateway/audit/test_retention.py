"""What leaves the log: archived whole, pruned after its time, both told by the log; nothing else may be missing."""

import json
import shutil
import zipfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from typer.testing import CliRunner

from certs.audit.verifying import verify, verify_receipt
from gateway.audit import archiving, retention
from gateway.audit.archiving import ARCHIVES, archives_in
from gateway.audit.bounds import AuditBounds
from gateway.audit.cli import app
from gateway.audit.disk import FolderDisk
from gateway.audit.entry import entry_of
from gateway.audit.errors import AuditUnavailableError, RetentionError, UnreadableLogError
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog, log_key
from gateway.audit.stored import joined_segments, stored_log
from ror.audit.events import Kind, SearchAnswered
from ror.audit.findings import Flaw
from ror.audit.receipt import Receipt
from ror.exit_codes import Exit

BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BOUNDS = AuditBounds(segment_bytes=6_000, head_records=10, head_s=1e6)
DAYS = 700
NOW = BEGUN + DAYS * DAY


@pytest.fixture
def folder(files, two_years):
    """A log of one question a day for almost two years, in many segments."""
    shutil.copytree(two_years, files.folder)
    return files.folder


@pytest.fixture(scope="module")
def two_years(tmp_path_factory):
    place, days = tmp_path_factory.mktemp("log") / "audit", count()
    disk = FolderDisk(place)
    key = log_key(disk, place, "passerelle.test")
    journal = Journal(disk, key, BOUNDS, lambda: BEGUN + next(days) * timedelta(seconds=1))
    for day in range(DAYS):
        event = SearchAnswered(question=f"q{day}", partner="samu-rhone", profile="CU22", regions=(), units=day)
        journal.commit([entry_of(event, BEGUN + day * DAY)])
        journal.tend()
    journal.sign_head()
    disk.close()
    return place


@pytest.fixture
def run(files, monkeypatch):
    """Run ``ror audit`` at the end of those two years."""
    monkeypatch.setattr(retention.archive, "__defaults__", (None, lambda: NOW))
    monkeypatch.setattr(retention.prunable, "__defaults__", (retention.MONTHS, None, lambda: NOW))
    monkeypatch.setattr(retention.prune, "__defaults__", (lambda: NOW,))

    def ran(*words, code=Exit.COMPLETE):
        result = CliRunner().invoke(app, [*words, "--home", str(files.home.root)])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return ran


def report_of(*paths, **more):
    with ExitStack() as stack:
        logs = [stack.enter_context(stored_log(path)) for path in paths]
        notes = [note for log in logs for note in log.notes()]
        return verify(joined_segments(logs), notes, logs[-1].key(), **more)


def flaws(report):
    return {finding.flaw for finding in report.findings}


@pytest.mark.usefixtures("folder")
def test_archived_segments_leave_and_the_log_says_so(files, run):
    before = {path.name for path in files.folder.glob("*.jsonl")}
    run("archive", "--before", "2024-07-01")
    left = {path.name for path in files.folder.glob("*.jsonl")}
    assert left < before
    (made,) = archives_in(files.folder / ARCHIVES)
    report = report_of(files.folder)
    assert report.holds
    assert report.first > 1
    assert [move.kind for move in report.moved] == [Kind.ARCHIVED]
    assert report.moved[0].event["file"] == made.name
    assert made.stat().st_mode & 0o777 == 0o600
    text = run("verify").stdout
    assert f"holds: records 1 to {report.last}" in text
    assert "archived 2025" in text


@pytest.mark.usefixtures("folder")
def test_an_archive_verifies_by_itself_and_with_the_log(files, run, tmp_path):
    run("archive", "--before", "2024-04-01")
    run("archive", "--before", "2024-09-01")
    first, second = archives_in(files.folder / ARCHIVES)
    for paths in ([first], [second], [first, second], [second, files.folder], [first, second, files.folder]):
        run("verify", *map(str, paths))
    gap = run("verify", str(first), str(files.folder), code=Exit.REFUSED)
    assert "records-missing" in gap.stdout
    elsewhere = tmp_path / "edited.zip"
    elsewhere.write_bytes(second.read_bytes())
    edit(elsewhere, b'"q120"', b'"q121"')
    assert "record-edited" in run("verify", str(elsewhere), code=Exit.REFUSED).stdout


@pytest.mark.usefixtures("folder")
def test_segments_that_nobody_archived_are_missed(files):
    oldest = min(files.folder.glob("*.jsonl"))
    oldest.unlink()
    assert flaws(report_of(files.folder)) == {Flaw.MISSING}


@pytest.mark.usefixtures("folder")
def test_what_goes_beyond_the_archive_is_missed(files, run):
    run("archive", "--before", "2024-07-01")
    min(files.folder.glob("*.jsonl")).unlink()
    assert flaws(report_of(files.folder)) == {Flaw.MISSING}
    assert "records-missing" in run("verify", code=Exit.REFUSED).stdout


@pytest.mark.usefixtures("folder")
def test_a_word_about_archives_counts_only_under_a_signature(files, run):
    run("archive", "--before", "2024-07-01")
    for path in files.folder.glob("*.heads"):
        if path.name == max(one.name for one in files.folder.glob("*.heads")):
            path.unlink()
    assert flaws(report_of(files.folder)) == {Flaw.MISSING}


@pytest.mark.usefixtures("folder")
def test_receipts_of_archived_questions_come_from_the_archive(files, run):
    key = run("key").stdout
    told = run("archive", "--before", "2024-07-01")
    assert "questions: partners cannot fetch" in told.stderr
    run("receipt", "q5", code=Exit.INVALID_INPUT)
    (made,) = archives_in(files.folder / ARCHIVES)
    document = run("receipt", "q5", "--log", str(made)).stdout
    with stored_log(files.folder) as log:
        assert verify_receipt(Receipt.read(document.encode()), log.key()).record.event["units"] == 5
    assert key == run("key").stdout


@pytest.mark.usefixtures("folder")
def test_the_last_month_is_not_archived(files, run):
    late = f"{NOW - timedelta(days=20):%Y-%m-%d}"
    assert "at least 30 days" in run("archive", "--before", late, code=Exit.REFUSED).stderr
    assert not archives_in(files.folder / ARCHIVES)
    assert "nothing is archived" in run("archive", "--before", "2023-01-01").stderr


@pytest.mark.usefixtures("folder")
def test_a_log_that_does_not_hold_is_not_archived(files, run):
    oldest = min(files.folder.glob("*.jsonl"))
    oldest.write_bytes(
        oldest.read_bytes().replace(b'"units":3,', b'"units":4,').replace(b'"units":3}', b'"units":4}')
    )
    assert "does not hold" in run("archive", "--before", "2024-07-01", code=Exit.REFUSED).stderr


@pytest.mark.usefixtures("folder")
def test_pruning_deletes_what_is_old_and_says_who_and_why(files, run):
    run("archive", "--before", "2024-04-01")
    run("archive", "--before", "2025-06-01")
    old, _ = archives_in(files.folder / ARCHIVES)
    result = CliRunner().invoke(app, ["prune", "--reason", "x", "--home", str(files.home.root)], input="n\n")
    assert result.exit_code == Exit.REFUSED
    assert old.exists()
    told = run("prune", "--reason", "legal  retention", "--yes").stderr
    assert "no receipt can be made" in told
    assert not old.exists()
    assert len(archives_in(files.folder / ARCHIVES)) == 1
    report = report_of(files.folder)
    assert report.holds
    pruned = report.moved[-1]
    assert (pruned.kind, pruned.event["first"], pruned.event["reason"]) == (Kind.PRUNED, 1, "legal retention")
    assert pruned.event["questions"] == pruned.event["last"]
    assert "pruned" in run("verify").stdout
    assert "nothing is deleted" in run("prune", "--reason", "x", "--yes").stderr


@pytest.mark.usefixtures("folder")
def test_nothing_is_pruned_before_its_time_or_below_six_months(files, run):
    run("archive", "--before", "2025-06-01")
    assert "nothing is deleted" in run("prune", "--reason", "x", "--yes").stderr
    run("prune", "--reason", "x", "--yes", "--months", "5", code=Exit.USAGE)
    with pytest.raises(RetentionError):
        retention.prunable(files, 5)


@pytest.mark.usefixtures("folder")
def test_an_archive_that_the_log_did_not_make_is_not_pruned(files, run):
    run("archive", "--before", "2024-04-01")
    (made,) = archives_in(files.folder / ARCHIVES)
    with stored_log(made) as log:
        archiving.write_zip(log, log.names(), made, {"archive.json": log.read("archive.json"), "more": b"x"})
    assert "does not say" in run("prune", "--reason", "x", "--yes", code=Exit.REFUSED).stderr
    made.write_bytes(b"no zip")
    run("prune", "--reason", "x", "--yes", code=Exit.INVALID_INPUT)
    assert made.exists()


@pytest.mark.usefixtures("folder")
def test_a_gap_among_archives_is_not_pruned_over(files, run):
    run("archive", "--before", "2024-03-01")
    run("archive", "--before", "2024-05-01")
    first, second = archives_in(files.folder / ARCHIVES)
    first.rename(first.with_suffix(".elsewhere"))
    assert "in no archive here" in run("prune", "--reason", "x", "--yes", code=Exit.REFUSED).stderr
    assert second.exists()


def test_what_was_pruned_is_still_told_once_that_word_is_archived(files, folder, run):
    run("archive", "--before", "2024-04-01")
    run("prune", "--reason", "legal retention", "--yes")
    made = archived_with_its_words(files, folder)
    assert made.last > DAYS
    report = report_of(files.folder)
    assert report.holds
    told = [move for move in report.moved if move.kind == Kind.PRUNED]
    assert told[0].event["restates"] is not None
    assert told[0].event["reason"] == "legal retention"


def test_an_archive_is_pruned_though_the_word_of_it_is_archived_itself(files, folder, run):
    run("archive", "--before", "2024-04-01")
    archived_with_its_words(files, folder)
    first, second = archives_in(files.folder / ARCHIVES)
    pruning = retention.prunable(files, 12, None, lambda: NOW + 60 * DAY)
    assert [one.path for one in pruning.archives] == [first]
    retention.prune(files, pruning, "legal retention", lambda: NOW + 60 * DAY)
    assert not first.exists()
    assert report_of(second, files.folder).holds
    assert report_of(files.folder).holds


def archived_with_its_words(files, folder):
    """Go on with the log until its newest words are archived, too."""
    disk = FolderDisk(folder)
    with stored_log(folder) as log:
        key = log.key()
    journal = Journal(disk, log_key(disk, folder, "x"), BOUNDS, lambda: NOW)
    for _ in range(80):
        journal.commit([entry_of(SearchAnswered(question="q", partner="p", profile="x", regions=(), units=1), NOW)])
        journal.tend()
    journal.sign_head()
    disk.close()
    assert key == journal._key.public
    return retention.archive(files, NOW + DAY, None, lambda: NOW + 60 * DAY)


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "a\x1bb"])
def test_a_reason_is_a_line(files, reason):
    pruning = retention.Pruning(archives=(), months=12)
    with pytest.raises(RetentionError):
        retention.prune(files, pruning, reason)


def test_while_the_gateway_runs_it_takes_the_word_up_itself(files, folder):
    log = AuditLog.open(files, name="x", version="1", bounds=AuditBounds(head_s=0.2, inbox_s=0.05))
    try:
        assert retention.archive(files, datetime(2024, 7, 1, tzinfo=UTC), None, lambda: NOW) is not None
    finally:
        log.close()
    report = report_of(folder)
    assert report.holds
    assert report.first > 1


def test_a_crash_before_the_removal_is_made_up_for(files, folder, monkeypatch):
    monkeypatch.setattr("gateway.audit.retention.remove_segments", lambda *_: None)
    limit = datetime(2024, 7, 1, tzinfo=UTC)
    once = retention.archive(files, limit, None, lambda: NOW)
    monkeypatch.undo()
    assert report_of(once.path, folder).holds
    again = retention.archive(files, limit, None, lambda: NOW)
    assert again.digest == once.digest
    assert report_of(folder).first == again.last + 1
    assert report_of(again.path, folder).holds


def test_what_cannot_be_recorded_removes_nothing(files, folder, monkeypatch):
    monkeypatch.setattr("gateway.audit.retention._SIGNED_WITHIN_S", 0.3)
    monkeypatch.setattr("gateway.audit.retention.take_up_slips", lambda *_, **__: None)
    before = sorted(path.name for path in folder.glob("*.jsonl"))
    with pytest.raises(AuditUnavailableError):
        retention.archive(files, datetime(2024, 7, 1, tzinfo=UTC), None, lambda: NOW)
    assert sorted(path.name for path in folder.glob("*.jsonl")) == before


def test_another_file_under_an_archives_name_is_not_taken_for_it(files, folder):
    with stored_log(folder) as log:
        names = log.names()[:2]
        made = archiving.write_archive(log, names, folder / ARCHIVES, log.key())
        made.path.write_bytes(b"x")
        with pytest.raises(UnreadableLogError):
            archiving.write_archive(log, names, folder / ARCHIVES, log.key())


def test_archives_go_with_a_log_that_is_set_aside(files, folder, run):
    run("archive", "--before", "2024-07-01")
    run("set-aside")
    (place,) = (folder / "aside").iterdir()
    assert archives_in(place / ARCHIVES)
    assert not archives_in(folder / ARCHIVES)
    run("verify")
    shutil.copytree(place, place.parent / "copy")
    assert json.loads(run("verify", str(place), "--json").stdout)["holds"]


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [("2026-03-31", 1, "2026-02-28"), ("2026-01-15", 1, "2025-12-15"), ("2026-11-30", 12, "2025-11-30")],
)
def test_months_are_calendar_months(moment, months, before):
    found = retention.months_before(datetime.fromisoformat(moment).replace(tzinfo=UTC), months)
    assert f"{found:%Y-%m-%d}" == before


def edit(path, old, new):
    """Change bytes in an archive, which stays a zip."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data.replace(old, new))
