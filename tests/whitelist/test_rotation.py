"""How officers change: each set is vouched for by the one before it, and none is ever gone back behind."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from whitelist.document import Origin
from whitelist.document_json import one_form
from whitelist.errors import OfficerError
from whitelist.jws import SignedFile, SignedType, read_signed, signed, write_signed
from whitelist.officers import Officer, OfficerKey, OfficerTrust
from whitelist.rotation import follow, read_officers, write_officers
from whitelist.signature import sign, verify
from whitelist.verdict import Flaw, Rejected, SeenVersion, Verified

ALICE, BOB, CAROL, DAVE = (OfficerKey.generate(name) for name in ("alice", "bob", "carol", "dave"))
NEW_BOB = OfficerKey.generate("bob")


def _set(version, *keys, threshold=2, environment="test"):
    return OfficerTrust(environment, threshold, tuple(key.officer for key in keys), version)


FIRST = _set(1, ALICE, BOB)
SECOND = _set(2, ALICE, BOB, CAROL)
THIRD = _set(3, ALICE, CAROL)


def _rotation(officers, *keys):
    return signed(write_officers(officers), keys, SignedType.OFFICERS)


GOOD = (_rotation(SECOND, ALICE, BOB), _rotation(THIRD, ALICE, BOB, CAROL))


def _flaw(result):
    return result.flaw if isinstance(result, Rejected) else None


def test_each_set_follows_from_the_one_before():
    assert follow(FIRST, ()) == FIRST
    assert follow(FIRST, GOOD[:1]) == SECOND
    assert follow(FIRST, GOOD) == THIRD


def test_a_set_reads_back_equal():
    person = replace(ALICE.officer, person="a" * 64)
    officers = OfficerTrust("test", 1, (person, BOB.officer), 7)

    assert read_officers(write_officers(officers)) == officers
    assert OfficerTrust.from_json(officers.to_json()) == officers


@pytest.mark.parametrize(
    "signers",
    [(ALICE,), (BOB,), (CAROL, DAVE), (ALICE, CAROL), (NEW_BOB, ALICE)],
    ids=lambda keys: "+".join(key.officer.name for key in keys),
)
def test_a_set_that_the_officers_before_have_not_signed_is_refused(signers):
    assert _flaw(follow(FIRST, (_rotation(SECOND, *signers),))) is Flaw.ROTATION_REFUSED


def test_a_set_that_its_own_officers_have_not_signed_is_refused():
    strangers = _set(2, CAROL, DAVE)

    assert _flaw(follow(FIRST, (_rotation(strangers, ALICE, BOB),))) is Flaw.ROTATION_REFUSED
    assert _flaw(follow(FIRST, (_rotation(strangers, ALICE, BOB, CAROL),))) is Flaw.ROTATION_REFUSED
    assert follow(FIRST, (_rotation(strangers, ALICE, BOB, CAROL, DAVE),)) == strangers


def test_a_new_key_signs_beside_the_old_one():
    rotated = _set(2, ALICE, NEW_BOB)

    assert _flaw(follow(FIRST, (_rotation(rotated, ALICE, BOB),))) is Flaw.ROTATION_REFUSED
    assert _flaw(follow(FIRST, (_rotation(rotated, ALICE, NEW_BOB),))) is Flaw.ROTATION_REFUSED
    assert follow(FIRST, (_rotation(rotated, ALICE, BOB, NEW_BOB),)) == rotated


@pytest.mark.parametrize(
    "other", [_set(3, ALICE, BOB), _set(1, ALICE, BOB, CAROL), _set(2, ALICE, BOB, environment="x")]
)
def test_a_set_out_of_order_or_for_another_environment_is_refused(other):
    assert _flaw(follow(FIRST, (_rotation(other, ALICE, BOB),))) is Flaw.ROTATION_REFUSED


def test_a_set_left_out_is_missed():
    assert _flaw(follow(FIRST, GOOD[1:])) is Flaw.ROTATION_REFUSED


def test_a_forged_signature_is_refused_though_enough_others_hold():
    forged = OfficerKey(CAROL.officer, DAVE.private)

    assert _flaw(follow(FIRST, (_rotation(SECOND, ALICE, BOB, forged),))) is Flaw.ROTATION_REFUSED


def test_sets_before_the_pinned_one_are_not_judged_and_the_pinned_one_is_compared():
    worthless = _rotation(SECOND, DAVE)

    assert follow(SECOND, (worthless, GOOD[1])) == THIRD
    other = _rotation(_set(2, ALICE, BOB, DAVE), ALICE, BOB)
    assert _flaw(follow(SECOND, (other, GOOD[1]))) is Flaw.OFFICERS_REUSED


def test_a_list_older_than_the_pinned_set_is_a_rollback_of_officers():
    assert _flaw(follow(THIRD, GOOD[:1])) is Flaw.OFFICERS_ROLLBACK


def test_officers_once_seen_are_not_gone_back_behind():
    seen = SeenVersion(3, THIRD.digest)

    assert follow(FIRST, GOOD, seen) == THIRD
    assert _flaw(follow(FIRST, GOOD[:1], seen)) is Flaw.OFFICERS_ROLLBACK
    assert _flaw(follow(FIRST, (), seen)) is Flaw.OFFICERS_ROLLBACK


def test_a_fork_of_the_officers_is_refused_where_the_other_side_was_seen():
    fork = (GOOD[0], _rotation(_set(3, ALICE, BOB), ALICE, BOB))

    assert _flaw(follow(FIRST, fork, SeenVersion(3, THIRD.digest))) is Flaw.OFFICERS_REUSED
    assert _flaw(follow(FIRST, fork, SeenVersion(2, SECOND.digest))) is None


@pytest.mark.parametrize(
    "mangle",
    [
        lambda file: file.update(format=2),
        lambda file: file.update(admin=True),
        lambda file: file.update(threshold=0),
        lambda file: file.update(threshold=4),
        lambda file: file.update(officers=[]),
        lambda file: file["officers"].append(file["officers"][0]),
        lambda file: file["officers"][0].update(x="AAAA"),
        lambda file: file["officers"][0].update(person="x"),
        lambda file: file["officers"][0].update(person=""),
        lambda file: file.update(version=True),
    ],
)
def test_a_set_in_another_form_is_refused_though_everybody_signed_it(mangle):
    file = json.loads(write_officers(SECOND))
    mangle(file)

    rotation = signed(one_form(file), (ALICE, BOB, CAROL), SignedType.OFFICERS)

    assert _flaw(follow(FIRST, (rotation,))) is Flaw.ROTATION_REFUSED


def test_one_person_is_not_two_officers():
    person = "a" * 64
    twins = tuple(replace(key.officer, person=person) for key in (ALICE, BOB))

    with pytest.raises(OfficerError, match="same person"):
        OfficerTrust("test", 2, twins)
    assert ALICE.officer.is_same_person(Officer("alice", BOB.officer.x))
    assert ALICE.officer.is_same_person(Officer("other", ALICE.officer.x))
    assert twins[0].is_same_person(Officer("zoe", CAROL.officer.x, person))
    assert not ALICE.officer.is_same_person(BOB.officer)


def test_a_public_key_has_one_spelling():
    x = ALICE.officer.x
    other = x[:-1] + chr(ord(x[-1]) + 1)

    with pytest.raises(OfficerError):
        Officer("alice", other)


# Lists that carry their officers


@pytest.fixture
def listed(make_whitelist):
    def listed(officers, **changed):
        return make_whitelist(
            officers=officers.officers, threshold=officers.threshold, officers_version=officers.version, **changed
        )

    return listed


def _judge(data, now, *, trust=FIRST, last=None, seen=None):
    return verify(data, trust, now=now, last=last, officers_seen=seen)


def test_a_list_of_the_new_officers_is_taken_up_from_the_old_pin(listed, now):
    verdict = _judge(sign(listed(THIRD), (ALICE, CAROL), GOOD), now)

    assert isinstance(verdict, Verified)
    assert verdict.officers == THIRD
    assert verdict.officers_seen == SeenVersion(3, THIRD.digest)


def test_a_removed_officer_signs_nothing_any_more(listed, now):
    assert _judge(sign(listed(THIRD), (ALICE, BOB), GOOD), now).flaw is Flaw.BELOW_THRESHOLD
    assert _judge(sign(listed(THIRD), (BOB,), GOOD), now).flaw is Flaw.UNKNOWN_OFFICER


def test_a_list_beside_other_officers_than_its_own_is_mix_and_match(listed, now):
    assert _judge(sign(listed(SECOND), (ALICE, CAROL), GOOD), now).flaw is Flaw.OTHER_OFFICERS
    assert _judge(sign(listed(THIRD), (ALICE, CAROL), GOOD[:1]), now).flaw is Flaw.OTHER_OFFICERS


def test_a_list_that_hides_the_new_officers_is_refused_by_whoever_saw_them(listed, now):
    old = sign(listed(FIRST, version=9), (ALICE, BOB))

    assert isinstance(_judge(old, now), Verified)
    assert _judge(old, now, seen=SeenVersion(3, THIRD.digest)).flaw is Flaw.OFFICERS_ROLLBACK


def _origin(author):
    return Origin(author=author, reason="x", base_version=0, base_digest="", difference="0" * 64)


def test_whoever_put_a_list_forward_has_signed_it(listed, now):
    good = listed(SECOND, origin=_origin("carol"))

    assert isinstance(_judge(sign(good, (ALICE, CAROL), GOOD[:1]), now), Verified)
    assert _judge(sign(good, (ALICE, BOB), GOOD[:1]), now).flaw is Flaw.AUTHOR_MISSING


def test_a_list_that_says_where_it_comes_from_states_all_officers_in_force(listed, now):
    for other in (_set(2, ALICE, CAROL), replace(SECOND, threshold=1)):
        whitelist = listed(other, origin=_origin("carol"))
        assert _judge(sign(whitelist, (ALICE, CAROL), GOOD[:1]), now).flaw is Flaw.OTHER_OFFICERS


def test_the_sets_travel_in_the_one_form_of_the_file(listed, now):
    data = sign(listed(THIRD), (ALICE, CAROL), GOOD)
    file = json.loads(data)
    assert [*file] == ["officers", "payload", "signatures"]

    for other in (
        {**file, "officers": []},
        {"payload": file["payload"], "signatures": file["signatures"], "officers": file["officers"]},
        {**file, "officers": [*file["officers"], {"payload": "", "signatures": []}]},
        {**file, "officers": file["officers"][0]},
        {**file, "officers": [{**file["officers"][0], "officers": []}, file["officers"][1]]},
        {**file, "officers": file["officers"] * 200},
    ):
        assert _judge(json.dumps(other, separators=(",", ":")).encode(), now).flaw is Flaw.MALFORMED


def test_no_byte_of_the_sets_can_be_changed(listed, now):
    data = sign(listed(THIRD), (ALICE, CAROL), GOOD)

    for position in range(0, len(data), 7):
        tampered = bytearray(data)
        tampered[position] ^= 1
        assert isinstance(_judge(bytes(tampered), now), Rejected), position


def test_a_signature_over_one_kind_of_document_counts_for_no_other(now):
    payload = write_officers(SECOND)
    as_list = read_signed(write_signed(payload, (ALICE, BOB)))

    assert _flaw(follow(FIRST, (SignedFile(payload, as_list.encoded_payload, as_list.signatures),))) is None
    smuggled = {
        "officers": [json.loads(as_list.to_bytes())],
        **json.loads(write_signed(b"{}", (ALICE, BOB))),
    }
    assert _judge(json.dumps(smuggled, separators=(",", ":")).encode(), now).flaw is Flaw.MALFORMED


def test_a_list_is_issued_and_expires_whoever_its_officers_are(listed, now):
    data = sign(listed(THIRD), (ALICE, CAROL), GOOD)

    assert _judge(data, now + timedelta(days=31)).flaw is Flaw.EXPIRED
