"""The verdict on a chain: one refusal each, and its reason."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.issuing import SigningAuthority
from certs.keys import KeyKind
from certs.names import DistinguishedName
from certs.profiles import ELEMENTAIRE, Domain, Purpose
from certs.reading import to_der
from certs.reasons import Reason
from certs.usages import ExtendedUse, KeyUse
from certs.verification import MAX_CHAIN, verify
from ror.faults import Reason as FaultReason

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def reason_of(pki, chain, purpose=Purpose.CLIENT, at=None, trust=None):
    return verify(chain, trust or pki.trust, purpose, at or pki.now).reason


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_good_certificate_of_each_profile_serves_its_purpose(pki, kind):
    assert reason_of(pki, pki.client(key_kind=kind).chain) is None
    assert reason_of(pki, pki.server(key_kind=kind).chain, Purpose.SERVER) is None
    assert reason_of(pki, pki.person(key_kind=kind).chain, Purpose.PERSON) is None


def test_rsa_authorities_and_leaves_are_accepted(pki):
    root = pki.new_root(key_kind=KeyKind.RSA_2048)
    authority = pki.new_intermediate(root, key_kind=KeyKind.RSA_2048)
    chain = pki.client(by=authority, key_kind=KeyKind.RSA_2048).chain
    assert reason_of(pki, chain, trust=pki.trust_of(root, authority)) is None


def test_the_leaf_alone_is_enough(pki):
    issued = pki.client()
    verdict = verify([issued.der], pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.ok
    assert verdict.domain is Domain.ORGANISATIONS
    assert verdict.identity is not None
    assert verdict.identity.subject == pki.subject


def test_an_accepted_path_tells_how_long_it_holds(pki):
    verdict = verify(pki.client().chain, pki.trust, Purpose.CLIENT, pki.now)
    assert (verdict.valid_from, verdict.valid_until) == (pki.now - DAY, pki.now + 365 * DAY)


def test_no_certificate_is_missing(pki):
    assert reason_of(pki, []) is Reason.MISSING


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"-----BEGIN CERTIFICATE-----"])
def test_bytes_that_are_no_certificate_are_malformed(pki, data):
    assert reason_of(pki, [data]) is Reason.MALFORMED
    assert reason_of(pki, [pki.client().der, data]) is Reason.MALFORMED


def test_an_unknown_authority_is_untrusted(pki):
    root = pki.new_root()
    stranger = pki.new_intermediate(root)
    issued = pki.client(by=stranger)
    assert reason_of(pki, issued.chain) is Reason.UNTRUSTED


def test_a_look_alike_authority_of_the_same_name_is_untrusted(pki):
    look_alike = pki.new_root(subject=pki.trust.intermediates[0].name)
    verdict = verify(pki.client(by=look_alike).chain, pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.reason is Reason.UNTRUSTED
    assert "not its signature" in verdict.detail


def test_a_self_signed_certificate_is_untrusted(pki):
    key = ec.generate_private_key(ec.SECP256R1())
    own = pki.new_root(subject=pki.subject, key=key)
    assert reason_of(pki, pki.client(by=own, key=key).chain) is Reason.UNTRUSTED


def test_a_changed_signature_is_untrusted(pki):
    der = bytearray(pki.client().der)
    der[-1] ^= 1
    assert reason_of(pki, [bytes(der)]) is Reason.UNTRUSTED


def test_a_leaf_of_the_root_itself_is_untrusted(pki):
    assert reason_of(pki, pki.client(by=pki.root).chain) is Reason.UNTRUSTED


def test_an_intermediate_that_the_peer_brings_is_not_trusted_though_the_root_signed_it(pki):
    unlisted = pki.new_intermediate(pki.root)
    issued = pki.client(by=unlisted)
    assert not verify(issued.chain, pki.trust, Purpose.CLIENT, pki.now).ok


def test_an_authority_below_an_intermediate_breaks_the_path_length(pki):
    below = pki.new_intermediate(pki.organisations)
    leaf = pki.client(by=below)
    # The same name as its issuer hides it; another one shows it.
    named = pki.new_intermediate(pki.organisations, subject=pki.subject)
    assert reason_of(pki, leaf.chain) is Reason.UNTRUSTED
    assert reason_of(pki, pki.client(by=named).chain) is Reason.PATH_LENGTH


def test_a_leaf_that_plays_the_authority_is_untrusted(pki):
    parent = pki.client()
    forged = pki.client(by=SigningAuthority(parent.certificate, parent.key))
    verdict = verify([forged.der, parent.der], pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.reason is Reason.UNTRUSTED
    assert "no authority" in verdict.detail


def test_a_very_deep_chain_is_refused_unread(pki):
    assert reason_of(pki, [pki.client().der, *[b"x"] * MAX_CHAIN]) is Reason.PATH_LENGTH


@pytest.mark.parametrize("which", ["root", "organisations"])
def test_an_authoritys_own_certificate_is_no_leaf(pki, which):
    assert reason_of(pki, [to_der(getattr(pki, which).certificate)]) is Reason.CA_AS_LEAF


def test_a_leaf_that_claims_to_be_an_authority_is_refused(pki):
    assert reason_of(pki, pki.client(ca=True).chain) is Reason.CA_AS_LEAF
    signer = frozenset({KeyUse.DIGITAL_SIGNATURE, KeyUse.KEY_CERT_SIGN})
    assert reason_of(pki, pki.client(key_uses=signer).chain) is Reason.CA_AS_LEAF


def test_a_person_is_no_organisation_nor_the_reverse(pki):
    assert reason_of(pki, pki.person().chain, Purpose.CLIENT) is Reason.WRONG_DOMAIN
    assert reason_of(pki, pki.client().chain, Purpose.PERSON) is Reason.WRONG_DOMAIN
    assert reason_of(pki, pki.client(by=pki.personnes).chain, Purpose.CLIENT) is Reason.WRONG_DOMAIN


def test_a_servers_certificate_is_no_clients_though_it_has_client_usage(pki):
    assert reason_of(pki, pki.server().chain, Purpose.CLIENT) is Reason.WRONG_USAGE


def test_a_clients_certificate_is_no_servers(pki):
    assert reason_of(pki, pki.client().chain, Purpose.SERVER) is Reason.WRONG_USAGE


@pytest.mark.parametrize(
    "changes",
    [
        {"extended_uses": frozenset()},
        {"extended_uses": frozenset({ExtendedUse.EMAIL_PROTECTION})},
        {"extended_uses": frozenset({ExtendedUse.CLIENT_AUTH, ExtendedUse.EMAIL_PROTECTION})},
        {"extended_uses": frozenset({ExtendedUse.CLIENT_AUTH, "2.5.29.37.0"})},
        {"extended_uses": frozenset({"2.5.29.37.0"})},
        {"key_uses": frozenset()},
        {"key_uses": frozenset({KeyUse.KEY_AGREEMENT})},
        {"key_uses": frozenset({KeyUse.CONTENT_COMMITMENT})},
    ],
)
def test_a_client_without_exactly_the_clients_usages_is_refused(pki, changes):
    assert reason_of(pki, pki.client(**changes).chain) is Reason.WRONG_USAGE


def test_a_persons_card_may_sign_mail_and_log_on(pki):
    uses = frozenset({ExtendedUse.CLIENT_AUTH, ExtendedUse.EMAIL_PROTECTION, ExtendedUse.SMARTCARD_LOGON})
    assert reason_of(pki, pki.person(extended_uses=uses).chain, Purpose.PERSON) is None


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP256K1()),
        ec.generate_private_key(ec.SECP224R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa-1024", "secp256k1", "secp224r1", "ed25519"],
)
def test_a_weak_or_unknown_key_is_refused(pki, key):
    assert reason_of(pki, pki.client(key=key).chain) is Reason.WEAK


def test_an_unknown_critical_extension_is_refused_and_an_uncritical_one_ignored(pki):
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.71.1.2.5"), b"\x04\x01\x83")
    assert reason_of(pki, pki.client(extra_extensions=((extension, False),)).chain) is None
    assert reason_of(pki, pki.client(extra_extensions=((extension, True),)).chain) is Reason.UNSUPPORTED_EXTENSION


def test_name_constraints_of_an_authority_are_held(pki):
    constraint = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.fr")], excluded_subtrees=None)
    authority = pki.new_intermediate(pki.root, extra_extensions=((constraint, True),))
    trust = pki.trust_of(pki.root, authority)
    inside = pki.server(by=authority, server_names=("ror.example.fr",)).chain
    outside = pki.server(by=authority, server_names=("ror.example.org",)).chain
    assert reason_of(pki, inside, Purpose.SERVER, trust=trust) is None
    assert reason_of(pki, outside, Purpose.SERVER, trust=trust) is Reason.INVALID


def test_one_certificate_of_the_authority_that_holds_is_enough(pki):
    ended = pki.new_intermediate(pki.root, key=pki.organisations.key, not_after=pki.now - DAY)
    trust = pki.trust_of(pki.root, ended, pki.organisations)
    assert reason_of(pki, pki.client().chain, trust=trust) is None
    assert reason_of(pki, pki.client().chain, trust=pki.trust_of(pki.root, ended)) is Reason.AUTHORITY_OUT_OF_DATE


@pytest.mark.parametrize("purpose", [Purpose.CLIENT, Purpose.SERVER])
@pytest.mark.parametrize("use", [ExtendedUse.CLIENT_AUTH, ExtendedUse.SERVER_AUTH, ExtendedUse.ANY])
def test_an_authority_that_narrows_its_usage_issues_for_no_other(pki, purpose, use):
    extension = (x509.ExtendedKeyUsage([x509.ObjectIdentifier(use)]), False)
    authority = pki.new_intermediate(pki.root, extra_extensions=(extension,))
    issued = (pki.client if purpose is Purpose.CLIENT else pki.server)(by=authority)
    fits = use in {ExtendedUse.ANY, *purpose.profile.required_extended_uses}
    reason = reason_of(pki, issued.chain, purpose, trust=pki.trust_of(pki.root, authority))
    assert reason is (None if fits else Reason.WRONG_USAGE)


def test_a_key_identifier_that_contradicts_the_signature_is_refused(pki, monkeypatch):
    other = x509.AuthorityKeyIdentifier.from_issuer_public_key(pki.root.certificate.public_key())
    monkeypatch.setattr(x509.AuthorityKeyIdentifier, "from_issuer_public_key", lambda _: other)
    verdict = verify(pki.client().chain, pki.trust, Purpose.CLIENT, pki.now)
    assert (verdict.reason, verdict.detail) == (Reason.INVALID, "it names another key than the one that signed it")


def test_a_leaf_is_issued_under_the_policy_of_its_gamme_where_that_is_known(pki):
    assert reason_of(pki, pki.client(policy=None).chain) is Reason.WRONG_POLICY
    assert reason_of(pki, pki.client(policy="1.2.250.1.213.1.7.2.1.1.1.1").chain) is Reason.WRONG_POLICY
    root = pki.new_root(subject=ELEMENTAIRE.root)
    other = pki.new_intermediate(root, subject=ELEMENTAIRE.intermediates[Domain.ORGANISATIONS])
    trust = pki.trust_of(pki.root, pki.organisations, root, other)
    assert reason_of(pki, pki.client(by=other, policy=None).chain, trust=trust) is None


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("CN=X,OU=318751275100020,O=DEMO,C=FR", None),
        ("CN=X,OU=SERVICE,OU=318751275100020,O=DEMO,C=FR", None),
        ("CN=X,O=DEMO,C=FR", Reason.WRONG_SUBJECT),
        ("OU=318751275100020,O=DEMO,C=FR", Reason.WRONG_SUBJECT),
        ("CN=X,OU=33333333333,O=DEMO,C=FR", Reason.WRONG_SUBJECT),
        ("CN=X,OU=918751275100020,O=DEMO,C=FR", Reason.WRONG_SUBJECT),
    ],
)
def test_an_organisation_is_named_by_its_national_identifier(pki, subject, reason):
    subject = DistinguishedName.parse(subject)
    assert reason_of(pki, pki.client(subject=subject).chain) is reason
    assert reason_of(pki, pki.server(subject=subject).chain, Purpose.SERVER) is reason


def test_a_person_needs_no_structure(pki):
    person = pki.person(subject=DistinguishedName.parse("CN=899000000000,SN=DEMO,GN=Officier,C=FR"))
    assert reason_of(pki, person.chain, Purpose.PERSON) is None


@pytest.mark.parametrize("names", [(), ("hôte",)], ids=["none of them", "not ASCII"])
def test_alternative_names_that_are_none_are_malformed(pki, names):
    encoded = b"".join(bytes([0x82, len(name.encode())]) + name.encode() for name in names)
    odd = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, bytes([0x30, len(encoded)]) + encoded)
    assert reason_of(pki, pki.client(extra_extensions=((odd, False),)).chain) is Reason.MALFORMED


def test_a_verdict_is_found_again_when_the_authorities_are_others(pki):
    verdict = verify([pki.client().der], pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.under(pki.trust, Purpose.CLIENT, pki.now) is verdict
    other = pki.new_root()
    without = pki.trust_of(other, pki.new_intermediate(other))
    assert verdict.under(without, Purpose.CLIENT, pki.now).reason is Reason.UNTRUSTED
    again = pki.trust_of(pki.root, pki.organisations)
    assert verdict.under(without, Purpose.CLIENT, pki.now).under(again, Purpose.CLIENT, pki.now).ok


def test_both_bounds_of_the_dates_are_included(pki):
    chain = pki.client().chain
    start, end = pki.now - DAY, pki.now + 365 * DAY
    assert reason_of(pki, chain, at=start) is None
    assert reason_of(pki, chain, at=end) is None
    assert reason_of(pki, chain, at=start - SECOND) is Reason.NOT_YET_VALID
    assert reason_of(pki, chain, at=end + SECOND) is Reason.EXPIRED
    assert reason_of(pki, chain, at=end + timedelta(microseconds=1)) is Reason.EXPIRED


def test_an_expired_stranger_is_untrusted_and_not_told_his_dates(pki):
    stranger = pki.new_intermediate(pki.new_root())
    chain = pki.client(by=stranger, not_after=pki.now - SECOND).chain
    assert reason_of(pki, chain) is Reason.UNTRUSTED


def test_an_expired_authority_is_told_apart_from_an_expired_leaf(pki):
    authority = pki.new_intermediate(pki.root, not_after=pki.now - DAY)
    chain = pki.client(by=authority, not_before=pki.now - 2 * DAY).chain
    trust = pki.trust_of(pki.root, authority)
    assert reason_of(pki, chain, trust=trust) is Reason.AUTHORITY_OUT_OF_DATE


def test_a_kept_connection_is_refused_once_its_certificate_expires(pki):
    verdict = verify(pki.client().chain, pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.at(pki.now + DAY) is verdict
    assert verdict.at(pki.now + 366 * DAY).reason is Reason.EXPIRED
    assert verdict.at(pki.now - 2 * DAY).reason is Reason.NOT_YET_VALID


def test_a_refusal_stays_what_it_is_at_any_later_moment(pki):
    refused = verify(pki.server().chain, pki.trust, Purpose.CLIENT, pki.now)
    assert refused.at(pki.now + 1000 * DAY) is refused
    assert verify([], pki.trust, Purpose.CLIENT, pki.now).at(pki.now).reason is Reason.MISSING


def test_a_moment_without_a_zone_is_a_programming_error(pki):
    with pytest.raises(ValueError, match="time zone"):
        verify(pki.client().chain, pki.trust, Purpose.CLIENT, pki.now.replace(tzinfo=None))


def test_the_reasons_are_stable_and_in_french():
    assert len({reason.slug for reason in Reason}) == len(Reason)
    for reason in Reason:
        assert reason.slug.startswith("certificate.")
        assert reason.message.endswith(".")
        assert reason.fault.number == (503 if reason is Reason.REVOCATION_UNKNOWN else 401)
        shared = FaultReason.from_slug(reason.slug)
        assert shared is None or shared is reason.fault


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 2000), value=st.integers(0, 255))
def test_no_changed_byte_makes_another_certificate_of_it(pki, position, value):
    original = pki.client(key=pki.root.key).der
    der = bytearray(original)
    der[position % len(der)] = value
    verdict = verify([bytes(der)], pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.ok == (bytes(der) == original)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_of_a_peer_make_it_raise(pki, chain):
    assert not verify(chain, pki.trust, Purpose.CLIENT, pki.now).ok
