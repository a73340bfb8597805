"""Rules of taking a list up: signatures, officers, versions, time."""

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from whitelist.document_json import write_whitelist
from whitelist.errors import OfficerError
from whitelist.jws import MAX_FILE_BYTES, write_signed
from whitelist.officers import Officer, OfficerKey, OfficerTrust
from whitelist.signature import MAX_LEAP, Flaw, Rejected, SeenVersion, Verified, sign, verify


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.fixture(scope="session")
def whitelist(make_partner, make_whitelist):
    return make_whitelist(make_partner())


@pytest.fixture(scope="session")
def signed(whitelist, key):
    return sign(whitelist, [key])


@pytest.fixture(scope="session")
def flaw_of(trust, now):
    def flaw(data, *, trust=trust, at=now, last=None):
        verdict = verify(data, trust, now=at, last=last)
        return verdict.flaw if isinstance(verdict, Rejected) else None

    return flaw


def test_a_signed_list_is_taken_up(signed, whitelist, trust, now):
    verdict = verify(signed, trust, now=now, last=None)

    assert isinstance(verdict, Verified)
    assert verdict.whitelist == whitelist
    assert verdict.signers == ("officer-1",)
    assert verdict.seen == SeenVersion(1, verdict.digest)


def test_signing_is_deterministic(whitelist, key, signed):
    assert sign(whitelist, [key]) == signed


def test_no_byte_of_the_file_can_be_changed(signed, flaw_of):
    for position in range(len(signed)):
        tampered = bytearray(signed)
        tampered[position] ^= 0x01
        assert flaw_of(bytes(tampered)) is not None, position


@given(data=st.data())
def test_no_stretch_of_the_file_can_be_replaced_removed_or_doubled(data, signed, flaw_of):
    start = data.draw(st.integers(0, len(signed) - 1))
    end = data.draw(st.integers(start, len(signed)))
    tampered = signed[:start] + data.draw(st.binary(max_size=40)) + signed[end:]

    assert (flaw_of(tampered) is None) == (tampered == signed)


@given(garbage=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_garbage_is_malformed_and_nothing_worse(garbage, flaw_of):
    assert flaw_of(garbage) is Flaw.MALFORMED


@pytest.mark.parametrize(
    "garbage", [b"[" * 200_000, b"null", b"{}", b'{"payload":1,"signatures":[]}', b'{"payload":"","signatures":{}}']
)
def test_odd_json_is_malformed(garbage, flaw_of):
    assert flaw_of(garbage) is Flaw.MALFORMED


def test_a_file_above_the_limit_is_refused_unread(flaw_of):
    assert flaw_of(b"x" * (MAX_FILE_BYTES + 1)) is Flaw.TOO_LARGE


def _resigned(signed, key, header, *, unprotected=None):
    """The payload signed by hand under any header, the signature itself being right."""
    payload = json.loads(signed)["payload"]
    protected = _b64(_compact(header))
    signature = key.private.get_op_key("sign").sign(f"{protected}.{payload}".encode())
    entry = {"protected": protected, "signature": _b64(signature)}
    if unprotected is not None:
        entry["header"] = unprotected
    return _compact({"payload": payload, "signatures": [entry]})


def test_the_control_signing_by_hand_gives_the_same_file(signed, key):
    header = {"alg": "Ed25519", "kid": key.officer.kid, "typ": "inter-ror-whitelist+jws"}

    assert _resigned(signed, key, header) == signed


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "EdDSA"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ed25519"},
        {"alg": None},
        {"typ": "JWT"},
        {"typ": None},
        {"kid": None},
        {"kid": 1},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"jku": "https://exemple.invalid/keys"},
        {"jwk": {"kty": "OKP"}},
        {"x5u": "https://exemple.invalid/cert"},
        {"cty": "json"},
    ],
    ids=str,
)
def test_a_header_other_than_the_pinned_one_is_malformed_even_if_the_officer_signed_it(signed, key, flaw_of, change):
    header = {"alg": "Ed25519", "kid": key.officer.kid, "typ": "inter-ror-whitelist+jws", **change}
    header = {name: value for name, value in header.items() if value is not None}

    assert flaw_of(_resigned(signed, key, header)) is Flaw.MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        '{{"alg":"Ed25519","kid":"{kid}","typ":"inter-ror-whitelist+jws" }}',
        '{{"kid":"{kid}","alg":"Ed25519","kid":"{kid}","typ":"inter-ror-whitelist+jws"}}',
        '{{"alg":"Ed25519","kid":"{kid}","typ":"inter-ror-whitelist+jws"}}' + " " * 200,
    ],
)
def test_the_pinned_header_in_another_spelling_is_malformed(signed, key, flaw_of, text):
    payload = json.loads(signed)["payload"]
    protected = _b64(text.format(kid=key.officer.kid).encode())
    signature = _b64(key.private.get_op_key("sign").sign(f"{protected}.{payload}".encode()))
    file = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}

    assert flaw_of(_compact(file)) is Flaw.MALFORMED


