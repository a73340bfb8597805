"""A running reader: new lists, answers and rules are taken up, bad ones are not, and the last good stays."""

import asyncio
import os
import shutil
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from cryptography.x509 import ocsp
from structlog.testing import capture_logs

from certs.errors import SeenNumberError
from certs.hearing import Hearing
from certs.home import Home
from certs.profiles import Purpose
from certs.reasons import Reason
from certs.revocation import certificate_list
from certs.revocation.certificate_list import SeenNumber
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.policy import STRICT, Grace, Requirement, RevocationPolicy
from certs.revocation.policy_document import save_policy
from certs.revocation.seen import SeenFile, SeenInMemory
from certs.revocation.source import Refresh, RevocationSource
from certs.verification import verify
from certs.watching import watch
from tests.support.revocation import (
    DAY,
    answer_about,
    asked_about,
    authority_of,
    flaw_of,
    list_of,
    responder_of,
    serial_of,
)

SECOND = timedelta(seconds=1)


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(pki):
    return Clock(pki.now)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.revocation_lists.mkdir(parents=True)
    home.revocation_answers.mkdir()
    return home


@pytest.fixture
def source(home, pki, clock):
    return RevocationSource.of_home(home, pki.trust, clock)


@pytest.fixture
def publish(home):
    """Puts a list in place the way a publisher does, by a rename."""

    def put(data, name="organisations"):
        path = home.revocation_list(name)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(data)
        os.replace(fresh, path)

    return put


@pytest.fixture
def with_root(publish, pki):
    publish(list_of(pki, by=pki.root, next_update=pki.now + 99 * DAY), "root")


@pytest.fixture(scope="module")
def leaf(pki):
    return pki.client()


@pytest.fixture(scope="module")
def accepted(pki, leaf):
    return verify(leaf.chain, pki.trust, Purpose.CLIENT, pki.now)


def reason(source, accepted, clock):
    return source.apply(accepted, clock.at).reason


def test_before_the_first_list_nobody_is_let_in(source, accepted, clock):
    assert source.refresh() is Refresh.UNCHANGED
    assert reason(source, accepted, clock) is Reason.REVOCATION_UNKNOWN


def test_a_list_is_taken_up_once(source, publish, pki, with_root, accepted, clock):
    publish(list_of(pki))
    assert source.refresh() is Refresh.TAKEN_UP
    assert source.refresh() is Refresh.UNCHANGED
    assert reason(source, accepted, clock) is None


def test_a_revocation_counts_without_a_restart(source, publish, pki, leaf, with_root, accepted, clock):
    publish(list_of(pki))
    source.refresh()
    assert reason(source, accepted, clock) is None
    publish(list_of(pki, serial_of(leaf), number=2))
    source.refresh()
    assert reason(source, accepted, clock) is Reason.REVOKED


def test_a_list_of_the_same_second_is_taken_up_by_its_number(source, publish, pki, leaf, with_root, accepted, clock):
    publish(list_of(pki))
    source.refresh()
    first = source.current.state.lists[authority_of(pki, pki.organisations).id]
    publish(list_of(pki, serial_of(leaf), number=2))
    source.refresh()
    assert source.current.state.lists[first.authority.id].this_update == first.this_update
    assert reason(source, accepted, clock) is Reason.REVOKED


@pytest.mark.parametrize(
    ("bad", "flaw"),
    [
        (lambda pki: b"", Flaw.MALFORMED),
        (lambda pki: list_of(pki, number=9)[:-1], Flaw.MALFORMED),
        (lambda pki: list_of(pki, number=9, by=pki.new_intermediate(pki.new_root())), Flaw.BAD_SIGNATURE),
        (lambda pki: list_of(pki, number=4), Flaw.ROLLBACK),
        (lambda pki: list_of(pki, number=5), Flaw.NUMBER_REUSED),
        (lambda pki: list_of(pki, number=None), Flaw.NO_NUMBER),
        (lambda pki: list_of(pki, number=9, this_update=pki.now + DAY / 2), Flaw.NOT_YET_ISSUED),
    ],
    ids=["empty", "truncated", "wrong-signer", "number-back", "number-reused", "no-number", "future"],
)
def test_a_bad_list_is_refused_told_once_and_the_last_good_one_stays(
    source, publish, pki, leaf, with_root, accepted, clock, bad, flaw
):
    publish(list_of(pki, serial_of(leaf), number=5))
    source.refresh()
    publish(bad(pki))
    with capture_logs() as logs:
        assert source.refresh() is Refresh.REFUSED
        source.refresh()
    assert [(log["event"], log["flaw"]) for log in logs] == [("revocation.refused", flaw.value)]
    assert reason(source, accepted, clock) is Reason.REVOKED
    publish(list_of(pki, number=10))
    source.refresh()
    assert reason(source, accepted, clock) is None


