"""The rules of a breaker, one by one, and what must hold whatever happens."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.resilience.breaker import RULES, Breaker, Judgement, Permission


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock, draw=lambda: 1.0)


def call(breaker: Breaker, judgement: Judgement) -> Permission:
    permission = breaker.ask()
    if permission is not Permission.SKIP:
        breaker.judged(permission, judgement)
    return permission


def opened(breaker: Breaker) -> Breaker:
    for _ in range(RULES.least_calls):
        call(breaker, Judgement.BAD)
    assert breaker.held is not None
    return breaker


def remaining_s(breaker: Breaker) -> float:
    """Seconds until the next trial; 0 where calls go through or a trial is due."""
    return max(0.0, breaker.held.until_s - breaker.clock()) if breaker.held is not None else 0.0


def test_fewer_calls_than_the_least_never_open(breaker: Breaker) -> None:
    for _ in range(RULES.least_calls - 1):
        assert call(breaker, Judgement.BAD) is Permission.ASK
    assert breaker.ask() is Permission.ASK


def test_half_of_the_window_failing_opens_and_less_does_not(breaker: Breaker) -> None:
    for _ in range(6):
        call(breaker, Judgement.GOOD)
    for _ in range(5):
        call(breaker, Judgement.BAD)
    assert breaker.held is None
    call(breaker, Judgement.BAD)
    assert breaker.held is not None
    assert breaker.ask() is Permission.SKIP


def test_failures_older_than_the_window_are_forgotten(breaker: Breaker, clock: Clock) -> None:
    for _ in range(RULES.least_calls - 1):
        call(breaker, Judgement.BAD)
    clock.pass_s(RULES.window_s)
    call(breaker, Judgement.BAD)
    assert breaker.held is None


def test_what_is_not_the_regions_fault_counts_for_nothing(breaker: Breaker) -> None:
    for _ in range(100):
        call(breaker, Judgement.IGNORED)
    assert breaker.held is None


def test_one_trial_at_a_time_after_the_hold(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.pass_s(RULES.first_hold_s)
    assert breaker.ask() is Permission.TRIAL
    assert [breaker.ask() for _ in range(5)] == [Permission.SKIP] * 5


def test_a_good_trial_closes(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.pass_s(RULES.first_hold_s)
    assert call(breaker, Judgement.GOOD) is Permission.TRIAL
    assert breaker.ask() is Permission.ASK


def test_each_bad_trial_doubles_the_hold_up_to_a_minute(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    holds = []
    for _ in range(9):
        holds.append(remaining_s(breaker))
        clock.pass_s(remaining_s(breaker))
        assert call(breaker, Judgement.BAD) is Permission.TRIAL
    assert holds == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_ten_minutes_down_cost_at_most_twenty_trials(clock: Clock) -> None:
    breaker = opened(Breaker(clock=clock, draw=lambda: 0.0))
    trials = 0
    end = clock.now + 600
    while clock.now < end:
        clock.pass_s(max(0.05, remaining_s(breaker)))
        trials += call(breaker, Judgement.BAD) is Permission.TRIAL
    assert trials <= 20


def test_a_trial_whose_caller_went_away_is_tried_again_at_once(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.pass_s(RULES.first_hold_s)
    breaker.abandoned(breaker.ask())
    assert breaker.ask() is Permission.TRIAL


def test_a_trial_that_nobody_reports_is_forgotten(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.pass_s(RULES.first_hold_s)
    assert breaker.ask() is Permission.TRIAL
    clock.pass_s(RULES.trial_lasts_s)
    assert breaker.ask() is Permission.TRIAL


def test_a_region_that_flaps_is_held_longer_each_time(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.pass_s(remaining_s(breaker))
    call(breaker, Judgement.GOOD)
    opened(breaker)
    assert remaining_s(breaker) == 2 * RULES.first_hold_s


def test_a_minute_of_calm_starts_the_holds_over(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.pass_s(remaining_s(breaker))
    call(breaker, Judgement.GOOD)
    clock.pass_s(RULES.calm_s)
    opened(breaker)
    assert remaining_s(breaker) == RULES.first_hold_s


def test_calls_that_were_out_when_it_opened_do_not_close_it(breaker: Breaker) -> None:
    early = breaker.ask()
    opened(breaker)
    breaker.judged(early, Judgement.GOOD)
    assert breaker.ask() is Permission.SKIP


def test_holds_are_drawn_so_that_a_fleet_does_not_come_back_as_one(clock: Clock) -> None:
    ends = {remaining_s(opened(Breaker(clock=clock, draw=lambda share=share: share))) for share in (0.0, 0.5, 1.0)}
    assert ends == {0.75, 0.875, 1.0}


@given(st.lists(st.tuples(st.sampled_from(Judgement), st.floats(0, 20)), max_size=200))
def test_never_more_than_one_trial_is_out_and_no_hold_is_too_long(history) -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, draw=lambda: 0.5)
    for judgement, pause in history:
        permission = breaker.ask()
        if permission is Permission.TRIAL:
            assert breaker.ask() is Permission.SKIP
        if permission is not Permission.SKIP:
            breaker.judged(permission, judgement)
        assert remaining_s(breaker) <= RULES.longest_hold_s
        clock.pass_s(pause)
    clock.pass_s(RULES.longest_hold_s)
    assert breaker.ask() is not Permission.SKIP