@pytest.mark.parametrize("count", [0, 33])
def test_a_number_of_signatures_that_no_set_of_officers_has_is_malformed(signed, flaw_of, count):
    file = json.loads(signed)
    file["signatures"] *= count

    assert flaw_of(_compact(file)) is Flaw.MALFORMED


def test_an_unprotected_header_is_malformed(signed, key, flaw_of):
    header = {"alg": "Ed25519", "kid": key.officer.kid, "typ": "inter-ror-whitelist+jws"}

    assert flaw_of(_resigned(signed, key, header, unprotected={"note": "x"})) is Flaw.MALFORMED


def test_a_public_key_used_as_a_shared_secret_signs_nothing(signed, key, flaw_of):
    import hashlib
    import hmac

    payload = json.loads(signed)["payload"]
    protected = _b64(_compact({"alg": "HS256", "kid": key.officer.kid, "typ": "inter-ror-whitelist+jws"}))
    mac = hmac.new(key.officer.x.encode(), f"{protected}.{payload}".encode(), hashlib.sha256).digest()
    forged = _compact({"payload": payload, "signatures": [{"protected": protected, "signature": _b64(mac)}]})

    assert flaw_of(forged) is Flaw.MALFORMED


def test_another_key_under_the_officers_kid_is_a_bad_signature(whitelist, key, second_key, flaw_of):
    impostor = OfficerKey(key.officer, second_key.private)

    assert flaw_of(sign(whitelist, [impostor])) is Flaw.BAD_SIGNATURE


def test_a_signature_over_another_list_is_bad(make_whitelist, signed, key, flaw_of):
    other = json.loads(sign(make_whitelist(version=2), [key]))
    mixed = _compact({"payload": other["payload"], "signatures": json.loads(signed)["signatures"]})

    assert flaw_of(mixed) is Flaw.BAD_SIGNATURE


def test_a_key_that_is_not_pinned_counts_for_nothing(whitelist, second_key, flaw_of):
    assert flaw_of(sign(whitelist, [second_key])) is Flaw.UNKNOWN_OFFICER


def test_an_officer_whom_the_list_itself_adds_counts_for_nothing(make_whitelist, second_key, key, flaw_of):
    whitelist = make_whitelist(officers=(key.officer, second_key.officer))

    assert flaw_of(sign(whitelist, [second_key])) is Flaw.UNKNOWN_OFFICER


def test_a_removed_officer_counts_for_nothing(whitelist, signed, second_key, flaw_of):
    trust = OfficerTrust("test", 1, (second_key.officer,))

    assert flaw_of(signed, trust=trust) is Flaw.UNKNOWN_OFFICER


def test_an_officer_who_is_not_on_the_list_counts_for_nothing(make_whitelist, key, second_key, flaw_of):
    trust = OfficerTrust("test", 1, (key.officer, second_key.officer))
    whitelist = make_whitelist(officers=(second_key.officer,))

    assert flaw_of(sign(whitelist, [key]), trust=trust) is Flaw.UNKNOWN_OFFICER


def test_an_unknown_signature_beside_a_good_one_does_no_harm(whitelist, key, second_key, flaw_of):
    assert flaw_of(sign(whitelist, [key, second_key])) is None


def test_a_bad_signature_beside_a_good_one_refuses_the_list(whitelist, key, second_key, flaw_of):
    trust = OfficerTrust("test", 1, (key.officer, second_key.officer))
    impostor = OfficerKey(second_key.officer, OKPKey.generate_key("Ed25519"))

    assert flaw_of(sign(whitelist, [key, impostor]), trust=trust) is Flaw.BAD_SIGNATURE


