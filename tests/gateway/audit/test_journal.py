"""The journal on disks that forget, tear, reorder and fail: no acknowledged record is lost, none is half there."""

import random
from dataclasses import replace

import pytest

from certs.audit.heads import authentic_head, cosign
from certs.audit.keys import KeyUse, PrivateKey
from certs.audit.verifying import verify
from gateway.audit.errors import AuditAlarmError
from gateway.audit.journal import Journal
from ror.audit.record import record_line
from ror.audit.segment import read_segment
from tests.support.audit_logs import (
    SMALL,
    CutDisk,
    FailingDisk,
    MemoryDisk,
    PowerCutError,
    decision,
    log_key,
    notes_of,
    segments_of,
    ticking,
    written_log,
)

KEY = log_key()


def opened(disk, bounds=SMALL):
    return Journal(disk, KEY, bounds, ticking())


def questions(disk):
    """The questions in the log, in order."""
    readings = [read_segment(segment.data) for segment in segments_of(disk)]
    assert not any(reading.tail for reading in readings)
    every = [record.event for reading in readings for record in reading.records]
    return [event["question"] for event in every if "question" in event]


def holds(disk):
    report = verify(segments_of(disk), notes_of(disk), KEY.public)
    assert report.holds, report
    return report


def test_a_log_goes_on_where_it_stopped():
    disk, first = written_log(KEY, [3, 4])
    journal = opened(disk)
    assert (journal.size, journal.head) == (7, first.head)
    journal.commit([decision(7)])
    journal.sign_head()
    assert questions(disk) == [f"q{number}" for number in range(8)]
    assert holds(disk).signed_up_to == 8


def test_segments_begin_with_a_signed_head_and_are_bounded():
    disk, _ = written_log(KEY, [1] * 60)
    assert len(segments_of(disk)) > 3
    assert all(len(segment.data) < SMALL.segment_bytes + 1000 for segment in segments_of(disk))
    for segment in segments_of(disk):
        header = read_segment(segment.data).header
        head = authentic_head(header.head, KEY.public)
        assert head is not None
        assert (head.size, head.root) == (header.first - 1, header.frontier.root)


def test_a_head_is_due_after_so_many_records_or_so_many_seconds():
    at = [0.0]
    bounds = replace(SMALL, head_records=5, head_s=10.0, segment_bytes=2**20)
    journal = Journal(MemoryDisk(), KEY, bounds, ticking(), lambda: at[0])
    assert journal.seconds_to_head() is None
    journal.commit([decision(0)])
    assert not journal.tend()
    at[0] = 9.0
    assert journal.seconds_to_head() == 1.0
    assert not journal.tend()
    at[0] = 10.0
    assert journal.tend()
    assert journal.seconds_to_head() is None
    journal.commit([decision(number) for number in range(5)])
    assert journal.tend()


def test_witnesses_signatures_are_kept_over_a_restart():
    disk, journal = written_log(KEY, [3])
    witness = PrivateKey.generate("ror-ara.test/witness", KeyUse.WITNESS)
    journal.add_signatures(journal.head.with_signatures([cosign(journal.head, witness, ticking()())]))
    assert len(opened(disk).head.signatures) == 2
    holds(disk)


@pytest.mark.parametrize("part", range(5))
def test_after_a_power_cut_nothing_acknowledged_is_lost(part):
    survive_many(range(60 * part, 60 * (part + 1)))


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_after_ten_thousand_power_cuts_nothing_acknowledged_is_lost():
    for seed in range(2500):
        survive_power_cuts(10_000 + seed, cuts=4)


def test_the_power_cut_test_notices_a_disk_that_lies(monkeypatch):
    """The control: with a sync that does nothing, acknowledged records are lost and this is seen."""
    monkeypatch.setattr(CutDisk, "sync", lambda disk, name: disk.step("sync", name))
    with pytest.raises((AssertionError, AuditAlarmError)):
        survive_many(range(20))


def survive_many(seeds):
    for seed in seeds:
        survive_power_cuts(seed, cuts=3)


def survive_power_cuts(seed, *, cuts):
    chance = random.Random(seed)
    disk, acknowledged, handed_in, number = MemoryDisk(), 0, [], 0
    for _ in range(cuts):
        running = CutDisk(disk, chance.randint(0, 40))
        try:
            journal = opened(running)
            while True:
                size = chance.randint(1, 6)
                batch = [decision(number + at, padding=chance.randint(0, 150)) for at in range(size)]
                handed_in += [f"q{number + at}" for at in range(size)]
                number += size
                journal.commit(batch)
                acknowledged = len(handed_in)
                journal.tend()
        except PowerCutError:
            disk = running.lose_power(chance)
        found = MemoryDisk()
        found.files, found.durable = dict(disk.files), dict(disk.durable)
        opened(found)
        kept = questions(found)
        assert acknowledged <= len(kept)
        assert kept == handed_in[: len(kept)]
        holds(found)
        handed_in, acknowledged = kept, len(kept)


