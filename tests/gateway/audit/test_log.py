"""The log in a real folder: durability before answers, refusal when the disk fails, alarms, slips, one writer."""

import asyncio
import errno
import os
import threading
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from certs.audit.heads import authentic_head
from certs.audit.inbox import hand_in
from certs.audit.verifying import verify
from certs.private_files import is_private
from gateway.audit import writer as writer_module
from gateway.audit.answered import search_answered
from gateway.audit.errors import AuditAlarmError, AuditBusyError, AuditUnavailableError
from gateway.audit.log import AuditLog, take_up_slips
from gateway.audit.stored import records, stored_log
from ror.access import Transaction
from ror.audit.events import DecisionTaken, HandshakeRefused, OfficerActed
from ror.coverage import Coverage, Outcome, RorCoverage
from whitelist.decision_log import Decision, DecisionSink

AT = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)


def decided(question="q1"):
    return Decision(
        granted=True,
        transaction=Transaction.SEARCH,
        question_id=question,
        partner="samu-rhone",
        profile="CU22",
        fingerprint="ab" * 32,
        list_version=3,
    )


def event(question="q1"):
    return DecisionTaken(granted=True, transaction="recherche", question=question)


def read(files):
    with stored_log(files.folder) as log:
        return [record for segment in log.segments() for record in records(segment)]


def kinds(files):
    return [record.kind for record in read(files)]


def until(holds, within_s=5.0):
    end = monotonic() + within_s
    while not holds():
        assert monotonic() < end
        sleep(0.005)


async def test_a_decision_and_its_answer_are_on_disk_before_the_answer_leaves(open_log, files):
    trail = open_log().trail()
    sink: DecisionSink = trail
    sink.record(decided())
    line = RorCoverage(ror="oin", codes=("04", "06"), outcome=Outcome.LATE)
    coverage = Coverage(question_id="q1", rors=(line,))
    trail.append(search_answered(partner="samu-rhone", profile="CU22", coverage=coverage, units=0))
    await trail.settled()
    _, decision, answer = read(files)
    assert decision.event == {
        "granted": True,
        "transaction": "recherche",
        "question": "q1",
        "reason": None,
        "partner": "samu-rhone",
        "profile": "CU22",
        "certificate": "ab" * 32,
        "list_version": 3,
    }
    assert answer.event["regions"] == [["oin", ["04", "06"], "late", None, None]]


async def test_many_at_once_share_a_sync(open_log, files, monkeypatch):
    log = open_log()
    syncs = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (syncs.append(1), sleep(0.002), real(descriptor)))

    async def one(number):
        trail = log.trail()
        trail.append(event(f"q{number}"))
        await trail.settled()

    await asyncio.gather(*(one(number) for number in range(200)))
    assert len(syncs) < 10
    assert sorted(record.event["question"] for record in read(files)[1:]) == sorted(f"q{n}" for n in range(200))


async def test_handing_in_never_waits_for_the_disk(open_log, monkeypatch):
    log = open_log()
    released = threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (released.wait(5), real(descriptor)))
    trail = log.trail()
    begun = monotonic()
    for number in range(100):
        trail.append(event(f"q{number}"))
    assert monotonic() - begun < 0.5
    waiting = asyncio.create_task(trail.settled())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    released.set()
    await waiting


async def test_a_disk_that_does_not_answer_refuses_in_time(open_log, monkeypatch):
    log = open_log(settle_s=0.05)
    released = threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (released.wait(5), real(descriptor)))
    trail = log.trail()
    trail.append(event())
    with pytest.raises(AuditUnavailableError):
        await trail.settled()
    released.set()


async def test_more_than_the_disk_takes_is_refused_at_once(open_log, monkeypatch):
    log = open_log(batch_events=5)
    released = threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (released.wait(5), real(descriptor)))
    first = log.trail()
    first.append(event("first"))
    await asyncio.sleep(0.05)
    trail = log.trail()
    for number in range(5):
        trail.append(event(f"q{number}"))
    with pytest.raises(AuditUnavailableError):
        trail.append(event("too-many"))
    released.set()
    await trail.settled()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fdatasync"])
async def test_a_failing_disk_refuses_service_and_comes_back_by_itself(open_log, files, monkeypatch, call, number):
    log = open_log()
    real, failing = getattr(os, call), threading.Event()

    def fails(descriptor, *rest):
        if failing.is_set() and os.readlink(f"/proc/self/fd/{descriptor}").endswith((".jsonl", ".heads")):
            raise OSError(number, os.strerror(number))
        return real(descriptor, *rest)

    monkeypatch.setattr(os, call, fails)
    before = log.trail()
    before.append(event("before"))
    await before.settled()
    failing.set()
    lost = log.trail()
    lost.append(event("lost"))
    with pytest.raises(AuditUnavailableError, match=os.strerror(number)):
        await lost.settled()
    assert log.failure == os.strerror(number)
    with pytest.raises(AuditUnavailableError):
        log.trail().append(event("refused"))
    log.note(HandshakeRefused(problem="closed"))
    failing.clear()
    until(lambda: log.failure is None)
    after = log.trail()
    after.append(event("after"))
    await after.settled()
    log.close()
    found = read(files)
    assert [one.event["question"] for one in found if one.kind == "decision.taken"] == ["before", "after"]
    (resumed,) = [one for one in found if one.kind == "log.resumed"]
    assert resumed.event["cause"] == os.strerror(number)
    assert resumed.event["unrecorded"] == 3
    with stored_log(files.folder) as stored:
        assert verify(stored.segments(), stored.notes(), log.key).holds


