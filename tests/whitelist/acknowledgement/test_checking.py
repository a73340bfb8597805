"""Only what a follower says now, of itself, under its own good certificate, counts."""

import base64
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.keys import KeyKind, key_from_pem
from tests.support.acknowledgements import NONCE, Followers, acknowledgement, in_force
from whitelist.acknowledgement.checking import (
    AcknowledgementFlaw,
    Expected,
    GatewayHolder,
    NodeHolder,
    RefusedAcknowledgement,
    check,
)
from whitelist.acknowledgement.signing import MAX_BYTES, read_signed
from whitelist.acknowledgement.statement import GATEWAY, Acknowledgement
from whitelist.demonstration import entries_of
from whitelist.errors import SignatureFormError
from whitelist.index import WhitelistIndex
from whitelist.source import WhitelistSource

ARA = Expected(
    follower="ara", environment="demonstration", holder=NodeHolder("ror-ara.demo.inter-ror.fr"), nonce=NONCE
)
Flaw = AcknowledgementFlaw


@pytest.fixture(scope="module")
def followers(pki_home):
    return Followers(pki_home)


@pytest.fixture(scope="module")
def judge(followers):
    return followers.judge()


@pytest.fixture
def checked(judge):
    """Check as the gateway does, now."""

    def checked(data: bytes, expected: Expected = ARA, at: datetime | None = None):
        return check(data, expected, judge, at or datetime.now(UTC))

    return checked


def flaw_of(outcome) -> AcknowledgementFlaw:
    assert isinstance(outcome, RefusedAcknowledgement), outcome
    return outcome.flaw


def compact(*parts: bytes) -> bytes:
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def parts_of(data: bytes) -> list[bytes]:
    return [base64.urlsafe_b64decode(part + b"==") for part in data.split(b".")]


def test_a_nodes_own_word_counts(followers, checked):
    said = acknowledgement()
    assert checked(followers.sign("node-ara", said)) == said


@pytest.mark.parametrize("kind", KeyKind)
def test_keys_of_both_kinds_sign(followers, checked, kind):
    said = acknowledgement()
    assert checked(followers.sign(followers.server(kind=kind), said)) == said


def test_the_gateways_word_counts_under_the_certificate_that_the_list_names(followers, checked, pki_home):
    source = WhitelistSource.of_home(pki_home)
    source.refresh()
    expected = replace(ARA, follower=GATEWAY, holder=GatewayHolder(source.current))
    said = acknowledgement(GATEWAY)
    assert checked(followers.sign("gateway-client", said), expected) == said
    for other in ("partner-samu-rhone", "partner-ror-bre", followers.client()):
        assert flaw_of(checked(followers.sign(other, said), expected)) is Flaw.OTHER_HOLDER
    server = flaw_of(checked(followers.sign("gateway-server", said), expected))
    assert server is Flaw.CERTIFICATE_REFUSED


def test_another_nodes_signature_is_refused(followers, checked):
    assert flaw_of(checked(followers.sign("node-idf", acknowledgement()))) is Flaw.OTHER_HOLDER


def test_a_clients_certificate_signs_for_no_node(followers, checked):
    outcome = checked(followers.sign("partner-samu-rhone", acknowledgement()))
    assert flaw_of(outcome) is Flaw.CERTIFICATE_REFUSED
    assert "certificate.wrong-usage" in outcome.detail


def test_another_key_under_a_nodes_certificate_is_refused(followers, checked):
    said = acknowledgement()
    mine, other = followers.server(), followers.server()
    header, payload, _ = followers.sign(mine, said).split(b".")
    key = key_from_pem(other.key_pem)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(header + b"." + payload, ec.ECDSA(hashes.SHA256())))
    forged = header + b"." + payload + b"." + compact(r.to_bytes(32) + s.to_bytes(32))
    assert flaw_of(checked(forged)) is Flaw.BAD_SIGNATURE