def test_a_list_that_is_too_large_is_refused(source, publish, pki, monkeypatch):
    publish(list_of(pki, *range(1, 100)))
    monkeypatch.setattr(certificate_list, "MAX_LIST_BYTES", 1000)
    assert source.refresh() is Refresh.REFUSED


def test_a_list_of_the_future_is_taken_up_when_its_time_comes(source, publish, pki, clock):
    publish(list_of(pki, this_update=pki.now + DAY / 2))
    assert source.refresh() is Refresh.REFUSED
    clock.at += DAY / 2
    assert source.refresh() is Refresh.TAKEN_UP


def test_a_list_that_vanishes_stays_in_force_until_it_is_overdue(
    source, publish, pki, leaf, with_root, accepted, clock, home
):
    publish(list_of(pki, serial_of(leaf)))
    source.refresh()
    shutil.rmtree(home.revocation_lists)
    assert source.refresh() is Refresh.UNCHANGED
    assert reason(source, accepted, clock) is Reason.REVOKED


def test_a_rollback_is_refused_after_a_restart_too(home, publish, pki, clock):
    old, new = list_of(pki, number=5), list_of(pki, 9, number=6)
    publish(new)
    assert RevocationSource.of_home(home, pki.trust, clock).refresh() is Refresh.TAKEN_UP
    publish(old)
    assert RevocationSource.of_home(home, pki.trust, clock).refresh() is Refresh.REFUSED
    publish(new)
    assert RevocationSource.of_home(home, pki.trust, clock).refresh() is Refresh.TAKEN_UP


def test_a_damaged_memory_of_numbers_lets_no_list_in_until_it_is_mended(source, publish, pki, home):
    publish(list_of(pki))
    memory = home.revocation_lists / "seen.json"
    memory.write_bytes(b"{")
    with capture_logs() as logs:
        assert source.refresh() is Refresh.REFUSED
    assert logs[0]["flaw"] == "crl.seen-unreadable"
    memory.unlink()
    assert source.refresh() is Refresh.TAKEN_UP


def test_where_the_memory_cannot_be_written_a_revocation_counts_all_the_same(
    home, publish, pki, leaf, with_root, accepted, clock
):
    class Full(SeenInMemory):
        def remember(self, authority, seen):
            raise SeenNumberError("no space left on device")

    source = RevocationSource(home, pki.trust, clock, Full())
    publish(list_of(pki, serial_of(leaf)))
    with capture_logs() as logs:
        assert source.refresh() is Refresh.TAKEN_UP
    assert "revocation.seen_not_kept" in {log["event"] for log in logs}
    assert reason(source, accepted, clock) is Reason.REVOKED


def test_two_files_of_one_authority_are_one_history(source, publish, pki, leaf, with_root, accepted, clock):
    publish(list_of(pki, serial_of(leaf), number=7), "organisations")
    publish(list_of(pki, number=6), "a-mirror")
    source.refresh()
    assert reason(source, accepted, clock) is Reason.REVOKED


def test_an_authoritys_list_is_known_by_its_content_not_by_its_files_name(source, publish, pki):
    publish(list_of(pki, by=pki.personnes), "organisations")
    source.refresh()
    assert set(source.current.state.lists) == {authority_of(pki, pki.personnes).id}


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_unreadable_and_holds_nobody_up(source, home, kind):
    path = home.revocation_list("organisations")
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with capture_logs() as logs:
        assert source.refresh() is Refresh.UNREADABLE
        source.refresh()
    assert [log["event"] for log in logs].count("revocation.unreadable") == 1


def test_officers_hear_once_of_lists_that_are_missing_overdue_or_relied_on_and_when_it_is_over(
    source, publish, pki, clock, home, with_root
):
    name = authority_of(pki, pki.organisations).common_name
    ours = RevocationPolicy(
        requirements={authority_of(pki, pki.personnes).common_name: Requirement.NOT_REQUIRED},
    )
    save_policy(home.revocation_policy, ours)
    given = Grace(authority=name, granted=pki.now, until=pki.now + 3 * DAY, reason="panne", officer="officer-1")

    def told():
        with capture_logs() as logs:
            source.refresh()
            source.refresh()
        return [log for log in logs if log.get("authority") == name and log["event"] != "revocation.list_taken_up"]

    assert [log["event"] for log in told()] == ["revocation.list_missing"]
    publish(list_of(pki))
    assert [log["event"] for log in told()] == ["revocation.list_fresh"]
    clock.at = pki.now + 2 * DAY
    assert [log["event"] for log in told()] == ["revocation.list_overdue"]
    save_policy(home.revocation_policy, RevocationPolicy(requirements=ours.requirements, graces=(given,)))
    (log,) = told()
    assert (log["event"], log["officer"], log["grace_reason"]) == ("revocation.grace_in_use", "officer-1", "panne")
    publish(list_of(pki, number=2, this_update=clock.at, next_update=clock.at + DAY))
    assert [log["event"] for log in told()] == ["revocation.list_fresh"]


