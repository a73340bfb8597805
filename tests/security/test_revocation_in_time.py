"""A revocation takes effect at once: on a new connection, an open one, an idle one, and an answer being sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from certs.demonstration_pki import ensure as ensure_certificates
from certs.demonstration_revocation import publisher_of
from certs.home import Home
from certs.identity import identity_from_pem
from certs.revocation.publishing import lift, revoke
from certs.revocation.revoked import RevocationReason
from certs.tls import client_context
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.soap.fault import read_fault
from ror.soap.version import SoapVersion
from tests.support.scripted_node import answering
from whitelist.demonstration import PKI_PARTNERS
from whitelist.demonstration import ensure as ensure_whitelist

PARTNER = "partner-samu-rhone"
POLL_S = 0.05


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A state folder of its own: here certificates are revoked."""
    home = Home(tmp_path / "home")
    ensure_certificates(home, at=datetime.now(UTC), partners=PKI_PARTNERS)
    ensure_whitelist(home, at=datetime.now(UTC))
    return home


@pytest.fixture
async def gateway(home: Home, tmp_path: Path, start_node, golden: Path) -> AsyncIterator[RunningGateway]:
    answer = (golden / "g1_answer.xml").read_bytes()
    async with start_node(answering(answer), trust_of=home) as url:
        directory = tmp_path / "directory.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        settings = GatewaySettings(
            port=0, directory=directory, drain_s=0.5, whitelist_poll_s=POLL_S, revocation_poll_s=POLL_S
        )
        async with running(home, settings) as running_gateway:
            yield running_gateway


def serial_of(home: Home, leaf: str) -> int:
    return identity_from_pem(home.leaf(leaf).certificate.read_bytes()).serial


def revoke_partner(home: Home) -> None:
    """Publish a list that names the partner's certificate."""
    publisher = publisher_of(home, "organisations")
    revoke(publisher, serial_of(home, PARTNER), RevocationReason.HOLD, at=datetime.now(UTC))


Ask = Callable[[], Awaitable[str | None]]


@asynccontextmanager
async def open_session(home: Home, gateway: RunningGateway, question: bytes) -> AsyncIterator[Ask]:
    """A partner with one kept-alive connection; each call gives the fault's slug, or ``None`` for an answer."""
    leaf = home.leaf(PARTNER)
    connector = aiohttp.TCPConnector(ssl=client_context(leaf.chain, leaf.key, home.trust), limit=1)
    headers = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)}
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask() -> str | None:
            async with session.post(gateway.url + ns.PATH_G1, data=question, headers=headers) as response:
                fault = read_fault(etree.fromstring(await response.read()).find("{*}Body")[0])
            return fault.slug if fault else None

        yield ask


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(POLL_S)


async def test_the_next_request_of_an_open_connection_is_refused(
    home: Home, gateway: RunningGateway, question: bytes
) -> None:
    async with open_session(home, gateway, question) as ask:
        assert await ask() is None

        revoke_partner(home)
        await until(lambda: _is(ask, "certificate.revoked"))


async def test_a_new_connection_is_refused_too_and_lifting_opens_the_door_again(
    home: Home, gateway: RunningGateway, question: bytes
) -> None:
    revoke_partner(home)
    await asyncio.sleep(4 * POLL_S)
    async with open_session(home, gateway, question) as ask:
        assert await ask() == "certificate.revoked"

        lift(publisher_of(home, "organisations"), serial_of(home, PARTNER), at=datetime.now(UTC))
        await until(lambda: _is(ask, None))


async def _is(ask: Ask, slug: str | None) -> bool:
    try:
        return await ask() == slug
    except aiohttp.ClientError:  # the connection was idle and has just been closed: the next one is new
        return False


async def test_an_idle_connection_is_closed(home: Home, gateway: RunningGateway, question: bytes) -> None:
    reader, writer = await asked_once(home, gateway, question)

    revoke_partner(home)

    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def asked_once(
    home: Home, gateway: RunningGateway, question: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw connection that has asked once and stays open."""
    leaf = home.leaf(PARTNER)
    context = client_context(leaf.chain, leaf.key, home.trust)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", gateway.port, ssl=context, server_hostname="localhost"
    )
    content_type = SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)
    head = f"POST {ns.PATH_G1} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
    writer.write(f"{head}Content-Length: {len(question)}\r\n\r\n".encode() + question)
    answer_head = await reader.readuntil(b"\r\n\r\n")
    assert answer_head.startswith(b"HTTP/1.1 200")
    length = int(answer_head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return reader, writer


async def test_an_answer_being_sent_is_cut(
    home: Home, gateway: RunningGateway, question: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.merge.writing._BLOCK", 1)
    answers = iter([True, True, False])
    monkeypatch.setattr("gateway.admission.admission.Admission.still_holds", lambda *_: next(answers))

    async with open_session(home, gateway, question) as ask:
        with pytest.raises(aiohttp.ClientError):
            await ask()
