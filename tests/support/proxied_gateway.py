"""A gateway that believes one pinned TLS terminator, in a state folder that a test may change."""

import json
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from lxml import etree
from multidict import CIMultiDict

from certs.demonstration_pki import load_authority
from certs.demonstration_revocation import publisher_of
from certs.home import Home, LeafFiles
from certs.identity import Identity, identity_from_pem
from certs.issuing import IssueRequest, issue
from certs.names import DistinguishedName
from certs.profiles import ORG_AUTH_CLI
from certs.reading import read_pem, to_der
from certs.revocation.publishing import revoke
from certs.revocation.revoked import RevocationReason
from certs.tls import client_context
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.soap.fault import read_fault
from ror.soap.version import SoapVersion
from tests.support.scripted_node import answering
from tests.support.served_gateway import written

POLL_S = 0.05
PROXY_SUBJECT = "CN=DEMO_MANDATAIRE,OU=300000301400016,O=DEMO MANDATAIRE,ST=Paris (75),C=FR"


@dataclass(frozen=True)
class Proxied:
    """The gateway, its state folder, and the proxy's certificate."""

    gateway: RunningGateway
    home: Home
    proxy: LeafFiles

    def identity(self, leaf: str) -> Identity:
        """Who holds a leaf of the demonstration."""
        return identity_from_pem(self.home.leaf(leaf).certificate.read_bytes())

    def revoke(self, files: LeafFiles) -> None:
        """Publish a list that names the certificate."""
        serial = identity_from_pem(files.certificate.read_bytes()).serial
        revoke(publisher_of(self.home, "organisations"), serial, RevocationReason.SUPERSEDED, at=datetime.now(UTC))


def client_cert(files: LeafFiles) -> str:
    """The field that tells that certificate."""
    return f":{b64encode(to_der(read_pem(files.certificate.read_bytes())[0])).decode()}:"


@dataclass(frozen=True)
class Told:
    """One answer: its status, and the slug of its fault if it is one."""

    status: int
    slug: str | None


class Line:
    """One kept-alive connection of whoever holds ``files``; nobody where there are none."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def ask(self, question: bytes, fields: Iterable[tuple[str, str]] = ()) -> Told:
        """Ask with these header fields, each as often as it is given."""
        headers = CIMultiDict([("Content-Type", SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)), *fields])
        async with self._session.post(self._url + ns.PATH_G1, data=question, headers=headers) as response:
            fault = read_fault(etree.fromstring(await response.read()).find("{*}Body")[0])
        return Told(response.status, fault.slug if fault else None)


@asynccontextmanager
async def line(proxied: Proxied, files: LeafFiles | None) -> AsyncIterator[Line]:
    """A connection that is kept from question to question."""
    context = client_context(files.chain if files else None, files.key if files else None, proxied.home.trust)
    connector = aiohttp.TCPConnector(ssl=context, limit=1)
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield Line(session, proxied.gateway.url)


def proxy_leaf(home: Home, folder: Path) -> LeafFiles:
    """A certificate for a terminator, on no list."""
    request = IssueRequest(
        subject=DistinguishedName.parse(PROXY_SUBJECT),
        profile=ORG_AUTH_CLI,
        not_before=datetime.now(UTC) - timedelta(days=1),
    )
    return written(folder, issue(load_authority(home, "organisations"), request))


def pin(path: Path, *files: LeafFiles) -> Path:
    """Write the file of proxies."""
    keys = [identity_from_pem(each.certificate.read_bytes()).spki for each in files]
    proxies = [{"name": f"proxy-{number}", "key": key} for number, key in enumerate(keys)]
    path.write_text(json.dumps({"format": 1, "proxies": proxies}))
    return path


@pytest.fixture
async def proxied(pki_home: Home, tmp_path: Path, start_node, golden: Path) -> AsyncIterator[Proxied]:
    """A gateway with one pinned proxy, and one pinned partner, who thereby is none any more."""
    shutil.copytree(pki_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    proxy = proxy_leaf(home, tmp_path)
    async with start_node(answering((golden / "g1_answer.xml").read_bytes())) as url:
        directory = tmp_path / "directory.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        settings = GatewaySettings(
            port=0,
            directory=directory,
            drain_s=0.2,
            whitelist_poll_s=POLL_S,
            revocation_poll_s=POLL_S,
            certificates_poll_s=POLL_S,
            proxies=pin(tmp_path / "proxies.json", proxy, home.leaf("partner-portail-public")),
        )
        async with running(home, settings) as gateway:
            yield Proxied(gateway, home, proxy)