def test_a_log_that_cannot_be_opened_keeps_the_gateway_from_starting(files, monkeypatch):
    monkeypatch.setattr(os, "fdatasync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "I/O error")))
    with pytest.raises(AuditUnavailableError):
        AuditLog.open(files, name="passerelle.test", version="1")
    monkeypatch.undo()
    AuditLog.open(files, name="passerelle.test", version="1").close()  # nothing is left locked


async def test_a_defect_in_the_writer_refuses_service_for_good(open_log, monkeypatch):
    log = open_log()

    def defect(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(writer_module, "parts", defect)
    trail = log.trail()
    trail.append(event())
    with pytest.raises(AuditUnavailableError, match="ZeroDivisionError"):
        await trail.settled()
    assert log.failure is not None


async def test_an_event_that_cannot_be_said_refuses_its_batch_only(open_log):
    log = open_log()
    trail = log.trail()
    trail.append(DecisionTaken(granted=True, transaction="recherche", question=object()))
    with pytest.raises(AuditUnavailableError):
        await trail.settled()
    good = log.trail()
    good.append(event())
    await good.settled()


async def test_a_caller_who_leaves_while_waiting_disturbs_nobody(open_log):
    log = open_log()
    trails = [log.trail() for _ in range(20)]
    for trail in trails:
        trail.append(event())
    tasks = [asyncio.create_task(trail.settled()) for trail in trails]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[1::2] == [None] * 10


def test_start_and_stop_are_recorded_and_the_end_is_signed(open_log, files):
    for _ in range(2):
        log = open_log()
        log.close()
    assert kinds(files) == ["service.started", "service.stopped"] * 2
    head = authentic_head(log.head, log.key)
    assert head is not None
    assert head.size == 4
    assert all(is_private(path) for path in files.folder.iterdir())


def test_after_closing_every_event_is_refused(open_log):
    log = open_log()
    log.close()
    with pytest.raises(AuditUnavailableError):
        log.append(event())
    log.note(event())


def test_one_process_writes_a_log(open_log, files):
    open_log()
    with pytest.raises(AuditBusyError):
        AuditLog.open(files, name="passerelle.test", version="1")
    with pytest.raises(AuditBusyError):
        take_up_slips(files)


def test_a_torn_end_is_cut_and_told_in_the_log(open_log, files):
    open_log().close()
    (segment,) = files.folder.glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"seq":3,"ba')
    open_log().close()
    assert kinds(files)[2:] == ["log.recovered", "service.started", "service.stopped"]
    assert read(files)[2].event["cut_bytes"] == 12


def test_a_changed_log_is_an_alarm(open_log, files):
    open_log().close()
    (segment,) = files.folder.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b"service.stopped", b"service.started"))
    with pytest.raises(AuditAlarmError):
        open_log()


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_log_without_its_key_is_an_alarm(open_log, files, content):
    open_log().close()
    key = files.folder / "key.json"
    key.unlink() if content is None else key.write_bytes(content)
    with pytest.raises(AuditAlarmError):
        open_log()


def test_slips_of_other_processes_are_taken_up_once(open_log, files):
    act = OfficerActed(act="partner.revoked", partner="samu-rhone")
    hand_in(files, act, AT)
    open_log()
    until(lambda: "officer.acted" in kinds(files))
    hand_in(files, act, AT)
    until(lambda: kinds(files).count("officer.acted") == 2)
    until(lambda: not list(files.inbox.iterdir()))
    found = [record for record in read(files) if record.kind == "officer.acted"]
    assert {record.at for record in found} == {AT}
    assert len({record.slip for record in found}) == 2


def test_a_slip_found_again_after_a_crash_is_recognised(open_log, files):
    hand_in(files, OfficerActed(act="partner.revoked"), AT)
    (path,) = files.inbox.iterdir()
    data = path.read_bytes()
    log = open_log()
    until(lambda: not path.exists())
    log.close()
    path.write_bytes(data)
    open_log()
    until(lambda: not path.exists())
    assert kinds(files).count("officer.acted") == 1


def test_a_slip_that_says_nothing_known_is_told_by_its_digest(open_log, files):
    files.inbox.mkdir(parents=True, mode=0o700)
    (files.inbox / ("0" * 32 + ".slip")).write_bytes(b'{"name":"Jeanne"}')
    open_log()
    until(lambda: "slip.refused" in kinds(files))
    assert b"Jeanne" not in b"".join(path.read_bytes() for path in files.folder.glob("*.jsonl"))


def test_slips_wait_for_nobody_where_no_service_runs(open_log, files):
    open_log().close()
    hand_in(files, OfficerActed(act="partner.revoked"), AT)
    take_up_slips(files)
    assert kinds(files)[-1] == "officer.acted"
    assert not list(files.inbox.iterdir())


def test_heads_are_signed_while_nothing_else_happens(open_log):
    log = open_log(head_s=0.05)
    until(lambda: (head := authentic_head(log.head, log.key)) is not None and head.size == log.size == 1)
