"""One officer's stop: what it is, how long it holds, and that it only ever takes away."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.access import Transaction
from ror.faults import Reason
from whitelist.decision import Admission, admit
from whitelist.document import PartnerStatus
from whitelist.document_json import one_form
from whitelist.errors import DocumentError
from whitelist.index import WhitelistIndex
from whitelist.jws import SignedType, write_signed
from whitelist.officers import OfficerKey, OfficerTrust
from whitelist.stops import (
    LONGEST,
    RefusedStop,
    RunningStop,
    Stop,
    StopFlaw,
    StopKind,
    in_force,
    judge_stop,
    sign_stop,
    stop_view,
    stopped,
    worth_keeping,
    write_stop,
)

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def make_stop(now):
    def make(**changed):
        stop = Stop(
            environment="test",
            partner="samu-rhone",
            kind=StopKind.SUSPEND,
            officer="officer-1",
            reason="questions étranges",
            issued_at=now + HOUR,
            until=now + HOUR * 25,
        )
        return replace(stop, **changed)

    return make


def _flaw(result):
    return result.flaw if isinstance(result, RefusedStop) else None


def test_a_stop_by_one_officer_is_taken_up(make_stop, key, second_key, now):
    stop = make_stop()
    officers = OfficerTrust("test", 2, (key.officer, second_key.officer))

    assert judge_stop(sign_stop(stop, key), officers, now + HOUR) == stop


@pytest.mark.parametrize(
    "changed",
    [
        {"until": timedelta(0)},
        {"until": LONGEST + timedelta(seconds=1)},
        {"reason": ""},
        {"reason": "a\x1b[31mb"},
        {"reason": "x" * 401},
        {"partner": "../x"},
        {"officer": "Officer"},
        {"environment": ""},
    ],
    ids=str,
)
def test_a_stop_out_of_bounds_is_none(make_stop, changed):
    start = make_stop().issued_at
    told = {name: start + value if isinstance(value, timedelta) else value for name, value in changed.items()}

    with pytest.raises(DocumentError):
        make_stop(**told)


def test_a_stop_of_another_officer_environment_or_time_is_refused(make_stop, key, second_key, trust, now):
    later = now + HOUR

    assert _flaw(judge_stop(sign_stop(make_stop(), second_key), trust, later)) is StopFlaw.UNKNOWN_OFFICER
    impostor = OfficerKey(key.officer, second_key.private)
    assert _flaw(judge_stop(sign_stop(make_stop(), impostor), trust, later)) is StopFlaw.BAD_SIGNATURE
    assert _flaw(judge_stop(sign_stop(make_stop(officer="officer-2"), key), trust, later)) is StopFlaw.INVALID
    assert _flaw(judge_stop(sign_stop(make_stop(environment="x"), key), trust, later)) is StopFlaw.WRONG_ENVIRONMENT
    assert _flaw(judge_stop(sign_stop(make_stop(), key), trust, now)) is StopFlaw.NOT_YET_ISSUED


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"kind": "grant"},
        {"perimeter": "all"},
        {"until": "2030-01-01T00:00:00Z"},
        {"until": "2026-03-01T12:30:00+00:00"},
    ],
    ids=str,
)
def test_a_stop_that_says_anything_else_is_refused_though_its_officer_signed_it(make_stop, key, trust, now, change):
    data = write_signed(one_form(stop_view(make_stop()) | change), [key], SignedType.STOP)

    assert _flaw(judge_stop(data, trust, now + HOUR)) is StopFlaw.INVALID


def test_a_stop_in_another_spelling_is_refused(make_stop, key, trust, now):
    data = write_signed(write_stop(make_stop()) + b" ", [key], SignedType.STOP)

    assert _flaw(judge_stop(data, trust, now + HOUR)) is StopFlaw.INVALID


@pytest.mark.parametrize("type_", [SignedType.WHITELIST, SignedType.OFFICERS])
def test_a_stop_signed_as_something_else_is_none(make_stop, key, trust, now, type_):
    data = write_signed(write_stop(make_stop()), [key], type_)

    assert _flaw(judge_stop(data, trust, now + HOUR)) is StopFlaw.MALFORMED


def test_a_stop_signed_by_two_is_none(make_stop, key, second_key, trust, now):
    data = write_signed(write_stop(make_stop()), [key, second_key], SignedType.STOP)

    assert _flaw(judge_stop(data, trust, now + HOUR)) is StopFlaw.MALFORMED


@given(garbage=st.binary(max_size=100))
def test_garbage_is_no_stop(garbage, trust, now):
    assert _flaw(judge_stop(garbage, trust, now)) is StopFlaw.MALFORMED


def test_a_stop_holds_until_just_before_its_end(make_stop, make_whitelist):
    stop, whitelist = make_stop(), make_whitelist()

    assert in_force([stop], whitelist, stop.until - timedelta(seconds=1)) == (RunningStop(stop, stop.until),)
    assert in_force([stop], whitelist, stop.until) == ()


def test_a_stop_holds_over_every_later_list(make_stop, make_whitelist, now):
    stop = make_stop()
    later = make_whitelist(version=9, issued_at=now + HOUR * 2, expires_at=now + HOUR * 99)

    assert in_force([stop], later, now + HOUR * 3) == (RunningStop(stop, stop.until),)


def test_a_list_ends_exactly_the_stops_that_it_lifts(make_stop, make_whitelist, now):
    one, other = make_stop(), make_stop(issued_at=now + HOUR * 2)
    lifting = make_whitelist(lifted=(one.lifted,))

    assert [running.stop for running in in_force([one, other], lifting, now + HOUR * 3)] == [other]


def test_one_officers_stops_do_not_pile_up(make_stop, make_whitelist, now):
    first = make_stop()
    second = make_stop(issued_at=now + HOUR * 20, until=now + HOUR * 20 + LONGEST)
    third = make_stop(issued_at=now + HOUR * 74, until=now + HOUR * 74 + LONGEST)
    stops = [third, second, first]
    end = first.issued_at + LONGEST

    assert {running.until for running in in_force(stops, make_whitelist(), now + HOUR * 72)} == {end}
    assert in_force(stops, make_whitelist(), end) == ()


def test_another_officers_stop_counts_for_itself(make_stop, make_whitelist, now):
    first = make_stop()
    second = make_stop(officer="officer-2", issued_at=now + HOUR * 70, until=now + HOUR * 70 + LONGEST)

    assert in_force([first, second], make_whitelist(), now + HOUR * 100) == (RunningStop(second, second.until),)


def test_after_a_new_list_the_officer_may_stop_again(make_stop, make_whitelist, now):
    first = make_stop()
    second = make_stop(issued_at=now + HOUR * 74, until=now + HOUR * 98)
    renewed = make_whitelist(version=2, issued_at=now + HOUR * 73)

    assert in_force([first, second], make_whitelist(), now + HOUR * 75) == ()
    assert in_force([first, second], renewed, now + HOUR * 75) == (RunningStop(second, second.until),)


def test_a_stop_past_is_remembered_as_long_as_it_counts_against_its_officer(make_stop, make_whitelist, now):
    past = make_stop(until=now + HOUR * 2)
    later = now + HOUR * 5

    assert worth_keeping([past], make_whitelist(), later) == (past,)
    assert worth_keeping([past], make_whitelist(version=2, issued_at=now + HOUR * 4), later) == ()


@pytest.mark.parametrize("kind", StopKind)
@pytest.mark.parametrize("status", PartnerStatus)
def test_a_stopped_partner_never_has_more_than_before(make_partner, make_stop, kind, status):
    grade = [PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED, PartnerStatus.REVOKED]
    partner = make_partner(status=status, comment="avant")

    after = stopped(partner, [make_stop(kind=kind)])

    assert grade.index(after.status) >= max(grade.index(status), 1)
    assert replace(after, status=status, comment="avant") == partner
    assert stopped(partner, []) is partner


def test_the_gravest_of_several_stops_is_told(make_partner, make_stop):
    stops = [make_stop(), make_stop(kind=StopKind.REVOKE, reason="clé volée")]

    after = stopped(make_partner(), stops)

    assert (after.status, after.comment) == (PartnerStatus.REVOKED, "clé volée")


@pytest.mark.parametrize(
    ("kind", "reason"), [(StopKind.SUSPEND, Reason.PARTNER_SUSPENDED), (StopKind.REVOKE, Reason.PARTNER_REVOKED)]
)
def test_a_stopped_partner_is_refused_and_the_others_are_not(
    make_partner, make_whitelist, make_stop, identity_for, now, kind, reason
):
    one, other = make_partner(), make_partner("other")
    stop = make_stop(kind=kind)
    index = WhitelistIndex(make_whitelist(one, other), (RunningStop(stop, stop.until),))

    assert admit(index, identity_for(one), Transaction.SEARCH, now).reason is reason
    assert isinstance(admit(index, identity_for(other), Transaction.SEARCH, now), Admission)
    assert index.whitelist.partner(one.id) == one


def test_a_stop_of_nobody_stops_nobody(make_partner, make_whitelist, make_stop, identity_for, now):
    stop = make_stop(partner="nobody")
    index = WhitelistIndex(make_whitelist(make_partner()), (RunningStop(stop, stop.until),))

    assert isinstance(admit(index, identity_for(make_partner()), Transaction.SEARCH, now), Admission)


def test_a_stop_has_one_form(make_stop):
    assert [*json.loads(write_stop(make_stop()))] == [
        "environment", "format", "issued_at", "kind", "officer", "partner", "reason", "until",
    ]  # fmt: skip
