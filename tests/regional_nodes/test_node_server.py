"""A node over real TLS: who is served, how it answers, what it refuses."""

import asyncio
import gzip
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs
from yarl import URL

from certs.demonstration_pki import load_authority
from certs.home import Home, LeafFiles
from certs.identity import Identity, identity_of
from certs.issuing import AuthorityRequest, IssueRequest, issue, issue_intermediate, issue_root
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, ORG_AUTH_CLI, SERV_SSL, Domain
from certs.reading import read_pem
from regional_nodes import server as node_server
from regional_nodes.host import NodeHost
from ror import namespaces as ns
from ror.access import ProfileCode, Transaction
from ror.coding import Code, Scheme
from ror.coverage import Outcome
from ror.question import Destination, DestinationLevel, ReferencePlace
from ror.schemas import Kind, problems
from ror.soap.version import SoapVersion
from ror.territory import ROR_BY_ID, commune
from tests.regional_nodes.node_client import (
    APPLICATION,
    GATEWAY,
    ROR_BRETAGNE,
    NodeClient,
    activity,
    question,
)
from tests.support.served_gateway import one_connection, written
from whitelist.document import Partner, PartnerKind
from whitelist.files import WhitelistFiles, read_trust
from whitelist.office import keys_here, publish_changed
from whitelist.perimeter import Perimeter

REGION_06 = Destination(DestinationLevel.REGION, "06")


# How it answers


async def test_the_gateway_gets_units_and_a_line_of_coverage(client: NodeClient) -> None:
    reply = await client.ask(question(activities=(activity("121"),)))
    (line,) = reply.coverage.rors
    assert (reply.status, reply.units) == (200, ["u1", "u2"])
    assert (line.ror, line.codes, line.outcome, line.found, line.returned) == ("ara", ("84",), "complete", 2, 2)
    assert line.release == "20190329"
    assert reply.coverage.simulated


@pytest.mark.parametrize("version", SoapVersion)
async def test_it_answers_in_the_version_asked(client: NodeClient, version: SoapVersion) -> None:
    reply = await client.ask(version=version)
    assert reply.envelope.tag == f"{{{version.namespace}}}Envelope"
    assert reply.headers["Content-Type"] == version.content_type
    refused = await client.ask(question(age_days=1), leaf=None, version=version)
    assert refused.envelope.tag == f"{{{version.namespace}}}Envelope"


@pytest.mark.parametrize(
    ("ror", "start", "labels"),
    [
        ("ara", b'<?xml version="1.0" encoding="UTF-8"?><soap:', True),
        ("pac", b"<?xml version='1.0' encoding='utf-8'?>\n<SOAP-ENV:", False),
    ],
)
async def test_the_regions_habits_are_seen_on_the_wire(
    client: NodeClient, ror: str, start: bytes, labels: bool
) -> None:
    reply = await client.ask(ror=ror)
    assert reply.body.startswith(start)
    assert (b'code="93"' in reply.body, b'code="093"' in reply.body) == (not labels, labels)
    assert ("Hospitalisation complète" in reply.body.decode()) == labels
    assert reply.content.prefix == {"ara": "ror", "pac": "urn"}[ror]


@pytest.mark.parametrize("ror", ["ara", "bre", "cor", "oin", "pac"])
async def test_every_answer_is_valid_against_the_schema(client: NodeClient, ror: str) -> None:
    reply = await client.ask(question(limit=50), ror=ror)
    assert list(problems(reply.content, Kind.G1_RESPONSE)) == []


async def test_a_limit_is_told_and_the_number_found_stays_exact(client: NodeClient) -> None:
    reply = await client.ask(question(limit=1))
    (line,) = reply.coverage.rors
    assert (reply.units, line.outcome, line.found, line.returned) == (["u1"], Outcome.TRUNCATED, 3, 1)
    assert reply.coverage.limit == 1


async def test_distances_are_told_from_the_place_asked(client: NodeClient) -> None:
    asked = question(limit=50)
    near_grenoble = type(asked)(
        criteria=asked.criteria, destinations=asked.destinations, reference=ReferencePlace(commune="38185")
    )
    units = (await client.ask(near_grenoble)).directory.units
    assert [unit.entity_id for unit in units] == ["u3", "u1", "u2"]
    assert str(units[0].location.distance_km) == "0.0"


