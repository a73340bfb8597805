"""Who is refused at the gateway, each told why where TLS allows it. The control asks and gets an answer."""

import ssl
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from lxml import etree

from certs.demonstration_pki import load_authority
from certs.home import Home
from certs.identity import identity_from_der
from certs.issuing import AuthorityRequest, issue_intermediate, issue_root
from certs.names import DistinguishedName
from certs.profiles import SERV_SSL
from ror import namespaces as ns
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf
from tests.support.served_gateway import Send, subject_of


def with_vihf(question: bytes, issuer: str, profile: str) -> bytes:
    """The question under a VIHF."""
    vihf = Vihf(issuer=issuer, subject_id="1690000000/1", application="test", profile_code=profile)
    block = write_vihf(vihf, at=datetime.now(UTC), assertion_id="_1")
    envelope = etree.fromstring(question)
    blocks = [etree.tostring(header) for header in envelope.find("{*}Header")]
    return write_envelope(SoapVersion.V12, headers=[block, *blocks], body=etree.tostring(envelope.find("{*}Body")[0]))


async def test_the_control_a_listed_partner_gets_an_answer(send: Send, question: bytes) -> None:
    reply = await send(question)

    assert (reply.status, reply.fault) == (200, None)
    coverage = reply.envelope.find(f".//{{{ns.PASSERELLE}}}couverture")
    assert (coverage.get("asked"), coverage.get("complete")) == ("17", "1")


async def test_nobody_is_told_to_show_a_certificate(send: Send, question: bytes) -> None:
    reply = await send(question, None)

    assert (reply.status, reply.slug) == (401, "certificate.missing")


async def test_another_authoritys_certificate_does_not_pass_tls(send: Send, question: bytes, certificate) -> None:
    stranger = stranger_authority("CN=AC ETRANGERE ORGANISATIONS,O=AILLEURS,C=FR")

    with pytest.raises(aiohttp.ClientError):
        await send(question, certificate(authority=stranger))


async def test_a_look_alike_authority_with_our_name_does_not_pass_tls(
    send: Send, question: bytes, certificate, pki_home: Home
) -> None:
    real = load_authority(pki_home, "organisations").certificate
    double = stranger_authority(str(DistinguishedName.from_name(real.subject)))

    with pytest.raises(aiohttp.ClientError):
        await send(question, certificate(authority=double))


def stranger_authority(name: str):
    now = datetime.now(UTC)
    dates = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=30)}
    root = issue_root(AuthorityRequest(subject=DistinguishedName.parse("CN=RACINE,O=AILLEURS,C=FR"), **dates))
    return issue_intermediate(root, AuthorityRequest(subject=DistinguishedName.parse(name), path_length=0, **dates))


@pytest.mark.parametrize(
    ("before_days", "after_days", "slug"),
    [(-10, -1, "certificate.expired"), (1, 10, "certificate.not-yet-valid")],
)
async def test_dates_are_explained(
    send: Send, question: bytes, certificate, before_days: int, after_days: int, slug: str
) -> None:
    now = datetime.now(UTC)
    leaf = certificate(not_before=now + timedelta(days=before_days), not_after=now + timedelta(days=after_days))

    reply = await send(question, leaf)

    assert (reply.status, reply.slug) == (401, slug)


async def test_a_servers_certificate_is_refused_as_a_client(send: Send, question: bytes, certificate) -> None:
    reply = await send(question, certificate(profile=SERV_SSL, server_names=("ror.example",)))

    assert (reply.status, reply.slug) == (401, "certificate.wrong-usage")


async def test_the_gateways_own_certificate_is_no_callers(send: Send, question: bytes) -> None:
    reply = await send(question, "gateway-client")

    assert (reply.status, reply.slug) == (403, "transaction.not-allowed")


async def test_a_valid_certificate_that_is_not_listed_is_refused(send: Send, question: bytes, certificate) -> None:
    reply = await send(question, certificate())

    assert (reply.status, reply.slug) == (403, "partner.not-listed")


