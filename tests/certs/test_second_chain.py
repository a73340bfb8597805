"""A chain in the shape of IGC-Santé's beside the demonstration's: each by its own rules, each with its own lists."""

from datetime import timedelta

import pytest

from certs.home import Home
from certs.private_files import make_private_folder, write_private
from certs.profiles import (
    ELEMENTAIRE,
    ELEMENTAIRE_TEST,
    FORT,
    GAMMES,
    ORG_AUTH_CLI,
    PERSONNES,
    PROFILES,
    SERV_SSL,
    STANDARD,
    Domain,
    Purpose,
    gamme_of,
)
from certs.reasons import Reason
from certs.revocation.source import RevocationSource
from certs.trust import Trust, load_trust
from certs.verification import verify
from tests.support.documents import code, codes, read
from tests.support.igc_sante import SanteChain
from tests.support.revocation import list_of, serial_of

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def sante(pki) -> SanteChain:
    return SanteChain.make(pki.now)


@pytest.fixture(scope="module")
def trust(pki, sante) -> Trust:
    """Both chains in one file."""
    return Trust.from_pem(pki.trust.to_pem() + sante.pem)


@pytest.fixture
def home(tmp_path, pki, sante) -> Home:
    """A state folder as an operator would make it: the file appended to, the lists put beside."""
    home = Home(tmp_path / "home")
    make_private_folder(home.revocation_lists)
    write_private(home.trust, pki.trust.to_pem() + sante.pem)
    for number, signer in enumerate((pki.root, pki.organisations, pki.personnes)):
        write_private(home.revocation_list(f"ours-{number}"), list_of(pki, by=signer))
    return home


def put_lists(home: Home, *lists: bytes) -> None:
    for name, data in zip(("aci-el-org-test", "acr-el-test"), lists, strict=True):
        write_private(home.revocation_list(name), data)


def test_leaves_of_both_chains_serve_side_by_side(pki, sante, trust):
    for chain, purpose in (
        (sante.leaf().chain, Purpose.CLIENT),
        (sante.leaf(SERV_SSL).chain, Purpose.SERVER),
        (pki.client().chain, Purpose.CLIENT),
        (pki.person().chain, Purpose.PERSON),
    ):
        verdict = verify(chain, trust, purpose, pki.now)
        assert verdict.ok, verdict.detail
    verdict = verify(sante.leaf().chain, trust, Purpose.CLIENT, pki.now)
    assert verdict.authority.name == ELEMENTAIRE_TEST.intermediates[Domain.ORGANISATIONS]
    assert verdict.identity.organisation_id == "318751275100020"


def test_each_gamme_keeps_its_own_policy_and_neither_serves_under_the_others(pki, sante, trust):
    ours, theirs = pki.client, sante.leaf
    foreign = ELEMENTAIRE_TEST.policies[Domain.ORGANISATIONS]
    assert verify(ours(policy=foreign).chain, trust, Purpose.CLIENT, pki.now).reason is Reason.WRONG_POLICY
    bare = theirs(extra_extensions=())
    assert verify(bare.chain, trust, Purpose.CLIENT, pki.now).reason is Reason.WRONG_POLICY


def test_a_published_test_subject_whose_number_is_none_is_taken_under_the_test_gamme_only(pki, sante, trust):
    told = "CN=CLIENT_TEST_RORN,OU=33333333333,O=GIP - TEST3012,ST=Paris (75),C=FR"
    assert verify(sante.leaf(subject=told).chain, trust, Purpose.CLIENT, pki.now).ok
    real = SanteChain.make(pki.now, ELEMENTAIRE)
    both = Trust.from_pem(pki.trust.to_pem() + real.pem)
    assert verify(real.leaf(subject=told).chain, both, Purpose.CLIENT, pki.now).reason is Reason.WRONG_SUBJECT
    assert verify(real.leaf().chain, both, Purpose.CLIENT, pki.now).ok


def test_lists_of_the_real_shape_are_used(pki, sante, home):
    leaf, other = sante.leaf(), sante.leaf()
    put_lists(home, *sante.lists(serial_of(leaf)))
    trust = load_trust(home.trust)
    source = RevocationSource(home, trust, lambda: pki.now)
    source.refresh()

    def reason(issued):
        return source.apply(verify([issued.der], trust, Purpose.CLIENT, pki.now), pki.now).reason

    assert reason(leaf) is Reason.REVOKED
    assert reason(other) is None
    assert reason(pki.client()) is None
    assert {str(listed.scope)[:12] for listed in source.current.state.lists.values()} == {"certificates"}


def test_without_the_lists_of_the_second_chain_only_its_certificates_are_refused(pki, sante, home):
    trust = load_trust(home.trust)
    source = RevocationSource(home, trust, lambda: pki.now)
    source.refresh()
    for issued, reason in ((sante.leaf(), Reason.REVOCATION_UNKNOWN), (pki.client(), None)):
        verdict = source.apply(verify([issued.der], trust, Purpose.CLIENT, pki.now), pki.now)
        assert verdict.reason is reason


def test_a_chain_whose_root_is_not_installed_is_nobodys(pki, sante):
    assert verify(sante.leaf().chain, pki.trust, Purpose.CLIENT, pki.now).reason is Reason.UNTRUSTED


def test_the_gammes_are_told_apart_by_their_roots():
    for gamme in GAMMES:
        assert gamme_of(gamme.root) is gamme
    assert len({gamme.root for gamme in GAMMES}) == len({gamme.slug for gamme in GAMMES}) == len(GAMMES)
    for gamme in (ELEMENTAIRE, STANDARD, FORT):
        assert {str(name).split(",", 1)[1] for name in (gamme.root, *gamme.intermediates.values())} == {
            "OU=IGC-SANTE,OU=0002 187512751,O=ASIP-SANTE,C=FR"
        }


def test_the_profiles_say_what_the_published_certificates_say():
    assert ORG_AUTH_CLI.extended_uses == ORG_AUTH_CLI.allowed_extended_uses == {"1.3.6.1.5.5.7.3.2"}
    assert SERV_SSL.extended_uses == {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}
    assert {use.value for use in SERV_SSL.key_uses} == {"digital_signature", "key_encipherment"}
    for profile in (ORG_AUTH_CLI, SERV_SSL):
        assert profile.subject_fields == ("CN", "OU", "O", "ST", "C")
        assert profile.identified
    assert not PERSONNES.identified
    assert {profile.lifetime for profile in PROFILES.values()} == {3 * 365 * DAY}


def test_every_gamme_is_told_with_its_root_and_its_policy():
    rows = {code(row[0]): row for row in read("docs/certificates.md").table("gamme")}
    assert set(rows) == {gamme.slug for gamme in GAMMES}
    for gamme in GAMMES:
        _, root, policy, identifier = rows[gamme.slug]
        assert root == gamme.root.common_name
        assert codes(policy) == [*dict.fromkeys(gamme.policies.values())]
        assert identifier.startswith("required") is gamme.checks_identifiers