def test_rules_are_taken_up_refused_and_taken_away_like_lists(source, home, pki, accepted, clock):
    names = (authority.common_name for authority in pki.trust.authorities)
    lenient = RevocationPolicy(requirements=dict.fromkeys(names, Requirement.NOT_REQUIRED))
    save_policy(home.revocation_policy, lenient)
    assert source.refresh() is Refresh.TAKEN_UP
    assert reason(source, accepted, clock) is None
    home.revocation_policy.write_bytes(b'{"requirements": {}, "more": 1}')
    with capture_logs() as logs:
        assert source.refresh() is Refresh.REFUSED
    assert logs[-1]["flaw"] == "policy.invalid"
    assert source.current.policy == lenient
    home.revocation_policy.unlink()
    assert source.refresh() is Refresh.TAKEN_UP
    assert source.current.policy is STRICT
    assert reason(source, accepted, clock) is Reason.REVOCATION_UNKNOWN


def test_bad_rules_from_the_start_mean_the_strict_ones(source, home, accepted, clock):
    home.revocation_policy.write_bytes(b"nothing")
    source.refresh()
    assert source.current.policy is STRICT


def test_answers_are_read_from_files(source, home, pki, leaf, with_root, accepted, clock):
    path = home.revocation_answer("any-name")
    path.write_bytes(answer_about(pki, leaf))
    assert source.refresh() is Refresh.TAKEN_UP
    assert reason(source, accepted, clock) is None
    path.write_bytes(answer_about(pki, leaf, status=ocsp.OCSPCertStatus.REVOKED, this_update=pki.now))
    source.refresh()
    assert reason(source, accepted, clock) is Reason.REVOKED
    path.write_bytes(answer_about(pki, leaf))
    with capture_logs() as logs:
        assert source.refresh() is Refresh.REFUSED
    assert logs[0]["flaw"] == "ocsp.replayed"
    assert reason(source, accepted, clock) is Reason.REVOKED


def test_a_file_that_is_no_answer_is_refused(source, home):
    home.revocation_answer("any-name").write_bytes(b"nothing")
    assert source.refresh() is Refresh.REFUSED


def test_an_answer_that_waited_for_its_authoritys_list_is_looked_at_again(source, home, publish, pki, leaf):
    responder = responder_of(pki, extra_extensions=())
    home.revocation_answer("any-name").write_bytes(answer_about(pki, leaf, by=responder))
    assert source.refresh() is Refresh.REFUSED
    assert source.refresh() is Refresh.UNCHANGED
    publish(list_of(pki))
    source.refresh()
    assert asked_about(pki, leaf).key in source.current.state.answers


def test_answers_that_have_ended_are_forgotten_but_revocations_are_not(source, home, pki, leaf, clock):
    other = pki.client()
    home.revocation_answer("a").write_bytes(answer_about(pki, leaf))
    home.revocation_answer("b").write_bytes(answer_about(pki, other, status=ocsp.OCSPCertStatus.REVOKED))
    source.refresh()
    assert len(source.current.state.answers) == 2
    clock.at += 9 * DAY
    source.refresh()
    assert set(source.current.state.answers) == {asked_about(pki, other).key}


def test_what_is_offered_is_judged_like_a_file_and_outlives_the_process(home, pki, leaf, clock, source):
    assert flaw_of(source.offer_list(b"nothing")) is Flaw.MALFORMED
    assert flaw_of(source.offer_answer(b"nothing", asked_about(pki, leaf), None)) is Flaw.ANSWER_MALFORMED
    assert not isinstance(source.offer_list(list_of(pki)), Rejected)
    assert not isinstance(source.offer_answer(answer_about(pki, leaf), asked_about(pki, leaf), None), Rejected)
    assert source.refresh() is Refresh.UNCHANGED
    again = RevocationSource.of_home(home, pki.trust, clock)
    assert again.refresh() is Refresh.TAKEN_UP
    assert again.current.state.lists.keys() == source.current.state.lists.keys()
    assert again.current.state.answers.keys() == source.current.state.answers.keys()
    for path in (*home.revocation_lists.glob("*.crl"), *home.revocation_answers.glob("*.ocsp")):
        assert path.stat().st_mode & 0o777 == 0o600


