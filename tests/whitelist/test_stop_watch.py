"""A running reader and the stops: taken up at once, told loudly, not undone by taking a file away."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from ror.access import Transaction
from ror.faults import Reason
from whitelist import office
from whitelist.decision import Admission, admit
from whitelist.emergency import stop_partner
from whitelist.errors import StorageError
from whitelist.officers import OfficerKey
from whitelist.roster import with_officer, without_officer
from whitelist.seen import SeenFile
from whitelist.source import Refresh, WhitelistSource
from whitelist.stop_folder import keep_stop, names, read_stop_file
from whitelist.stops import Stop, StopKind, sign_stop

HOUR = timedelta(hours=1)


class Clock:
    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture
def source(two, clock):
    source = WhitelistSource.of_home(two.home, clock)
    source.refresh()
    return source


@pytest.fixture
def decided(source, make_partner, identity_for, clock):
    """What a caller with the partner's certificate is told now."""

    def decided(source=source):
        decision = admit(source.current, identity_for(make_partner()), Transaction.SEARCH, clock.at)
        return True if isinstance(decision, Admission) else decision.reason

    return decided


@pytest.fixture
def stop(two, key_of, clock):
    def stop(*, officer="officer-2", kind=StopKind.REVOKE, hours=24):
        base = office.base_of(two, clock.at)
        return stop_partner(
            two, key_of(officer), base, clock.at, partner_id="samu-rhone", kind=kind, reason="clé volée", hours=hours
        )

    return stop


def _publish(two, clock, change=lambda draft: draft):
    keys = office.keys_here(two, office.base_of(two, clock.at).officers)
    return office.publish_changed(two, keys, clock.at, change)


def test_a_stop_counts_at_the_next_look(source, stop, decided):
    assert decided() is True
    before = source.current
    stop()

    assert source.refresh() is Refresh.STOPS_CHANGED
    assert decided() is Reason.PARTNER_REVOKED
    assert source.current is not before
    assert source.refresh() is Refresh.UNCHANGED


def test_a_stop_is_told_loudly_and_so_is_its_end(source, stop, clock):
    stop()
    with capture_logs() as logs:
        source.refresh()
        source.refresh()
        clock.at += HOUR * 24
        source.refresh()

    assert [(entry["event"], entry["log_level"]) for entry in logs] == [
        ("partner.stopped", "error"),
        ("partner.stop_ended", "error"),
    ]
    assert logs[0]["officer"] == "officer-2"
    assert logs[0]["partner"] == "samu-rhone"


def test_a_stop_ends_by_itself_if_nobody_confirms_it(source, stop, decided, clock):
    stop(kind=StopKind.SUSPEND, hours=2)
    source.refresh()
    assert decided() is Reason.PARTNER_SUSPENDED

    clock.at += HOUR * 2
    source.refresh()

    assert decided() is True


def test_a_stop_wins_over_a_list_published_after_it(two, source, stop, decided, clock):
    stop()
    source.refresh()
    clock.at += HOUR

    _publish(two, clock, lambda draft: draft.with_changed(replace(draft.partner("samu-rhone"), quota=9)))

    assert source.refresh() is Refresh.TAKEN_UP
    assert source.current.version == 2
    assert decided() is Reason.PARTNER_REVOKED


def test_a_new_list_is_never_in_force_without_the_stops_over_it(two, stop, decided, clock):
    stop()

    fresh = WhitelistSource.of_home(two.home, clock)
    fresh.refresh()

    assert decided(fresh) is Reason.PARTNER_REVOKED


def test_officers_together_lift_a_stop(two, source, stop, decided, clock):
    running = stop()
    source.refresh()

    _publish(two, clock, lambda draft: draft.with_resumed("samu-rhone", "erreur", [running.stop.lifted]))
    source.refresh()

    assert decided() is True
    _publish(two, clock)
    source.refresh()
    assert decided() is True


def test_a_stop_whose_file_is_taken_away_still_holds(two, source, stop, decided):
    stop()
    source.refresh()
    for path in two.stops.iterdir():
        path.unlink()
    two.stops.rmdir()

    source.refresh()

    assert decided() is Reason.PARTNER_REVOKED


def test_it_still_holds_after_a_restart(two, source, stop, decided, clock):
    stop()
    source.refresh()
    for path in two.stops.iterdir():
        path.unlink()

    restarted = WhitelistSource.of_home(two.home, clock)
    restarted.refresh()

    assert decided(restarted) is Reason.PARTNER_REVOKED


def test_what_is_over_is_forgotten_once_it_counts_against_nobody(two, source, stop, clock):
    stop(hours=1)
    source.refresh()
    clock.at += HOUR * 2
    _publish(two, clock)
    stop(hours=1, officer="officer-1")
    source.refresh()

    assert [kept.officer for kept in SeenFile(two.seen).all().stops] == ["officer-1"]


