"""What a certificate says of its holder."""

import contextlib
import hashlib
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from certs.errors import MalformedCertificateError
from certs.identity import identity_from_der, organisation_id_of
from certs.keys import KeyKind
from certs.names import DistinguishedName
from certs.profiles import Usage
from certs.reading import MAX_CERTIFICATE_BYTES, MAX_PEM_BYTES, read_pem, to_der
from certs.usages import ExtendedUse, KeyUse


def test_digests_are_those_of_the_certificate_and_of_its_key(pki):
    issued = pki.client()
    identity = identity_from_der(issued.der)
    key = issued.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert identity.fingerprint == hashlib.sha256(issued.der).hexdigest()
    assert identity.spki == hashlib.sha256(key).hexdigest()


def test_names_dates_and_serial_are_read(pki):
    issued = pki.client()
    identity = identity_from_der(issued.der)
    assert identity.subject == pki.subject
    assert str(identity.issuer).startswith("CN=DEMO AC INTER-ROR ORGANISATIONS,OU=INTER-ROR DEMONSTRATION,")
    assert identity.serial == issued.certificate.serial_number
    assert identity.not_after - identity.not_before == issued.certificate.not_valid_after_utc - (
        issued.certificate.not_valid_before_utc
    )
    assert identity.not_after.tzinfo is not None


def test_a_renewal_under_the_same_key_keeps_the_key_digest_only(pki):
    first = pki.client()
    second = pki.client(key=first.key)
    one, other = identity_from_der(first.der), identity_from_der(second.der)
    assert one.spki == other.spki
    assert one.fingerprint != other.fingerprint


def test_the_same_name_with_another_key_is_another_holder(pki):
    one, other = (identity_from_der(pki.client().der) for _ in range(2))
    assert one.subject == other.subject
    assert one.spki != other.spki


def test_server_names_and_addresses_are_listed(pki):
    assert identity_from_der(pki.server(server_names=("a.example", "b.example")).der).server_names == (
        "a.example",
        "b.example",
    )


@pytest.mark.parametrize("kind", list(KeyKind))
def test_each_profile_reads_as_its_usage_with_either_key(pki, kind):
    assert identity_from_der(pki.client(key_kind=kind).der).usage is Usage.ORG_AUTH_CLI
    assert identity_from_der(pki.server(key_kind=kind).der).usage is Usage.SERV_SSL
    assert identity_from_der(pki.person(key_kind=kind).der).usage is Usage.PERSONNES


def test_an_authority_reads_as_one(pki):
    assert identity_from_der(to_der(pki.organisations.certificate)).usage is Usage.CA
    assert identity_from_der(pki.client(ca=True).der).usage is Usage.CA
    assert identity_from_der(pki.client(key_uses=frozenset({KeyUse.KEY_CERT_SIGN})).der).usage is Usage.CA


@pytest.mark.parametrize(
    "changes",
    [
        {"extended_uses": frozenset()},
        {"key_uses": frozenset()},
        {"extended_uses": frozenset({ExtendedUse.EMAIL_PROTECTION})},
        {"extended_uses": frozenset({"2.5.29.37.0"})},
        {"key_uses": frozenset({KeyUse.KEY_AGREEMENT, KeyUse.ENCIPHER_ONLY})},
    ],
)
def test_anything_else_reads_as_other(pki, changes):
    assert identity_from_der(pki.client(**changes).der).usage is Usage.OTHER


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        ("318751275100020", True),
        ("1750712184", True),
        ("12A0000014", True),
        ("2187512751", True),
        ("33333333333", False),
        ("0002 187512751", False),
        ("175071218", False),
        ("3 18751275100020", False),
        ("9187512751", False),
        ("１750712184", False),
        ("IGC-SANTE", False),
    ],
)
def test_the_organisation_is_an_idnat_struct_in_the_unit(unit, found):
    name = DistinguishedName.of(CN="a", OU=unit, C="FR")
    assert organisation_id_of(name) == (unit if found else None)


