"""Receipts found by an index: the same proofs as by reading the log through, whatever happens to the index."""

import asyncio
import random

import pytest

from certs.audit.verifying import verify_receipt
from gateway.audit.bounds import AuditBounds
from gateway.audit.disk import FolderDisk
from gateway.audit.entry import entry_of
from gateway.audit.journal import Journal
from gateway.audit.log import log_key
from gateway.audit.proving import receipt_of
from gateway.audit.question_index import FOLDER, IndexBehindError, QuestionIndex
from gateway.audit.receipts import MOST_WAITING, ReceiptDesk, ReceiptNotYetError, ReceiptsBusyError
from gateway.audit.searching import of_question
from gateway.audit.stored import stored_log
from ror.audit.events import DecisionTaken, SearchAnswered
from ror.audit.receipt import Receipt
from tests.support.audit_logs import ticking

BOUNDS = AuditBounds(segment_bytes=40_000, head_records=37, head_s=1e6)
PARTNERS = ("samu-rhone", "portail-public")


def partner_of(number):
    return PARTNERS[number % 2]


@pytest.fixture
def journal(files):
    disk = FolderDisk(files.folder)
    yield Journal(disk, log_key(disk, files.folder, "passerelle.test"), BOUNDS, ticking())
    disk.close()


def ask(journal, numbers, *, answered=lambda number: number % 3):
    """Questions, two thirds of them answered, in batches of any size."""
    chance, waiting = random.Random(7), []
    now = ticking()
    for number in numbers:
        told = {"question": f"q{number:07}", "partner": partner_of(number)}
        waiting.append(entry_of(DecisionTaken(granted=True, transaction="recherche", **told), now()))
        if answered(number):
            waiting.append(entry_of(SearchAnswered(profile="CU22", regions=(), units=0, **told), now()))
        if chance.random() < 0.3:
            journal.commit(waiting)
            journal.tend()
            waiting = []
    if waiting:
        journal.commit(waiting)


def desk_of(files, journal):
    return ReceiptDesk(files.folder, journal._key.public)


def caught_up(files):
    index = QuestionIndex(files.folder)
    while index.catch_up():
        pass
    return index


def test_every_receipt_is_the_one_that_reading_the_log_through_finds(files, journal):
    ask(journal, range(700))
    journal.sign_head()
    caught_up(files)
    desk, key = desk_of(files, journal), journal._key.public
    with stored_log(files.folder) as log:
        assert len(log.names()) > 5
        for number in range(0, 700, 9):
            document = desk._made(partner_of(number), f"q{number:07}")
            plain = receipt_of(log, of_question(log, f"q{number:07}"), key)
            assert document == plain.document
            verdict = verify_receipt(Receipt.read(document), key)
            assert verdict.record.kind == ("search.answered" if number % 3 else "decision.taken")


def test_a_question_of_another_partner_and_one_never_asked_are_not_found(files, journal):
    ask(journal, range(300))
    index = caught_up(files)
    for number in range(0, 300, 17):
        assert index.find(partner_of(number + 1), f"q{number:07}") is None
    assert index.find("samu-rhone", "q9999999") is None


def test_what_no_head_covers_yet_is_told_so(files, journal):
    ask(journal, range(3))
    desk = desk_of(files, journal)
    with pytest.raises(ReceiptNotYetError):
        desk._made("samu-rhone", "q0000002")
    journal.sign_head()
    assert desk._made("samu-rhone", "q0000002") is not None


def test_the_newest_segment_is_followed_as_it_grows_and_ends(files, journal):
    desk = desk_of(files, journal)
    assert desk._made("samu-rhone", "q0000000") is None
    for begin in range(0, 400, 10):
        ask(journal, range(begin, begin + 10))
        journal.sign_head()
        while desk._index.catch_up():
            pass
        assert desk._made(partner_of(begin), f"q{begin:07}") is not None
        assert desk._made(partner_of(0), "q0000000") is not None


def test_segments_that_are_not_indexed_yet_make_a_caller_come_again(files, journal):
    ask(journal, range(300))
    with pytest.raises(IndexBehindError):
        QuestionIndex(files.folder).find("samu-rhone", "q0000000")
    with pytest.raises(ReceiptsBusyError):
        desk_of(files, journal)._made("samu-rhone", "q0000000")


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-5], lambda data: b"x" + data[1:]])
def test_a_damaged_index_is_made_again(files, journal, damage):
    ask(journal, range(300))
    caught_up(files)
    for path in (files.folder / FOLDER).iterdir():
        path.write_bytes(damage(path.read_bytes()))
    assert caught_up(files).find("samu-rhone", "q0000000") is not None


def test_the_index_of_another_log_is_not_believed(files, journal, tmp_path):
    ask(journal, range(300))
    caught_up(files)
    other = FolderDisk(tmp_path / "other")
    fresh = Journal(other, log_key(other, tmp_path / "other", "passerelle.test"), BOUNDS, ticking())
    ask(fresh, range(300))
    (files.folder / FOLDER).rename(tmp_path / "other" / FOLDER)
    with pytest.raises(IndexBehindError):
        QuestionIndex(tmp_path / "other").find("samu-rhone", "q0000000")
    other.close()


def test_an_end_that_was_cut_and_written_anew_is_read_anew(files, journal):
    ask(journal, range(10))
    desk = desk_of(files, journal)
    desk._index.find("samu-rhone", "q0000008")
    (segment,) = files.folder.glob("*.jsonl")
    lines = segment.read_bytes().split(b"\n")
    segment.write_bytes(b"\n".join(lines[:5]) + b"\n")
    assert desk._index.find("portail-public", "q0000009") is None
    assert desk._index.find("samu-rhone", "q0000000") is not None


async def test_more_than_a_few_who_wait_are_told_to_come_again(files, journal):
    ask(journal, range(5))
    journal.sign_head()
    desk = desk_of(files, journal)
    asked = [desk.receipt("samu-rhone", "q0000000") for _ in range(MOST_WAITING + 5)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, ReceiptsBusyError) for one in found) == 5
    assert sum(isinstance(one, bytes) for one in found) == MOST_WAITING
    desk.close()


async def test_closed_segments_are_indexed_while_the_gateway_runs(files, journal):
    ask(journal, range(300))
    desk = desk_of(files, journal)
    keeping = asyncio.create_task(desk.keep_up(between_s=0.01))
    async with asyncio.timeout(10):
        while True:
            try:
                found = await desk.receipt("samu-rhone", "q0000000")
            except ReceiptsBusyError:
                await asyncio.sleep(0.01)
                continue
            break
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    desk.close()
    assert found is not None