@pytest.mark.parametrize("pinned", [1, 2])
@pytest.mark.parametrize("stated", [1, 2])
@pytest.mark.parametrize("signing", [1, 2])
def test_both_thresholds_are_met(make_whitelist, key, second_key, flaw_of, pinned, stated, signing):
    officers = (key.officer, second_key.officer)
    whitelist = make_whitelist(officers=officers, threshold=stated)
    data = sign(whitelist, [key, second_key][:signing])

    flaw = flaw_of(data, trust=OfficerTrust("test", pinned, officers))

    assert (flaw is None) == (signing >= max(pinned, stated))
    assert flaw in (None, Flaw.BELOW_THRESHOLD)


def test_one_officer_signing_twice_is_malformed(whitelist, key, flaw_of):
    assert flaw_of(sign(whitelist, [key, key])) is Flaw.MALFORMED


def test_one_person_cannot_be_two_officers(key, second_key):
    with pytest.raises(OfficerError, match="same name"):
        OfficerTrust("test", 2, (key.officer, Officer(key.officer.name, second_key.officer.x)))
    with pytest.raises(OfficerError, match="same key"):
        OfficerTrust("test", 2, (key.officer, Officer("officer-2", key.officer.x)))


def test_signatures_in_another_order_are_malformed(make_whitelist, key, second_key, flaw_of):
    file = json.loads(sign(make_whitelist(), [key, second_key]))
    file["signatures"].reverse()

    assert flaw_of(_compact(file)) is Flaw.MALFORMED


def test_what_an_officer_signs_must_still_be_a_list(key, flaw_of):
    assert flaw_of(write_signed(b'{"version":1}', [key])) is Flaw.INVALID


def test_a_signed_list_in_another_spelling_is_invalid(whitelist, key, flaw_of):
    assert flaw_of(write_signed(write_whitelist(whitelist) + b" ", [key])) is Flaw.INVALID


def test_a_list_of_another_environment_is_refused(make_whitelist, key, flaw_of):
    assert flaw_of(sign(make_whitelist(environment="demonstration"), [key])) is Flaw.WRONG_ENVIRONMENT


def test_an_older_version_is_a_rollback(signed, flaw_of):
    assert flaw_of(signed, last=SeenVersion(2, "0" * 64)) is Flaw.ROLLBACK


def test_the_same_version_with_other_content_is_refused(signed, flaw_of):
    assert flaw_of(signed, last=SeenVersion(1, "0" * 64)) is Flaw.VERSION_REUSED


def test_the_same_version_again_is_accepted(signed, trust, now, flaw_of):
    verdict = verify(signed, trust, now=now, last=None)

    assert flaw_of(signed, last=verdict.seen) is None


def test_versions_may_be_skipped_but_not_used_up(make_whitelist, key, flaw_of):
    last = SeenVersion(5, "0" * 64)

    assert flaw_of(sign(make_whitelist(version=5 + MAX_LEAP), [key]), last=last) is None
    assert flaw_of(sign(make_whitelist(version=6 + MAX_LEAP), [key]), last=last) is Flaw.VERSION_LEAP


@pytest.mark.parametrize(
    ("after_issue", "flaw"),
    [
        (timedelta(minutes=-5, seconds=-1), Flaw.NOT_YET_ISSUED),
        (timedelta(minutes=-5), None),
        (timedelta(days=30) - timedelta(microseconds=1), None),
        (timedelta(days=30), Flaw.EXPIRED),
        (timedelta(days=3000), Flaw.EXPIRED),
    ],
)
def test_a_list_holds_from_its_issue_until_just_before_its_end(signed, now, flaw_of, after_issue, flaw):
    assert flaw_of(signed, at=now + after_issue) is flaw


def test_a_list_that_is_only_late_is_still_known_to_be_authentic(signed, whitelist, trust, now):
    verdict = verify(signed, trust, now=now + timedelta(days=31), last=None)

    assert verdict.authentic.whitelist == whitelist


def test_a_forged_list_is_never_called_authentic(whitelist, second_key, trust, now):
    verdict = verify(sign(whitelist, [second_key]), trust, now=now + timedelta(days=31), last=None)

    assert verdict.authentic is None
