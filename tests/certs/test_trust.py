"""The set of trusted authorities: what it takes to be in it."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certs.errors import KeyMaterialError, TrustError
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, ELEMENTAIRE, GAMMES, Domain
from certs.trust import Trust, load_trust


def test_roots_and_intermediates_are_told_apart_and_know_their_domain(pki):
    assert [root.name for root in pki.trust.roots] == [DEMONSTRATION.root]
    assert {authority.domain: authority.name for authority in pki.trust.intermediates} == dict(
        DEMONSTRATION.intermediates
    )


def test_a_trust_file_reads_back_as_it_was_written(pki):
    again = Trust.from_pem(pki.trust.to_pem())
    assert again.to_pem() == pki.trust.to_pem()
    assert again == pki.trust


def test_duplicates_count_once(pki):
    assert len(Trust.from_pem(pki.trust.to_pem() * 3).intermediates) == 2


def test_two_gammes_stand_side_by_side(pki):
    other = pki.new_root(subject=ELEMENTAIRE.root)
    below = pki.new_intermediate(other, subject=ELEMENTAIRE.intermediates[Domain.PERSONNES])
    trust = pki.trust_of(pki.root, pki.organisations, other, below)
    assert len(trust.roots) == 2
    assert trust.intermediates[1].root == trust.roots[1]


@pytest.mark.parametrize("gamme", GAMMES, ids=lambda gamme: gamme.slug)
def test_the_authorities_of_every_gamme_name_their_domain(gamme):
    for domain, name in gamme.intermediates.items():
        assert Domain.of_authority(name) is domain
    assert Domain.of_authority(gamme.root) is None


def test_a_leaf_is_no_authority(pki):
    with pytest.raises(TrustError, match="not a certification authority"):
        Trust.of([pki.root.certificate, pki.client().certificate])


def test_an_orphan_is_refused(pki):
    with pytest.raises(TrustError, match="signed by no root"):
        pki.trust_of(pki.new_root(), pki.organisations)
    with pytest.raises(TrustError, match="signed by no root"):
        pki.trust_of(pki.organisations)


@pytest.mark.parametrize(
    "demand",
    [
        x509.PolicyConstraints(0, None),
        x509.InhibitAnyPolicy(0),
        x509.NameConstraints([x509.DirectoryName(DEMONSTRATION.root.to_name())], None),
        x509.NameConstraints(None, [x509.RFC822Name("example.fr")]),
    ],
    ids=["explicit policy", "no policy for any", "permitted names", "excluded mail"],
)
@pytest.mark.parametrize("critical", [True, False])
def test_an_authority_that_demands_what_is_not_held_is_refused(pki, demand, critical):
    authority = pki.new_intermediate(pki.root, extra_extensions=((demand, critical),))
    with pytest.raises(TrustError, match="demands what is not held here"):
        pki.trust_of(pki.root, authority)


def test_constraints_on_the_names_of_hosts_are_held_by_the_library_and_taken_up(pki):
    constraint = x509.NameConstraints([x509.DNSName("example.fr")], None)
    authority = pki.new_intermediate(pki.root, extra_extensions=((constraint, True),))
    assert len(pki.trust_of(pki.root, authority).intermediates) == 1


def test_an_authority_whose_key_identifiers_contradict_its_signature_is_refused(pki, monkeypatch):
    other = x509.AuthorityKeyIdentifier.from_issuer_public_key(pki.personnes.certificate.public_key())
    monkeypatch.setattr(x509.AuthorityKeyIdentifier, "from_issuer_public_key", lambda _: other)
    authority = pki.new_intermediate(pki.root)
    with pytest.raises(TrustError, match="it names another key"):
        pki.trust_of(pki.root, authority)


def test_an_empty_set_is_refused():
    with pytest.raises(TrustError, match="no root"):
        Trust.of([])


def test_a_file_that_is_no_pem_is_refused():
    with pytest.raises(TrustError):
        Trust.from_pem(b"nothing")


def test_an_authority_without_a_domain_is_refused(pki):
    stray = pki.new_intermediate(pki.root, subject=DistinguishedName.parse("CN=DEMO AC AUTRE,C=FR"))
    with pytest.raises(TrustError, match="names neither"):
        pki.trust_of(pki.root, stray)


def test_a_root_that_allows_no_intermediate_has_none(pki):
    root = pki.new_root(path_length=0)
    with pytest.raises(TrustError, match="allows no intermediate"):
        pki.trust_of(root, pki.new_intermediate(root))


def test_an_authority_below_an_intermediate_is_refused(pki):
    below = pki.new_intermediate(pki.organisations, subject=DistinguishedName.parse("CN=SOUS ORGANISATIONS,C=FR"))
    with pytest.raises(TrustError, match="signed by no root"):
        pki.trust_of(pki.root, pki.organisations, below)


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(public_exponent=65537, key_size=1024), ec.generate_private_key(ec.SECP256K1())],
    ids=["rsa-1024", "secp256k1"],
)
def test_a_weak_authority_is_refused(pki, key):
    with pytest.raises(TrustError, match="too weak"):
        pki.trust_of(pki.new_root(key=key))


def test_a_root_that_another_key_signed_is_refused(pki):
    forged = pki.new_intermediate(pki.root, subject=DEMONSTRATION.root)
    with pytest.raises(TrustError, match="not signed by itself"):
        pki.trust_of(pki.root, forged)


def unrestricted(pki, subject):
    """A self-signed certificate without basic constraints or key usage."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(pki.root.key.public_key())
        .serial_number(1)
        .not_valid_before(pki.now)
        .not_valid_after(pki.now.replace(year=2030))
        .sign(pki.root.key, hashes.SHA256())
    )


def test_an_authority_must_say_that_it_is_one(pki):
    with pytest.raises(TrustError, match="not a certification authority"):
        Trust.of([unrestricted(pki, DEMONSTRATION.root.to_name())])


def test_an_authority_without_a_name_is_refused(pki):
    with pytest.raises(TrustError, match="name is unusable"):
        Trust.of([unrestricted(pki, x509.Name([]))])


def test_a_missing_trust_file_is_told(tmp_path):
    with pytest.raises(KeyMaterialError, match="cannot be read"):
        load_trust(tmp_path / "absent.pem")