@pytest.mark.parametrize("part", range(5))
def test_a_failing_disk_never_loses_nor_repeats_what_was_acknowledged(part):
    for seed in range(20 * part, 20 * (part + 1)):
        survive_failures(random.Random(seed))


def survive_failures(chance):
    disk = FailingDisk(chance, 0.0)
    journal = opened(disk)
    disk.share = 0.15
    acknowledged, number, broken = [], 0, False
    for _ in range(60):
        try:
            if broken:
                journal.mend()
                broken = False
            size = chance.randint(1, 5)
            number += size
            journal.commit([decision(number + at) for at in range(size)])
            acknowledged += [f"q{number + at}" for at in range(size)]
            journal.tend()
        except OSError:
            broken = True
    disk.share = 0.0
    if broken:
        journal.mend()
    journal.sign_head()
    assert questions(disk) == acknowledged
    assert opened(disk).size == len(acknowledged)
    holds(disk)


def test_what_a_crash_tore_is_cut_and_told():
    disk, _ = written_log(KEY, [3])
    (name,) = [name for name in disk.names() if name.endswith(".jsonl")]
    whole = disk.files[name]
    disk.files[name] = whole + b'{"seq":4,"batch":4,"at":"20'
    assert opened(disk).size == 4
    assert disk.files[name].startswith(whole)
    told = read_segment(disk.files[name]).records[-1]
    assert (told.kind, told.event["cut_bytes"]) == ("log.recovered", 27)
    assert opened(disk).size == 4


def test_a_torn_head_is_cut():
    disk, _ = written_log(KEY, [3])
    (name,) = [name for name in disk.names() if name.endswith(".heads")]
    disk.files[name] += b'"passerelle'
    assert opened(disk).size == 3
    holds(disk)


def lines(disk, name):
    return disk.files[name].split(b"\n")


def edit_signed(disk, name):
    disk.files[name] = disk.files[name].replace(b'"q2"', b'"q9"')


def edit_acknowledged_before_the_last_batch(disk, name):
    """Not covered by a head, but a later batch proves that it had reached the disk."""
    journal = opened(disk)
    journal.commit([decision(100)])
    journal.commit([decision(101)])
    disk.files[name] = disk.files[name].replace(b'"q100"', b'"q999"')


def cut_below_the_head(disk, name):
    disk.files[name] = b"\n".join(lines(disk, name)[:-2]) + b"\n"


def remove_header(disk, name):
    disk.files[name] = b"\n".join(lines(disk, name)[1:])


def forge_header(disk, name):
    disk.files[name] = disk.files[name].replace(b'"first":1', b'"first":2', 1)


def exchange_names(disk, name):
    disk.files["000000000002.jsonl"] = disk.files.pop(name)


def remove_segments(disk, name):
    del disk.files[name]


def forge_head(disk, name):
    heads = name.replace("jsonl", "heads")
    first, rest = disk.files[heads].split(b"\n", 1)
    disk.files[heads] = first.replace(b"time 2026", b"time 2027") + b"\n" + rest


def break_an_earlier_head(disk, name):
    heads = name.replace("jsonl", "heads")
    disk.files[heads] = b"x\n" + disk.files[heads]


def append_garbage_below_the_head(disk, name):
    disk.files[name] = disk.files[name].replace(b'"q2"', b'"q2\x00', 1)


def leave_more_than_a_batch(disk, name):
    disk.files[name] += b"x" * (5 * 2**20)


def repeat_an_old_record(disk, name):
    disk.files[name] += lines(disk, name)[1] + b"\n"


def claim_a_later_batch(disk, name):
    disk.files[name] += (
        b"x\n" + record_line(seq=9, batch=9, at=ticking()(), kind="a.b", event=b"{}", previous=bytes(32)) + b"\n"
    )


@pytest.mark.parametrize(
    "tamper",
    [
        edit_signed,
        edit_acknowledged_before_the_last_batch,
        cut_below_the_head,
        remove_header,
        forge_header,
        exchange_names,
        remove_segments,
        forge_head,
        break_an_earlier_head,
        append_garbage_below_the_head,
        leave_more_than_a_batch,
        repeat_an_old_record,
        claim_a_later_batch,
    ],
)
def test_whatever_no_crash_explains_is_an_alarm(tamper):
    bounds = replace(SMALL, segment_bytes=2**20)
    disk, _ = written_log(KEY, [3, 2], bounds=bounds)
    (name,) = [name for name in disk.names() if name.endswith(".jsonl")]
    opened(disk, bounds)  # the control: as it was, it opens
    tamper(disk, name)
    before = dict(disk.files)
    with pytest.raises(AuditAlarmError):
        opened(disk, bounds)
    assert disk.files == before


def test_another_logs_segments_are_an_alarm():
    disk, _ = written_log(KEY, [3])
    with pytest.raises(AuditAlarmError):
        Journal(disk, log_key(), SMALL, ticking())
