"""A partner who is struck off the list: its open connections, its sessions, its old answers in the air."""

import asyncio
import json
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from certs.home import Home
from certs.tls import client_context
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.soap.version import SoapVersion
from tests.support.scripted_node import StartNode, answering
from whitelist import office
from whitelist.draft import Draft
from whitelist.files import WhitelistFiles, read_trust

PARTNER = "samu-rhone"


@pytest.fixture
def own_home(pki_home: Home, tmp_path: Path) -> Home:
    """A state folder that the test may change."""
    shutil.copytree(pki_home.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
async def gateway(own_home: Home, start_node: StartNode, golden: Path) -> AsyncIterator[RunningGateway]:
    """A gateway that looks at its list often."""
    async with start_node(answering((golden / "g1_answer.xml").read_bytes())) as url:
        directory = own_home.root / "one-node.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        settings = GatewaySettings(port=0, directory=directory, drain_s=0.2, whitelist_poll_s=0.02)
        async with running(own_home, settings) as gateway_:
            yield gateway_


def publish(home: Home, change: Callable[[Draft], Draft]) -> None:
    """Sign a changed list, as an officer does."""
    files, now = WhitelistFiles(home), datetime.now(UTC).replace(microsecond=0)
    office.change_draft(files, now, change)
    office.sign_draft(files, office.keys_here(files, read_trust(files)), now)


def partners_context(home: Home) -> ssl.SSLContext:
    leaf = home.leaf(f"partner-{PARTNER}")
    return client_context(leaf.chain, leaf.key, home.trust)


class Line:
    """One kept-alive connection, used again and again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, question: bytes) -> tuple[int, bytes]:
        """Status and body of one answer."""
        content_type = SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)
        head = f"POST {ns.PATH_G1} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
        self._writer.write(f"{head}Content-Length: {len(question)}\r\n\r\n".encode() + question)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        return int(answer[9:12]), await self._reader.readexactly(length)


@asynccontextmanager
async def line_to(gateway: RunningGateway, context: ssl.SSLContext) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", gateway.port, ssl=context, server_hostname="localhost"
    )
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()


async def refused(gateway: RunningGateway, home: Home, question: bytes) -> bytes:
    """The first refusal on a connection of its own, once the list has been taken up."""
    while True:
        try:
            async with line_to(gateway, partners_context(home)) as line:
                status, said = await line.ask(question)
        except (asyncio.IncompleteReadError, ConnectionError):
            continue  # The news came while this answer was sent.
        if status != 200:
            return said
        await asyncio.sleep(0.01)


async def test_a_kept_connection_brings_no_answer_once_its_partner_is_revoked(
    gateway: RunningGateway, own_home: Home, question: bytes
) -> None:
    async with asyncio.timeout(10), line_to(gateway, partners_context(own_home)) as line:
        assert [(await line.ask(question))[0] for _ in range(2)] == [200, 200]

        publish(own_home, lambda draft: draft.with_revoked(PARTNER, "key lost"))
        assert b"partner.revoked" in await refused(gateway, own_home, question)

        try:
            status, _ = await line.ask(question)
        except (asyncio.IncompleteReadError, ConnectionError):
            status = 0  # Cut as soon as the news was there, which is as good.
        assert status in {0, 403}


async def test_the_control_a_list_renewed_with_the_partner_changes_nothing_for_it(
    gateway: RunningGateway, own_home: Home, question: bytes
) -> None:
    async with asyncio.timeout(10), line_to(gateway, partners_context(own_home)) as line:
        with capture_logs() as logged:
            publish(own_home, lambda draft: draft.with_revoked("portail-public", "closed"))
            while not any(entry["event"] == "whitelist.taken_up" for entry in logged):
                await asyncio.sleep(0.01)

        assert (await line.ask(question))[0] == 200


async def test_a_refusal_of_a_listed_partner_is_logged_under_its_name_and_its_list(
    gateway: RunningGateway, own_home: Home, question: bytes
) -> None:
    publish(own_home, lambda draft: draft.with_revoked(PARTNER, "key lost"))
    with capture_logs() as logged:
        async with asyncio.timeout(10):
            await refused(gateway, own_home, question)

    decisions = [entry for entry in logged if entry["event"] == "decision.taken" and entry["outcome"] == "refused"]
    told = [(entry["partner"], entry["reason"], entry["list_version"]) for entry in decisions]
    assert told == [(PARTNER, "partner.revoked", 2)]
