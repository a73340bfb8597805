"""Followers of the list who sign, around the demonstration's certificates."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from certs.demonstration_pki import load_authority
from certs.home import Home
from certs.issuing import Issued, IssueRequest, issue
from certs.keys import KeyKind
from certs.material import LeafMaterial
from certs.names import DistinguishedName
from certs.profiles import ORG_AUTH_CLI, SERV_SSL, Profile, Purpose
from certs.revocation.certificate_list import CertificateList, read_list
from certs.revocation.checking import check as check_revocation
from certs.revocation.checking import combine
from certs.revocation.making import ListRequest, make_list
from certs.revocation.policy import STRICT
from certs.revocation.revoked import Revocation, RevocationReason
from certs.revocation.state import RevocationState
from certs.trust import load_trust
from certs.verification import Verdict, verify
from whitelist.acknowledgement.checking import Judge
from whitelist.acknowledgement.signing import AcknowledgementSigner
from whitelist.acknowledgement.statement import Acknowledgement
from whitelist.in_force import InForce

NONCE = "0123456789abcdef0123456789abcdef"
SUBJECT = DistinguishedName.parse("CN=ror-ara.demo.inter-ror.fr,OU=300000101400019,O=DEMO ROR,ST=Rhône (69),C=FR")


def in_force(version: int = 8, **changes: object) -> InForce:
    """What a follower in step has in force."""
    good = InForce(
        environment="demonstration",
        version=version,
        digest=hashlib.sha256(b"list %d" % version).hexdigest(),
        stops=hashlib.sha256(b"[]").hexdigest(),
        taken_up_at=datetime.now(UTC) - timedelta(minutes=1),
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def acknowledgement(follower: str = "ara", **changes: object) -> Acknowledgement:
    """A good one, but for what is changed."""
    good = Acknowledgement(follower=follower, in_force=in_force(), said_at=datetime.now(UTC), nonce=NONCE)
    return replace(good, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Followers:
    """The demonstration's PKI as followers use it."""

    home: Home

    def material(self, leaf: str) -> LeafMaterial:
        """A leaf of the demonstration."""
        files = self.home.leaf(leaf)
        return LeafMaterial(files.chain.read_bytes(), files.key.read_bytes())

    def server(self, name: str = "ror-ara.demo.inter-ror.fr", kind: KeyKind = KeyKind.ECDSA_P256) -> Issued:
        """A fresh server's certificate."""
        return self._issued(SERV_SSL, kind, (name,))

    def client(self) -> Issued:
        """A fresh client's certificate."""
        return self._issued(ORG_AUTH_CLI, KeyKind.ECDSA_P256, ())

    def sign(self, leaf: str | Issued | LeafMaterial, said: Acknowledgement) -> bytes:
        """What the holder of ``leaf`` says."""
        material = self.material(leaf) if isinstance(leaf, str) else leaf
        if isinstance(material, Issued):
            material = LeafMaterial(material.chain_pem, material.key_pem)
        return AcknowledgementSigner(lambda: material).sign(said)

    def judge(self, *revoked: int) -> Judge:
        """Judges as a gateway that knows these serial numbers to be revoked."""
        trust, now = load_trust(self.home.trust), datetime.now(UTC).replace(microsecond=0)
        state = RevocationState()
        for name in ("root", "organisations", "personnes"):
            request = ListRequest(
                number=10**6,
                this_update=now - timedelta(hours=1),
                next_update=now + timedelta(days=3650),
                revoked={serial: Revocation(now, RevocationReason.KEY_COMPROMISE) for serial in revoked},
            )
            found = read_list(make_list(load_authority(self.home, name), request), trust, now=now)
            assert isinstance(found, CertificateList), found
            state = state.with_list(found)

        def judge(chain: Sequence[bytes], purpose: Purpose, at: datetime) -> Verdict:
            verdict = verify(chain, trust, purpose, at)
            return combine(verdict, check_revocation(verdict, state, STRICT, at))

        return judge

    def _issued(self, profile: Profile, kind: KeyKind, names: tuple[str, ...]) -> Issued:
        request = IssueRequest(
            subject=SUBJECT,
            profile=profile,
            not_before=datetime.now(UTC) - timedelta(days=1),
            key_kind=kind,
            server_names=names,
        )
        return issue(load_authority(self.home, "organisations"), request)
