"""OCSP: the request, and which answers are believed."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.keys import KeyKind
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.ocsp import Asked, OcspAnswer, OcspStatus, build_request
from certs.revocation.ocsp_reading import (
    LONGEST_ANSWER,
    MAX_ANSWER_BYTES,
    Circumstances,
    read_answer,
    subject_of,
)
from certs.revocation.revoked import RevocationReason
from certs.usages import ExtendedUse, KeyUse
from tests.support.revocation import (
    DAY,
    HOUR,
    NO_CHECK,
    answer_about,
    asked_about,
    authority_of,
    flaw_of,
    list_of,
    read,
    responder_of,
    serial_of,
)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


@pytest.fixture(scope="module")
def leaf(pki):
    return pki.client()


@pytest.fixture
def judge(pki, leaf):
    """Judges an answer about the leaf, now, unless told otherwise."""

    def ask(data, asked=None, **circumstances):
        wanted = {"now": pki.now} | circumstances
        return read_answer(data, asked or asked_about(pki, leaf), Circumstances(**wanted))

    return ask


def held(judged) -> OcspAnswer:
    assert isinstance(judged, OcspAnswer), judged
    return judged


def test_a_request_names_the_certificate_and_carries_the_nonce(pki, leaf):
    request = ocsp.load_der_ocsp_request(build_request(asked_about(pki, leaf), nonce=b"n" * 16))
    theirs = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(leaf.certificate, pki.organisations.certificate, hashes.SHA1())
        .build()
    )
    assert request.serial_number == theirs.serial_number
    assert request.issuer_name_hash == theirs.issuer_name_hash
    assert request.issuer_key_hash == theirs.issuer_key_hash
    assert request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 16
    assert not list(ocsp.load_der_ocsp_request(build_request(asked_about(pki, leaf))).extensions)


def test_a_good_answer_of_the_authority_itself_holds(pki, leaf, judge):
    answer = held(judge(answer_about(pki, leaf)))
    assert answer.status is OcspStatus.GOOD
    assert answer.revocation is None
    assert (answer.this_update, answer.valid_until) == (pki.now - HOUR, pki.now + DAY)
    assert answer.asked == asked_about(pki, leaf)


def test_a_revoked_answer_says_since_when_and_why(pki, leaf, judge):
    reason = x509.ReasonFlags.certificate_hold
    answer = held(judge(answer_about(pki, leaf, status=REVOKED, revocation_reason=reason)))
    assert answer.status is OcspStatus.REVOKED
    assert answer.revocation.since == pki.now - 2 * HOUR
    assert answer.revocation.reason is RevocationReason.HOLD


def test_a_revoked_answer_without_a_reason_is_revoked(pki, leaf, judge):
    assert held(judge(answer_about(pki, leaf, status=REVOKED))).revocation.reason is RevocationReason.UNSPECIFIED


def test_unknown_is_an_answer_and_not_good(pki, leaf, judge):
    assert held(judge(answer_about(pki, leaf, status=UNKNOWN))).status is OcspStatus.UNKNOWN


@pytest.mark.parametrize("encoding", list(ocsp.OCSPResponderEncoding))
@pytest.mark.parametrize("named_by", [hashes.SHA1(), hashes.SHA256()], ids=lambda algorithm: algorithm.name)
def test_every_way_to_name_certificate_and_responder_is_read(pki, leaf, judge, encoding, named_by):
    assert held(judge(answer_about(pki, leaf, encoding=encoding, named_by=named_by)))
    assert held(judge(answer_about(pki, leaf, by=responder_of(pki), encoding=encoding, named_by=named_by)))


@pytest.mark.parametrize("kind", list(KeyKind))
def test_responders_of_both_key_kinds_are_believed(pki, leaf, judge, kind):
    assert held(judge(answer_about(pki, leaf, by=responder_of(pki, key_kind=kind))))


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"nothing"])
def test_bytes_that_are_no_answer_are_malformed(judge, data):
    assert flaw_of(judge(data)) is Flaw.ANSWER_MALFORMED


def test_an_oversized_answer_is_not_read(judge):
    assert flaw_of(judge(b"\x30" * (MAX_ANSWER_BYTES + 1))) is Flaw.ANSWER_TOO_LARGE


@pytest.mark.parametrize(
    "status", [s for s in ocsp.OCSPResponseStatus if s is not ocsp.OCSPResponseStatus.SUCCESSFUL]
)
def test_a_responder_that_cannot_answer_says_nothing(judge, status):

    data = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    assert flaw_of(judge(data)) is Flaw.ANSWER_UNSUCCESSFUL


def test_an_answer_about_another_certificate_is_refused(pki, judge):
    assert flaw_of(judge(answer_about(pki, pki.client()))) is Flaw.ANSWER_OTHER_CERTIFICATE


def test_the_same_serial_under_another_authority_is_another_certificate(pki, leaf, judge):
    other = Asked(authority_of(pki, pki.personnes), serial_of(leaf))
    assert flaw_of(judge(answer_about(pki, leaf), other)) is Flaw.ANSWER_OTHER_CERTIFICATE


def test_a_stranger_cannot_answer_in_the_authoritys_name(pki, leaf, judge):
    stranger = pki.new_intermediate(pki.new_root())
    by_name = ocsp.OCSPResponderEncoding.NAME
    forged = answer_about(
        pki, leaf, signer=stranger.key, named_responder=stranger.certificate, encoding=by_name, certificates=[]
    )
    assert held(judge(answer_about(pki, leaf, encoding=by_name)))
    assert flaw_of(judge(forged)) is Flaw.ANSWER_BAD_SIGNATURE


def test_another_trusted_authority_cannot_answer_for_this_one(pki, leaf, judge):
    forged = answer_about(
        pki, leaf, signer=pki.personnes.key, named_responder=pki.personnes.certificate, certificates=[]
    )
    assert flaw_of(judge(forged)) is Flaw.ANSWER_WRONG_RESPONDER


def test_a_responder_that_another_authority_made_is_refused(pki, leaf, judge):
    assert flaw_of(judge(answer_about(pki, leaf, by=responder_of(pki, pki.personnes)))) is Flaw.ANSWER_WRONG_RESPONDER
    stranger = pki.new_intermediate(pki.new_root())
    assert flaw_of(judge(answer_about(pki, leaf, by=responder_of(pki, stranger)))) is Flaw.ANSWER_WRONG_RESPONDER
    assert held(judge(answer_about(pki, leaf, by=responder_of(pki))))


@pytest.mark.parametrize(
    "changes",
    [
        {"extended_uses": frozenset({ExtendedUse.CLIENT_AUTH})},
        {"extended_uses": frozenset()},
        {"extended_uses": frozenset({"2.5.29.37.0"})},
        {"key_uses": frozenset({KeyUse.KEY_AGREEMENT})},
        {
            "extra_extensions": (
                *NO_CHECK,
                (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),
            )
        },
    ],
    ids=["client", "no-usage", "any-usage", "no-signature", "unknown-critical"],
)
def test_a_certificate_that_is_no_responders_is_refused(pki, leaf, judge, changes):
    assert flaw_of(judge(answer_about(pki, leaf, by=responder_of(pki, **changes)))) is Flaw.ANSWER_WRONG_RESPONDER


def test_a_partner_cannot_vouch_for_itself(pki, leaf, judge):
    assert flaw_of(judge(answer_about(pki, leaf, by=leaf))) is Flaw.ANSWER_WRONG_RESPONDER


def test_a_responder_outside_its_dates_is_refused(pki, leaf, judge):
    expired = responder_of(pki, not_after=pki.now - SECOND)
    early = responder_of(pki, not_before=pki.now + SECOND)
    assert flaw_of(judge(answer_about(pki, leaf, by=expired))) is Flaw.ANSWER_WRONG_RESPONDER
    assert flaw_of(judge(answer_about(pki, leaf, by=early))) is Flaw.ANSWER_WRONG_RESPONDER


def test_a_weak_responder_is_refused(pki, leaf, judge):
    weak = responder_of(pki, key=rsa.generate_private_key(public_exponent=65537, key_size=1024))
    assert flaw_of(judge(answer_about(pki, leaf, by=weak))) is Flaw.ANSWER_WRONG_RESPONDER


def test_a_responder_that_the_answer_does_not_bring_along_is_unknown(pki, leaf, judge):
    forged = answer_about(pki, leaf, by=responder_of(pki), certificates=[pki.client().certificate])
    assert flaw_of(judge(forged)) is Flaw.ANSWER_WRONG_RESPONDER


def test_a_revoked_responder_is_refused_even_if_nobody_has_to_check_it(pki, leaf, judge):
    responder = responder_of(pki)
    data = answer_about(pki, leaf, by=responder)
    assert held(judge(data, lists=(read(pki, list_of(pki)),)))
    revoked = judge(data, lists=(read(pki, list_of(pki, serial_of(responder))),))
    assert flaw_of(revoked) is Flaw.ANSWER_RESPONDER_REVOKED


def test_a_responder_that_must_be_checked_needs_a_list(pki, leaf, judge):
    data = answer_about(pki, leaf, by=responder_of(pki, extra_extensions=()))
    assert flaw_of(judge(data)) is Flaw.ANSWER_WRONG_RESPONDER
    assert held(judge(data, lists=(read(pki, list_of(pki)),)))


def test_a_nonce_must_be_the_one_that_was_sent_and_may_be_missing(pki, leaf, judge):
    assert held(judge(answer_about(pki, leaf), nonce=b"a" * 16))
    assert held(judge(answer_about(pki, leaf, nonce=b"a" * 16), nonce=b"a" * 16))
    assert held(judge(answer_about(pki, leaf, nonce=b"a" * 16)))
    assert flaw_of(judge(answer_about(pki, leaf, nonce=b"b" * 16), nonce=b"a" * 16)) is Flaw.ANSWER_OTHER_NONCE


def test_an_unknown_critical_extension_is_refused_and_an_uncritical_one_ignored(pki, leaf, judge):
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert held(judge(answer_about(pki, leaf, extensions=((extension, False),))))
    critical = judge(answer_about(pki, leaf, extensions=((extension, True),)))
    assert flaw_of(critical) is Flaw.ANSWER_UNSUPPORTED_EXTENSION


def test_an_answer_that_never_ends_is_refused(pki, leaf, judge):
    assert flaw_of(judge(answer_about(pki, leaf, next_update=None))) is Flaw.ANSWER_NO_NEXT_UPDATE


def test_an_answer_holds_until_its_last_second_and_not_longer(pki, leaf, judge):
    data = answer_about(pki, leaf, next_update=pki.now)
    assert held(judge(data)).fresh(pki.now)
    assert not held(judge(data)).fresh(pki.now + SECOND)
    assert flaw_of(judge(data, now=pki.now + SECOND)) is Flaw.ANSWER_EXPIRED


def test_no_answer_counts_for_longer_than_a_week_whatever_it_says(pki, leaf, judge):
    data = answer_about(pki, leaf, next_update=pki.now + 3650 * DAY)
    assert held(judge(data)).valid_until == pki.now - HOUR + LONGEST_ANSWER
    assert flaw_of(judge(data, now=pki.now + LONGEST_ANSWER)) is Flaw.ANSWER_EXPIRED


def test_an_answer_of_the_future_is_refused(pki, leaf, judge):
    assert flaw_of(judge(answer_about(pki, leaf, this_update=pki.now + HOUR))) is Flaw.ANSWER_NOT_YET_ISSUED
    assert flaw_of(judge(answer_about(pki, leaf, produced_at=pki.now + HOUR))) is Flaw.ANSWER_NOT_YET_ISSUED
    assert held(judge(answer_about(pki, leaf, this_update=pki.now + 4 * MINUTE)))


def test_an_older_answer_played_back_is_refused(pki, leaf, judge):
    old = answer_about(pki, leaf, this_update=pki.now - 2 * HOUR)
    last = held(judge(answer_about(pki, leaf, status=REVOKED)))
    assert held(judge(old))
    assert flaw_of(judge(old, last=last)) is Flaw.ANSWER_REPLAYED


def test_of_two_answers_of_one_second_none_takes_a_revocation_back(pki, leaf, judge):
    good, revoked = answer_about(pki, leaf), answer_about(pki, leaf, status=REVOKED)
    assert flaw_of(judge(good, last=held(judge(revoked)))) is Flaw.ANSWER_REPLAYED
    assert held(judge(revoked, last=held(judge(good)))).status is OcspStatus.REVOKED
    assert held(judge(good, last=held(judge(good))))


def test_a_newer_answer_may_lift_a_hold(pki, leaf, judge):
    last = held(judge(answer_about(pki, leaf, status=REVOKED)))
    newer = answer_about(pki, leaf, this_update=pki.now)
    assert held(judge(newer, last=last)).status is OcspStatus.GOOD


def test_an_answer_says_itself_which_certificate_it_is_about(pki, leaf):
    person = pki.person()
    data = answer_about(pki, person, issuer=pki.personnes)
    assert subject_of(answer_about(pki, leaf), pki.trust) == asked_about(pki, leaf)
    assert subject_of(data, pki.trust) == asked_about(pki, person, pki.personnes)
    stranger = pki.new_intermediate(pki.new_root())
    unknown = answer_about(pki, pki.client(by=stranger), issuer=stranger)
    assert flaw_of(subject_of(unknown, pki.trust)) is Flaw.ANSWER_UNKNOWN_ISSUER
    assert flaw_of(subject_of(b"nothing", pki.trust)) is Flaw.ANSWER_MALFORMED


_KEPT: dict[int, bytes] = {}


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, 2000), value=st.integers(0, 255))
def test_no_changed_byte_makes_another_answer_of_it(pki, leaf, position, value):
    """Two bytes are the responder's word for why it cannot answer, outside the signature."""
    original = _KEPT.setdefault(id(leaf), answer_about(pki, leaf))
    data = bytearray(original)
    data[position % len(data)] = value
    judged = read_answer(bytes(data), asked_about(pki, leaf), Circumstances(now=pki.now))
    if bytes(data) == original:
        assert isinstance(judged, OcspAnswer)
    else:
        assert isinstance(judged, Rejected) or judged.status is OcspStatus.GOOD


@settings(max_examples=200, deadline=None)
@given(end=st.integers(0, 2000))
def test_no_truncated_answer_is_read(pki, leaf, end):
    original = _KEPT.setdefault(id(leaf), answer_about(pki, leaf))
    data = original[: end % len(original)]
    assert isinstance(read_answer(data, asked_about(pki, leaf), Circumstances(now=pki.now)), Rejected)