def test_the_organisation_is_found_among_several_units():
    name = DistinguishedName.parse("CN=a,OU=IGC-SANTE,OU=1750712184,C=FR")
    assert organisation_id_of(name) == "1750712184"


def test_a_certificate_with_too_many_names_is_refused(pki):
    issued = pki.server(server_names=tuple(f"n{index}.example" for index in range(10_000)))
    assert len(issued.der) > MAX_CERTIFICATE_BYTES
    with pytest.raises(MalformedCertificateError, match="larger"):
        identity_from_der(issued.der)


def test_a_server_name_with_control_characters_is_refused(pki):
    forged = x509.SubjectAlternativeName([x509.DNSName("a\x1b[2Jb")])
    issued = pki.client(extra_extensions=((forged, False),))
    with pytest.raises(MalformedCertificateError, match="control"):
        identity_from_der(issued.der)


def test_a_multi_valued_subject_is_refused(pki):
    *_, unit, common_name = pki.client().certificate.subject.rdns
    name = x509.Name([x509.RelativeDistinguishedName([*common_name, *unit])])
    with pytest.raises(MalformedCertificateError, match="multi-valued"):
        identity_from_der(_with_subject(pki, name))


def test_a_version_1_certificate_is_refused(openssl, tmp_path):
    """The issuing library makes version 3 only, so openssl does."""
    request = "req -newkey rsa:2048 -nodes -keyout key -out request -subj /C=FR/CN=ancien"
    sign = "x509 -req -in request -signkey key -days 9 -outform DER -out certificate"
    for command in (request, sign):
        subprocess.run([openssl, *command.split()], cwd=tmp_path, check=True, capture_output=True, timeout=20)
    with pytest.raises(MalformedCertificateError, match="version 3"):
        identity_from_der((tmp_path / "certificate").read_bytes())


def test_dates_the_wrong_way_round_are_refused(pki):
    der = pki.client().der
    assert der.count(b"270301120000Z") == 1
    with pytest.raises(MalformedCertificateError, match="wrong way round"):
        identity_from_der(der.replace(b"270301120000Z", b"200301120000Z"))


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_serial_number_that_is_not_positive_is_refused(pki):
    issued = pki.client()
    serial = issued.certificate.serial_number.to_bytes(20, "big")
    with pytest.raises(MalformedCertificateError, match="not positive"):
        identity_from_der(issued.der.replace(serial, b"\xff\x00" + serial[2:], 1))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_certificate_or_refused(data):
    with pytest.raises(MalformedCertificateError):
        identity_from_der(data)


@given(position=st.integers(0, 699), value=st.integers(0, 255))
def test_a_flipped_byte_never_breaks_the_reader(pki, position, value):
    der = bytearray(pki.client(key=pki.root.key).der)
    der[position % len(der)] = value
    with contextlib.suppress(MalformedCertificateError):
        identity_from_der(bytes(der))


def test_trailing_bytes_are_refused(pki):
    with pytest.raises(MalformedCertificateError):
        identity_from_der(pki.client().der + b"\x00")


def test_a_pem_file_is_read_in_order_and_text_between_is_ignored(pki):
    issued = pki.client()
    certificates = read_pem(b"bag attributes\n" + issued.chain_pem)
    assert [to_der(certificate) for certificate in certificates] == list(issued.chain)


@pytest.mark.parametrize("data", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_without_a_certificate_is_refused(data):
    with pytest.raises(MalformedCertificateError):
        read_pem(data)


def test_an_oversized_pem_file_is_refused():
    with pytest.raises(MalformedCertificateError, match="larger"):
        read_pem(b"\n" * (MAX_PEM_BYTES + 1))


def _with_subject(pki, name):
    model = pki.client().certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(model.issuer)
        .public_key(model.public_key())
        .serial_number(1)
        .not_valid_before(model.not_valid_before_utc)
        .not_valid_after(model.not_valid_after_utc)
    )
    return to_der(builder.sign(pki.organisations.key, hashes.SHA256()))
