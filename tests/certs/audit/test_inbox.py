"""Slips: durable before the deed, read back, and never trusted further than the vocabulary."""

from datetime import UTC, datetime

import pytest

from certs.audit.inbox import AuditFiles, hand_in, read_slip, slip_id, waiting
from certs.home import Home
from certs.private_files import is_private
from ror.audit.events import LogRead, OfficerActed, event_bytes

AT = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)
ACT = OfficerActed(act="whitelist.published", officer="thumbprint", list_version=4)


@pytest.fixture
def files(tmp_path):
    return AuditFiles(Home(tmp_path / "home"))


def test_a_slip_says_what_was_handed_in(files):
    hand_in(files, ACT, AT)
    (path,) = waiting(files.inbox)
    _, slip = read_slip(path)
    assert slip is not None
    assert (slip.id, slip.at, slip.kind, slip.event) == (slip_id(path), AT, "officer.acted", event_bytes(ACT))
    assert is_private(path)
    assert is_private(files.inbox)


def test_where_there_is_no_inbox_nothing_waits(files):
    assert waiting(files.inbox) == []


def test_other_files_in_the_inbox_are_left_alone(files):
    hand_in(files, LogRead(command="tail", account=0), AT)
    (files.inbox / "readme").write_text("x")
    (files.inbox / ".half.tmp").write_text("x")
    assert len(waiting(files.inbox)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"at":"2026-03-01T08:15:00.000000Z","kind":"log.read","event":{}}',
        b'{"at":"2026-03-01T08:15:00.000000Z","kind":"person.named","event":{"name":"x"}}',
        b'{"at":"yesterday","kind":"slip.refused","event":{"digest":"x"}}',
        b'{"at":"2026-03-01T08:15:00.000000Z","kind":"slip.refused","event":{"digest":"' + b"x" * 40_000 + b'"}}',
        b'{"at":"2026-03-01T08:15:00.000000Z","kind":1,"event":2}',
    ],
)
def test_a_slip_outside_the_vocabulary_is_none(files, data):
    files.inbox.mkdir(parents=True)
    path = files.inbox / ("0" * 32 + ".slip")
    path.write_bytes(data)
    assert read_slip(path) == (data[:65_536], None)