def test_an_offer_that_is_refused_replaces_nothing(home, pki, source):
    good = list_of(pki, number=5)
    source.offer_list(good)
    (path,) = home.revocation_lists.glob("fetched-*.crl")
    assert flaw_of(source.offer_list(list_of(pki, number=4))) is Flaw.ROLLBACK
    assert path.read_bytes() == good


def test_an_offer_counts_even_where_it_cannot_be_kept(tmp_path, pki, leaf, clock, accepted):
    (tmp_path / "home").write_bytes(b"a file where the folder should be")
    source = RevocationSource(Home(tmp_path / "home"), pki.trust, clock)
    with capture_logs() as logs:
        source.offer_list(list_of(pki, serial_of(leaf)))
    assert "revocation.not_kept" in {log["event"] for log in logs}
    assert reason(source, accepted, clock) is Reason.REVOKED


def test_a_refusal_of_another_kind_is_left_alone(source, pki, leaf, clock):
    refused = verify(leaf.chain, pki.trust, Purpose.SERVER, pki.now)
    assert source.apply(refused, clock.at) is refused


def test_the_memory_keeps_the_highest_number_of_each_authority(tmp_path):
    memory = SeenFile(tmp_path / "pki" / "crl" / "seen.json")
    first, second = "a" * 64, "b" * 64
    assert memory.newest(first) is None
    memory.remember(first, SeenNumber(2**159, "c" * 64))
    memory.remember(first, SeenNumber(7, "d" * 64))
    memory.remember(second, SeenNumber(1, "e" * 64))
    again = SeenFile(tmp_path / "pki" / "crl" / "seen.json")
    assert again.newest(first) == SeenNumber(2**159, "c" * 64)
    assert again.newest(second) == SeenNumber(1, "e" * 64)


def test_several_processes_share_the_memory_without_losing_a_number(tmp_path):
    memory = SeenFile(tmp_path / "seen.json")

    def remember(index):
        for number in range(5):
            memory.remember(f"{index:064x}", SeenNumber(number, "c" * 64))

    threads = [threading.Thread(target=remember, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [memory.newest(f"{index:064x}").number for index in range(4)] == [4] * 4


@pytest.mark.parametrize("data", [b"", b"[]", b'{"x": 1}', b'{"%s": {"number": "-1", "digest": ""}}' % (b"a" * 64)])
def test_a_memory_that_is_none_is_an_error(tmp_path, data):
    (tmp_path / "seen.json").write_bytes(data)
    with pytest.raises(SeenNumberError):
        SeenFile(tmp_path / "seen.json").newest("a" * 64)


async def test_the_watcher_takes_up_what_comes_and_ends_when_cancelled(source, publish, pki):
    task = asyncio.create_task(watch(source, 0.01))
    publish(list_of(pki))
    async with asyncio.timeout(5):
        while not source.current.state.lists:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Seconds:
    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def hearing_source(home, pki, clock, publish, with_root, seconds):
    """A source that has read its lists, and forgives four seconds without a look."""
    publish(list_of(pki))
    source = RevocationSource.of_home(home, pki.trust, clock, Hearing(4.0, seconds))
    source.refresh()
    return source


def _looked_at_later(source, seconds):
    seconds.at_s += 5.0
    source.refresh()
    return source


def test_the_control_a_look_that_gets_through_is_news(hearing_source, seconds, accepted, clock):
    assert not _looked_at_later(hearing_source, seconds).unheard
    assert reason(hearing_source, accepted, clock) is None


@pytest.mark.parametrize("folder", ["revocation_lists", "revocation_answers"])
def test_where_a_folder_cannot_be_listed_nobody_is_known_to_be_good(
    hearing_source, seconds, accepted, clock, home, folder
):
    place = getattr(home, folder)
    place.rename(place.with_name("away"))
    place.write_bytes(b"")

    assert _looked_at_later(hearing_source, seconds).unheard
    assert reason(hearing_source, accepted, clock) is Reason.REVOCATION_UNKNOWN


def test_a_list_once_read_that_cannot_be_read_any_more_is_no_news(hearing_source, seconds, home):
    path = home.revocation_list("organisations")
    path.unlink()
    path.mkdir()
    assert _looked_at_later(hearing_source, seconds).unheard


def test_a_folder_that_is_gone_with_its_lists_is_no_news(hearing_source, seconds, home):
    home.revocation_lists.rename(home.revocation_lists.with_name("away"))
    assert _looked_at_later(hearing_source, seconds).unheard


def test_a_stray_file_that_cannot_be_read_is_told_and_shuts_nobody_out(hearing_source, seconds, home):
    home.revocation_list("stray").mkdir()
    with capture_logs() as logs:
        assert not _looked_at_later(hearing_source, seconds).unheard
    assert "revocation.unreadable" in {entry["event"] for entry in logs}
