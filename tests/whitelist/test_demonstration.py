"""The demonstration's list: made once, completed, never taking an officer's decision back."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certs import demonstration_pki
from certs.home import Home
from certs.identity import identity_of
from certs.reading import read_pem
from ror.access import ProfileCode, Transaction
from ror.territory import ROR_BY_ID, neighbours
from whitelist import demonstration, office
from whitelist.decision import Admission, admit, authorise
from whitelist.document import PartnerKind, PartnerStatus
from whitelist.errors import AlreadyInitialisedError, CertificateRefusedError
from whitelist.files import WhitelistFiles, read_trust
from whitelist.source import WhitelistSource


@pytest.fixture
def demo_home(demo_pki, tmp_path):
    shutil.copytree(demo_pki.root, tmp_path / "demo")
    return Home(tmp_path / "demo")


@pytest.fixture
def at():
    return datetime.now(UTC).replace(microsecond=0)


def _identity(home, leaf):
    return identity_of(read_pem(home.leaf(leaf).certificate.read_bytes())[0])


def test_every_entry_is_admitted_with_its_own_certificate(demo_home, at):
    demonstration.ensure(demo_home, at=at)
    source = WhitelistSource.of_home(demo_home, lambda: at)
    source.refresh()

    for entry in demonstration.ENTRIES:
        decision = admit(source.current, _identity(demo_home, entry.leaf), Transaction.SEARCH, at)
        assert isinstance(decision, Admission), entry.id
        assert decision.partner.id == entry.id


@pytest.mark.parametrize("leaf", ["gateway-server", "node-ara", "officer-1"])
def test_no_other_certificate_of_the_pki_is_listed(demo_home, at, leaf):
    demonstration.ensure(demo_home, at=at)
    source = WhitelistSource.of_home(demo_home, lambda: at)
    source.refresh()

    assert not isinstance(admit(source.current, _identity(demo_home, leaf), Transaction.SEARCH, at), Admission)


def test_the_partners_are_of_several_kinds(demo_home, at):
    partners = {partner.id: partner for partner in demonstration.ensure(demo_home, at=at).partners}

    assert partners["passerelle"].kind is PartnerKind.GATEWAY
    assert partners["ror-bre"].kind is PartnerKind.ROR
    assert partners["samu-rhone"].default_profile is ProfileCode.CU22
    assert partners["samu-rhone"].allowed_profiles == (ProfileCode.CU18, ProfileCode.CU22, ProfileCode.CU23)
    assert partners["portail-public"].allowed_profiles == (ProfileCode.CU23,)
    assert partners["banc-essai"].max_limit == 20_000
    nearby = {code for ror in ("pdl", *neighbours("pdl")) for code in ROR_BY_ID[ror].regions}
    assert partners["coordination-pdl"].perimeter.regions == nearby
    assert authorise(partners["coordination-pdl"], None, [], ["52", "11"]).refused_regions == {"11"}


def test_running_it_again_changes_nothing(demo_home, at):
    first = demonstration.ensure(demo_home, at=at)

    assert demonstration.ensure(demo_home, at=at + timedelta(hours=1)) == first


def test_a_list_about_to_expire_is_renewed(demo_home, at):
    demonstration.ensure(demo_home, at=at)

    again = demonstration.ensure(demo_home, at=at + demonstration.LIFE - timedelta(days=10))

    assert again.version == 2


def test_an_expired_list_is_renewed(demo_home, at):
    demonstration.ensure(demo_home, at=at)

    assert demonstration.ensure(demo_home, at=at + timedelta(days=200)).version == 2


def test_what_officers_decided_stays(demo_home, at, make_partner):
    demonstration.ensure(demo_home, at=at)
    files = WhitelistFiles(demo_home)
    keys = office.keys_here(files, read_trust(files))

    def decide(draft):
        limited = replace(draft.partner("samu-rhone"), max_limit=10)
        return draft.with_changed(limited).with_revoked("portail-public", "essai").with_partner(make_partner("own"))

    office.publish_changed(files, keys, at, decide)

    whitelist = demonstration.ensure(demo_home, at=at)

    assert whitelist.version == 2
    assert whitelist.partner("samu-rhone").max_limit == 10
    assert whitelist.partner("portail-public").status is PartnerStatus.REVOKED
    assert whitelist.partner("own") is not None


def test_a_partner_whose_certificate_was_made_anew_is_listed_under_its_new_key(demo_home, at):
    demonstration.ensure(demo_home, at=at)
    shutil.rmtree(demo_home.leaf("partner-samu-rhone").folder)
    demonstration_pki.ensure(demo_home, at=at, partners=demonstration.PKI_PARTNERS)

    whitelist = demonstration.ensure(demo_home, at=at)

    assert whitelist.version == 2
    assert whitelist.partner("samu-rhone").spki == _identity(demo_home, "partner-samu-rhone").spki


def test_without_the_pki_the_error_names_the_certificate(tmp_path, at):
    with pytest.raises(CertificateRefusedError, match="gateway-client"):
        demonstration.ensure(Home(tmp_path / "empty"), at=at)


def test_a_list_that_is_no_demonstration_gets_no_demonstration_partner(demo_home, at):
    files = WhitelistFiles(demo_home)
    trust = office.found(files, environment="production", officers=("officer-1",))
    office.sign_draft(files, (office.read_officer_key(files, "officer-1", trust),), at)

    with pytest.raises(AlreadyInitialisedError, match="production"):
        demonstration.ensure(demo_home, at=at)

    assert office.current_list(files, at).partners == ()


def test_every_partner_of_the_pki_has_an_entry_and_the_other_way_round():
    listed = {entry.id for entry in demonstration.ENTRIES} - {demonstration.GATEWAY.id}

    assert listed == {partner.id for partner in demonstration.PKI_PARTNERS}
