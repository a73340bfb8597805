"""Lists that speak of a part (IssuingDistributionPoint): used where they cover a certificate, never elsewhere."""

import subprocess

import pytest
from cryptography import x509

from certs.profiles import Purpose
from certs.revocation.book import RevocationBook
from certs.revocation.certificate_list import read_list
from certs.revocation.checking import Status, check
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.policy import STRICT
from certs.revocation.scope import WHOLE, scope_of
from certs.revocation.seen import SeenInMemory
from certs.revocation.state import RevocationState
from certs.verification import verify
from tests.support.revocation import DAY, flaw_of, list_of, read, serial_of

HTTP = "http://igc-sante.esante.gouv.fr/CRL/ACI-EL-ORG.crl"
LDAP = "ldap://annuaire-igc.esante.gouv.fr/CN=AC?certificaterevocationlist;binary"
OTHER = "http://igc-sante.esante.gouv.fr/CRL/AUTRE.crl"


def point(*urls, user=False, ca=False, reasons=None, indirect=False, attributes=False, relative=None):
    """A critical IssuingDistributionPoint."""
    names = [x509.UniformResourceIdentifier(url) for url in urls] or None
    return x509.IssuingDistributionPoint(names, relative, user, ca, reasons, indirect, attributes)


def scoped(pki, *serials, told, **changes) -> bytes:
    return list_of(pki, *serials, extra_extensions=((told, True),), **changes)


def listed_at(pki, *urls, **changes):
    """A client's certificate that names these distribution points, each on its own."""
    points = x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in urls]
    )
    return pki.client(extra_extensions=((points, False),) if urls else (), **changes)


def status(pki, leaf, *lists):
    """What is known of the leaf from these lists of its authority and a list of the root."""
    state = RevocationState().with_list(read(pki, list_of(pki, by=pki.root)))
    for one in lists:
        state = state.with_list(read(pki, one))
    return check(verify([leaf.der], pki.trust, Purpose.CLIENT, pki.now), state, STRICT, pki.now)


@pytest.fixture
def theirs(openssl, tmp_path, pki):
    """Asks openssl, which gets the same list, whether the leaf is revoked; its words when it does not say no."""
    roots, between = tmp_path / "roots.pem", tmp_path / "between.pem"
    roots.write_bytes(pki.root.pem)
    between.write_bytes(pki.organisations.pem)

    def ask(leaf, data) -> str | None:
        (tmp_path / "leaf.pem").write_bytes(leaf.certificate_pem)
        (tmp_path / "list.der").write_bytes(data)
        command = [openssl, "verify", "-no-CApath", "-no-CAstore", "-CAfile", roots, "-untrusted", between]
        command += ["-CRLfile", tmp_path / "list.der", "-crl_check", "-attime", str(int(pki.now.timestamp()))]
        done = subprocess.run(
            [*command, tmp_path / "leaf.pem"], capture_output=True, text=True, check=False, timeout=20
        )
        return None if done.returncode == 0 else done.stderr

    return ask


CASES = {
    "the very point": (point(HTTP, LDAP), (HTTP,), True),
    "one name of two in common": (point(HTTP, LDAP), (OTHER, LDAP), True),
    "another point": (point(OTHER), (HTTP,), False),
    "a point, and the certificate names none": (point(HTTP), (), False),
    "holders only": (point(user=True), (), True),
    "holders of a point": (point(HTTP, user=True), (HTTP,), True),
    "authorities only": (point(ca=True), (HTTP,), False),
}


@pytest.mark.parametrize("case", CASES)
def test_a_list_speaks_of_the_certificates_in_its_scope_and_of_no_other_as_openssl_has_it(pki, theirs, case):
    told, urls, covered = CASES[case]
    leaf = listed_at(pki, *urls)
    verdict = status(pki, leaf, scoped(pki, told=told))
    assert (verdict.status, verdict.allowed) == ((Status.GOOD, True) if covered else (Status.UNKNOWN, False))
    assert (theirs(leaf, scoped(pki, told=told)) is None) is covered
    if not covered:
        assert verdict.detail == "no list of DEMO AC INTER-ROR ORGANISATIONS speaks of the certificate"


@pytest.mark.parametrize("case", CASES)
def test_whom_a_list_names_is_revoked_whatever_the_lists_scope(pki, case):
    told, urls, _ = CASES[case]
    leaf = listed_at(pki, *urls)
    assert status(pki, leaf, scoped(pki, serial_of(leaf), told=told)).status is Status.REVOKED


