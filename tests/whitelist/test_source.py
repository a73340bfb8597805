"""A running reader: new lists are taken up, bad ones are not, and the last good one stays until it expires."""

import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from certs.watching import watch
from ror.access import Transaction
from ror.faults import Reason
from whitelist.decision import Admission, admit
from whitelist.errors import NotInitialisedError, SeenVersionError
from whitelist.files import WhitelistFiles
from whitelist.seen import SeenFile, SeenInMemory
from whitelist.signature import SeenVersion, sign
from whitelist.source import Refresh, WhitelistSource


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "whitelist.jws"


@pytest.fixture
def source(path, trust, clock):
    return WhitelistSource(path, trust, clock)


@pytest.fixture
def publish(path, make_whitelist, key):
    """Puts a version in place the way a publisher does, by a rename."""

    def publish(*partners, **changed):
        fresh = path.with_suffix(".new")
        fresh.write_bytes(sign(make_whitelist(*partners, **changed), [key]))
        os.replace(fresh, path)

    return publish


def test_before_the_first_list_nobody_is_known(source):
    assert source.refresh() is Refresh.UNREADABLE
    assert source.current is None


def test_a_list_is_taken_up_once(source, publish, make_partner):
    publish(make_partner())

    assert source.refresh() is Refresh.TAKEN_UP
    assert source.refresh() is Refresh.UNCHANGED
    assert source.current.version == 1


def test_a_changed_list_counts_without_a_restart(source, publish, make_partner, identity_for, now):
    partner = make_partner()
    publish(partner)
    source.refresh()

    publish(version=2)
    source.refresh()

    decision = admit(source.current, identity_for(partner), Transaction.SEARCH, now)
    assert decision.reason is Reason.PARTNER_NOT_LISTED


def test_the_same_list_written_again_changes_nothing(source, publish, make_partner):
    publish(make_partner())
    source.refresh()
    before = source.current

    publish(make_partner())

    assert source.refresh() is Refresh.UNCHANGED
    assert source.current is before


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: data[:-2] + b"x}", lambda data: b"\x00" * 9],
    ids=["truncated", "emptied", "tampered", "zeroed"],
)
def test_a_damaged_file_is_refused_and_the_last_good_list_stays(source, publish, path, make_partner, damage):
    publish(make_partner())
    source.refresh()
    path.write_bytes(damage(path.read_bytes()))

    with capture_logs() as logs:
        assert source.refresh() is Refresh.REFUSED

    assert source.current.version == 1
    assert logs == [
        {
            "event": "whitelist.refused",
            "log_level": "error",
            "path": str(path),
            "flaw": "whitelist.malformed",
            "detail": logs[0]["detail"],
            "current": 1,
        }
    ]


def test_a_refused_file_is_told_once_and_not_read_again(source, publish, path, make_partner):
    publish(make_partner())
    source.refresh()
    path.write_bytes(b"{}")
    source.refresh()

    with capture_logs() as logs:
        assert source.refresh() is Refresh.UNCHANGED

    assert logs == []


def test_a_good_list_after_a_bad_one_is_taken_up(source, publish, path):
    publish()
    source.refresh()
    path.write_bytes(b"{}")
    source.refresh()

    publish(version=2)

    assert source.refresh() is Refresh.TAKEN_UP
    assert source.current.version == 2


def test_a_rollback_is_refused(source, publish):
    publish(version=3)
    source.refresh()

    publish(version=2)

    assert source.refresh() is Refresh.REFUSED
    assert source.current.version == 3


def test_a_version_reused_for_other_content_is_refused(source, publish, make_partner):
    publish(make_partner())
    source.refresh()

    publish()

    assert source.refresh() is Refresh.REFUSED
    assert source.current.whitelist.partners


def test_a_list_by_another_signer_is_refused(source, publish, path, make_whitelist, second_key):
    publish()
    source.refresh()

    path.write_bytes(sign(make_whitelist(version=2), [second_key]))

    assert source.refresh() is Refresh.REFUSED
    assert source.current.version == 1


def test_a_rollback_is_refused_after_a_restart_too(path, trust, clock, publish, tmp_path):
    seen = SeenFile(tmp_path / "seen.json")
    publish(version=3)
    WhitelistSource(path, trust, clock, seen).refresh()
    publish(version=2)

    restarted = WhitelistSource(path, trust, clock, seen)

    assert restarted.refresh() is Refresh.REFUSED
    assert restarted.current is None


def test_a_list_replaced_while_it_is_judged_is_no_rollback(path, trust, clock, publish, tmp_path, monkeypatch):
    """Another reader takes up the next version, and says so, between our reading of the file and of the memory."""
    seen = SeenFile(tmp_path / "seen.json")
    publish(version=1)
    source = WhitelistSource(path, trust, clock, seen)
    real = SeenFile.all

    def while_another_is_quicker(memory):
        monkeypatch.setattr(SeenFile, "all", real)
        publish(version=2)
        WhitelistSource(path, trust, clock, seen).refresh()
        return real(memory)

    monkeypatch.setattr(SeenFile, "all", while_another_is_quicker)
    with capture_logs() as logs:
        assert source.refresh() is Refresh.TAKEN_UP
    assert source.current.version == 2
    assert "whitelist.refused" not in {entry["event"] for entry in logs}


