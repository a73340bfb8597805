"""The account of one follower over time: when it is behind, silent, an alarm, and in step again."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from gateway.propagation.alarm import Alarms
from gateway.propagation.asking import Silence
from gateway.propagation.follower import FollowerWatch
from ror.audit.events import Kind
from tests.support.acknowledgements import acknowledgement, in_force
from whitelist.acknowledgement.checking import AcknowledgementFlaw
from whitelist.propagation import Standing

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def news(version: int, seconds: float):
    """Version ``version``, taken up by the gateway then."""
    return in_force(version, taken_up_at=after(seconds))


def says(version: int, **changes: object):
    return acknowledgement(in_force=in_force(version, **changes))


@pytest.fixture
def watch() -> FollowerWatch:
    return FollowerWatch("ara", "ror-ara.example", begun_at=START, alarm_after_s=30)


def test_before_it_was_asked_it_is_silent_and_no_alarm(watch):
    state = watch.state(news(8, 0), after(100))
    assert (state.standing, state.flaw, state.is_alarm) == (Standing.SILENT, Silence.NOT_ASKED, False)
    assert state.version is None
    assert state.versions_behind is None


def test_one_in_step_is_current_and_tells_how_long_it_took(watch):
    watch.compare(news(8, 0), after(0))
    watch.heard(says(8), news(8, 0), after(0.7))
    state = watch.state(news(8, 0), after(500))
    assert (state.standing, state.behind_s, state.versions_behind, state.is_alarm) == (Standing.CURRENT, 0, 0, False)
    assert state.caught_up_s == pytest.approx(0.7)


def test_lag_counts_from_when_the_gateway_took_the_news_up(watch):
    watch.heard(says(8), news(8, 0), after(1))
    watch.heard(says(8), news(10, 100), after(110))
    state = watch.state(news(10, 100), after(115))
    assert (state.standing, state.versions_behind, state.behind_s) == (Standing.BEHIND, 2, 15)
    assert not state.is_alarm
    assert watch.state(news(10, 100), after(130)).is_alarm


def test_more_news_does_not_begin_the_lag_anew(watch):
    watch.heard(says(8), news(8, 0), after(1))
    for version in range(9, 13):
        watch.heard(says(8), news(version, 20 * version), after(20 * version + 1))
    state = watch.state(news(12, 240), after(245))
    assert state.behind_s == 245 - 180
    assert state.is_alarm


def test_one_who_goes_back_to_an_older_list_is_an_alarm_at_once(watch):
    watch.heard(says(8), news(8, 0), after(1))
    watch.heard(says(7), news(8, 0), after(600))
    assert watch.state(news(8, 0), after(600)).is_alarm


def test_other_stops_are_behind(watch):
    watch.heard(says(8, stops="0" * 64), news(8, 0), after(10))
    state = watch.state(news(8, 0), after(10))
    assert (state.standing, state.versions_behind, state.behind_s) == (Standing.BEHIND, 0, 10)


def test_one_who_is_ahead_is_told_only_when_it_lasts(watch):
    watch.heard(says(8), news(8, 0), after(1))
    watch.heard(says(9), news(8, 0), after(500))
    state = watch.state(news(8, 0), after(501))
    assert (state.standing, state.versions_behind, state.is_alarm) == (Standing.DIVERGED, -1, False)
    assert watch.state(news(8, 0), after(530)).is_alarm


def test_silence_is_an_alarm_when_it_lasts_and_counts_from_the_last_word(watch):
    watch.heard(says(8), news(8, 0), after(100))
    watch.failed(Silence.LATE, after(110))
    state = watch.state(news(8, 0), after(120))
    assert (state.standing, state.silent_since, state.is_alarm) == (Standing.SILENT, after(100), False)
    assert state.flaw == "silence.late"
    assert watch.state(news(8, 0), after(130)).is_alarm


def test_one_never_heard_is_an_alarm_after_the_same_time(watch):
    watch.failed(Silence.UNREACHABLE, after(1))
    assert not watch.state(news(8, 0), after(29)).is_alarm
    state = watch.state(news(8, 0), after(30))
    assert state.is_alarm
    assert state.silent_since is None


def test_a_word_that_does_not_count_is_an_alarm_at_once_and_changes_nothing_else(watch):
    watch.heard(says(8), news(8, 0), after(1))
    watch.failed(AcknowledgementFlaw.REPLAYED, after(2))
    state = watch.state(news(8, 0), after(2))
    assert (state.standing, state.is_alarm, state.version) == (Standing.REFUSED, True, 8)
    assert state.silent_since == after(1)


def test_what_was_said_before_the_start_counts_for_silence_only(watch):
    before = acknowledgement(said_at=after(-300))
    watch.recall(before)
    state = watch.state(news(8, 0), after(1))
    assert (state.standing, state.silent_since) == (Standing.SILENT, after(-300))


def test_without_a_list_here_nothing_is_in_step(watch):
    watch.heard(says(8), news(8, 0), after(1))
    assert watch.state(None, after(2)).standing is Standing.DIVERGED


def test_an_alarm_is_told_once_for_each_way_and_once_when_it_is_over(watch):
    told: list = []
    alarms = Alarms(told.append)

    def look(seconds: float) -> None:
        alarms.look(watch.state(news(9, 100), after(seconds)), 9, after(seconds))

    with capture_logs() as logs:
        watch.heard(says(8), news(9, 100), after(101))
        for seconds in (101, 129, 130, 131, 160):
            look(seconds)
        watch.failed(AcknowledgementFlaw.BAD_SIGNATURE, after(170))
        look(170)
        watch.failed(Silence.LATE, after(180))
        look(180)
        watch.heard(says(9), news(9, 100), after(190))
        look(190)
        look(200)
    kinds = [(event.kind, getattr(event, "standing", None)) for event in told]
    assert kinds == [
        (Kind.FOLLOWER_BEHIND, "behind"),
        (Kind.FOLLOWER_BEHIND, "refused"),
        (Kind.FOLLOWER_BEHIND, "silent"),
        (Kind.FOLLOWER_CAUGHT_UP, None),
    ]
    assert (told[0].follower, told[0].version, told[0].expected, told[0].seconds) == ("ara", 8, 9, 30)
    assert told[1].flaw == "acknowledgement.bad-signature"
    assert told[3].seconds == 60
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("propagation.behind", "error"),
        ("propagation.behind", "error"),
        ("propagation.behind", "error"),
        ("propagation.caught_up", "info"),
    ]


def test_one_who_never_left_is_never_told(watch):
    told: list = []
    alarms = Alarms(told.append)
    for second in range(100):
        watch.heard(says(8), news(8, 0), after(second))
        alarms.look(watch.state(news(8, 0), after(second)), 8, after(second))
    assert told == []
