"""A gateway in front of one scripted node, and callers with whatever certificate a test needs."""

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from certs.demonstration_pki import load_authority
from certs.home import Home, LeafFiles
from certs.identity import identity_from_der
from certs.issuing import Issued, IssueRequest, SigningAuthority, issue
from certs.names import DistinguishedName
from certs.profiles import ORG_AUTH_CLI
from certs.tls import client_context
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.faults import PeerFault
from ror.soap.fault import read_fault
from ror.soap.version import SoapVersion
from tests.support.attacked import plain_question
from tests.support.scripted_node import answering


@dataclass(frozen=True)
class Reply:
    """What came back: status, headers, the fault if it is one, and the whole envelope."""

    status: int
    headers: dict[str, str]
    fault: PeerFault | None
    envelope: etree._Element

    @property
    def slug(self) -> str | None:
        return self.fault.slug if self.fault else None


@pytest.fixture
def question(golden: Path) -> bytes:
    """The golden question without its VIHF, as a caller of 2016 sends it."""
    return plain_question(golden)


@pytest.fixture
async def gateway(pki_home: Home, tmp_path: Path, start_node, golden: Path) -> AsyncIterator[RunningGateway]:
    """A gateway whose only reachable node is that of ara; the other sixteen have no address."""
    answer = (golden / "g1_answer.xml").read_bytes()
    async with start_node(answering(answer)) as url:
        directory = tmp_path / "directory.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        async with running(pki_home, GatewaySettings(port=0, directory=directory, drain_s=0.5)) as gateway_:
            yield gateway_


@pytest.fixture
def certificate(pki_home: Home, tmp_path: Path) -> Callable[..., LeafFiles]:
    """Issue a client certificate under the demonstration's ORGANISATIONS authority, or another."""

    def make(
        subject: str = "CN=INCONNU,OU=1690000000,O=DEMO INCONNU,ST=Rhône (69),C=FR",
        authority: SigningAuthority | None = None,
        **changes: object,
    ) -> LeafFiles:
        request = IssueRequest(
            **{
                "subject": DistinguishedName.parse(subject),
                "profile": ORG_AUTH_CLI,
                "not_before": datetime.now(UTC) - timedelta(days=1),
                **changes,
            }
        )
        return written(tmp_path, issue(authority or load_authority(pki_home, "organisations"), request))

    return make


def written(folder: Path, issued: Issued) -> LeafFiles:
    """Put an issued certificate into files that a TLS context can load."""
    place = folder / f"leaf-{issued.certificate.serial_number}"
    place.mkdir()
    files = LeafFiles(certificate=place / "cert.pem", key=place / "key.pem", chain=place / "chain.pem")
    files.chain.write_bytes(issued.chain_pem)
    files.certificate.write_bytes(issued.certificate_pem)
    files.key.write_bytes(issued.key_pem)
    return files


def subject_of(home: Home, leaf: str) -> str:
    """The subject DN of a leaf of the demonstration."""
    pem = home.leaf(leaf).certificate.read_text("ascii")
    return str(identity_from_der(ssl.PEM_cert_to_DER_cert(pem)).subject)


Send = Callable[..., Awaitable[Reply]]


@pytest.fixture
def send(gateway: RunningGateway, pki_home: Home) -> Send:
    """POST bytes to the gateway as the holder of ``leaf`` (files, a name of the demonstration, or nobody)."""

    async def sent(
        body: bytes,
        leaf: LeafFiles | str | None = "partner-samu-rhone",
        *,
        path: str = ns.PATH_G1,
        method: str = "POST",
        version: SoapVersion = SoapVersion.V12,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        files = pki_home.leaf(leaf) if isinstance(leaf, str) else leaf
        context = client_context(files.chain if files else None, files.key if files else None, pki_home.trust)
        told = {"Content-Type": version.request_content_type(ns.ACTION_SEARCH)} | (headers or {})
        async with (
            one_connection(context) as session,
            session.request(method, gateway.url + path, data=body, headers=told) as response,
        ):
            envelope = etree.fromstring(await response.read())
            content = envelope.find("{*}Body")[0]
            return Reply(response.status, dict(response.headers), read_fault(content), envelope)

    return sent


@asynccontextmanager
async def one_connection(context: ssl.SSLContext) -> AsyncIterator[aiohttp.ClientSession]:
    """A session of its own, so that no test resumes another's connection."""
    connector = aiohttp.TCPConnector(ssl=context, force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session
