"""A chain in the shape of IGC-Santé's, made at run time: what its published TEST certificates say, under our keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from certs.issuing import (
    AuthorityRequest,
    Issued,
    IssueRequest,
    SigningAuthority,
    issue,
    issue_intermediate,
    issue_root,
)
from certs.keys import KeyKind
from certs.names import DistinguishedName
from certs.profiles import ELEMENTAIRE_TEST, ORG_AUTH_CLI, SERV_SSL, Domain, Gamme, Profile
from certs.revocation.making import ListRequest, make_list
from certs.revocation.revoked import Revocation, RevocationReason

DAY = timedelta(days=1)
SITE = "http://igc-sante.esante.gouv.fr"
DIRECTORY = "ldap://annuaire-igc.esante.gouv.fr/CN=TEST%20AC?certificaterevocationlist;binary"
RESPONDER = "http://ocsp.esante.gouv.fr"
PRIVATE_OID, PRIVATE_VALUE = "1.2.250.1.71.1.2.5", bytes.fromhex("040183")
ANY_POLICY = "2.5.29.32.0"
SUBJECT = "CN=CLIENT_WS_ROR,OU=318751275100020,O=AGENCE DES SYSTEMES D'INFORMATION PARTAG,ST=Paris (75),C=FR"
Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


@dataclass(frozen=True)
class SanteChain:
    """Root and intermediate of one gamme. ``folder`` is the part of its addresses that tells TEST from real."""

    gamme: Gamme
    root: SigningAuthority
    organisations: SigningAuthority
    now: datetime
    folder: str = "/AC%20TEST"

    @classmethod
    def make(cls, now: datetime, gamme: Gamme = ELEMENTAIRE_TEST) -> "SanteChain":
        """Twenty years of life, path length 0, any policy, as the published authorities have."""
        dates = {"not_before": now - 4500 * DAY, "not_after": now + 2400 * DAY, "key_kind": KeyKind.RSA_2048}
        any_policy = (_policy(ANY_POLICY, f"{SITE}/PC"), False)
        root = issue_root(AuthorityRequest(subject=gamme.root, extra_extensions=(any_policy,), **dates))
        above = (any_policy, (points(f"{SITE}/CRL/ACR-EL-TEST.crl"), False))
        name = gamme.intermediates[Domain.ORGANISATIONS]
        request = AuthorityRequest(subject=name, path_length=0, extra_extensions=above, **dates)
        return cls(gamme, root, issue_intermediate(root, request), now)

    @property
    def pem(self) -> bytes:
        """Both, as they are appended to a trust file."""
        return self.root.pem + self.organisations.pem

    def leaf(self, profile: Profile = ORG_AUTH_CLI, subject: str = SUBJECT, **changes: object) -> Issued:
        """A certificate with every extension that the published ones have."""
        policy = self.gamme.policies.get(profile.domain)
        told: dict[str, object] = {
            "subject": DistinguishedName.parse(subject),
            "profile": profile,
            "not_before": self.now - 400 * DAY,
            "key_kind": KeyKind.RSA_2048,
            "policy": None,
            "extra_extensions": self._extensions(policy),
            "server_names": ("localhost",) if profile is SERV_SSL else (),
        }
        return issue(self.organisations, IssueRequest(**(told | changes)))  # type: ignore[arg-type]

    def lists(self, *serials: int, number: int = 7) -> tuple[bytes, bytes]:
        """Today's list of the intermediate, which names ``serials``, and that of the root, each of its own points."""
        ours = point(f"{SITE}/CRL/ACI-EL-ORG-TEST.crl")
        return (
            self._list(self.organisations, ours, number, serials),
            self._list(self.root, point(f"{SITE}/CRL/ACR-EL-TEST.crl"), number, ()),
        )

    def _list(
        self, by: SigningAuthority, told: x509.IssuingDistributionPoint, number: int, serials: tuple[int, ...]
    ) -> bytes:
        revoked = {serial: Revocation(self.now - DAY, RevocationReason.CESSATION) for serial in serials}
        request = ListRequest(
            number=number,
            this_update=self.now - timedelta(hours=3),
            next_update=self.now + 7 * DAY,
            revoked=revoked,
            extra_extensions=((told, True),),
        )
        return make_list(by, request)

    def _extensions(self, policy: str | None) -> Extensions:
        access = x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, _url(RESPONDER)),
                x509.AccessDescription(
                    x509.AuthorityInformationAccessOID.CA_ISSUERS, _url(f"{SITE}{self.folder}/ACI-EL-ORG-TEST.cer")
                ),
            ]
        )
        delta = x509.FreshestCRL([x509.DistributionPoint([_url(f"{DIRECTORY}?delta")], None, None, None)])
        private = x509.UnrecognizedExtension(x509.ObjectIdentifier(PRIVATE_OID), PRIVATE_VALUE)
        told: Extensions = (
            (points(f"{SITE}/CRL/ACI-EL-ORG-TEST.crl"), False),
            (delta, False),
            (access, False),
            (private, False),
        )
        return told if policy is None else (*told, (_policy(policy, f"{SITE}/PC%20TEST"), False))


def points(http: str) -> x509.CRLDistributionPoints:
    """Two distribution points, by http and by ldap."""
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint([_url(url)], None, None, None) for url in (http, DIRECTORY)]
    )


def point(http: str) -> x509.IssuingDistributionPoint:
    """The point of a list that is found in both places."""
    return x509.IssuingDistributionPoint([_url(http), _url(DIRECTORY)], None, False, False, None, False, False)


def _policy(oid: str, practices: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), [practices])])


def _url(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)