def test_a_word_changed_after_signing_is_refused(followers, checked):
    header, payload, signature = parts_of(followers.sign("node-ara", acknowledgement()))
    assert flaw_of(checked(compact(header, payload.replace(b'"version":8', b'"version":9'), signature))) is (
        Flaw.BAD_SIGNATURE
    )


def test_another_followers_word_is_refused(followers, checked):
    assert flaw_of(checked(followers.sign("node-idf", acknowledgement("idf")))) is Flaw.OTHER_HOLDER
    assert flaw_of(checked(followers.sign("node-ara", acknowledgement("idf")))) is Flaw.OTHER_FOLLOWER


def test_an_answer_to_another_question_is_refused(followers, checked):
    old = followers.sign("node-ara", acknowledgement(nonce="f" * 32))
    assert flaw_of(checked(old)) is Flaw.REPLAYED
    assert isinstance(checked(old, replace(ARA, nonce=None)), Acknowledgement)


def test_a_word_for_another_environment_is_refused(followers, checked):
    data = followers.sign("node-ara", acknowledgement(in_force=in_force(environment="production")))
    assert flaw_of(checked(data)) is Flaw.WRONG_ENVIRONMENT


@pytest.mark.parametrize(("minutes", "counts"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_a_word_is_said_now(followers, checked, minutes, counts):
    now = datetime.now(UTC)
    said = acknowledgement(
        said_at=now + timedelta(minutes=minutes), in_force=in_force(taken_up_at=now - timedelta(1))
    )
    outcome = checked(followers.sign("node-ara", said), at=now)
    assert outcome == said if counts else flaw_of(outcome) is Flaw.NOT_NOW


def test_a_kept_word_may_be_old_and_not_of_the_future(followers, checked):
    kept = replace(ARA, nonce=None)
    now = datetime.now(UTC)
    old = acknowledgement(said_at=now - timedelta(hours=5), in_force=in_force(taken_up_at=now - timedelta(hours=9)))
    assert checked(followers.sign("node-ara", old), kept) == old
    future = acknowledgement(said_at=now + timedelta(minutes=6))
    assert flaw_of(checked(followers.sign("node-ara", future), kept)) is Flaw.NOT_NOW


def test_nothing_is_taken_up_after_it_is_said(followers, checked):
    later = in_force(taken_up_at=datetime.now(UTC) + timedelta(minutes=6))
    assert flaw_of(checked(followers.sign("node-ara", acknowledgement(in_force=later)))) is Flaw.NOT_NOW


def test_an_expired_certificate_is_refused(followers, checked):
    at = datetime.now(UTC) + timedelta(days=4 * 365)
    said = acknowledgement(said_at=at)
    outcome = checked(followers.sign("node-ara", said), at=at)
    assert flaw_of(outcome) is Flaw.CERTIFICATE_REFUSED
    assert "certificate.expired" in outcome.detail


def test_a_revoked_certificate_is_refused(followers, checked):
    leaf = followers.server()
    data = followers.sign(leaf, acknowledgement())
    assert isinstance(checked(data), Acknowledgement)
    outcome = check(data, ARA, followers.judge(leaf.certificate.serial_number), datetime.now(UTC))
    assert flaw_of(outcome) is Flaw.CERTIFICATE_REFUSED
    assert "certificate.revoked" in outcome.detail


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ROR-ARA.demo.inter-ror.fr", True),
        ("*.demo.inter-ror.fr", True),
        ("*.inter-ror.fr", False),
        ("ror-ara.demo.inter-ror.fr.example", False),
        ("demo.inter-ror.fr", False),
    ],
)
def test_a_node_bears_the_name_of_the_directory(followers, checked, name, counts):
    outcome = checked(followers.sign(followers.server(name), acknowledgement()))
    assert isinstance(outcome, Acknowledgement) if counts else flaw_of(outcome) is Flaw.OTHER_HOLDER


