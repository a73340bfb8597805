"""The real HAProxy with the very file that ``compose/`` has, in front of a gateway that pins it."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from certs.demonstration_pki import load_authority
from certs.home import LeafFiles
from certs.issuing import AuthorityRequest, IssueRequest, issue, issue_intermediate, issue_root
from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, ORG_AUTH_CLI, Domain
from certs.tls import client_context
from ror import namespaces as ns
from ror.soap.fault import read_fault
from ror.soap.version import SoapVersion
from tests.support.documents import ROOT
from tests.support.proxied_gateway import Proxied, client_cert
from tests.support.served_gateway import written

SAMU, IDF = "partner-samu-rhone", "partner-orientation-idf"
Ask = Callable[..., Awaitable[str | None]]


@pytest.fixture(scope="session")
def haproxy() -> str:
    """The program."""
    found = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("haproxy is not installed: NO REAL TLS TERMINATOR WAS TRIED (apt-get install haproxy)")
    return found


def configuration(proxied: Proxied, folder: Path, port: int) -> str:
    """The file of ``compose/`` with this test's places in it; whatever it replaces must be there."""
    text = (ROOT / "compose" / "haproxy-terminating.cfg").read_text("utf-8")
    server = proxied.home.leaf("gateway-server")
    for name, files in (("passerelle.pem", server), ("proxy.pem", proxied.proxy)):
        (folder / name).write_bytes(files.chain.read_bytes() + files.key.read_bytes())
    shutil.copy(proxied.home.trust, folder / "inter-ror-trust.pem")
    changes = {
        "    user haproxy\n": "",
        "    group haproxy\n": "",
        "bind :443 ": f"bind 127.0.0.1:{port} ",
        "/etc/haproxy/": f"{folder}/",
        "192.0.2.11:9443": f"127.0.0.1:{proxied.gateway.port}",
        "    server gateway-2 192.0.2.12:9443\n": "",
        "inter 5s": "inter 200ms",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
async def terminator(haproxy: str, proxied: Proxied, tmp_path: Path) -> AsyncIterator[str]:
    """A running HAProxy that has found its gateway ready; its URL."""
    folder = tmp_path / "haproxy"
    folder.mkdir()
    port = free_port()
    (folder / "haproxy.cfg").write_text(configuration(proxied, folder, port))
    checked = subprocess.run(
        [haproxy, "-c", "-f", folder / "haproxy.cfg"], capture_output=True, text=True, check=False, timeout=20
    )
    assert checked.returncode == 0, checked.stderr
    running = await asyncio.create_subprocess_exec(
        haproxy,
        "-db",
        "-f",
        folder / "haproxy.cfg",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"https://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(20):
            while not await is_ready(proxied, url):
                assert running.returncode is None
                await asyncio.sleep(0.05)
        yield url
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


async def is_ready(proxied: Proxied, url: str) -> bool:
    """Whether the gateway answers through it."""
    connector = aiohttp.TCPConnector(ssl=client_context(None, None, proxied.home.trust))
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            async with session.get(f"{url}/readyz") as response:
                return response.status == 200
        except (OSError, aiohttp.ClientError):
            return False


@pytest.fixture
def ask(proxied: Proxied, terminator: str, question: bytes) -> Ask:
    """Asks through HAProxy as the holder of ``files``; the slug of the fault, ``None`` for an answer."""

    async def asked(files: LeafFiles | None, **headers: str) -> str | None:
        told = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        context = client_context(files.chain if files else None, files.key if files else None, proxied.home.trust)
        connector = aiohttp.TCPConnector(ssl=context)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session,
            session.post(terminator + ns.PATH_G1, data=question, headers=told) as response,
        ):
            fault = read_fault(etree.fromstring(await response.read()).find("{*}Body")[0])
        return fault.slug if fault else None

    return asked


async def test_a_partner_is_known_behind_haproxy_and_nobody_can_be_somebody_else(proxied: Proxied, ask: Ask) -> None:
    samu, forged = proxied.home.leaf(SAMU), client_cert(proxied.home.leaf(SAMU))
    assert await ask(samu) is None
    assert await ask(None) == "certificate.missing"
    assert await ask(None, Client_Cert=forged) == "certificate.missing"
    assert await ask(None, Client_Cert_Chain=forged) == "certificate.missing"
    assert await ask(proxied.proxy, Client_Cert=forged) == "transaction.not-allowed"
    assert await ask(samu, Client_Cert=client_cert(proxied.home.leaf(IDF))) is None


async def test_the_gateway_judges_whom_haproxy_lets_in(proxied: Proxied, ask: Ask, tmp_path: Path) -> None:
    now = datetime.now(UTC)

    def leaf(**changes: object) -> LeafFiles:
        name = DistinguishedName.parse("CN=INCONNU,OU=1690000000,O=DEMO,ST=Rhône (69),C=FR")
        wanted = {"subject": name, "profile": ORG_AUTH_CLI, "not_before": now - timedelta(days=9)} | changes
        authority = load_authority(proxied.home, "organisations")
        return written(tmp_path, issue(authority, IssueRequest(**wanted)))

    assert await ask(leaf()) == "partner.not-listed"
    assert await ask(leaf(not_after=now - timedelta(days=1))) == "certificate.expired"
    assert await ask(leaf(not_before=now + timedelta(days=1))) == "certificate.not-yet-valid"
    proxied.revoke(proxied.home.leaf(SAMU))
    async with asyncio.timeout(5):
        while await ask(proxied.home.leaf(SAMU)) != "certificate.revoked":
            await asyncio.sleep(0.02)


async def test_a_stranger_does_not_get_past_haproxy(ask: Ask, tmp_path: Path) -> None:
    dates = {"not_before": datetime.now(UTC) - timedelta(days=1), "not_after": datetime.now(UTC) + timedelta(days=9)}
    root = issue_root(AuthorityRequest(subject=DEMONSTRATION.root, **dates))
    name = DEMONSTRATION.intermediates[Domain.ORGANISATIONS]
    double = issue_intermediate(root, AuthorityRequest(subject=name, path_length=0, **dates))
    subject = DistinguishedName.parse("CN=INCONNU,OU=1690000000,O=DEMO,C=FR")
    issued = issue(double, IssueRequest(subject=subject, profile=ORG_AUTH_CLI, **dates))
    with pytest.raises((OSError, ssl.SSLError, aiohttp.ClientError)):
        await ask(written(tmp_path, issued))
