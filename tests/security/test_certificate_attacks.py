"""Certificates that are not a listed partner's, though they differ from its own in one thing only.

Each is shown to the running gateway by a TLS client that stops at nothing. The controls show the same certificate
without that one thing, and get an answer: key, name and issuer are listed, so that nothing else can be the reason.
"""

import subprocess
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import TLSVersion
from types import SimpleNamespace

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from certs.demonstration_pki import load_authority
from certs.demonstration_revocation import publisher_of
from certs.home import Home, LeafFiles
from certs.identity import identity_of, spki_of
from certs.issuing import AuthorityRequest, Issued, SigningAuthority, issue_intermediate, issue_root
from certs.keys import PrivateKey, key_to_pem
from certs.names import DistinguishedName
from certs.reading import to_pem
from certs.revocation.publishing import Publisher, ensure_list, revoke
from certs.revocation.revoked import RevocationReason
from certs.trust import load_trust
from certs.usages import ExtendedUse, KeyUse
from ror.audit.events import Kind
from tests.support.attacked import PARTNER, Attacked, Outcome, attacked, copied, plain_question, publish, reckless
from tests.support.revocation import answer_about
from tests.support.scripted_node import answering

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONSTRAINED = "CN=DEMO AC CONTRAINTE ORGANISATIONS,OU=INTER-ROR DEMONSTRATION,O=INTER-ROR DEMONSTRATION,C=FR"
KEYS: dict[str, PrivateKey] = {
    "neuve": ec.generate_private_key(ec.SECP256R1()),
    "rsa-1024": rsa.generate_private_key(public_exponent=65537, key_size=1024),
    "rsa-2048": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "secp256k1": ec.generate_private_key(ec.SECP256K1()),
    "secp224r1": ec.generate_private_key(ec.SECP224R1()),
}
"""Keys that stand on the list beside the partner's own, each in an entry of its own with the partner's name."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    home = copied(pki_home, tmp_path_factory.mktemp("attacked") / "home")
    constrained = add_constrained_authority(home)
    target = Attacked(home, None, b"")  # type: ignore[arg-type]  # for its certificates only
    list_them(home, [target.issued(key=key) for key in KEYS.values()], target.issued(constrained))
    answer = answering((golden / "g1_answer.xml").read_bytes())
    async with attacked(home, answer, plain_question(golden)) as running:
        yield running


def list_them(home: Home, keyed: list[Issued], constrained: Issued) -> None:
    """Publish a list on which every one of these certificates is the partner's."""

    def change(draft):
        partner = draft.partner(PARTNER)
        for name, issued in zip(KEYS, keyed, strict=True):
            draft = draft.with_partner(replace(partner, id=f"cle-{name}", spki=spki_of(issued.certificate)))
        issuer = identity_of(constrained.certificate).issuer
        return draft.with_partner(replace(partner, id="sous-contrainte", issuer=issuer))

    publish(home, change)


def add_constrained_authority(home: Home) -> SigningAuthority:
    """One more trusted authority, which may speak for ``example.fr`` only; it revokes nobody."""
    authority = constrained_authority(load_authority(home, "root"))
    home.trust.write_bytes(home.trust.read_bytes() + authority.pem)
    publisher = Publisher(home.revocation_list("contrainte"), authority, load_trust(home.trust))
    ensure_list(publisher, at=datetime.now(UTC))
    files = home.authority("contrainte")
    files.certificate.write_bytes(authority.pem)
    files.key.write_bytes(key_to_pem(authority.key))
    return authority


def constrained_authority(root: SigningAuthority) -> SigningAuthority:
    constraint = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.fr")], excluded_subtrees=None)
    return issue_intermediate(root, authority_request(CONSTRAINED, extra_extensions=((constraint, True),)))


def authority_request(subject: DistinguishedName | str, **changes: object) -> AuthorityRequest:
    name = DistinguishedName.parse(subject) if isinstance(subject, str) else subject
    wanted = {"not_before": datetime.now(UTC) - DAY, "not_after": datetime.now(UTC) + 300 * DAY, "path_length": 0}
    return AuthorityRequest(subject=name, **(wanted | changes))  # type: ignore[arg-type]