async def test_a_large_answer_is_compressed_for_who_takes_it(client: NodeClient) -> None:
    plain = await client.ask(question())
    async with one_connection(client.context(GATEWAY)) as session:
        session._auto_decompress = False
        packed = await client.send(
            client.message(question()), session=session, headers={"Accept-Encoding": "gzip;q=0.5, br"}
        )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) == int(packed.headers["Content-Length"]) < len(plain.body) / 3
    assert gzip.decompress(packed.body).count(b"<facility ") == 3
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "gzip; q=0.0", "br, deflate"])
async def test_it_does_not_compress_for_who_does_not(client: NodeClient, accepted: str) -> None:
    reply = await client.ask(headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in reply.headers


async def test_it_tells_no_software_and_forbids_caching(client: NodeClient) -> None:
    headers = (await client.ask()).headers
    assert (headers["Server"], headers["Cache-Control"]) == ("ror", "no-store")


async def test_it_describes_itself_without_a_certificate(client: NodeClient, nodes: NodeHost) -> None:
    described = await client.send(None, leaf=None, method="GET", path=f"{ns.PATH_G1}?wsdl")
    healthy = await client.send(None, leaf=None, method="GET", path="/healthz")
    assert described.status == healthy.status == 200
    assert nodes.url("ara").encode() in described.body
    assert healthy.body == b'{"status":"ok"}'


# Whom it serves


async def test_without_a_certificate_there_is_a_fault_that_says_so(client: NodeClient) -> None:
    reply = await client.ask(leaf=None)
    assert (reply.status, reply.slug) == (401, "certificate.missing")


async def test_an_application_is_sent_to_the_gateway(client: NodeClient) -> None:
    reply = await client.ask(leaf=APPLICATION)
    assert (reply.status, reply.slug) == (403, "transaction.not-allowed")
    assert "passerelle" in reply.fault.message


async def test_a_certificate_that_is_not_listed_is_refused(
    client: NodeClient, node_home: Home, tmp_path: Path
) -> None:
    reply = await client.ask(leaf=_certificate(node_home, tmp_path)[0])
    assert (reply.status, reply.slug) == (403, "partner.not-listed")


async def test_the_gateways_name_under_another_key_is_refused(
    client: NodeClient, node_home: Home, tmp_path: Path
) -> None:
    files, _ = _certificate(node_home, tmp_path, subject=identity_of_leaf(node_home, GATEWAY).subject)
    reply = await client.ask(leaf=files)
    assert (reply.status, reply.slug) == (403, "partner.key-mismatch")


async def test_an_expired_certificate_is_told(client: NodeClient, node_home: Home, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    files, _ = _certificate(
        node_home, tmp_path, not_before=now - timedelta(days=20), not_after=now - timedelta(days=1)
    )
    reply = await client.ask(leaf=files)
    assert (reply.status, reply.slug) == (401, "certificate.expired")


async def test_a_servers_certificate_is_no_clients(client: NodeClient, node_home: Home, tmp_path: Path) -> None:
    files, _ = _certificate(node_home, tmp_path, profile=SERV_SSL, server_names=("localhost",))
    reply = await client.ask(leaf=files)
    assert (reply.status, reply.slug) == (401, "certificate.wrong-usage")


async def test_another_authoritys_certificate_ends_the_handshake(
    client: NodeClient, node_home: Home, tmp_path: Path
) -> None:
    files = _foreign_certificate(tmp_path)
    with pytest.raises((aiohttp.ClientError, ssl.SSLError, ConnectionError)):
        await client.ask(leaf=files)


async def test_a_vihf_of_another_issuer_is_refused(client: NodeClient) -> None:
    reply = await client.ask(issuer="CN=QUELQU UN D AUTRE,O=AILLEURS,C=FR")
    assert (reply.status, reply.slug) == (403, "vihf.issuer-mismatch")


async def test_the_gateway_may_state_every_profile_and_without_one_is_public(client: NodeClient) -> None:
    assert (await client.ask(profile="CU22")).units == ["u1", "u2", "u3"]
    for profile in ("CU18", "CU19", "CU20", "CU21", "CU23", None):
        assert (await client.ask(profile=profile)).units == ["u1", "u3"]


async def test_a_profile_that_does_not_exist_is_refused(client: NodeClient) -> None:
    reply = await client.ask(profile="CU99")
    assert (reply.status, reply.slug) == (403, "profile.unknown")


async def test_a_criterion_that_the_profile_hides_is_refused_and_never_no_hit(client: NodeClient) -> None:
    reply = await client.ask(question(act=Code("0131", Scheme.ACT.value)), profile="CU23")
    assert (reply.status, reply.slug) == (403, "criterion.hidden-by-profile")
    assert "acte spécifique" in reply.fault.message


async def test_a_listed_ror_asks_under_its_own_profile(client: NodeClient) -> None:
    reply = await client.ask(leaf=ROR_BRETAGNE, profile=None)
    assert reply.units == ["u1", "u3"]
    assert (await client.ask(leaf=ROR_BRETAGNE, profile="CU22")).units == ["u1", "u2", "u3"]


async def test_a_rors_perimeter_and_profiles_are_those_of_its_entry(
    client: NodeClient, node_home: Home, tmp_path: Path, nodes: NodeHost
) -> None:
    files, identity = _certificate(node_home, tmp_path)
    _list(node_home, identity, Perimeter(frozenset({"04"})), ProfileCode.CU18)
    await asyncio.sleep(0.3)
    allowed = await client.ask(leaf=files, profile=None, ror="oin")
    named = await client.ask(question(REGION_06), leaf=files, profile=None, ror="oin")
    elsewhere = await client.ask(leaf=files, profile=None, ror="ara")
    other_profile = await client.ask(leaf=files, profile="CU22", issuer=str(identity.subject), ror="oin")
    assert allowed.units == ["r1"]
    assert [(line.codes, line.outcome) for line in allowed.coverage.rors] == [
        (("04",), "complete"),
        (("06",), "refused"),
    ]
    assert (named.status, named.slug) == (403, "perimeter.outside")
    assert (elsewhere.status, elsewhere.slug) == (403, "perimeter.outside")
    assert (other_profile.status, other_profile.slug) == (403, "profile.not-allowed")


async def test_a_revocation_counts_on_a_connection_that_is_open(client: NodeClient, node_home: Home) -> None:
    message = client.message(question())
    connector = aiohttp.TCPConnector(ssl=client.context(GATEWAY), limit=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        assert (await client.send(message, session=session)).status == 200
        _publish(node_home, lambda draft: draft.with_revoked("passerelle", "essai"))
        await asyncio.sleep(0.3)
        reply = await client.send(message, session=session)
    assert (reply.status, reply.slug) == (403, "partner.revoked")


# What it refuses


async def test_a_code_newer_than_the_regions_nomenclature_is_told_and_never_a_zero(client: NodeClient) -> None:
    new = question(activities=(activity("359"),))
    lagging = await client.ask(new, ror="cor")
    assert (lagging.status, lagging.slug) == (400, "criterion.unknown-code")
    assert "14/12/2018" in lagging.fault.message
    assert (await client.ask(new, ror="ara")).units == []


async def test_a_code_that_no_release_has_is_refused_everywhere(client: NodeClient) -> None:
    reply = await client.ask(question(activities=(activity("999"),)))
    assert (reply.status, reply.slug) == (400, "criterion.unknown-code")


@pytest.mark.parametrize(
    ("request_", "status", "slug"),
    [
        ({"path": "/ailleurs"}, 400, "path.unknown"),
        ({"method": "GET"}, 400, "http.method"),
        ({"method": "PUT"}, 400, "http.method"),
        ({"headers": {"Content-Encoding": "gzip"}}, 415, "http.content-type"),
        ({"headers": {"Content-Type": "application/json"}}, 415, "http.content-type"),
        ({"body": b"<a"}, 400, "request.malformed-xml"),
        ({"body": b"<!DOCTYPE a><a/>"}, 400, "request.doctype"),
        ({"body": b" " * 300_000}, 413, "request.too-large"),
        ({"body": b""}, 400, "request.malformed-xml"),
    ],
)
async def test_what_it_cannot_read_gets_a_fault(
    client: NodeClient, request_: dict[str, object], status: int, slug: str
) -> None:
    body = request_.pop("body", client.message(question()))
    reply = await client.send(body, **request_)
    assert (reply.status, reply.slug) == (status, slug)


async def test_nothing_of_the_body_is_read_before_admission(client: NodeClient) -> None:
    reply = await client.send(b"<!DOCTYPE a><a/>", leaf=None)
    assert reply.slug == "certificate.missing"


async def test_a_body_that_drips_is_given_up(client: NodeClient) -> None:
    async def drip():
        yield b"<"
        await asyncio.sleep(1.5)
        yield b"a"

    reply = await client.send(drip())
    assert reply.slug == "deadline.exceeded"


async def test_a_connection_that_sends_no_head_is_closed(client: NodeClient, nodes: NodeHost) -> None:
    url = URL(nodes.url("ara"))
    reader, writer = await asyncio.open_connection(
        url.host, url.port, ssl=client.context(None), server_hostname="localhost"
    )
    writer.write(b"POST /ROR HTTP/1.1\r\nHost: local")
    await writer.drain()
    async with asyncio.timeout(3):
        assert await reader.read() == b""
    writer.close()


async def test_what_is_no_http_gets_a_fault_that_quotes_nothing(client: NodeClient, nodes: NodeHost) -> None:
    url = URL(nodes.url("ara"))
    reader, writer = await asyncio.open_connection(
        url.host, url.port, ssl=client.context(None), server_hostname="localhost"
    )
    writer.write(b"SECRET~~\x01 nonsense\r\n\r\n")
    async with asyncio.timeout(3):
        answer = await reader.read()
    writer.close()
    assert b"http.invalid" in answer
    assert b"SECRET" not in answer
    assert b"aiohttp" not in answer.lower()


async def test_an_unforeseen_error_leaves_as_a_fault_without_its_text(
    client: NodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the machine")

    monkeypatch.setattr(node_server, "answer_question", broken)
    with capture_logs() as logs:
        reply = await client.ask()
    assert (reply.status, reply.slug) == (500, "service.internal")
    assert b"secret" not in reply.body
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["node.failed"]


async def test_a_search_that_takes_too_long_is_a_fault_in_time(
    client: NodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_server, "DEFAULT_DEADLINE_S", 0.05)
    monkeypatch.setattr(node_server, "answer_question", lambda *_: time.sleep(0.3))
    reply = await client.ask()
    assert (reply.status, reply.slug) == (500, "deadline.exceeded")


async def test_a_node_with_too_many_searches_asks_to_come_back(
    client: NodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_server, "MAX_SEARCHES", 0)
    reply = await client.ask()
    assert (reply.status, reply.slug, reply.headers["Retry-After"]) == (503, "service.overloaded", "1")


async def test_hundreds_of_destinations_are_no_more_than_a_long_union(client: NodeClient) -> None:
    circles = [Destination(DestinationLevel.COMMUNE, f"69{number:03d}", 50.0) for number in range(1, 260)]
    known = [circle for circle in circles if commune(circle.code) is not None][:190]
    regions = [Destination(DestinationLevel.DEPARTMENT, f"{number:02d}") for number in (38, 42, 69)]
    reply = await client.ask(question(*known, *regions))
    assert len(known) == 190
    assert reply.units == ["u1", "u2", "u3"]


async def test_the_log_names_partner_and_question_and_no_envelope(client: NodeClient) -> None:
    with capture_logs() as logs:
        await client.ask(headers={"Ror-Question": "0190-abcd-ef"})
    (entry,) = [entry for entry in logs if entry["event"] == "search.answered"]
    assert (entry["partner"], entry["question_id"]) == ("passerelle:samu-rhone", "0190-abcd-ef")
    assert "Envelope" not in str(logs)


def identity_of_leaf(home: Home, name: str) -> Identity:
    return identity_of(read_pem(home.leaf(name).certificate.read_bytes())[0])


def _certificate(home: Home, folder: Path, **changes: object) -> tuple[LeafFiles, Identity]:
    subject = changes.pop("subject", "CN=ROR ESSAI,OU=1690000000,O=DEMO ROR ESSAI,ST=Rhône (69),C=FR")
    request = IssueRequest(
        **{
            "subject": DistinguishedName.parse(str(subject)),
            "profile": ORG_AUTH_CLI,
            "not_before": datetime.now(UTC).replace(microsecond=0) - timedelta(days=1),
            **changes,
        }
    )
    issued = issue(load_authority(home, "organisations"), request)
    return written(folder, issued), identity_of(issued.certificate)


def _foreign_certificate(folder: Path) -> LeafFiles:
    now = datetime.now(UTC)
    dates = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=10)}
    root = issue_root(AuthorityRequest(subject=DEMONSTRATION.root, **dates))
    name = DEMONSTRATION.intermediates[Domain.ORGANISATIONS]
    authority = issue_intermediate(root, AuthorityRequest(subject=name, **dates))
    subject = DistinguishedName.parse("CN=FAUX,OU=1690000000,O=FAUX,ST=Rhône (69),C=FR")
    return written(folder, issue(authority, IssueRequest(subject=subject, profile=ORG_AUTH_CLI, **dates)))


def _publish(home: Home, change: object) -> None:
    files = WhitelistFiles(home)
    keys = keys_here(files, read_trust(files))
    publish_changed(files, keys, datetime.now(UTC).replace(microsecond=0), change)


def _list(home: Home, identity: Identity, perimeter: Perimeter, profile: ProfileCode) -> None:
    partner = Partner(
        id="ror-essai",
        name="ROR d'essai",
        kind=PartnerKind.ROR,
        spki=identity.spki,
        issuer=identity.issuer,
        subject=identity.subject,
        home_ror=ROR_BY_ID["oin"].id,
        perimeter=perimeter,
        transactions=(Transaction.SEARCH,),
        allowed_profiles=(profile,),
        default_profile=profile,
        valid_from=identity.not_before,
        valid_to=identity.not_after,
    )
    _publish(home, lambda draft: draft.with_partner(partner))
