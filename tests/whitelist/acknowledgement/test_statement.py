"""An acknowledgement has one form, and nothing that no follower may say."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.territory import RORS
from tests.support.acknowledgements import acknowledgement, in_force
from whitelist.acknowledgement.statement import (
    GATEWAY,
    is_nonce,
    read_acknowledgement,
    write_acknowledgement,
)
from whitelist.errors import DocumentError

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(
    follower=st.sampled_from([GATEWAY, *(ror.id for ror in RORS)]),
    version=st.integers(1, 2**31 - 1),
    taken_up_at=MOMENTS,
    said_at=MOMENTS,
    nonce=st.from_regex(r"[0-9A-Za-z_-]{16,64}", fullmatch=True),
)
def test_what_is_written_reads_back(follower, version, taken_up_at, said_at, nonce):
    held = in_force(version, taken_up_at=taken_up_at)
    said = acknowledgement(follower, in_force=held, said_at=said_at, nonce=nonce)
    assert read_acknowledgement(write_acknowledgement(said)) == said


def test_a_moment_of_another_zone_is_the_same_moment():
    paris = timezone(timedelta(hours=2))
    said = acknowledgement(said_at=datetime(2026, 7, 1, 14, tzinfo=paris))
    assert b'"said_at":"2026-07-01T12:00:00.000000Z"' in write_acknowledgement(said)


@pytest.mark.parametrize(
    "change",
    [
        {"follower": "xxx"},
        {"follower": "Gateway"},
        {"format": 2},
        {"version": 0},
        {"version": 2**31},
        {"version": "8"},
        {"version": True},
        {"digest": "A" * 64},
        {"stops": "0" * 63},
        {"environment": "Démo"},
        {"nonce": "short"},
        {"nonce": "0123456789abcdef\n"},
        {"said_at": "2026-07-01T12:00:00Z"},
        {"said_at": "2026-07-01T12:00:00.000000+00:00"},
        {"said_at": "2026-07-01T12:00:00.000000"},
        {"taken_up_at": None},
        {"more": 1},
    ],
)
def test_what_no_follower_may_say_is_refused(change):
    said = json.loads(write_acknowledgement(acknowledgement())) | change
    with pytest.raises(DocumentError):
        read_acknowledgement(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


@given(st.integers(0, 400), st.integers(0, 255))
def test_another_spelling_is_refused_or_says_something_else(at, byte):
    written = write_acknowledgement(acknowledgement())
    data = bytearray(written)
    data[at % len(data)] = byte
    if bytes(data) == written:
        return
    try:
        assert write_acknowledgement(read_acknowledgement(bytes(data))) == bytes(data)
    except DocumentError:
        return


@pytest.mark.parametrize("text", ["", "a" * 15, "a" * 65, "é" * 16, "a" * 16 + "\n", "a b" * 8, "../" * 8])
def test_what_is_no_nonce(text):
    assert not is_nonce(text)