def own_root(subject: DistinguishedName | str = "CN=RACINE,O=AILLEURS,C=FR", **changes: object) -> SigningAuthority:
    return issue_root(authority_request(subject, **({"path_length": 1} | changes)))


def name_of(certificate: x509.Certificate) -> DistinguishedName:
    return DistinguishedName.from_name(certificate.subject)


def renamed(target: Attacked, name: x509.Name, key: PrivateKey | None = None) -> LeafFiles:
    """The partner's certificate under a name that ``DistinguishedName`` could not say."""
    model = target.issued(**({"key": key} if key else {}))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(model.certificate.issuer)
        .public_key(model.certificate.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(model.certificate.not_valid_before_utc)
        .not_valid_after(model.certificate.not_valid_after_utc)
    )
    for extension in model.certificate.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    authority = load_authority(target.home, "organisations")
    certificate = to_pem(builder.sign(authority.key, hashes.SHA256()))
    return target.files(certificate, model.key_pem, certificate + authority.pem)


def is_answered(outcome: Outcome) -> bool:
    """The control's outcome: an answer, granted to one of the partner's entries."""
    [decision] = outcome.events(Kind.DECISION)
    return outcome.status == 200 and decision["granted"] is True


def assert_refused(outcome: Outcome, status: int, slug: str) -> None:
    """Told why, and recorded."""
    assert (outcome.status, outcome.slug) == (status, slug)
    [decision] = outcome.events(Kind.DECISION)
    assert (decision["granted"], decision["reason"]) == (False, slug)
    assert outcome.events(Kind.SEARCH) == []


def assert_ended(outcome: Outcome, reason: str | None, problem: str = "certificate") -> None:
    """Ended in TLS, and recorded."""
    assert outcome.status is None
    [refused] = outcome.events(Kind.HANDSHAKE)
    assert (refused["problem"], refused["reason"]) == (problem, reason)
    assert outcome.events(Kind.DECISION) == []


# The controls


async def test_the_control_the_same_key_in_a_renewed_certificate_is_answered(target: Attacked) -> None:
    assert is_answered(await target.attempt(target.leaf()))


async def test_the_control_every_strong_key_that_is_listed_is_answered(target: Attacked) -> None:
    for name in ("neuve", "rsa-2048"):
        for version in (TLSVersion.TLSv1_2, TLSVersion.TLSv1_3):
            context = reckless(target.home.trust, target.leaf(key=KEYS[name]))
            context.maximum_version = version
            assert is_answered(await target.attempt(context)), (name, version)


async def test_the_control_a_name_inside_its_authoritys_constraints_is_answered(target: Attacked) -> None:
    authority = load_authority(target.home, "contrainte")

    assert is_answered(await target.attempt(target.leaf(authority, server_names=("samu.example.fr",))))


async def test_the_control_another_encoding_of_the_partners_own_name_is_answered(target: Attacked) -> None:
    assert is_answered(await target.attempt(renamed(target, in_encoding(target, x509.name._ASN1Type.BMPString))))


async def test_the_control_the_same_certificate_signed_by_openssl_with_sha256_is_answered(target: Attacked) -> None:
    assert is_answered(await target.attempt(signed_by_openssl(target, "-sha256")))


# What the certificate says


async def test_without_a_certificate(target: Attacked) -> None:
    assert_refused(await target.attempt(None), 401, "certificate.missing")


async def test_an_expired_certificate(target: Attacked) -> None:
    leaf = target.leaf(not_after=datetime.now(UTC) - HOUR)

    assert_refused(await target.attempt(leaf), 401, "certificate.expired")


async def test_a_certificate_that_is_not_yet_valid(target: Attacked) -> None:
    leaf = target.leaf(not_before=datetime.now(UTC) + HOUR)

    assert_refused(await target.attempt(leaf), 401, "certificate.not-yet-valid")


@pytest.mark.parametrize(
    "uses",
    [{ExtendedUse.SERVER_AUTH}, {ExtendedUse.EMAIL_PROTECTION}, {"2.5.29.37.0"}],
    ids=["server", "mail", "any"],
)
async def test_a_wrong_extended_key_usage(target: Attacked, uses: set[str]) -> None:
    assert_ended(await target.attempt(target.leaf(extended_uses=frozenset(uses))), "certificate.wrong-usage")


