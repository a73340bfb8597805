"""The canary on the list: who may be one, what its key may sign, what readers make of it, how officers name it."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from certs.home import Home
from ror.access import ProfileCode, Transaction
from ror.faults import Reason
from whitelist import demonstration, office
from whitelist.access import Turn
from whitelist.canary import Canary
from whitelist.canary_key import canary_key, read_canary_key
from whitelist.canary_stop import CanaryStop, judge_canary_stop, sign_canary_stop
from whitelist.cli import app
from whitelist.decision import Admission, admit
from whitelist.difference import difference
from whitelist.document import PartnerKind, PartnerStatus
from whitelist.document_json import one_form, read_whitelist, write_whitelist
from whitelist.draft import Draft
from whitelist.errors import DocumentError, DraftError
from whitelist.files import WhitelistFiles
from whitelist.jws import SignedType, write_signed
from whitelist.officers import OfficerKey, public_json
from whitelist.people import Person, PersonRole
from whitelist.perimeter import FRANCE, Perimeter
from whitelist.seen import SeenFile
from whitelist.source import Refresh, WhitelistSource
from whitelist.stop_folder import keep_canary_stop
from whitelist.stops import RefusedStop, Stop, StopFlaw, StopKind, sign_stop

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
RUNNER = CliRunner()


@pytest.fixture(scope="module")
def canary_of() -> OfficerKey:
    return OfficerKey.generate("canari")


@pytest.fixture
def harmless(make_partner):
    return make_partner(
        "canari",
        perimeter=Perimeter.parse(("ara",)),
        allowed_profiles=(ProfileCode.CU23,),
        default_profile=ProfileCode.CU23,
        max_limit=1,
    )


@pytest.fixture
def listed(make_whitelist, make_partner, harmless, canary_of):
    return make_whitelist(make_partner(), harmless, canary=Canary("canari", canary_of.officer.x))


@pytest.fixture
def stop(now):
    def stop(**changed) -> CanaryStop:
        told = {"environment": "test", "partner": "canari", "issued_at": now, "until": now + 10 * SECOND}
        return CanaryStop(**(told | changed))

    return stop


def test_a_list_with_a_canary_is_read_as_it_was_written(listed) -> None:
    assert read_whitelist(write_whitelist(listed)) == listed


def test_a_list_without_one_says_nothing_of_it(make_whitelist, make_partner) -> None:
    assert b"canary" not in write_whitelist(make_whitelist(make_partner()))


@pytest.mark.parametrize(
    "more",
    [
        {"kind": PartnerKind.ROR},
        {"perimeter": FRANCE},
        {"perimeter": Perimeter.parse(("ara", "bre"))},
        {"transactions": (Transaction.SEARCH, Transaction.READ)},
        {"allowed_profiles": (ProfileCode.CU23, ProfileCode.CU22)},
        {"allowed_profiles": (ProfileCode.CU18,)},
        {"max_limit": 2},
        {"people": (Person(id="p", spki="0" * 64, roles=(PersonRole.READER,), profile=ProfileCode.CU23),)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_canary_that_may_do_more_than_the_least_is_refused(make_whitelist, harmless, canary_of, more) -> None:
    with pytest.raises(DocumentError, match="may do more than"):
        make_whitelist(replace(harmless, **more), canary=Canary("canari", canary_of.officer.x))


def test_a_canary_that_is_no_partner_is_refused(make_whitelist, make_partner, canary_of) -> None:
    with pytest.raises(DocumentError, match="no partner of the list"):
        make_whitelist(make_partner(), canary=Canary("canari", canary_of.officer.x))


def test_a_canary_with_an_officers_key_is_refused(make_whitelist, harmless, key) -> None:
    with pytest.raises(DocumentError, match="an officer's key"):
        make_whitelist(harmless, canary=Canary("canari", key.officer.x))


@pytest.mark.parametrize("x", ["", "AAAA", "not base64!", "A" * 44])
def test_a_canary_without_an_ed25519_key_is_refused(x) -> None:
    with pytest.raises(DocumentError):
        Canary("canari", x)


@pytest.mark.parametrize("change", [{"crv": "X25519"}, {"kty": "EC"}, {"d": "AAAA"}, {"alg": "EdDSA"}])
def test_another_form_of_its_key_is_refused(listed, change) -> None:
    file = json.loads(write_whitelist(listed))
    file["canary"]["key"] |= change
    with pytest.raises(DocumentError):
        read_whitelist(one_form(file))


def test_its_own_key_may_stop_it(listed, stop, canary_of) -> None:
    assert judge_canary_stop(sign_canary_stop(stop(), canary_of), listed) == stop()


@pytest.mark.parametrize(
    ("changed", "flaw"),
    [
        ({"partner": "samu-rhone"}, StopFlaw.INVALID),
        ({"environment": "production"}, StopFlaw.WRONG_ENVIRONMENT),
    ],
)
def test_it_may_stop_nobody_else_and_nowhere_else(listed, stop, canary_of, changed, flaw) -> None:
    judged = judge_canary_stop(sign_canary_stop(stop(**changed), canary_of), listed)
    assert isinstance(judged, RefusedStop)
    assert judged.flaw is flaw


def test_a_stop_longer_than_a_minute_is_refused(listed, stop, canary_of, now) -> None:
    with pytest.raises(DocumentError, match="60 seconds"):
        stop(until=now + MINUTE + SECOND)
    payload = {"format": 1, "environment": "test", "partner": "canari"}
    long = one_form(payload | {"issued_at": "2026-03-01T12:00:00Z", "until": "2026-03-01T12:01:01Z"})
    judged = judge_canary_stop(write_signed(long, [canary_of], SignedType.CANARY_STOP), listed)
    assert judged.flaw is StopFlaw.INVALID


def test_a_stop_of_another_key_even_an_officers_is_refused(listed, stop, key) -> None:
    stranger = OfficerKey.generate("canari")
    for signer in (key, stranger):
        judged = judge_canary_stop(sign_canary_stop(stop(), signer), listed)
        assert judged.flaw is StopFlaw.UNKNOWN_OFFICER


def test_a_stop_changed_after_signing_is_refused(listed, stop, canary_of) -> None:
    good = json.loads(sign_canary_stop(stop(), canary_of))
    other = json.loads(sign_canary_stop(stop(until=stop().until + SECOND), canary_of))
    forged = good | {"payload": other["payload"]}
    judged = judge_canary_stop(json.dumps(forged, separators=(",", ":")).encode(), listed)
    assert judged.flaw is StopFlaw.BAD_SIGNATURE


def test_its_signature_counts_for_no_officers_stop(listed, canary_of, now) -> None:
    as_officers = Stop(
        environment="test",
        partner="canari",
        kind=StopKind.SUSPEND,
        officer="canari",
        reason="x",
        issued_at=now,
        until=now + SECOND,
    )
    assert judge_canary_stop(sign_stop(as_officers, canary_of), listed).flaw is StopFlaw.MALFORMED


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff" * 100])
def test_what_is_no_stop_is_refused(listed, data) -> None:
    assert judge_canary_stop(data, listed).flaw is StopFlaw.MALFORMED


def test_a_stop_of_the_future_waits_and_one_of_the_past_is_over(stop, now) -> None:
    assert [stop().holds(now + n * SECOND) for n in (-1, 0, 9, 10)] == [False, True, True, False]


class Clock:
    def __init__(self, at) -> None:
        self.at = at

    def __call__(self):
        return self.at


@pytest.fixture
def reader(two, now, harmless, canary_of):
    """A reader's source, its clock, and what the canary and another partner are told."""
    trust = office.read_trust(two)
    keys = office.keys_here(two, trust)

    def changed(draft: Draft) -> Draft:
        return draft.with_partner(harmless).with_canary(Canary("canari", canary_of.officer.x), trust)

    office.publish_changed(two, keys, now, changed)
    clock = Clock(now)
    source = WhitelistSource.of_home(two.home, clock)
    source.refresh()
    return source, clock