def test_too_much_is_refused_before_it_is_read(checked):
    assert flaw_of(checked(b"x" * (MAX_BYTES + 1))) is Flaw.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [b"", b"..", b"a.b.c", b"<html>", b"\xff" * 100, b"e30.e30.e30", b"W10.e30.e30", b"bnVsbA.e30.e30", b"." * 4000],
)
def test_garbage_is_refused(checked, data):
    assert flaw_of(checked(data)) is Flaw.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "PS256"},
        {"alg": "ES384"},
        {"alg": None},
        {"typ": "inter-ror-whitelist+jws"},
        {"typ": None},
        {"x5c": []},
        {"x5c": "text"},
        {"x5c": [1]},
        {"x5c": ["!!!!"]},
        {"x5c": ["AAAA"] * 6},
        {"crit": ["b64"]},
        {"jwk": {}},
        {"x5u": "https://elsewhere.invalid/"},
        {"kid": "1"},
    ],
)
def test_the_header_says_what_it_must_and_no_more(followers, checked, change):
    header, payload, signature = parts_of(followers.sign("node-ara", acknowledgement()))
    changed = json.dumps(json.loads(header) | change, separators=(",", ":")).encode()
    assert flaw_of(checked(compact(changed, payload, signature))) in {Flaw.MALFORMED, Flaw.BAD_SIGNATURE}


def test_another_order_of_the_header_is_refused(followers):
    header, payload, signature = parts_of(followers.sign("node-ara", acknowledgement()))
    turned = dict(reversed(json.loads(header).items()))
    with pytest.raises(SignatureFormError):
        read_signed(compact(json.dumps(turned, separators=(",", ":")).encode(), payload, signature))


def test_signed_content_that_is_no_acknowledgement_is_refused(followers, checked, monkeypatch):
    monkeypatch.setattr("whitelist.acknowledgement.signing.write_acknowledgement", lambda said: b'{"format":1}')
    assert flaw_of(checked(followers.sign("node-ara", acknowledgement()))) is Flaw.INVALID


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_ever_raises_or_passes(pki_home, chance: random.Random):
    followers = Followers(pki_home)
    data = bytearray(_SIGNED.setdefault("ara", followers.sign("node-ara", acknowledgement())))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + chance.randint(1, 40)]
            case _:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 40)))
        if not data:
            break
    if bytes(data) == _SIGNED["ara"]:
        return
    judge = _SIGNED.setdefault("judge", followers.judge())
    assert isinstance(check(bytes(data), ARA, judge, datetime.now(UTC)), RefusedAcknowledgement)


_SIGNED: dict[str, object] = {}


def test_a_gateway_is_one_by_its_entry_and_not_by_its_name(pki_home, followers, checked):
    partners = [partner for partner in entries_of(pki_home) if partner.id != "passerelle"]
    source = WhitelistSource.of_home(pki_home)
    source.refresh()
    without = WhitelistIndex(replace(source.current.whitelist, partners=tuple(partners)))
    expected = replace(ARA, follower=GATEWAY, holder=GatewayHolder(without))
    data = followers.sign("gateway-client", acknowledgement(GATEWAY))
    assert flaw_of(checked(data, expected)) is Flaw.OTHER_HOLDER


@pytest.mark.parametrize("field", ["said_at", "taken_up_at"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000000+14:00", "9999-12-31T23:59:59.999999-14:00"])
def test_a_moment_that_no_clock_can_show_is_refused_though_well_signed(followers, checked, field, moment):
    """What is not refused here but raises leaves its follower as it was last seen: in step, for ever."""
    files = followers.home.leaf("node-ara")
    _, payload, _ = parts_of(followers.sign("node-ara", acknowledgement()))

    def saying(told: str) -> bytes:
        header, _, _ = followers.sign("node-ara", acknowledgement()).split(b".")
        body = json.dumps(json.loads(payload) | {field: told}, sort_keys=True, separators=(",", ":")).encode()
        signed = header + b"." + compact(body)
        key = key_from_pem(files.key.read_bytes())
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return signed + b"." + compact(r.to_bytes(32) + s.to_bytes(32))

    assert flaw_of(checked(saying(moment))) is Flaw.INVALID
    assert isinstance(checked(saying(json.loads(payload)[field])), Acknowledgement)
