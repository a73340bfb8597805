"""Certificates of every kind, good and bad, issued in memory around one fixed moment."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certs.home import LeafFiles
from certs.issuing import (
    AuthorityRequest,
    Issued,
    IssueRequest,
    SigningAuthority,
    issue,
    issue_intermediate,
    issue_root,
)
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, ORG_AUTH_CLI, PERSONNES, SERV_SSL, Domain, Profile
from certs.trust import Trust

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pki:
    """A whole PKI in memory. ``client``, ``server`` and ``person`` issue a good leaf but for what is changed."""

    now: datetime
    subject: DistinguishedName
    root: SigningAuthority
    organisations: SigningAuthority
    personnes: SigningAuthority
    trust: Trust

    @classmethod
    def make(cls, now: datetime) -> "Pki":
        root = new_root(now)
        organisations = new_intermediate(root, now)
        personnes = new_intermediate(root, now, Domain.PERSONNES)
        return cls(
            now=now,
            subject=DistinguishedName.parse("CN=DEMO_CLIENT,OU=300000201400017,O=DEMO SAMU,ST=Rhône (69),C=FR"),
            root=root,
            organisations=organisations,
            personnes=personnes,
            trust=trust_of(root, organisations, personnes),
        )

    def client(self, by: SigningAuthority | None = None, **changes) -> Issued:
        return self._leaf(by or self.organisations, ORG_AUTH_CLI, changes)

    def server(self, by: SigningAuthority | None = None, **changes) -> Issued:
        return self._leaf(by or self.organisations, SERV_SSL, {"server_names": ("localhost",)} | changes)

    def person(self, by: SigningAuthority | None = None, **changes) -> Issued:
        return self._leaf(by or self.personnes, PERSONNES, changes)

    def new_root(self, **changes) -> SigningAuthority:
        return new_root(self.now, **changes)

    def new_intermediate(self, root: SigningAuthority, domain=Domain.ORGANISATIONS, **changes) -> SigningAuthority:
        return new_intermediate(root, self.now, domain, **changes)

    def trust_of(self, *authorities: SigningAuthority) -> Trust:
        return trust_of(*authorities)

    def _leaf(self, by: SigningAuthority, profile: Profile, changes: dict) -> Issued:
        wanted = {
            "subject": self.subject,
            "profile": profile,
            "not_before": self.now - DAY,
            "not_after": self.now + 365 * DAY,
        }
        return issue(by, IssueRequest(**(wanted | changes)))


def new_root(now: datetime, **changes) -> SigningAuthority:
    wanted = {"not_before": now - 100 * DAY, "not_after": now + 7000 * DAY, "path_length": 1}
    return issue_root(AuthorityRequest(**({"subject": DEMONSTRATION.root} | wanted | changes)))


def new_intermediate(
    root: SigningAuthority, now: datetime, domain: Domain = Domain.ORGANISATIONS, **changes
) -> SigningAuthority:
    wanted = {"not_before": now - 100 * DAY, "not_after": now + 7000 * DAY, "path_length": 0}
    subject = DEMONSTRATION.intermediates[domain]
    return issue_intermediate(root, AuthorityRequest(**({"subject": subject} | wanted | changes)))


def trust_of(*authorities: SigningAuthority) -> Trust:
    return Trust.of(authority.certificate for authority in authorities)


@pytest.fixture(scope="session")
def pki() -> Pki:
    """A PKI whose moment is fixed: for everything that takes the moment as an argument."""
    return Pki.make(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def present_pki() -> Pki:
    """A PKI around the machine's own clock: for TLS, which asks no other."""
    return Pki.make(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="session")
def openssl() -> str:
    """The program, for second opinions and for what our own library will not make."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed: NO SECOND OPINION ON CERTIFICATES WAS TAKEN")
    return program


@pytest.fixture
def write_leaf(tmp_path: Path):
    """Puts an issued certificate on disk as a TLS endpoint wants it."""

    def write(name: str, issued: Issued) -> LeafFiles:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        files = LeafFiles(certificate=folder / "cert.pem", key=folder / "key.pem", chain=folder / "chain.pem")
        files.certificate.write_bytes(issued.certificate_pem)
        files.key.write_bytes(issued.key_pem)
        files.chain.write_bytes(issued.chain_pem)
        return files

    return write