def _told(source, clock, identity):
    decision = admit(source.current, identity, Transaction.SEARCH, clock.at)
    return True if isinstance(decision, Admission) else decision.reason


def test_a_reader_keeps_the_canary_out_for_as_long_as_its_stop_says(
    reader, two, stop, canary_of, identity_for, harmless, make_partner
) -> None:
    source, clock = reader
    bird, other = identity_for(harmless), identity_for(make_partner())
    assert _told(source, clock, bird) is True

    keep_canary_stop(two.stops, sign_canary_stop(stop(), canary_of))
    with capture_logs() as logs:
        assert source.refresh() is Refresh.CANARY_CHANGED
        assert source.refresh() is Refresh.UNCHANGED
        assert _told(source, clock, bird) is Reason.PARTNER_SUSPENDED
        assert _told(source, clock, other) is True

        clock.at += 10 * SECOND
        assert source.refresh() is Refresh.CANARY_CHANGED
        assert _told(source, clock, bird) is True
    assert logs == []


def test_it_is_not_remembered_and_not_counted_among_the_stops(reader, two, stop, canary_of) -> None:
    source, _ = reader
    before = source.held.in_force
    keep_canary_stop(two.stops, sign_canary_stop(stop(), canary_of))
    source.refresh()

    assert source.current.stops == ()
    assert SeenFile(two.seen).all().stops == ()
    assert source.held.in_force == before


