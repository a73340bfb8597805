"""The moments and bounds of an assertion, whether they fit a clock, and the memory of those that have served."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ror.assertion import Assertion, read_assertion, read_signed
from ror.errors import FaultError
from ror.faults import Reason
from ror.freshness import Window, untimely
from ror.replay import LocalMemory, Use
from ror.vihf import Vihf, write_vihf
from ror.xml_parser import REQUEST_LIMITS, parse

AT = datetime(2019, 6, 4, 8, 30, tzinfo=UTC)
VIHF = Vihf("CN=A,O=B,C=FR", "1690989991/12", "Régulation", "CU22")
TEXT = write_vihf(VIHF, at=AT, assertion_id="_1").decode()
SECOND = timedelta(seconds=1)
WINDOW = Window(max_age=timedelta(minutes=5), skew=timedelta(minutes=1))


def read(text: str) -> Assertion:
    return read_assertion(parse(text.encode(), REQUEST_LIMITS))


def issued(moment: str) -> Assertion:
    return read(TEXT.replace('IssueInstant="2019-06-04T08:30:00Z"', f'IssueInstant="{moment}"'))


def conditioned(conditions: str) -> Assertion:
    return read(TEXT.replace("<saml:AuthnStatement", f"{conditions}<saml:AuthnStatement"))


def refused(text: str) -> bool:
    try:
        read(text)
    except FaultError as error:
        return error.fault.reason is Reason.VIHF_INVALID
    return False


def test_an_assertion_tells_its_id_and_its_moments() -> None:
    read_ = read(write_vihf(VIHF, at=AT, assertion_id="_1", valid_for=timedelta(minutes=1)).decode())

    assert (read_.id, read_.issued_at, read_.authenticated_at) == ("_1", AT, AT)
    assert (read_.valid_from, read_.valid_until) == (AT, AT + timedelta(minutes=1))
    assert read_.vihf == VIHF


def test_conditions_may_be_left_out() -> None:
    read_ = read(TEXT)

    assert (read_.valid_from, read_.valid_until) == (None, None)


@pytest.mark.parametrize(
    ("moment", "utc"),
    [
        ("2019-06-04T08:30:00Z", AT),
        ("2019-06-04T08:30:00", AT),
        ("2019-06-04T10:30:00+02:00", AT),
        ("2019-06-03T18:30:00-14:00", AT),
        ("2019-06-04T08:30:00.250Z", AT + timedelta(milliseconds=250)),
        ("2019-06-04T08:30:00.123456789Z", AT + timedelta(microseconds=123_456)),
        ("2019-03-31T02:30:00+01:00", datetime(2019, 3, 31, 1, 30, tzinfo=UTC)),
        ("2019-10-27T02:30:00+02:00", datetime(2019, 10, 27, 0, 30, tzinfo=UTC)),
        ("2019-10-27T02:30:00+01:00", datetime(2019, 10, 27, 1, 30, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60.5+01:00", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2020-02-29T00:00:00Z", datetime(2020, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc_whatever_its_zone(moment: str, utc: datetime) -> None:
    assert issued(moment).issued_at == utc


@pytest.mark.parametrize(
    "moment",
    [
        "", "hier", "2019-06-04", "2019-06-04 08:30:00Z", "2019-02-29T00:00:00Z", "2019-13-01T00:00:00Z",
        "2019-06-04T24:00:00Z", "2019-06-04T08:30:60Z", "2019-06-04T08:60:00Z", "2019-06-04T08:30:00+15:00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z", "２０１９-06-04T08:30:00Z",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(moment: str) -> None:
    assert refused(TEXT.replace('IssueInstant="2019-06-04T08:30:00Z"', f'IssueInstant="{moment}"'))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(' IssueInstant="2019-06-04T08:30:00Z"', ""),
        lambda text: text.replace('AuthnInstant="2019-06-04T08:30:00Z"', 'AuthnInstant="now"'),
        lambda text: text.replace("<saml:AuthnStatement", "<saml:Conditions/><saml:Conditions/><saml:AuthnStatement"),
        lambda text: text.replace(
            "<saml:AuthnStatement", "<saml:Conditions><saml:Condition/></saml:Conditions><saml:AuthnStatement"
        ),
        lambda text: text.replace(
            "<saml:AuthnStatement",
            '<saml:Conditions NotBefore="2019-06-04T08:30:00Z" NotOnOrAfter="2019-06-04T08:30:00Z"/>'
            "<saml:AuthnStatement",
        ),
    ],
    ids=["no IssueInstant", "AuthnInstant", "two conditions", "unknown condition", "empty time"],
)
def test_what_sets_no_bounds_that_are_known_is_refused(change) -> None:
    assert not refused(TEXT)
    assert refused(change(TEXT))


def test_an_audience_is_passed_over() -> None:
    audience = "<saml:AudienceRestriction><saml:Audience>urn:ROR</saml:Audience></saml:AudienceRestriction>"

    assert conditioned(f"<saml:Conditions>{audience}<saml:OneTimeUse/></saml:Conditions>").vihf == VIHF


def test_signed_bytes_that_are_no_assertion_are_refused() -> None:
    with pytest.raises(FaultError):
        read_signed(TEXT.encode())


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(0), None),
        (timedelta(minutes=6) - SECOND, None),
        (timedelta(minutes=6), Reason.VIHF_EXPIRED),
        (timedelta(days=3000), Reason.VIHF_EXPIRED),
        (-timedelta(minutes=1), None),
        (-timedelta(minutes=1) - SECOND, Reason.VIHF_NOT_YET_VALID),
    ],
)
def test_an_assertion_counts_for_the_window_and_the_skew(age: timedelta, reason: Reason | None) -> None:
    assert untimely(read(TEXT), WINDOW, AT + age) is reason


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (timedelta(seconds=30) - WINDOW.skew - SECOND, Reason.VIHF_NOT_YET_VALID),
        (timedelta(seconds=30) - WINDOW.skew, None),
        (timedelta(seconds=90) + WINDOW.skew - SECOND, None),
        (timedelta(seconds=90) + WINDOW.skew, Reason.VIHF_EXPIRED),
    ],
)
def test_conditions_shorten_its_life(after: timedelta, reason: Reason | None) -> None:
    told = conditioned('<saml:Conditions NotBefore="2019-06-04T08:30:30Z" NotOnOrAfter="2019-06-04T08:31:30Z"/>')

    assert untimely(told, WINDOW, AT + after) is reason


def test_conditions_do_not_lengthen_its_life() -> None:
    told = conditioned('<saml:Conditions NotOnOrAfter="2099-01-01T00:00:00Z"/>')

    assert untimely(told, WINDOW, AT + timedelta(minutes=6)) is Reason.VIHF_EXPIRED


def test_a_session_may_be_older_than_its_message_but_not_of_tomorrow() -> None:
    def at(instant: str) -> Assertion:
        return read(TEXT.replace('AuthnInstant="2019-06-04T08:30:00Z"', f'AuthnInstant="{instant}"'))

    assert untimely(at("2019-06-03T08:30:00Z"), WINDOW, AT) is None
    assert untimely(at("2019-06-05T08:30:00Z"), WINDOW, AT) is Reason.VIHF_NOT_YET_VALID


@given(offset_s=st.integers(-1000, 1000), lives_s=st.integers(1, 1000))
def test_it_is_remembered_exactly_as_long_as_it_counts(offset_s: int, lives_s: int) -> None:
    told = read(write_vihf(VIHF, at=AT, assertion_id="_1", valid_for=timedelta(seconds=lives_s)).decode())
    now = AT + timedelta(seconds=offset_s)

    assert (untimely(told, WINDOW, now) is Reason.VIHF_EXPIRED) == (now >= WINDOW.counts_until(told))


async def test_an_id_serves_once_for_each_issuer() -> None:
    memory = LocalMemory()

    uses = [await memory.use(issuer, "_1", AT + SECOND, AT) for issuer in ("CN=A", "CN=A", "CN=B", "CN=B")]

    assert uses == [Use.FIRST, Use.REPLAYED, Use.FIRST, Use.REPLAYED]


async def test_who_fills_his_room_is_refused_until_it_empties_and_nobody_else_notices() -> None:
    memory = LocalMemory(most_an_issuer=3)
    for number in range(3):
        assert await memory.use("CN=A", f"_{number}", AT + (number + 1) * SECOND, AT) is Use.FIRST

    assert await memory.use("CN=A", "_3", AT + 9 * SECOND, AT) is Use.FULL
    assert await memory.use("CN=B", "_3", AT + 9 * SECOND, AT) is Use.FIRST
    assert await memory.use("CN=A", "_0", AT + SECOND, AT) is Use.REPLAYED
    assert await memory.use("CN=A", "_3", AT + 9 * SECOND, AT + SECOND) is Use.FIRST


async def test_what_has_run_out_is_forgotten_whoever_asks() -> None:
    memory = LocalMemory()
    for number in range(100):
        await memory.use("CN=A", f"_{number}", AT + SECOND, AT)

    for number in range(40):
        await memory.use("CN=B", f"_{number}", AT + 9 * SECOND, AT + 2 * SECOND)

    assert len(memory) == 40


async def test_a_clock_set_back_brings_nothing_forgotten_to_life() -> None:
    memory = LocalMemory()
    await memory.use("CN=A", "_1", AT + SECOND, AT)
    await memory.use("CN=A", "_2", AT + timedelta(hours=2), AT + timedelta(hours=1))

    assert await memory.use("CN=A", "_1", AT + SECOND, AT) is Use.FORGOTTEN
    assert await memory.use("CN=A", "_3", AT + 2 * SECOND, AT) is Use.FIRST


class Memory(RuleBasedStateMachine):
    """Whatever the order of uses, clock steps and crowds, no assertion serves twice."""

    @initialize()
    def begin(self) -> None:
        self.memory = LocalMemory(most_an_issuer=8)
        self.now = AT
        self.served: set[tuple[str, str, datetime]] = set()

    @rule(step_s=st.integers(-20, 60))
    def clock(self, step_s: int) -> None:
        self.now += timedelta(seconds=step_s)

    @rule(issuer=st.sampled_from("AB"), number=st.integers(0, 30), end_s=st.integers(0, 120))
    def use(self, issuer: str, number: int, end_s: int) -> None:
        until = AT + timedelta(seconds=end_s)
        told = (issuer, f"_{number}-{end_s}", until)
        if until <= self.now:
            return
        coroutine = self.memory.use(*told, self.now)
        try:
            coroutine.send(None)
        except StopIteration as done:
            use = done.value
        if use is Use.FIRST:
            assert told not in self.served
            self.served.add(told)
        elif use is Use.REPLAYED:
            assert told in self.served
        elif use is Use.FULL:
            alive = [one for one in self.served if one[0] == issuer and one[2] > self.now]
            assert len(alive) >= 8


TestMemory = Memory.TestCase