async def test_no_extended_key_usage_at_all(target: Attacked) -> None:
    leaf = target.leaf(extended_uses=frozenset())

    assert_refused(await target.attempt(leaf), 401, "certificate.wrong-usage")


async def test_a_wrong_key_usage(target: Attacked) -> None:
    leaf = target.leaf(key_uses=frozenset({KeyUse.KEY_AGREEMENT}))

    assert_refused(await target.attempt(leaf), 401, "certificate.wrong-usage")


async def test_a_certificate_that_says_it_is_an_authority(target: Attacked) -> None:
    assert_refused(await target.attempt(target.leaf(ca=True)), 401, "certificate.invalid")


async def test_an_authoritys_own_certificate(target: Attacked) -> None:
    authority = load_authority(target.home, "organisations")
    leaf = target.files(authority.pem, key_to_pem(authority.key), authority.pem)

    assert_ended(await target.attempt(leaf), "certificate.wrong-usage")


async def test_a_certificate_with_ten_thousand_names(target: Attacked) -> None:
    leaf = target.leaf(server_names=tuple(f"n{number}.example.fr" for number in range(10_000)))

    assert_ended(await target.attempt(leaf), None, "other")


async def test_a_certificate_larger_than_any_but_smaller_than_tls_refuses(target: Attacked) -> None:
    leaf = target.leaf(server_names=tuple(f"n{number}.example.fr" for number in range(3_000)))

    assert_refused(await target.attempt(leaf), 401, "certificate.invalid")


# Who vouches for it


async def test_a_self_signed_certificate(target: Attacked) -> None:
    own = own_root(target.victim.subject, key=target.key)

    assert_ended(await target.attempt(target.leaf(own)), "certificate.untrusted")


async def test_another_authority(target: Attacked) -> None:
    other = issue_intermediate(own_root(), authority_request("CN=AC ETRANGERE ORGANISATIONS,O=AILLEURS,C=FR"))

    assert_ended(await target.attempt(target.leaf(other)), "certificate.untrusted")


async def test_a_look_alike_authority_with_every_name_of_ours(target: Attacked) -> None:
    root, real = (load_authority(target.home, name).certificate for name in ("root", "organisations"))
    double = issue_intermediate(own_root(name_of(root)), authority_request(name_of(real)))

    assert_ended(await target.attempt(target.leaf(double)), "certificate.untrusted")


async def test_an_intermediate_below_the_path_length(target: Attacked) -> None:
    below = issue_intermediate(load_authority(target.home, "organisations"), authority_request("CN=AC SOUS,C=FR"))

    assert_ended(await target.attempt(target.leaf(below)), "certificate.path-length")


async def test_a_partners_certificate_used_to_sign_another(target: Attacked) -> None:
    parent = target.issued(subject=DistinguishedName.parse("CN=PARTENAIRE,C=FR"))
    forged = target.issued(SigningAuthority(parent.certificate, parent.key))
    chain = forged.certificate_pem + parent.certificate_pem + load_authority(target.home, "organisations").pem

    outcome = await target.attempt(target.files(forged.certificate_pem, forged.key_pem, chain))

    assert_ended(outcome, "certificate.untrusted")


async def test_an_injected_intermediate_that_our_own_root_has_signed(target: Attacked) -> None:
    unlisted = issue_intermediate(
        load_authority(target.home, "root"), authority_request("CN=AC INJECTEE ORGANISATIONS,C=FR")
    )

    assert_refused(await target.attempt(target.leaf(unlisted)), 401, "certificate.untrusted")


async def test_an_injected_intermediate_under_the_name_of_the_real_one(target: Attacked) -> None:
    real = load_authority(target.home, "organisations").certificate
    double = issue_intermediate(load_authority(target.home, "root"), authority_request(name_of(real)))

    outcome = await target.attempt(target.leaf(double))

    assert outcome.status in {None, 401}
    assert not any(decision["granted"] for decision in outcome.events(Kind.DECISION))
    assert outcome.events(Kind.DECISION) or outcome.events(Kind.HANDSHAKE)