def test_the_next_stop_takes_the_place_of_the_one_before(reader, two, stop, canary_of) -> None:
    source, clock = reader
    for _ in range(3):
        keep_canary_stop(
            two.stops,
            sign_canary_stop(stop(issued_at=clock.at, until=clock.at + SECOND), canary_of),
        )
        assert source.refresh() is Refresh.CANARY_CHANGED
        clock.at += SECOND
        assert source.refresh() is Refresh.CANARY_CHANGED
    assert len(list(two.stops.iterdir())) == 1


def test_a_stop_that_does_not_hold_up_is_told_once_and_changes_nothing(reader, two, stop) -> None:
    source, _ = reader
    keep_canary_stop(two.stops, sign_canary_stop(stop(), OfficerKey.generate("canari")))
    with capture_logs() as logs:
        assert [source.refresh() for _ in range(3)] == [Refresh.UNCHANGED] * 3
    assert [(entry["event"], entry["flaw"]) for entry in logs] == [("stop.refused", "stop.unknown-officer")]


def test_a_list_that_names_no_canary_any_more_takes_no_stop_of_its_up(
    reader, two, stop, canary_of, identity_for, harmless
) -> None:
    source, clock = reader
    keep_canary_stop(two.stops, sign_canary_stop(stop(), canary_of))
    keys = office.keys_here(two, office.read_trust(two))
    office.publish_changed(two, keys, clock.at, lambda draft: draft.without_canary())
    source.refresh()
    assert _told(source, clock, identity_for(harmless)) is True


def test_an_entry_that_officers_revoked_stays_revoked(reader, two, stop, canary_of, identity_for, harmless) -> None:
    source, clock = reader
    keys = office.keys_here(two, office.read_trust(two))
    office.publish_changed(two, keys, clock.at, lambda draft: draft.with_revoked("canari", "fini"))
    keep_canary_stop(two.stops, sign_canary_stop(stop(), canary_of))
    source.refresh()
    assert _told(source, clock, identity_for(harmless)) is Reason.PARTNER_REVOKED


def test_a_difference_shows_the_canary_coming_changing_going(listed, canary_of) -> None:
    without = replace(listed, canary=None)
    other = replace(listed, canary=Canary("canari", OfficerKey.generate("x").officer.x))

    def turn(before, after) -> list[Turn]:
        return [line.turn for line in difference(before, after).of("list") if line.what == "canary:"]

    assert turn(without, listed) == [Turn.GAINS]
    assert turn(listed, other) == [Turn.CHANGES]
    assert turn(listed, without) == [Turn.LOSES]
    assert turn(listed, listed) == []
    gained = next(line for line in difference(without, listed).of("list") if line.turn is Turn.GAINS)
    assert canary_of.officer.kid in gained.value


