"""A partner's quota: a minute's worth at once, then a steady refill."""

from gateway.admission.quota import Quotas


def test_a_minutes_quota_may_be_used_at_once_and_no_more() -> None:
    quotas = Quotas()

    assert [quotas.take("p", 3, 100.0) for _ in range(4)] == [None, None, None, 20]


def test_it_refills_evenly() -> None:
    quotas = Quotas()
    for _ in range(3):
        quotas.take("p", 3, 100.0)

    assert quotas.take("p", 3, 119.0) == 1
    assert quotas.take("p", 3, 120.0) is None


def test_partners_do_not_use_each_others_quota() -> None:
    quotas = Quotas()
    quotas.take("greedy", 1, 0.0)

    assert quotas.take("greedy", 1, 0.0) is not None
    assert quotas.take("modest", 1, 0.0) is None


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    quotas = Quotas()
    quotas.take("p", 1, 1000.0)

    assert quotas.take("p", 1, 10.0) is not None


def test_no_quota_means_no_question() -> None:
    assert Quotas().take("p", 0, 0.0) == 60
