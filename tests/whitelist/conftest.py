"""Factories of the whitelist's tests: entries, lists and identities that hold unless a test says otherwise."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certs import demonstration_pki
from certs.home import Home
from certs.identity import Identity
from certs.names import DistinguishedName
from certs.profiles import Usage
from ror.access import ProfileCode, Transaction
from whitelist import office
from whitelist.demonstration import PKI_PARTNERS
from whitelist.document import Partner, PartnerKind, Whitelist
from whitelist.files import WhitelistFiles
from whitelist.officers import OfficerKey, OfficerTrust
from whitelist.perimeter import FRANCE

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ISSUER = DistinguishedName.parse(
    "CN=DEMO AC INTER-ROR ORGANISATIONS,OU=0002 000000000,O=INTER-ROR DEMONSTRATION,C=FR"
)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def key() -> OfficerKey:
    return OfficerKey.generate("officer-1")


@pytest.fixture(scope="session")
def second_key() -> OfficerKey:
    return OfficerKey.generate("officer-2")


@pytest.fixture(scope="session")
def trust(key: OfficerKey) -> OfficerTrust:
    return OfficerTrust("test", 1, (key.officer,))


@pytest.fixture(scope="session")
def make_partner() -> Callable[..., Partner]:
    def make(id_: str = "samu-rhone", **changed: object) -> Partner:
        partner = Partner(
            id=id_,
            name="SAMU du Rhône",
            kind=PartnerKind.APPLICATION,
            spki=hashlib.sha256(id_.encode()).hexdigest(),
            issuer=ISSUER,
            subject=DistinguishedName.of(CN=f"APP {id_}", OU="300000201400017", O="DEMO", ST="Rhône (69)", C="FR"),
            home_ror="ara",
            perimeter=FRANCE,
            transactions=(Transaction.SEARCH,),
            allowed_profiles=(ProfileCode.CU22, ProfileCode.CU18),
            default_profile=ProfileCode.CU22,
            valid_from=NOW - timedelta(days=10),
            valid_to=NOW + timedelta(days=10),
        )
        return replace(partner, **changed)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_whitelist(key: OfficerKey) -> Callable[..., Whitelist]:
    def make(*partners: Partner, **changed: object) -> Whitelist:
        whitelist = Whitelist(
            version=1,
            issued_at=NOW,
            expires_at=NOW + timedelta(days=30),
            environment="test",
            officers=(key.officer,),
            threshold=1,
            partners=partners,
        )
        return replace(whitelist, **changed)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def identity_for() -> Callable[..., Identity]:
    def make(partner: Partner, **changed: object) -> Identity:
        identity = Identity(
            fingerprint="f" * 64,
            spki=partner.spki,
            issuer=partner.issuer,
            subject=partner.subject,
            serial=1,
            not_before=NOW - timedelta(days=1),
            not_after=NOW + timedelta(days=1),
            organisation_id=None,
            usage=Usage.ORG_AUTH_CLI,
            server_names=(),
        )
        return replace(identity, **changed)  # type: ignore[arg-type]

    return make


@pytest.fixture
def files(tmp_path: Path) -> WhitelistFiles:
    return WhitelistFiles(Home(tmp_path / "home"))


@pytest.fixture
def two(files: WhitelistFiles, make_partner: Callable[..., Partner]) -> WhitelistFiles:
    """A state folder of two officers who both must sign; version 1 is in force with one partner."""
    trust = office.found(files, environment="test", officers=("officer-1", "officer-2"), threshold=2)
    partner = make_partner()
    office.publish_changed(files, office.keys_here(files, trust), NOW, lambda draft: draft.with_partner(partner))
    return files


@pytest.fixture
def key_of(two: WhitelistFiles) -> Callable[[str], OfficerKey]:
    """The key in force of an officer of ``two``."""
    return lambda name: office.read_officer_key(two, name, office.base_of(two, NOW).officers)


@pytest.fixture(scope="session")
def demo_pki(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A demonstration PKI of today; tests that write take a copy."""
    home = Home(tmp_path_factory.mktemp("demo-pki") / "home")
    demonstration_pki.ensure(home, at=datetime.now(UTC), partners=PKI_PARTNERS)
    return home
