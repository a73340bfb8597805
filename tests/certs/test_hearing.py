"""A reader that cannot look does not go on for ever with what it knew."""

import pytest

from certs.hearing import Hearing


class Clock:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_news_is_lost_once_no_look_got_through_for_longer_than_is_forgiven(clock) -> None:
    hearing = Hearing(4.0, clock)
    hearing.heard(hearing.now_s())
    clock.at_s += 4.0
    assert not hearing.lost
    clock.at_s += 0.1
    assert hearing.lost


def test_what_counts_is_when_a_look_began_not_when_it_ended(clock) -> None:
    hearing, began_s = Hearing(4.0, clock), clock()
    clock.at_s += 5.0
    hearing.heard(began_s)
    assert hearing.lost


def test_one_look_that_gets_through_makes_it_good(clock) -> None:
    hearing = Hearing(4.0, clock)
    hearing.heard(clock())
    clock.at_s += 60.0
    hearing.heard(clock())
    assert not hearing.lost


def test_nothing_is_lost_before_the_first_look_nor_where_everything_is_forgiven(clock) -> None:
    assert not Hearing(4.0, clock).lost
    forgiving = Hearing(None, clock)
    forgiving.heard(clock())
    clock.at_s += 1e6
    assert not forgiving.lost
