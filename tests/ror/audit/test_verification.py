"""Whatever is done to a log after it was signed is found, and the record is told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.audit.heads import sign_head
from certs.audit.verifying import verify
from ror.audit.canonical import encoded
from ror.audit.findings import Flaw
from ror.audit.merkle import leaf_hash
from ror.audit.note import SignedNote
from ror.audit.record import read_record, record_line
from ror.audit.segment import Segment, SegmentHeader
from ror.audit.tree_head import TreeHead
from tests.support.audit_logs import log_key, notes_of, segments_of, written_log

KEY = log_key()
DISK, JOURNAL = written_log(KEY, [1, 3, 2, 5, 1, 1, 4, 8, 2, 6, 7, 3, 1, 5, 9, 2])
SEGMENTS, NOTES = segments_of(DISK), notes_of(DISK)
SIZE = JOURNAL.size
PLACES = [
    (at, line) for at, segment in enumerate(SEGMENTS) for line in range(1, segment.data.count(b"\n"))
]  # of record n: PLACES[n - 1]


def lines_of(segment):
    return segment.data.split(b"\n")[:-1]


def with_lines(at, lines):
    changed = list(SEGMENTS)
    changed[at] = Segment(SEGMENTS[at].name, b"".join(line + b"\n" for line in lines))
    return changed


def judged(segments, notes=NOTES, **more):
    return verify(segments, notes, KEY.public, **more)


def touches(report, seq):
    """Whether a finding names the record or a neighbour of it."""
    return any((finding.first or 1) - 1 <= seq <= (finding.last or SIZE) + 1 for finding in report.findings)


def test_the_log_spans_several_segments_and_holds():
    report = judged(SEGMENTS)
    assert len(SEGMENTS) > 3
    assert len(PLACES) == SIZE
    assert report.holds
    assert (report.first, report.last, report.signed_up_to, report.origin) == (1, SIZE, SIZE, KEY.public.name)


def test_the_order_of_the_files_does_not_matter():
    assert judged(SEGMENTS[::-1], NOTES[::-1]).holds


@given(st.integers(1, SIZE), st.data())
def test_an_edited_byte_of_a_record_is_found(seq, draw):
    at, number = PLACES[seq - 1]
    lines = lines_of(SEGMENTS[at])
    edited = bytearray(lines[number])
    place = draw.draw(st.integers(0, len(edited) - 1))
    edited[place] = draw.draw(st.integers(0, 255).filter(lambda byte: byte != edited[place]))
    lines[number] = bytes(edited)
    report = judged(with_lines(at, lines))
    assert not report.holds
    assert touches(report, seq)


@given(st.sampled_from(range(len(SEGMENTS))), st.data())
def test_any_other_byte_anywhere_in_a_segment_is_found(at, draw):
    data = bytearray(SEGMENTS[at].data)
    place = draw.draw(st.integers(0, len(data) - 1))
    data[place] = draw.draw(st.integers(0, 255).filter(lambda byte: byte != data[place]))
    changed = list(SEGMENTS)
    changed[at] = Segment(SEGMENTS[at].name, bytes(data))
    assert not judged(changed).holds


@given(st.integers(1, SIZE), st.text(min_size=1).filter(lambda text: text != "recherche"))
def test_a_record_reworded_in_perfect_form_is_found(seq, text):
    at, number = PLACES[seq - 1]
    lines = lines_of(SEGMENTS[at])
    lines[number] = reworded(lines[number], text)
    report = judged(with_lines(at, lines))
    assert not report.holds
    assert touches(report, seq)


@given(st.integers(1, SIZE))
def test_a_removed_record_is_found(seq):
    at, number = PLACES[seq - 1]
    lines = lines_of(SEGMENTS[at])
    del lines[number]
    report = judged(with_lines(at, lines))
    assert not report.holds
    assert any(finding.flaw in {Flaw.MISSING, Flaw.TRUNCATED} and finding.first == seq for finding in report.findings)


@given(st.integers(1, SIZE), st.integers(1, SIZE))
def test_two_records_exchanged_are_found(one, other):
    if one == other:
        return
    (at, number), (at_other, number_other) = PLACES[one - 1], PLACES[other - 1]
    every = [lines_of(segment) for segment in SEGMENTS]
    every[at][number], every[at_other][number_other] = every[at_other][number_other], every[at][number]
    changed = [
        Segment(segment.name, b"".join(line + b"\n" for line in lines))
        for segment, lines in zip(SEGMENTS, every, strict=True)
    ]
    report = judged(changed)
    assert not report.holds
    assert touches(report, one)
    assert touches(report, other)


@given(st.integers(1, SIZE), st.integers(0, 3))
def test_a_repeated_record_is_found(seq, later):
    at, number = PLACES[seq - 1]
    lines = lines_of(SEGMENTS[at])
    lines.insert(min(number + 1 + later, len(lines)), lines[number])
    report = judged(with_lines(at, lines))
    assert Flaw.MOVED in {finding.flaw for finding in report.findings}


@given(st.integers(0, sum(len(segment.data) for segment in SEGMENTS) - 1))
def test_a_log_cut_anywhere_is_found_against_its_head(size):
    kept, left = [], size
    for segment in SEGMENTS:
        if left > 0:
            kept.append(Segment(segment.name, segment.data[:left]))
        left -= len(segment.data)
    report = judged(kept)
    assert Flaw.TRUNCATED in {finding.flaw for finding in report.findings}


@pytest.mark.parametrize("at", range(len(SEGMENTS)))
def test_a_missing_segment_is_found_and_its_records_told(at):
    report = judged([segment for number, segment in enumerate(SEGMENTS) if number != at])
    first = int(SEGMENTS[at].name[:12])
    assert any(
        finding.flaw in {Flaw.MISSING, Flaw.TRUNCATED} and finding.first == first for finding in report.findings
    )


@given(st.integers(1, SIZE))
def test_a_past_rewritten_with_a_perfect_chain_is_found_by_the_next_head(seq):
    """Whoever holds the disk but not the key computes every hash anew; only the signed roots tell."""
    report = judged(rewritten_from(seq))
    assert not report.holds
    assert touches(report, seq)


@pytest.mark.parametrize("seq", [1, 20, SIZE])
def test_a_rewritten_past_is_told_between_two_heads(seq):
    report = judged(rewritten_from(seq, headers=False)[: PLACES[seq - 1][0] + 1], NOTES)
    told = [finding for finding in report.findings if finding.flaw is Flaw.REWRITTEN]
    assert told
    assert told[0].first <= seq <= told[0].last


def test_an_older_part_may_be_archived_if_the_reader_says_so():
    first = int(SEGMENTS[2].name[:12])
    assert judged(SEGMENTS[2:], retained_from=first).holds
    assert not judged(SEGMENTS[2:]).holds
    assert not judged(SEGMENTS[3:], retained_from=first).holds


def test_two_heads_of_one_size_that_contradict_are_a_fork():
    other, _ = written_log(KEY, [SIZE], first=1000)
    report = judged(SEGMENTS, [*NOTES, notes_of(other)[0]])
    assert Flaw.FORKED in {finding.flaw for finding in report.findings}


def test_a_head_of_another_history_is_a_fork_once_the_records_outgrow_it():
    other, _ = written_log(KEY, [10], first=1000)
    report = judged(SEGMENTS, [*NOTES, notes_of(other)[0]])
    fork = next(finding for finding in report.findings if finding.flaw is Flaw.FORKED)
    assert fork.last == 10


def test_a_head_that_somebody_else_signed_counts_for_nothing():
    stranger = log_key()
    forged = sign_head(TreeHead.read(JOURNAL.head.text), stranger)
    report = judged(SEGMENTS, [forged])
    assert {finding.flaw for finding in report.findings} == {Flaw.HEAD}


def test_what_no_head_covers_is_told_as_only_chained():
    notes = [note for note in NOTES if TreeHead.read(note.text).size <= 30]
    newest = max(TreeHead.read(note.text).size for note in notes)
    report = judged(SEGMENTS[:1], [note for note in notes if TreeHead.read(note.text).size <= 10])
    assert newest <= 30
    assert report.holds
    assert report.signed_up_to < report.last


def test_no_files_at_all_are_a_truncated_log():
    assert [finding.flaw for finding in judged([]).findings] == [Flaw.TRUNCATED]
    empty = verify([], [], KEY.public)
    assert (empty.holds, empty.first, empty.last) == (True, None, None)


@given(st.binary(max_size=300))
def test_garbage_is_never_accepted_and_never_an_exception(data):
    assert not judged([Segment("000000000001.jsonl", data)], []).holds


def test_findings_are_bounded():
    noise = SEGMENTS[0].data.split(b"\n")[0] + b"\n" + b"x\n" * 5000
    assert len(judged([Segment(SEGMENTS[0].name, noise)]).findings) <= 100


def reworded(line, text):
    record = read_record(line)
    return record_line(
        seq=record.seq,
        batch=record.batch,
        at=record.at,
        kind=record.kind,
        event=encoded({**record.event, "transaction": text}),
        previous=record.previous,
        slip=record.slip,
    )


def rewritten_from(seq, *, headers=True):
    """The log with record ``seq`` reworded and every later hash computed anew; headers keep their signed heads."""
    changed, previous = [], None
    for segment in SEGMENTS:
        header, *lines = lines_of(segment)
        new = [header if previous is None or not headers else header_naming(header, previous)]
        for line in lines:
            record = read_record(line)
            if record.seq >= seq:
                event = {**record.event, "transaction": "autre"} if record.seq == seq else record.event
                line = record_line(
                    seq=record.seq,
                    batch=record.batch,
                    at=record.at,
                    kind=record.kind,
                    event=encoded(event),
                    previous=previous if record.seq > seq else record.previous,
                )
            previous = leaf_hash(line)
            new.append(line)
        changed.append(Segment(segment.name, b"".join(line + b"\n" for line in new)))
    return changed


def header_naming(line, previous):
    return replace(SegmentHeader.read(line), previous=previous).line


def test_notes_come_back_as_they_went():
    for note in NOTES:
        assert SignedNote.read(note.document) == note
