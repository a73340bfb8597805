"""Issuing: leaves in the shape of their profile, keys in files, refusals in words."""

from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from certs.errors import DistinguishedNameError, IssuingError, KeyMaterialError
from certs.keys import KeyKind, key_from_pem, key_to_pem
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, PROFILES, Domain
from certs.reading import read_pem
from certs.usages import KeyUse, key_uses_of


def extension(issued, kind):
    return issued.certificate.extensions.get_extension_for_class(kind)


def test_a_leaf_carries_the_extensions_of_its_profile(pki):
    server = pki.server(addresses=(IPv4Address("127.0.0.1"),))
    assert extension(server, x509.BasicConstraints).critical
    assert not extension(server, x509.BasicConstraints).value.ca
    assert extension(server, x509.KeyUsage).critical
    names = extension(server, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [IPv4Address("127.0.0.1")]
    policies = extension(server, x509.CertificatePolicies).value
    asked = DEMONSTRATION.policies[Domain.ORGANISATIONS]
    assert [policy.policy_identifier.dotted_string for policy in policies] == [asked]
    issuer = pki.organisations.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert extension(server, x509.AuthorityKeyIdentifier).value.key_identifier == issuer.digest


def test_only_an_rsa_servers_key_enciphers_keys(pki):
    rsa_uses = key_uses_of(pki.server(key_kind=KeyKind.RSA_2048).certificate.extensions)
    assert rsa_uses == {KeyUse.DIGITAL_SIGNATURE, KeyUse.KEY_ENCIPHERMENT}
    assert key_uses_of(pki.server().certificate.extensions) == {KeyUse.DIGITAL_SIGNATURE}


def test_without_an_end_the_profiles_lifetime_applies(pki):
    issued = pki.client(not_after=None)
    assert (
        issued.certificate.not_valid_after_utc - issued.certificate.not_valid_before_utc
        == next(iter(PROFILES.values())).lifetime
    )


def test_the_chain_leads_to_the_root_without_it(pki):
    below = pki.new_intermediate(pki.organisations)
    issued = pki.client(by=below)
    assert list(read_pem(issued.chain_pem)) == [
        issued.certificate,
        below.certificate,
        pki.organisations.certificate,
    ]
    assert pki.client(by=pki.root).chain_pem.count(b"BEGIN") == 1


def test_no_private_key_shows_in_a_repr(pki):
    issued = pki.client()
    assert "key" not in repr(issued).lower().replace("keyusage", "")


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_survives_its_file(kind):
    key = kind.generate()
    again = key_from_pem(key_to_pem(key))
    assert again.public_key() == key.public_key()
    assert KeyKind.of(again) is kind


def test_a_key_of_another_kind_has_none():
    assert KeyKind.of(ec.generate_private_key(ec.SECP384R1())) is None
    assert KeyKind.of(rsa.generate_private_key(public_exponent=65537, key_size=1024)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        KeyKind.ECDSA_P256.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        ),
        ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["empty", "text", "encrypted", "ed25519"],
)
def test_what_is_no_usable_key_is_refused(data):
    with pytest.raises(KeyMaterialError):
        key_from_pem(data)


def test_a_country_that_is_none_cannot_be_encoded(pki):
    with pytest.raises(DistinguishedNameError, match="encoded"):
        pki.client(subject=DistinguishedName.of(CN="a", C="FRANCE"))


def test_dates_the_wrong_way_round_cannot_be_issued(pki):
    with pytest.raises(IssuingError):
        pki.client(not_before=pki.now, not_after=pki.now.replace(year=2020))


def test_a_server_name_outside_ascii_cannot_be_issued(pki):
    with pytest.raises(IssuingError, match="server name"):
        pki.server(server_names=("hôpital.example",))