async def test_a_chain_fifty_deep(target: Attacked) -> None:
    authority = load_authority(target.home, "organisations")
    for number in range(50):
        authority = issue_intermediate(authority, authority_request(f"CN=AC {number},C=FR", path_length=None))
    leaf = target.leaf(authority)
    assert leaf.chain.read_bytes().count(b"BEGIN CERTIFICATE") > 50

    assert_ended(await target.attempt(leaf), "certificate.path-length")


async def test_a_name_outside_its_authoritys_constraints(target: Attacked) -> None:
    authority = load_authority(target.home, "contrainte")

    outcome = await target.attempt(target.leaf(authority, server_names=("samu.example.org",)))

    assert_ended(outcome, "certificate.invalid")


async def test_a_certificate_revoked_by_list(target: Attacked) -> None:
    issued = target.issued()
    leaf = target.files(issued.certificate_pem, issued.key_pem, issued.chain_pem)
    assert is_answered(await target.attempt(leaf))

    publisher = publisher_of(target.home, "organisations")
    revoke(publisher, issued.certificate.serial_number, RevocationReason.KEY_COMPROMISE, at=datetime.now(UTC))

    assert_refused(await once_refused(target, leaf), 401, "certificate.revoked")


async def test_a_certificate_revoked_by_ocsp(target: Attacked) -> None:
    issued = target.issued()
    leaf = target.files(issued.certificate_pem, issued.key_pem, issued.chain_pem)
    assert is_answered(await target.attempt(leaf))

    pki = SimpleNamespace(now=datetime.now(UTC).replace(microsecond=0))
    authority = load_authority(target.home, "organisations")
    answer = answer_about(pki, issued, issuer=authority, status=ocsp.OCSPCertStatus.REVOKED)
    target.home.revocation_answers.mkdir(exist_ok=True)
    target.home.revocation_answer("un").write_bytes(answer)

    assert_refused(await once_refused(target, leaf), 401, "certificate.revoked")


async def once_refused(target: Attacked, leaf: LeafFiles) -> Outcome:
    """The first attempt that is not answered any more; a hundred must do."""
    for _ in range(100):
        outcome = await target.attempt(leaf)
        if outcome.status != 200:
            return outcome
    raise AssertionError("it is answered still")


# What it is made with


async def test_a_sha1_signature(target: Attacked) -> None:
    assert_ended(await target.attempt(signed_by_openssl(target, "-sha1")), "certificate.weak")


def signed_by_openssl(target: Attacked, digest: str) -> LeafFiles:
    """The partner's certificate signed with a digest that our own library will not use any more."""
    folder = target.home.root / f"openssl{digest}"
    folder.mkdir()
    authority = load_authority(target.home, "organisations")
    (folder / "ca.pem").write_bytes(authority.pem)
    (folder / "ca.key").write_bytes(key_to_pem(authority.key))
    (folder / "leaf.key").write_bytes(key_to_pem(target.key))
    policies = target.issued().certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    extensions = {
        "basicConstraints": "critical,CA:FALSE",
        "keyUsage": "critical,digitalSignature",
        "extendedKeyUsage": "clientAuth",
        "subjectKeyIdentifier": "hash",
        "authorityKeyIdentifier": "keyid",
        "certificatePolicies": policies[0].policy_identifier.dotted_string,
    }
    (folder / "extensions").write_text("".join(f"{name}={value}\n" for name, value in extensions.items()))
    subject = "".join(f"/{one.label}={one.value}" for one in reversed(target.victim.subject.attributes))
    request = ["req", "-new", "-utf8", "-key", "leaf.key", "-subj", subject, "-out", "request"]
    sign = ["x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", digest, "-days", "9"]
    for command in (request, [*sign, "-extfile", "extensions", "-out", "leaf.pem"]):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True, timeout=20)
    certificate = (folder / "leaf.pem").read_bytes()
    return target.files(certificate, key_to_pem(target.key), certificate + authority.pem)


async def test_a_listed_key_of_1024_bits(target: Attacked) -> None:
    assert_ended(await target.attempt(target.leaf(key=KEYS["rsa-1024"])), "certificate.weak")