def test_the_list_in_force_is_taken_up_after_a_restart(path, trust, clock, publish, tmp_path):
    seen = SeenFile(tmp_path / "seen.json")
    publish(version=3)
    WhitelistSource(path, trust, clock, seen).refresh()

    assert WhitelistSource(path, trust, clock, seen).refresh() is Refresh.TAKEN_UP


def test_a_reader_that_cannot_remember_takes_nothing_up(path, trust, clock, publish, tmp_path):
    (tmp_path / "seen.json").write_bytes(b"{")
    publish()
    source = WhitelistSource(path, trust, clock, SeenFile(tmp_path / "seen.json"))

    assert source.refresh() is Refresh.REFUSED
    assert source.current is None
    (tmp_path / "seen.json").unlink()
    assert source.refresh() is Refresh.TAKEN_UP


def test_a_list_that_expires_while_in_use_admits_nobody_any_more(source, publish, clock, make_partner):
    publish(make_partner())
    source.refresh()

    clock.at += timedelta(days=30)
    with capture_logs() as logs:
        source.refresh()
        source.refresh()

    assert source.current is None
    assert [entry["event"] for entry in logs] == ["whitelist.expired"]


def test_an_expired_list_is_not_taken_up(source, publish, clock):
    clock.at += timedelta(days=30)
    publish()

    assert source.refresh() is Refresh.REFUSED
    assert source.current is None


def test_a_renewed_list_ends_the_outage(source, publish, clock, now):
    publish()
    source.refresh()
    clock.at += timedelta(days=31)
    source.refresh()

    publish(version=2, issued_at=clock.at, expires_at=clock.at + timedelta(days=1))

    assert source.refresh() is Refresh.TAKEN_UP
    assert source.current.version == 2


def test_a_list_issued_in_the_future_is_taken_up_when_its_time_comes(source, publish, clock):
    clock.at -= timedelta(minutes=6)
    publish()
    assert source.refresh() is Refresh.REFUSED

    clock.at += timedelta(minutes=1)

    assert source.refresh() is Refresh.TAKEN_UP


def test_a_file_that_vanishes_leaves_the_last_good_list(source, publish, path):
    publish()
    source.refresh()
    path.unlink()

    assert source.refresh() is Refresh.UNREADABLE
    assert source.current.version == 1


def test_a_pipe_or_a_folder_in_its_place_does_not_hold_the_reader_up(source, publish, path):
    publish()
    source.refresh()
    path.unlink()
    os.mkfifo(path)
    assert source.refresh() is Refresh.UNREADABLE
    path.unlink()
    path.mkdir()
    assert source.refresh() is Refresh.UNREADABLE
    assert source.current.version == 1


def test_a_link_is_followed_and_its_change_is_noticed(source, publish, path, tmp_path):
    publish()
    os.replace(path, tmp_path / "first")
    publish(version=2)
    os.replace(path, tmp_path / "second")
    path.symlink_to(tmp_path / "first")
    source.refresh()
    path.unlink()
    path.symlink_to(tmp_path / "second")

    assert source.refresh() is Refresh.TAKEN_UP
    assert source.current.version == 2


def test_a_change_that_restores_size_and_time_is_noticed(source, publish, path):
    publish()
    source.refresh()
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert source.refresh() is Refresh.REFUSED


def test_readers_never_see_half_a_list(source, publish, make_partner, identity_for, now):
    partner = make_partner()
    publish(partner)
    source.refresh()
    identity = identity_for(partner)
    stop, refused = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            decision = admit(source.current, identity, Transaction.SEARCH, now)
            if not isinstance(decision, Admission):
                refused.append(decision)

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(2, 30):
        publish(partner, version=version)
        assert source.refresh() is Refresh.TAKEN_UP
    stop.set()
    reader.join()

    assert refused == []


async def test_watching_takes_a_new_list_up(source, publish):
    import asyncio

    publish()
    watcher = asyncio.create_task(watch(source, 0.01))
    async with asyncio.timeout(5):
        while source.current is None:
            await asyncio.sleep(0.01)
    watcher.cancel()

    assert source.current.version == 1


def test_a_state_folder_without_officers_has_no_source(files: WhitelistFiles):
    with pytest.raises(NotInitialisedError):
        WhitelistSource.of_home(files.home)


def test_the_newest_version_seen_only_goes_up(tmp_path):
    for seen in (SeenFile(tmp_path / "seen.json"), SeenInMemory()):
        assert seen.newest() is None
        seen.remember(SeenVersion(2, "a" * 64))
        seen.remember(SeenVersion(1, "b" * 64))

        assert seen.newest() == SeenVersion(2, "a" * 64)
    assert (tmp_path / "seen.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("data", [b"", b"{}", b'{"version":0,"digest":"a"}', b'{"version":"1","digest":""}'])
def test_a_damaged_memory_is_an_error_and_not_an_empty_one(tmp_path, data):
    (tmp_path / "seen.json").write_bytes(data)

    with pytest.raises(SeenVersionError):
        SeenFile(tmp_path / "seen.json").newest()
    with pytest.raises(SeenVersionError):
        SeenFile(tmp_path / "seen.json").remember(SeenVersion(1, "a" * 64))