def test_a_draft_keeps_the_canary_through_its_file(listed) -> None:
    draft = Draft.of(listed)
    assert Draft.from_json(draft.to_json()) == draft
    assert draft.without_canary().canary is None
    with pytest.raises(DraftError):
        draft.without_canary().without_canary()


def test_the_key_is_made_once_and_for_nobody_else(two) -> None:
    made = canary_key(two, "canari")
    assert canary_key(two, "canari") == read_canary_key(two, "canari")
    assert read_canary_key(two, "canari").officer == made.officer
    assert two.canary_key.stat().st_mode & 0o077 == 0


@pytest.fixture
def desk(two, make_partner, harmless, monkeypatch):
    """A state folder whose draft lists the canary's partner."""
    monkeypatch.setenv("ROR_HOME", str(two.home.root))
    monkeypatch.setattr("whitelist.cli.desk.now", lambda: office.current_list(two, harmless.valid_from).issued_at)
    office.change_draft(two, harmless.valid_from + timedelta(days=10), lambda draft: draft.with_partner(harmless))
    return two


def test_an_officer_names_the_canary_whose_key_the_gateway_made(desk, tmp_path) -> None:
    made = RUNNER.invoke(app, ["canary", "key", "canari"])
    public = tmp_path / "canari.json"
    public.write_text(made.stdout)
    assert "d" not in json.loads(made.stdout)

    named = RUNNER.invoke(app, ["canary", "set", "canari", "--public-key", str(public)])
    assert named.exit_code == 0, named.output
    assert office.read_draft(desk).canary.kid == read_canary_key(desk, "canari").officer.kid

    assert RUNNER.invoke(app, ["canary", "remove"]).exit_code == 0
    assert office.read_draft(desk).canary is None


def test_a_partner_who_may_do_more_is_not_named(desk) -> None:
    refused = RUNNER.invoke(app, ["canary", "set", "samu-rhone"])
    assert refused.exit_code == 6
    assert "whitelist.invalid" in refused.stderr
    assert office.read_draft(desk).canary is None


def test_another_partners_key_is_not_taken(desk, tmp_path) -> None:
    public = tmp_path / "other.json"
    public.write_text(json.dumps(public_json(OfficerKey.generate("x").officer)))
    assert RUNNER.invoke(app, ["canary", "set", "canari", "--public-key", str(public)]).exit_code == 6


def test_the_demonstration_has_a_canary_and_does_not_overrule_officers(demo_pki, tmp_path) -> None:
    home, at = Home(tmp_path / "home"), datetime.now(UTC).replace(microsecond=0)
    shutil.copytree(demo_pki.root, home.root)
    files = WhitelistFiles(home)
    first = demonstration.ensure(home, at=at)
    assert first.canary is not None
    assert first.canary.kid == read_canary_key(files, demonstration.CANARY).officer.kid
    assert first.partner(demonstration.CANARY).status is PartnerStatus.ACTIVE

    files.canary_key.unlink()
    second = demonstration.ensure(home, at=at)
    assert second.canary.kid == read_canary_key(files, demonstration.CANARY).officer.kid != first.canary.kid

    keys = office.keys_here(files, office.read_trust(files))
    office.publish_changed(files, keys, at, lambda draft: draft.without_canary())
    assert demonstration.ensure(home, at=at).canary is None


def test_a_pipe_in_the_place_of_its_stop_holds_nobody_up(reader, two, stop, canary_of) -> None:
    source, _ = reader
    keep_canary_stop(two.stops, sign_canary_stop(stop(), canary_of))
    assert source.refresh() is Refresh.CANARY_CHANGED
    two.canary_stop.unlink()
    os.mkfifo(two.canary_stop)
    with ThreadPoolExecutor(1) as threads:
        looking = threads.submit(source.refresh)
        try:
            assert looking.result(timeout=5) is Refresh.CANARY_CHANGED
        finally:
            if not looking.done():  # let a reader go that waits for a writer
                os.close(os.open(two.canary_stop, os.O_RDWR | os.O_NONBLOCK))