async def test_the_same_name_with_another_key_is_refused(
    send: Send, question: bytes, certificate, pki_home: Home
) -> None:
    reply = await send(question, certificate(subject_of(pki_home, "partner-samu-rhone")))

    assert (reply.status, reply.slug) == (403, "partner.key-mismatch")


async def test_the_same_key_under_another_name_is_refused(
    send: Send, question: bytes, certificate, pki_home: Home
) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pki_home.leaf("partner-samu-rhone").key.read_bytes(), None)

    reply = await send(question, certificate(key=key))

    assert (reply.status, reply.slug) == (403, "partner.not-listed")


async def test_a_region_named_outside_the_perimeter_refuses_the_question(send: Send, question: bytes) -> None:
    corsica = question.replace(b'code="5"', b'code="1"').replace(b'code="FR"', b'code="94"')
    corsica = corsica.replace(b"1.2.250.1.213.2.24", b"1.2.250.1.213.2.25")
    corsica = corsica.replace(b'<p:litsDisponibles minimum="1"/>', b"")

    reply = await send(corsica, "partner-coordination-pdl")

    assert (reply.status, reply.slug) == (403, "perimeter.outside")


async def test_a_region_only_implied_is_told_as_refused(send: Send, question: bytes) -> None:
    wide = question.replace(b'<p:litsDisponibles minimum="1"/>', b"")

    reply = await send(wide, "partner-coordination-pdl")

    lines = {line.get("id"): line.get("outcome") for line in reply.envelope.iter(f"{{{ns.PASSERELLE}}}ror")}
    assert len(lines) == 17
    assert {ror for ror, outcome in lines.items() if outcome != "refused"} == {"pdl", "bre", "nor", "cvl", "naq"}


async def test_a_profile_not_listed_for_the_partner_is_refused(send: Send, question: bytes, pki_home: Home) -> None:
    issuer = subject_of(pki_home, "partner-portail-public")

    reply = await send(with_vihf(question, issuer, "CU22"), "partner-portail-public")

    assert (reply.status, reply.slug) == (403, "profile.not-allowed")


async def test_a_profile_that_does_not_exist_is_refused(send: Send, question: bytes, pki_home: Home) -> None:
    issuer = subject_of(pki_home, "partner-samu-rhone")

    reply = await send(with_vihf(question, issuer, "CU99"))

    assert (reply.status, reply.slug) == (403, "profile.unknown")


async def test_anothers_vihf_is_refused(send: Send, question: bytes, pki_home: Home) -> None:
    issuer = subject_of(pki_home, "partner-orientation-idf")

    reply = await send(with_vihf(question, issuer, "CU22"))

    assert (reply.status, reply.slug) == (403, "vihf.issuer-mismatch")


async def test_a_criterion_that_the_profile_hides_is_refused(send: Send, question: bytes) -> None:
    reply = await send(question, "partner-portail-public")

    assert (reply.status, reply.slug) == (403, "criterion.hidden-by-profile")


async def test_nothing_is_parsed_before_the_first_door(send: Send, certificate) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'

    assert (await send(bomb, certificate())).slug == "partner.not-listed"
    assert (await send(bomb, None)).slug == "certificate.missing"
    assert (await send(bomb)).slug == "request.doctype"


async def test_a_refusal_is_a_fault_in_the_version_asked(send: Send, question: bytes) -> None:
    old = question.replace(ns.SOAP_12.encode(), ns.SOAP_11.encode())

    reply = await send(old, None, version=SoapVersion.V11)

    assert (reply.status, reply.slug) == (401, "certificate.missing")
    assert reply.envelope.tag == f"{{{ns.SOAP_11}}}Envelope"


async def test_the_certificate_of_the_subject_is_the_one_in_the_identity(pki_home: Home) -> None:
    pem = pki_home.leaf("partner-samu-rhone").certificate.read_text("ascii")

    assert identity_from_der(ssl.PEM_cert_to_DER_cert(pem)).organisation_id
