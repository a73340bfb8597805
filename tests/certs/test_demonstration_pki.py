"""The demonstration PKI on disk: complete, shaped like IGC-Santé, idempotent, able to heal."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from certs.demonstration_holders import (
    DEFAULT_PARTNERS,
    DemonstrationPartner,
    demonstration_holders,
    demonstration_organisation_id,
    server_name_of,
)
from certs.demonstration_pki import AUTHORITY_LIFETIME, Change, ensure, load_authority
from certs.errors import HomeError, KeyMaterialError
from certs.home import Home
from certs.identity import identity_of
from certs.keys import KeyKind, key_from_pem
from certs.profiles import PROFILES, Purpose, Usage
from certs.reading import read_pem, to_der
from certs.trust import load_trust
from certs.verification import verify
from ror.identifiers import luhn_valid
from ror.territory import RORS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEARS_OF_A_LEAF = timedelta(days=3 * 365)
NAMES = {holder.name for holder in demonstration_holders(DEFAULT_PARTNERS, 2)}
PURPOSE_OF_USAGE = {
    Usage.ORG_AUTH_CLI: Purpose.CLIENT,
    Usage.SERV_SSL: Purpose.SERVER,
    Usage.PERSONNES: Purpose.PERSON,
}


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    ensure(home, at=NOW)
    return home


def identity(home, name):
    return identity_of(read_pem(home.leaf(name).certificate.read_bytes())[0])


def snapshot(home):
    return {path: path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file()}


def test_every_holder_of_the_demonstration_is_there():
    assert {f"node-{ror.id}" for ror in RORS} <= NAMES
    assert {"gateway-server", "gateway-client", "officer-1", "officer-2"} <= NAMES
    assert {"partner-samu-rhone", "partner-orientation-idf", "partner-coordination-pdl"} <= NAMES
    assert {"partner-portail-public", "partner-ror-bre", "partner-banc-essai"} <= NAMES
    assert "partner-canari" in NAMES
    assert len(NAMES) == 17 + 2 + 7 + 2


def test_every_certificate_serves_its_purpose_under_the_trust_file(home):
    trust = load_trust(home.trust)
    for holder in demonstration_holders(DEFAULT_PARTNERS, 2):
        files = home.leaf(holder.name)
        chain = [to_der(certificate) for certificate in read_pem(files.chain.read_bytes())]
        verdict = verify(chain, trust, PURPOSE_OF_USAGE[holder.profile.usage], NOW)
        assert verdict.ok, (holder.name, verdict.detail)
        assert len(chain) == 2
        assert key_from_pem(files.key.read_bytes()).public_key() == read_pem(files.chain.read_bytes())[0].public_key()


def test_subjects_have_the_fields_of_their_profile_in_order(home):
    for holder in demonstration_holders(DEFAULT_PARTNERS, 2):
        subject = identity(home, holder.name).subject
        assert tuple(attribute.label for attribute in subject.attributes) == holder.profile.subject_fields
        assert len(subject.values("O")[0]) <= 40


def test_every_holder_is_a_demonstration_and_says_so(home):
    for name in NAMES:
        holder = identity(home, name)
        assert holder.subject.values("O")[0].startswith("DEMO ")
        assert holder.issuer.common_name.startswith("DEMO AC INTER-ROR ")
        assert holder.organisation_id.startswith("3000")


def test_no_two_holders_share_a_name_or_a_key(home):
    holders = [identity(home, name) for name in NAMES]
    assert len({holder.subject for holder in holders}) == len(holders)
    assert len({holder.spki for holder in holders}) == len(holders)


def test_a_node_is_named_for_its_ror_and_for_loopback(home):
    node = identity(home, "node-ara")
    assert server_name_of("ara") == "ror-ara.demo.inter-ror.fr"
    assert node.server_names == ("ror-ara.demo.inter-ror.fr", "localhost", "127.0.0.1")
    assert str(node.subject) == (
        "CN=ror-ara.demo.inter-ror.fr,OU=300000101600013,O=DEMO ROR AUVERGNE-RHONE-ALPES,ST=Rhône (69),C=FR"
    )
    assert identity(home, "gateway-server").server_names[0] == "passerelle.demo.inter-ror.fr"


def test_organisation_numbers_have_their_keys():
    for number in range(1, 400):
        siret = demonstration_organisation_id(number)[1:]
        assert luhn_valid(siret[:9])
        assert luhn_valid(siret)


def test_files_are_0600_and_folders_0700(home):
    for path in (home.root, *home.root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_running_it_again_changes_nothing(home):
    before = snapshot(home)
    outcome = ensure(home, at=NOW + 30 * DAY)
    assert set(outcome.names(Change.KEPT)) == NAMES | {"root", "organisations", "personnes"}
    assert snapshot(home) == before


def test_leaves_about_to_expire_are_renewed_under_their_key(home):
    before = {name: identity(home, name) for name in NAMES}
    outcome = ensure(home, at=NOW + YEARS_OF_A_LEAF - 10 * DAY)
    assert set(outcome.names(Change.RENEWED)) == NAMES
    for name in NAMES:
        after = identity(home, name)
        assert after.spki == before[name].spki
        assert after.not_after == NOW + YEARS_OF_A_LEAF - 10 * DAY + PROFILES[after.usage].lifetime


def test_authorities_are_renewed_while_they_still_outlive_a_leaf(home):
    before = {name: identity(home, name).fingerprint for name in NAMES}
    at = NOW + AUTHORITY_LIFETIME - YEARS_OF_A_LEAF - 10 * DAY
    ensure(home, at=at - 40 * DAY)
    outcome = ensure(home, at=at)
    assert outcome.names(Change.RENEWED)[:3] == ("root", "organisations", "personnes")
    trust = load_trust(home.trust)
    for name in NAMES - {"officer-1"}:
        assert identity(home, name).fingerprint != before[name]
    der = to_der(read_pem(home.leaf("node-ara").chain.read_bytes())[0])
    assert verify([der], trust, Purpose.SERVER, at + 900 * DAY).ok


def test_a_clock_that_went_back_gets_certificates_that_hold(home):
    ensure(home, at=NOW - 400 * DAY)
    der = to_der(read_pem(home.leaf("partner-samu-rhone").chain.read_bytes())[0])
    assert verify([der], load_trust(home.trust), Purpose.CLIENT, NOW - 400 * DAY).ok


def test_a_missing_leaf_is_issued_and_no_other_is_touched(home):
    before = snapshot(home)
    files = home.leaf("partner-ror-bre")
    for path in (files.certificate, files.key, files.chain):
        path.unlink()
    outcome = ensure(home, at=NOW)
    assert outcome.names(Change.ISSUED) == ("partner-ror-bre",)
    assert outcome.names(Change.RENEWED) == ()
    after = snapshot(home)
    assert {path for path in before if before[path] != after[path]} == {files.certificate, files.key, files.chain}


@pytest.mark.parametrize("content", [b"", b"-----BEGIN", b"\xff\xfe"])
@pytest.mark.parametrize("which", ["certificate", "key", "chain"])
def test_a_damaged_file_is_repaired(home, which, content):
    files = home.leaf("node-idf")
    getattr(files, which).write_bytes(content)
    ensure(home, at=NOW)
    chain = read_pem(files.chain.read_bytes())
    assert chain[0] == read_pem(files.certificate.read_bytes())[0]
    assert key_from_pem(files.key.read_bytes()).public_key() == chain[0].public_key()
    assert set(ensure(home, at=NOW).changes.values()) == {Change.KEPT}


def test_a_key_of_somebody_else_gets_its_own_certificate(home):
    files, other = home.leaf("node-idf"), home.leaf("node-ara")
    files.key.write_bytes(other.key.read_bytes())
    assert ensure(home, at=NOW).names(Change.RENEWED) == ("node-idf",)
    assert identity(home, "node-idf").spki == identity(home, "node-ara").spki


def test_a_certificate_of_the_wrong_holder_is_replaced(home):
    files, other = home.leaf("gateway-client"), home.leaf("gateway-server")
    for path, source in ((files.key, other.key), (files.certificate, other.certificate)):
        path.write_bytes(source.read_bytes())
    ensure(home, at=NOW)
    assert identity(home, "gateway-client").usage is Usage.ORG_AUTH_CLI


def test_a_lost_authority_key_makes_a_new_authority_and_new_leaves(home):
    before = {name: identity(home, name).spki for name in NAMES}
    home.authority("organisations").key.unlink()
    outcome = ensure(home, at=NOW)
    assert "organisations" in outcome.names(Change.ISSUED)
    assert set(outcome.names(Change.RENEWED)) == NAMES - {"officer-1", "officer-2"}
    assert {name: identity(home, name).spki for name in NAMES} == before
    trust = load_trust(home.trust)
    der = to_der(read_pem(home.leaf("node-ara").chain.read_bytes())[0])
    assert verify([der], trust, Purpose.SERVER, NOW).ok


def test_a_key_that_somebody_opened_is_closed_again(home):
    key = home.leaf("node-idf").key
    key.chmod(0o644)
    ensure(home, at=NOW)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_rsa_keys_are_made_on_request_and_kept_afterwards(tmp_path):
    home = Home(tmp_path / "home")
    ensure(home, at=NOW, partners=(), officers=0, key_kind=KeyKind.RSA_2048)
    for files in (home.authority("root"), home.leaf("node-ara")):
        assert KeyKind.of(key_from_pem(files.key.read_bytes())) is KeyKind.RSA_2048
    again = ensure(home, at=NOW, partners=(), officers=0)
    assert set(again.changes.values()) == {Change.KEPT}
    der = to_der(read_pem(home.leaf("node-ara").chain.read_bytes())[0])
    assert verify([der], load_trust(home.trust), Purpose.SERVER, NOW).ok


def test_asking_for_another_kind_of_key_replaces_the_keys(home):
    before = identity(home, "partner-samu-rhone").spki
    few = DEFAULT_PARTNERS[:1]
    assert "partner-samu-rhone" in ensure(home, at=NOW, partners=few, officers=0, key_kind=KeyKind.RSA_2048).names(
        Change.ISSUED
    )
    assert identity(home, "partner-samu-rhone").spki != before


def test_partners_are_the_callers_choice(tmp_path):
    home = Home(tmp_path / "home")
    partner = DemonstrationPartner(
        id="essai", application="DEMO_ESSAI", organisation="DEMO ESSAI", department="Finistère (29)", number=301
    )
    outcome = ensure(home, at=NOW, partners=[partner], officers=0)
    assert "partner-essai" in outcome.changes
    assert "partner-samu-rhone" not in outcome.changes
    assert identity(home, "partner-essai").subject.values("ST") == ("Finistère (29)",)


def test_a_short_life_is_the_callers_choice(tmp_path):
    home = Home(tmp_path / "home")
    ensure(home, at=NOW, partners=(), officers=0, leaf_lifetime=60 * DAY)
    assert identity(home, "node-ara").not_after == NOW + 60 * DAY


def test_two_runs_at_once_agree(tmp_path):
    home = Home(tmp_path / "home")
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: ensure(home, at=NOW), range(2)))
    assert sorted(len(outcome.names(Change.ISSUED)) for outcome in outcomes) == [0, 31]


def test_an_authority_can_issue_more(home):
    authority = load_authority(home, "personnes")
    assert authority.certificate.subject == read_pem(home.authority("personnes").certificate.read_bytes())[0].subject
    home.authority("personnes").key.unlink()
    with pytest.raises(KeyMaterialError, match="missing or damaged"):
        load_authority(home, "personnes")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(HomeError, match="cannot be used"):
        ensure(Home(tmp_path / "file" / "home"), at=NOW)
