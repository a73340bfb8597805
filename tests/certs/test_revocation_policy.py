"""The policy: graces with bounds, the closed list of addresses, the file that holds both."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.errors import RevocationPolicyError
from certs.hosts import is_public
from certs.revocation.addresses import Address, AddressKind
from certs.revocation.policy import LONGEST_GRACE, STRICT, Grace, Requirement, RevocationPolicy
from certs.revocation.policy_document import (
    MAX_POLICY_BYTES,
    load_policy,
    policy_from_json,
    policy_to_json,
    save_policy,
)
from tests.support.revocation import DAY, authority_of

AUTHORITY = "AC IGC-SANTE ELEMENTAIRE ORGANISATIONS"


def grace(pki, **changes):
    wanted = {
        "authority": AUTHORITY,
        "granted": pki.now,
        "until": pki.now + DAY,
        "reason": "panne",
        "officer": "officer-1",
    }
    return Grace(**(wanted | changes))


def crl_at(url, **changes):
    return Address(**({"url": url, "kind": AddressKind.CRL, "authority": AUTHORITY} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": ""},
        {"reason": "  "},
        {"officer": ""},
        {"officer": "officer-1\nofficer-2"},
        {"reason": "x" * 401},
        {"reason": "\u202e"},
    ],
)
def test_a_grace_needs_a_reason_and_an_officer(pki, changes):
    with pytest.raises(RevocationPolicyError, match="grace needs"):
        grace(pki, **changes)


def test_a_grace_is_bounded(pki):
    assert grace(pki, until=pki.now + LONGEST_GRACE)
    with pytest.raises(RevocationPolicyError, match="ends within"):
        grace(pki, until=pki.now + LONGEST_GRACE + timedelta(seconds=1))
    with pytest.raises(RevocationPolicyError, match="ends within"):
        grace(pki, until=pki.now)


def test_a_grace_knows_its_time_zone(pki):
    with pytest.raises(RevocationPolicyError, match="time zone"):
        grace(pki, until=(pki.now + DAY).replace(tzinfo=None))


def test_everything_is_demanded_unless_said_otherwise(pki):
    authority = authority_of(pki, pki.organisations)
    assert STRICT.requirement(authority) is Requirement.REQUIRED
    policy = RevocationPolicy(requirements={authority.common_name: Requirement.NOT_REQUIRED})
    assert policy.requirement(authority) is Requirement.NOT_REQUIRED
    assert policy.requirement(authority_of(pki, pki.root)) is Requirement.REQUIRED


@pytest.mark.parametrize(
    "url",
    [
        "http://igc-sante.esante.gouv.fr/CRL/ACI-EL-ORG.crl",
        "http://ocsp.esante.gouv.fr",
        "https://mirror.example.fr:8443/a/b?c=d",
        "http://1.1.1.1/x",
        "http://[2606:4700:4700::1111]/x",
    ],
)
def test_plain_addresses_may_be_listed(url):
    assert crl_at(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "ldap://annuaire-igc.esante.gouv.fr/CN=AC",
        "file:///etc/passwd",
        "ftp://example.fr/x",
        "gopher://example.fr/x",
        "HTTP://example.fr/x",
        "http://user@example.fr/x",
        "http://example.fr@evil.fr/x",
        "http://example.fr#@evil.fr/",
        "http://example.fr\\@evil.fr/",
        "http://exa mple.fr/",
        "http://example.fr/\r\nHost: evil.fr",
        "http:///x",
        "http://",
        "http://.fr/",
        "http://-a.fr/",
        "http://exämple.fr/",
        "http://example.fr:0/",
        "http://example.fr:99999/",
        "http://example.fr:80:80/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://[::1/",
        "http://[0:0:0:0:0:ffff:7f00:1]/",
        "http://a[::1]/",
        "http://" + "a" * 1100 + ".fr/",
    ],
)
def test_what_two_readers_could_take_for_two_places_is_not_listed(url):
    for private in (False, True):
        with pytest.raises(RevocationPolicyError):
            crl_at(url, private=private)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[fe80::1]",
        "[fc00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_a_private_address_is_listed_only_by_saying_so(host):
    with pytest.raises(RevocationPolicyError, match=r"private|plainly"):
        crl_at(f"http://{host}/x")


def test_a_mirror_of_ones_own_may_be_listed():
    assert crl_at("http://127.0.0.1:8080/x", private=True).host == "127.0.0.1"


@given(st.integers(0, 2**32 - 1))
def test_no_wrapping_makes_a_private_address_public(number):
    plain = ip_address(number)
    for prefix, shift in ((0xFFFF << 32, 0), (0x2002 << 112, 80)):
        assert is_public(ip_address(prefix | number << shift)) <= is_public(plain)
    assert not is_public(ip_address(0x64FF9B << 96 | number))


def test_addresses_are_found_by_what_they_serve_and_whose_they_are(pki):
    authority = authority_of(pki, pki.organisations)
    mine = crl_at("http://a.fr/x", authority=authority.common_name)
    others = crl_at("http://b.fr/x"), crl_at("http://c.fr", kind=AddressKind.OCSP, authority=authority.common_name)
    policy = RevocationPolicy(addresses=(mine, *others))
    assert policy.addresses_of(AddressKind.CRL, authority) == (mine,)
    assert policy.addresses_of(AddressKind.OCSP, authority) == (others[1],)
    assert policy.addresses_of(AddressKind.CRL, authority_of(pki, pki.root)) == ()


def whole(pki):
    return RevocationPolicy(
        requirements={AUTHORITY: Requirement.NOT_REQUIRED},
        graces=(grace(pki),),
        addresses=(crl_at("http://127.0.0.1/x", private=True), crl_at("http://a.fr", kind=AddressKind.OCSP)),
    )


def test_a_policy_comes_back_as_it_was_written(pki):
    assert policy_from_json(policy_to_json(whole(pki))) == whole(pki)
    assert policy_from_json(policy_to_json(STRICT)) == STRICT
    assert policy_from_json(b"{}") == STRICT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format": 2}',
        b'{"requirement": {}}',
        b'{"requirements": {"x": "maybe"}}',
        b'{"graces": [{"authority": "x"}]}',
        b'{"graces": [{"authority": "x", "granted": "2026-01-01T00:00:00", "until": "2026-01-02T00:00:00Z",'
        b' "reason": "r", "officer": "o"}]}',
        b'{"graces": [{"authority": "x", "granted": "2026-01-01T00:00:00Z", "until": "2027-01-02T00:00:00Z",'
        b' "reason": "r", "officer": "o"}]}',
        b'{"addresses": [{"url": "file:///x", "kind": "crl", "authority": "x"}]}',
        b'{"addresses": [{"url": "http://10.0.0.1/", "kind": "crl", "authority": "x"}]}',
        b" " * (MAX_POLICY_BYTES + 1),
    ],
)
def test_a_policy_that_is_none_is_refused_whole(data):
    with pytest.raises(RevocationPolicyError):
        policy_from_json(data)


def test_a_folder_without_a_policy_is_strict(tmp_path, pki):
    path = tmp_path / "pki" / "revocation.json"
    assert load_policy(path) is STRICT
    save_policy(path, whole(pki))
    assert load_policy(path) == whole(pki)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_policy_that_cannot_be_read_or_written_is_an_error(tmp_path, pki):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RevocationPolicyError):
        save_policy(tmp_path / "file" / "below.json", STRICT)
    with pytest.raises(RevocationPolicyError):
        load_policy(tmp_path)