@pytest.mark.parametrize("name", ["x.jws", "0" * 64 + ".jws", "0" * 64 + ".jws.tmp", ".hidden"])
def test_other_files_in_the_folder_are_no_stops(two, source, stop, decided, name):
    keep_stop(two.stops, b"{}")
    (two.stops / name).write_bytes(b"{}")
    (two.stops / ("f" * 64 + ".jws")).mkdir()

    with capture_logs() as logs:
        assert source.refresh() is Refresh.UNCHANGED
        source.refresh()

    assert decided() is True
    assert {entry["event"] for entry in logs} <= {"stop.refused", "stop.unreadable"}
    assert len(logs) == len({(entry["event"], entry["file"]) for entry in logs})
    stop()
    source.refresh()
    assert decided() is Reason.PARTNER_REVOKED


def test_a_strangers_stop_is_refused_until_he_is_an_officer(two, source, decided, clock):
    carol = OfficerKey.generate("carol")
    made = Stop(
        environment="test",
        partner="samu-rhone",
        kind=StopKind.SUSPEND,
        officer="carol",
        reason="x",
        issued_at=clock.at,
        until=clock.at + HOUR,
    )
    keep_stop(two.stops, sign_stop(made, carol))
    with capture_logs() as logs:
        source.refresh()
    assert [entry["flaw"] for entry in logs] == ["stop.unknown-officer"]
    assert decided() is True

    officers = office.base_of(two, clock.at).officers
    office.keep_key(two, carol)
    keys = (*office.keys_here(two, officers), carol)
    office.publish_changed(two, keys, clock.at, lambda draft: with_officer(draft, officers, carol.officer))
    source.refresh()

    assert decided() is Reason.PARTNER_SUSPENDED


def test_a_stop_once_taken_up_outlives_the_officer_who_made_it(two, source, stop, decided, clock):
    carol = OfficerKey.generate("carol")
    office.keep_key(two, carol)
    officers = office.base_of(two, clock.at).officers
    keys = (*office.keys_here(two, officers), carol)
    office.publish_changed(two, keys, clock.at, lambda draft: with_officer(draft, officers, carol.officer))
    stop(officer="officer-2")
    source.refresh()

    officers = office.base_of(two, clock.at).officers
    keys = office.keys_here(two, officers)
    office.publish_changed(two, keys, clock.at, lambda draft: without_officer(draft, officers, "officer-2"))
    source.refresh()

    assert source.current.version == 3
    assert decided() is Reason.PARTNER_REVOKED


def test_a_reader_that_cannot_remember_a_stop_applies_it_all_the_same(two, source, stop, decided, monkeypatch):
    stop()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certs.kept_file.write_private", full)
    with capture_logs() as logs:
        source.refresh()

    assert decided() is Reason.PARTNER_REVOKED
    assert [entry["event"] for entry in logs] == [
        "whitelist.seen_not_kept",
        "stops.not_remembered",
        "partner.stopped",
    ]


def test_a_folder_that_cannot_be_listed_undoes_nothing(two, source, stop, decided, monkeypatch):
    stop()
    source.refresh()

    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refused)
    with capture_logs() as logs:
        source.refresh()

    assert decided() is Reason.PARTNER_REVOKED
    assert [entry["event"] for entry in logs] == ["stops.unreadable"]


def test_two_looks_within_one_tick_miss_nothing(two, source, stop, decided):
    source.refresh()
    stop(kind=StopKind.SUSPEND)
    source.refresh()
    stop(kind=StopKind.REVOKE, officer="officer-1")
    source.refresh()

    assert decided() is Reason.PARTNER_REVOKED


def test_of_too_many_files_the_newest_are_read(two, monkeypatch):
    import os

    monkeypatch.setattr("whitelist.stop_folder.MAX_FILES", 2)
    kept = [keep_stop(two.stops, bytes([number])) for number in range(4)]
    for age, path in enumerate(reversed(kept)):
        os.utime(path, (1_000 - age, 1_000 - age))

    assert set(names(two.stops)) == {kept[2].name, kept[3].name}


def test_a_file_that_is_not_what_its_name_says_is_not_read(two):
    path = keep_stop(two.stops, b"one")
    assert read_stop_file(two.stops, path.name) == b"one"
    path.write_bytes(b"two")

    assert read_stop_file(two.stops, path.name) is None
    assert read_stop_file(two.stops, "0" * 64 + ".jws") is None


def test_a_stop_that_cannot_be_kept_is_an_error(two, stop):
    two.stops.write_bytes(b"")

    with pytest.raises(StorageError, match="cannot be kept"):
        stop()


def test_what_was_seen_survives_another_reader_writing(two, source, stop, clock):
    stop()
    source.refresh()
    before = SeenFile(two.seen).all()

    _publish(two, clock)

    after = SeenFile(two.seen).all()
    assert after.stops == before.stops
    assert after.officers == before.officers
    assert after.version.number == before.version.number + 1