@pytest.mark.parametrize("curve", ["secp256k1", "secp224r1"])
async def test_a_listed_key_on_a_weak_curve(target: Attacked, curve: str) -> None:
    context = reckless(target.home.trust, target.leaf(key=KEYS[curve]))
    context.maximum_version = TLSVersion.TLSv1_2  # With 1.3 no client can sign with it at all.

    assert_ended(await target.attempt(context), "certificate.weak")


# Whom it names


async def test_the_same_name_with_another_key(target: Attacked) -> None:
    assert_refused(await target.attempt(target.leaf(key=None)), 403, "partner.key-mismatch")


async def test_the_same_name_turned_round(target: Attacked) -> None:
    turned = DistinguishedName(target.victim.subject.attributes[::-1])

    assert_refused(await target.attempt(target.leaf(subject=turned)), 403, "partner.not-listed")


@pytest.mark.parametrize(
    ("written", "instead"),
    [("DEMO", "demo"), ("A", "А"), ("ô", "o"), (" ", "  ")],
    ids=["case", "cyrillic", "accent", "space"],
)
async def test_a_name_that_only_looks_alike(target: Attacked, written: str, instead: str) -> None:
    subject = str(target.victim.subject)
    assert written in subject
    alike = DistinguishedName.parse(subject.replace(written, instead, 1))

    assert_refused(await target.attempt(target.leaf(subject=alike)), 403, "partner.not-listed")


@pytest.mark.parametrize("encoding", ["BMPString", "UniversalString", "UTF8String"])
async def test_the_name_in_another_encoding_hides_no_other_key(target: Attacked, encoding: str) -> None:
    name = in_encoding(target, x509.name._ASN1Type[encoding])
    stranger = ec.generate_private_key(ec.SECP256R1())

    assert_refused(await target.attempt(renamed(target, name, stranger)), 403, "partner.key-mismatch")


async def test_the_name_in_decomposed_letters_hides_no_other_key(target: Attacked) -> None:
    name = x509.Name(
        x509.NameAttribute(one.oid, unicodedata.normalize("NFD", str(one.value)))
        for one in target.victim.subject.to_name()
    )
    assert name != target.victim.subject.to_name()
    stranger = ec.generate_private_key(ec.SECP256R1())

    assert_refused(await target.attempt(renamed(target, name, stranger)), 403, "partner.key-mismatch")


def in_encoding(target: Attacked, encoding: x509.name._ASN1Type) -> x509.Name:
    """The partner's name, all but its country in this encoding."""
    return x509.Name(
        one if one.oid == NameOID.COUNTRY_NAME else x509.NameAttribute(one.oid, one.value, encoding)
        for one in target.victim.subject.to_name()
    )


async def test_a_name_with_several_values_in_one_place(target: Attacked) -> None:
    *first, last = target.victim.subject.to_name().rdns
    extra = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "1690000000")
    name = x509.Name([*first, x509.RelativeDistinguishedName([*last, extra])])

    assert_refused(await target.attempt(renamed(target, name)), 401, "certificate.invalid")


async def test_a_nul_in_the_common_name(target: Attacked) -> None:
    name = x509.Name(
        x509.NameAttribute(one.oid, f"{one.value}\0.example") if one.oid == NameOID.COMMON_NAME else one
        for one in target.victim.subject.to_name()
    )

    assert_refused(await target.attempt(renamed(target, name)), 401, "certificate.invalid")


async def test_an_empty_name(target: Attacked) -> None:
    assert_refused(await target.attempt(renamed(target, x509.Name([]))), 401, "certificate.invalid")


async def test_the_gateways_own_certificates(target: Attacked) -> None:
    asked = await target.attempt(target.home.leaf("gateway-client"))
    assert_refused(asked, 403, "transaction.not-allowed")

    served = await target.attempt(target.home.leaf("gateway-server"))
    assert_refused(served, 401, "certificate.wrong-usage")


async def test_a_nodes_certificate(target: Attacked) -> None:
    assert_refused(await target.attempt(target.home.leaf("node-ara")), 401, "certificate.wrong-usage")