def test_the_issuers_own_name_is_the_point_of_who_names_none(pki):
    name = [x509.DirectoryName(pki.organisations.certificate.subject)]
    told = x509.IssuingDistributionPoint(name, None, False, False, None, False, False)
    assert status(pki, listed_at(pki), scoped(pki, told=told)).status is Status.GOOD
    assert status(pki, listed_at(pki, HTTP), scoped(pki, told=told)).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("reasons", "issuer"),
    [
        (frozenset({x509.ReasonFlags.key_compromise}), None),
        (None, [x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "X")]))]),
    ],
    ids=["for some reasons", "of another issuer"],
)
def test_a_distribution_point_of_a_part_or_of_another_issuer_does_not_count(pki, reasons, issuer):
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(HTTP)], None, reasons, issuer)]
    leaf = pki.client(extra_extensions=((x509.CRLDistributionPoints(points), False),))
    assert status(pki, leaf, scoped(pki, told=point(HTTP))).status is Status.UNKNOWN
    assert status(pki, leaf, list_of(pki)).status is Status.GOOD


def test_an_authority_needs_a_list_that_speaks_of_authorities(pki):
    def above(told):
        state = RevocationState().with_list(read(pki, list_of(pki)))
        state = state.with_list(read(pki, scoped(pki, told=told, by=pki.root)))
        return check(verify([pki.client().der], pki.trust, Purpose.CLIENT, pki.now), state, STRICT, pki.now)

    assert above(point(ca=True)).status is Status.GOOD
    refused = above(point(user=True))
    assert not refused.allowed
    assert "DEMO AC RACINE INTER-ROR speaks of the certificate" in refused.detail


@pytest.mark.parametrize(
    ("told", "flaw"),
    [
        (point(HTTP, indirect=True), Flaw.INDIRECT),
        (point(HTTP, reasons=frozenset({x509.ReasonFlags.superseded})), Flaw.PARTIAL),
        (point(attributes=True), Flaw.PARTIAL),
        (
            point(relative=x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a point")])),
            Flaw.PARTIAL,
        ),
    ],
    ids=["indirect", "some reasons", "attribute certificates", "a relative point"],
)
@pytest.mark.parametrize("critical", [True, False])
def test_a_part_that_is_never_asked_is_refused_critical_or_not(pki, told, flaw, critical):
    data = list_of(pki, extra_extensions=((told, critical),))
    assert flaw_of(read_list(data, pki.trust, now=pki.now)) is flaw


def test_a_delta_of_a_point_is_refused_as_a_delta(pki):
    extras = ((x509.DeltaCRLIndicator(1), True), (point(HTTP), True))
    assert flaw_of(read_list(list_of(pki, extra_extensions=extras), pki.trust, now=pki.now)) is Flaw.DELTA


def test_lists_of_two_scopes_stand_side_by_side_with_numbers_of_their_own(pki):
    book = RevocationBook(pki.trust, SeenInMemory(), lambda: pki.now)
    here, there = scoped(pki, told=point(HTTP), number=9), scoped(pki, told=point(OTHER), number=2)
    for data in (here, there, list_of(pki, by=pki.root)):
        assert not isinstance(book.take_list(data), Rejected)
    for url in (HTTP, OTHER):
        verdict = verify([listed_at(pki, url).der], pki.trust, Purpose.CLIENT, pki.now)
        assert check(verdict, book.known.state, STRICT, pki.now).status is Status.GOOD
    assert flaw_of(book.take_list(scoped(pki, told=point(HTTP), number=8))) is Flaw.ROLLBACK
    assert flaw_of(book.take_list(scoped(pki, 7, told=point(OTHER), number=2))) is Flaw.NUMBER_REUSED


def test_a_fresh_list_of_everything_serves_beside_an_overdue_one_of_a_part(pki):
    leaf = listed_at(pki, HTTP)
    overdue = scoped(pki, told=point(HTTP), this_update=pki.now - 9 * DAY, next_update=pki.now - DAY)
    assert status(pki, leaf, overdue).status is Status.STALE
    assert status(pki, leaf, overdue, list_of(pki)).status is Status.GOOD


def test_a_list_without_a_point_speaks_of_everything_and_says_so(pki):
    assert read(pki, list_of(pki)).scope == WHOLE
    assert str(WHOLE) == "certificates"
    assert str(read(pki, scoped(pki, told=point(HTTP, user=True))).scope) == f"holders' certificates listed at {HTTP}"
    assert scope_of(x509.Extensions([])) == WHOLE
