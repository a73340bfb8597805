"""Revocation lists: what holds, what is refused and why, and that reading them is right and quick."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs.errors import MalformedDerError
from certs.issuing import SigningAuthority
from certs.keys import KeyKind
from certs.revocation import certificate_list
from certs.revocation.certificate_list import (
    CLOCK_TOLERANCE,
    CertificateList,
    Freshness,
    SeenNumber,
    read_list,
    supersedes,
)
from certs.revocation.der import INTEGER, SEQUENCE, content, element
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.revoked import Revocation, RevocationReason, read_entries
from certs.revocation.signed_list import take_apart
from tests.support.revocation import DAY, HOUR, authority_of, flaw_of, list_of, read, serial_of

SECOND = timedelta(seconds=1)


def judge(pki, data, **changes):
    return read_list(data, changes.get("trust", pki.trust), now=changes.get("now", pki.now))


def resigned(pki, data: bytes, change) -> bytes:
    """The list with its signed part changed by ``change``, signed again by the authority."""
    signed = take_apart(data)
    start, stop = signed.signed
    outer, _ = content(data, start, stop, SEQUENCE)
    body = change(data[outer:stop])
    tbs = element(SEQUENCE, body)
    signature = pki.organisations.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    algorithm = data[stop : content(data, stop, len(data), SEQUENCE)[1]]
    return element(SEQUENCE, tbs + algorithm + element(0x03, b"\0" + signature))


def test_a_list_says_who_is_revoked_since_when_and_why(pki):
    listed = read(pki, list_of(pki, 5, 7))
    assert len(listed.revoked) == 2
    assert listed.revoked.get(5) == Revocation(pki.now - 2 * HOUR, RevocationReason.KEY_COMPROMISE)
    assert listed.revoked.get(6) is None
    assert listed.authority is authority_of(pki, pki.organisations)
    assert (listed.number, listed.this_update, listed.next_update) == (1, pki.now - HOUR, pki.now + DAY)


def test_an_empty_list_revokes_nobody(pki):
    listed = read(pki, list_of(pki))
    assert len(listed.revoked) == 0
    assert serial_of(pki.client()) not in listed.revoked


@pytest.mark.parametrize("reason", list(RevocationReason))
def test_every_reason_comes_back(pki, reason):
    assert read(pki, list_of(pki, 5, reason=reason)).revoked.get(5).reason is reason


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()], ids=lambda a: a.name)
@pytest.mark.parametrize("kind", list(KeyKind))
def test_lists_of_both_key_kinds_and_all_strong_digests_hold(pki, kind, algorithm):
    root = pki.new_root(key_kind=kind)
    trust = pki.trust_of(root, pki.new_intermediate(root))
    assert read(pki, list_of(pki, 5, by=root, algorithm=algorithm), trust=trust).revoked.get(5) is not None


def test_a_pem_list_is_the_same_list(pki):
    der = list_of(pki, 5)
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    assert read(pki, pem).digest == read(pki, der).digest
    assert flaw_of(judge(pki, pem[:-30])) is Flaw.MALFORMED
    assert flaw_of(judge(pki, pem.replace(b"A", b"!", 1))) is Flaw.MALFORMED


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x00", b"\x30\x80\x00\x00", b"nothing", b"\x30\x84\xff\xff\xff"]
)
def test_bytes_that_are_no_list_are_malformed(pki, data):
    assert flaw_of(judge(pki, data)) is Flaw.MALFORMED


def test_a_certificate_is_no_list(pki):
    assert flaw_of(judge(pki, pki.client().der)) is Flaw.MALFORMED


def test_bytes_after_the_list_are_malformed(pki):
    assert flaw_of(judge(pki, list_of(pki) + b"\0")) is Flaw.MALFORMED


def test_a_list_over_the_limit_is_not_even_read(pki, monkeypatch):
    data = list_of(pki)
    monkeypatch.setattr(certificate_list, "MAX_LIST_BYTES", len(data))
    assert isinstance(judge(pki, data), CertificateList)
    assert flaw_of(judge(pki, data + b"\0")) is Flaw.TOO_LARGE


def test_the_list_of_an_unknown_authority_is_refused(pki):
    stranger = pki.new_root(subject=pki.subject)
    assert flaw_of(judge(pki, list_of(pki, by=stranger))) is Flaw.UNKNOWN_ISSUER


def test_the_list_of_a_look_alike_authority_is_refused(pki):
    look_alike = pki.new_intermediate(pki.new_root())
    assert flaw_of(judge(pki, list_of(pki, by=look_alike))) is Flaw.BAD_SIGNATURE


def test_a_leaf_cannot_sign_a_list_in_its_authoritys_name(pki):
    leaf = pki.client()
    forger = SigningAuthority(pki.organisations.certificate, leaf.key)
    assert flaw_of(judge(pki, list_of(pki, by=forger))) is Flaw.BAD_SIGNATURE


def test_another_trusted_authoritys_key_does_not_count(pki):
    forger = SigningAuthority(pki.organisations.certificate, pki.personnes.key)
    assert flaw_of(judge(pki, list_of(pki, by=forger))) is Flaw.BAD_SIGNATURE


def test_an_authority_without_the_right_to_sign_lists_is_refused(pki, monkeypatch):
    data = list_of(pki)
    monkeypatch.setattr(type(authority_of(pki, pki.organisations)), "signs_lists", property(lambda _: False))
    assert flaw_of(judge(pki, data)) is Flaw.NOT_A_SIGNER
    monkeypatch.undo()
    assert isinstance(judge(pki, data), CertificateList)


def test_two_authorities_of_one_name_are_told_apart_by_their_keys(pki):
    successor = pki.new_intermediate(pki.root)
    trust = pki.trust_of(pki.root, pki.organisations, successor)
    old = read(pki, list_of(pki), trust=trust).authority
    new = read(pki, list_of(pki, by=successor), trust=trust).authority
    assert old.name == new.name
    assert old.id != new.id


def test_a_renewed_certificate_of_an_authority_is_the_same_authority(pki):
    renewed = pki.new_intermediate(pki.root, key=pki.organisations.key, not_after=pki.now + 5000 * DAY)
    trust = pki.trust_of(pki.root, renewed)
    assert read(pki, list_of(pki), trust=trust).authority.id == authority_of(pki, pki.organisations).id


@pytest.mark.parametrize(
    ("extension", "flaw"),
    [
        (x509.DeltaCRLIndicator(1), Flaw.DELTA),
        (
            x509.IssuingDistributionPoint(None, None, False, False, None, True, False),
            Flaw.INDIRECT,
        ),
        (x509.IssuingDistributionPoint(None, None, False, False, None, False, True), Flaw.PARTIAL),
        (
            x509.IssuingDistributionPoint(
                None, None, False, False, frozenset({x509.ReasonFlags.key_compromise}), False, False
            ),
            Flaw.PARTIAL,
        ),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), Flaw.UNSUPPORTED_EXTENSION),
    ],
    ids=["delta", "indirect", "attribute-certificates-only", "some-reasons-only", "unknown"],
)
def test_a_critical_extension_that_changes_what_the_list_means_is_refused(pki, extension, flaw):
    assert flaw_of(judge(pki, list_of(pki, extra_extensions=((extension, True),)))) is flaw


def test_an_unknown_extension_that_is_not_critical_is_ignored(pki):
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    extras, entries = ((extension, False),), ((extension, False),)
    assert len(read(pki, list_of(pki, 5, extra_extensions=extras, entry_extensions=entries)).revoked) == 1


@pytest.mark.parametrize(
    ("extension", "critical", "flaw"),
    [
        (x509.CertificateIssuer([x509.DNSName("x")]), True, Flaw.INDIRECT),
        (x509.CertificateIssuer([x509.DNSName("x")]), False, Flaw.INDIRECT),
        (
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
            True,
            Flaw.UNSUPPORTED_EXTENSION,
        ),
        (x509.CRLReason(x509.ReasonFlags.remove_from_crl), False, Flaw.DELTA),
    ],
    ids=["certificate-issuer", "certificate-issuer-uncritical", "unknown", "remove-from-crl"],
)
def test_an_entry_that_cannot_be_understood_refuses_the_whole_list(pki, extension, critical, flaw):
    data = list_of(pki, 5, reason=RevocationReason.UNSPECIFIED, entry_extensions=((extension, critical),))
    assert flaw_of(judge(pki, data)) is flaw


def test_the_date_of_invalidity_is_no_obstacle(pki):
    entry = ((x509.InvalidityDate(pki.now.replace(tzinfo=None) - DAY), False),)
    assert read(pki, list_of(pki, 5, entry_extensions=entry)).revoked.get(5).reason is RevocationReason.KEY_COMPROMISE


def test_a_list_without_a_number_is_refused(pki):
    assert flaw_of(judge(pki, list_of(pki, number=None))) is Flaw.NO_NUMBER


def test_a_number_of_twenty_bytes_counts_and_a_longer_one_does_not(pki):
    assert read(pki, list_of(pki, number=2**159)).number == 2**159
    with_longer = resigned(
        pki,
        list_of(pki, number=2**158),
        lambda body: _renumbered(body, 2**158, 2**166),
    )
    assert flaw_of(judge(pki, with_longer)) is Flaw.NO_NUMBER


def _renumbered(body: bytes, old: int, new: int) -> bytes:
    """The signed part with another number: its extensions are written anew, since their lengths change."""
    at = body.rindex(b"\xa0", 0, body.index(b"\x55\x1d\x14"))
    start, stop = content(body, at, len(body), 0xA0)
    start, stop = content(body, start, stop, SEQUENCE)
    value = element(INTEGER, old.to_bytes(old.bit_length() // 8 + 1))
    other = element(INTEGER, new.to_bytes(new.bit_length() // 8 + 1))
    extensions = b""
    while start < stop:
        inner, end = content(body, start, stop, SEQUENCE)
        extension = body[inner:end].replace(element(0x04, value), element(0x04, other))
        extensions += element(SEQUENCE, extension)
        start = end
    return body[:at] + element(0xA0, element(SEQUENCE, extensions))


def test_a_list_that_never_ends_is_refused(pki):
    def without_next_update(body: bytes) -> bytes:
        dates = body.index(b"\x17\x0d")
        return body[: dates + 15] + body[dates + 30 :]

    data = list_of(pki)
    assert isinstance(judge(pki, resigned(pki, data, lambda body: body)), CertificateList)
    assert flaw_of(judge(pki, resigned(pki, data, without_next_update))) is Flaw.NO_NEXT_UPDATE


def test_a_list_of_the_future_is_refused_but_for_a_clock_that_is_a_little_off(pki):
    data = list_of(pki, this_update=pki.now + CLOCK_TOLERANCE)
    assert isinstance(judge(pki, data), CertificateList)
    assert flaw_of(judge(pki, data, now=pki.now - SECOND)) is Flaw.NOT_YET_ISSUED


def test_an_overdue_list_is_read_all_the_same_and_says_that_it_is(pki):
    listed = read(pki, list_of(pki, 5), now=pki.now + 9 * DAY)
    assert listed.freshness(pki.now) is Freshness.FRESH
    assert listed.freshness(listed.next_update) is Freshness.FRESH
    assert listed.freshness(listed.next_update + timedelta(microseconds=1)) is Freshness.OVERDUE
    assert listed.freshness(listed.this_update - CLOCK_TOLERANCE) is Freshness.FRESH
    assert listed.freshness(listed.this_update - CLOCK_TOLERANCE - SECOND) is Freshness.NOT_YET


def test_a_number_that_goes_back_is_refused(pki):
    five, six = read(pki, list_of(pki, number=5)), read(pki, list_of(pki, number=6))
    assert supersedes(six, five.seen) is None
    assert flaw_of(supersedes(five, six.seen)) is Flaw.ROLLBACK
    assert supersedes(five, None) is None


def test_a_list_of_the_same_second_counts_by_its_number(pki):
    first, second = read(pki, list_of(pki, number=5)), read(pki, list_of(pki, 9, number=6))
    assert first.this_update == second.this_update
    assert supersedes(second, first.seen) is None


def test_another_list_of_the_same_number_is_refused_and_the_same_one_is_not(pki):
    first, other = read(pki, list_of(pki, number=5)), read(pki, list_of(pki, 9, number=5))
    assert flaw_of(supersedes(other, first.seen)) is Flaw.NUMBER_REUSED
    assert supersedes(first, first.seen) is None


@given(numbers=st.lists(st.integers(0, 9), max_size=12))
def test_whatever_comes_the_number_in_force_never_goes_back(pki, numbers):
    last: SeenNumber | None = None
    highest = -1
    authority = authority_of(pki, pki.organisations)
    index = read(pki, list_of(pki)).revoked
    for number in numbers:
        fresh = CertificateList(
            authority=authority,
            number=number,
            this_update=pki.now,
            next_update=pki.now,
            digest=f"{number:064x}",
            revoked=index,
        )
        if supersedes(fresh, last) is None:
            last = fresh.seen
        highest = max(highest, number)
        assert last is not None
        assert last.number == highest


_dates = st.datetimes(datetime(1960, 1, 1), datetime(2090, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    revoked=st.dictionaries(
        st.integers(1, 2**159 - 1), st.tuples(_dates, st.sampled_from(list(RevocationReason))), max_size=40
    )
)
def test_our_reading_of_entries_is_the_librarys(pki, revoked):
    wanted = {serial: Revocation(*entry) for serial, entry in revoked.items()}
    data = list_of(pki, revoked=wanted)
    listed = read(pki, data)
    assert {serial: listed.revoked.get(serial) for serial in listed.revoked} == wanted
    theirs = {entry.serial_number: entry.revocation_date_utc for entry in x509.load_der_x509_crl(data)}
    assert {serial: listed.revoked.get(serial).since for serial in listed.revoked} == theirs


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, 4000), value=st.integers(0, 255))
def test_no_changed_byte_makes_another_list_of_it(pki, position, value):
    original = list_of_once(pki)
    data = bytearray(original)
    data[position % len(data)] = value
    judged = judge(pki, bytes(data))
    assert isinstance(judged, CertificateList) == (bytes(data) == original)


@settings(max_examples=300, deadline=None)
@given(end=st.integers(0, 4000))
def test_no_truncated_list_is_read(pki, end):
    original = list_of_once(pki)
    end %= len(original)
    assert isinstance(judge(pki, original[:end]), Rejected)


@settings(max_examples=300)
@given(data=st.binary(max_size=300))
def test_entries_of_arbitrary_bytes_are_read_or_malformed(data):
    try:
        index = read_entries(data, 0, len(data))
    except MalformedDerError:
        return
    if not isinstance(index, Rejected):
        for serial in index:
            assert index.get(serial) is not None


_KEPT: dict[int, bytes] = {}


def list_of_once(pki) -> bytes:
    """The same bytes for every example: an ECDSA signature never comes out twice."""
    return _KEPT.setdefault(id(pki), list_of(pki, *range(1, 30)))


def entry_bytes(serial: int) -> bytes:
    reason = bytes.fromhex("300c300a0603551d1504030a0101")
    body = element(INTEGER, b"\x01" + serial.to_bytes(15)) + element(0x17, b"260101000000Z") + reason
    return element(SEQUENCE, body)


def test_a_hundred_thousand_entries_are_read_in_a_moment_and_looked_up_at_once(pki):
    base = 1 << 120
    entries = b"".join(entry_bytes(number) for number in range(100_000))

    def filled(body: bytes) -> bytes:
        at = body.rindex(b"\xa0", 0, body.index(b"\x55\x1d\x23"))
        return body[:at] + element(SEQUENCE, entries) + body[at:]

    data = resigned(pki, list_of(pki), filled)
    assert len(data) > 4_000_000
    started = time.process_time()
    listed = read(pki, data)
    assert time.process_time() - started < 5
    assert len(listed.revoked) == 100_000
    started = time.process_time()
    for number in range(1000):
        assert listed.revoked.get(base + number * 97).reason is RevocationReason.KEY_COMPROMISE
    assert time.process_time() - started < 0.5


def test_an_entry_without_a_readable_date_is_revoked_all_the_same():
    data = element(SEQUENCE, element(INTEGER, b"\x05") + element(0x17, b"269901000000Z"))
    index = read_entries(data, 0, len(data))
    assert index.get(5) == Revocation(None, RevocationReason.UNSPECIFIED)


@pytest.mark.parametrize(
    "entry",
    [
        element(INTEGER, b"\x05") + element(0x16, b"x"),
        element(INTEGER, b"\x05"),
        element(INTEGER, b"") + element(0x17, b"260101000000Z"),
        element(INTEGER, b"\x01" * 33) + element(0x17, b"260101000000Z"),
        element(INTEGER, b"\x05") + element(0x17, b"260101000000Z") + b"\x05\x00",
        element(INTEGER, b"\x05") + element(0x17, b"260101000000Z") + b"\x30\x00\x05\x00",
        element(INTEGER, b"\x05") + element(0x17, b"260101000000Z") + bytes.fromhex("300b30090603551d1504020a00"),
        element(INTEGER, b"\x05")
        + element(0x17, b"260101000000Z")
        + bytes.fromhex("300e300c0603551d1504030a01010500"),
    ],
)
def test_a_damaged_entry_makes_the_list_malformed(entry):
    data = element(SEQUENCE, entry)
    with pytest.raises(MalformedDerError):
        read_entries(data, 0, len(data))
