"""Records have one spelling, and what is not it is no record."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.audit.canonical import decoded, encoded
from ror.audit.errors import AuditFormError
from ror.audit.events import (
    MAX_EVENT_BYTES,
    DecisionTaken,
    Event,
    Kind,
    RegionAsked,
    SearchAnswered,
    check_vocabulary,
    event_bytes,
)
from ror.audit.merkle import leaf_hash
from ror.audit.record import first_previous, loosely_placed, read_record, record_line

AT = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)
EVENT = DecisionTaken(
    granted=False, transaction="recherche", question="q1", reason="partner.revoked", partner="é\n\x1b"
)


def line(**changes):
    told = {
        "seq": 7,
        "batch": 5,
        "at": AT,
        "kind": EVENT.kind.value,
        "event": event_bytes(EVENT),
        "previous": first_previous("a"),
    }
    return record_line(**{**told, **changes})


@pytest.mark.parametrize("slip", [None, "0123456789abcdef" * 2])
def test_a_record_is_read_as_it_was_written(slip):
    record = read_record(line(slip=slip))
    assert (record.seq, record.batch, record.at, record.kind, record.slip) == (7, 5, AT, "decision.taken", slip)
    assert record.previous == first_previous("a")
    assert record.hash == leaf_hash(line(slip=slip))
    assert record.event["partner"] == "é\n\x1b"


def test_nothing_but_printable_ascii_reaches_the_file():
    assert all(32 <= byte < 127 for byte in line())


def test_times_are_written_in_utc_whatever_their_zone():
    assert line(at=AT.astimezone(timezone(timedelta(hours=2)))) == line()


@given(st.integers(0, 400), st.integers(0, 255))
def test_any_other_spelling_is_refused(at, byte):
    data = bytearray(line())
    at %= len(data)
    if data[at] == byte:
        return
    data[at] = byte
    try:
        record = read_record(bytes(data))
    except AuditFormError:
        return
    assert record.hash != leaf_hash(line())  # still a record, but another one: the chain tells


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"seq":7', '"seq":7.0'),
        lambda text: text.replace('"seq":7', '"seq":07'),
        lambda text: text.replace('"seq":7', '"seq":true'),
        lambda text: text.replace('"seq":7', '"seq":0'),
        lambda text: text.replace('"seq":7', '"seq":1e400'),
        lambda text: text.replace('"seq":7', '"seq":' + "9" * 5000),
        lambda text: text.replace('"batch":5', '"batch":8'),
        lambda text: text.replace('{"seq":7', '{"seq":6,"seq":7'),
        lambda text: text.replace(":", ": ", 1),
        lambda text: text.replace("000000Z", "000000+00:00"),
        lambda text: text.replace("decision.taken", "Decision.taken"),
        lambda text: text.replace("\\u00e9", "é"),
        lambda text: text.replace('"granted":false', '"granted":NaN'),
        lambda text: text[:-1] + ',"slip":null}',
        lambda text: text[:-1] + ',"more":1}',
        lambda text: "[" * 100_000,
        lambda text: "[" * 20_000,
        lambda text: "{}",
        lambda text: "",
        lambda text: "null",
    ],
)
def test_hostile_lines_are_refused(damage):
    with pytest.raises(AuditFormError):
        read_record(damage(line().decode()).encode())


def test_a_damaged_line_still_tells_what_it_claims_to_be():
    assert loosely_placed(line().replace(b"recherche", b"RECHERCHE")) == (7, 5)
    assert loosely_placed(line()[:-1]) is None
    assert loosely_placed(b"[]") is None


def test_the_vocabulary_is_closed():
    kinds = {cls.kind for cls in Event.__args__}
    assert kinds == set(Kind)
    assert len(kinds) == len(Event.__args__)
    check_vocabulary("decision.taken", decoded(event_bytes(EVENT)))
    for kind, event in [("decision.made", {}), ("decision.taken", {"name": "x"}), ("slip.refused", {})]:
        with pytest.raises(AuditFormError):
            check_vocabulary(kind, event)


def test_no_event_has_a_place_for_a_person_or_an_envelope():
    names = {name for cls in Event.__args__ for name in cls.__dataclass_fields__}
    assert not names & {"name", "person", "subject", "issuer", "body", "envelope", "address", "criteria"}


def test_a_region_is_told_as_a_list():
    asked = (RegionAsked("oin", ("04", "06"), "late", None, None),)
    event = SearchAnswered(question="q", partner="p", profile="CU22", regions=asked, units=0)
    assert json.loads(event_bytes(event))["regions"] == [["oin", ["04", "06"], "late", None, None]]


@pytest.mark.parametrize("partner", ["x" * MAX_EVENT_BYTES, 1.5, object(), float("nan")])
def test_an_event_that_no_record_may_hold_is_refused(partner):
    event = DecisionTaken(granted=True, transaction="recherche", question="q", partner=partner)
    if partner == 1.5:
        with pytest.raises(AuditFormError):
            read_record(line(event=event_bytes(event)))
        return
    with pytest.raises(AuditFormError):
        event_bytes(event)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_canonical_json_comes_back_as_it_went(value):
    assert decoded(encoded(value)) == value
    assert encoded(decoded(encoded(value))) == encoded(value)
