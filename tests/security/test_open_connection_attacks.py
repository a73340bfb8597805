"""A connection that was let in, while its holder's right ends: between requests, within one, within an answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from certs.demonstration_revocation import publisher_of
from certs.home import Home
from certs.revocation.publishing import revoke
from certs.revocation.revoked import RevocationReason
from ror.audit.events import Kind
from tests.support.attacked import (
    PARTNER,
    Attacked,
    attacked,
    copied,
    plain_question,
    publish,
    reckless,
    request,
)
from tests.support.scripted_node import request_read

End = Callable[[Attacked], str]


def revoked(target: Attacked) -> str:
    publisher = publisher_of(target.home, "organisations")
    revoke(publisher, target.victim.serial, RevocationReason.KEY_COMPROMISE, at=datetime.now(UTC))
    return "certificate.revoked"


def struck_off(target: Attacked) -> str:
    publish(target.home, lambda draft: draft.with_revoked(PARTNER, "fin"))
    return "partner.revoked"


def renewed(target: Attacked) -> str:
    """The control: the list changes, and not for this partner."""
    publish(target.home, lambda draft: draft.with_revoked("portail-public", "fin"))
    return "partner.revoked"


ends = pytest.mark.parametrize("end", [revoked, struck_off])


@dataclass
class Gate:
    """Holds something up until a test lets it go on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def pass_through(self) -> None:
        if self.closed:
            self.reached.set()
            await self.opened.wait()


@pytest.fixture
def gate() -> Gate:
    """In the node, before it answers."""
    return Gate()


@pytest.fixture
async def target(pki_home: Home, golden: Path, tmp_path: Path, gate: Gate) -> AsyncIterator[Attacked]:
    answer = (golden / "g1_answer.xml").read_bytes()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(answer)}\r\n\r\n"

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_read(reader)
            await gate.pass_through()
            writer.write(head.encode() + answer)
            await writer.drain()

    async with attacked(copied(pki_home, tmp_path / "home"), behave, plain_question(golden)) as running:
        yield running


class Line:
    """The partner's connection, kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: bytes) -> None:
        self.reader = reader
        self._writer = writer
        self._question = question

    async def ask(self) -> bool:
        """Whether a whole answer comes; neither a fault nor an end is one."""
        self._writer.write(request(self._question, close=False))
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            body = await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        return head.startswith(b"HTTP/1.1 200") and body.rstrip().endswith(b"Envelope>")


@asynccontextmanager
async def line_to(target: Attacked) -> AsyncIterator[Line]:
    context = reckless(target.home.trust, target.home.leaf(f"partner-{PARTNER}"))
    port = target.gateway.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    try:
        yield Line(reader, writer, target.question)
    finally:
        writer.transport.abort()


async def known(target: Attacked, slug: str, leaf: str = f"partner-{PARTNER}") -> None:
    """Wait until a new connection of the holder is refused, and the log says so."""
    async with asyncio.timeout(10):
        while True:
            outcome = await target.attempt(target.home.leaf(leaf))
            if outcome.slug == slug:
                break
    [decision] = outcome.events(Kind.DECISION)
    assert (decision["granted"], decision["reason"]) == (False, slug)


@ends
async def test_an_idle_connection_brings_nothing_once_its_right_has_ended(target: Attacked, end: End) -> None:
    async with line_to(target) as line:
        assert await line.ask()
        await known(target, end(target))

        async with asyncio.timeout(5):
            assert await line.reader.read() == b""
        assert not await line.ask()


@ends
async def test_a_question_that_is_being_worked_on_brings_nothing_once_its_right_has_ended(
    target: Attacked, gate: Gate, end: End
) -> None:
    gate.closed = True
    async with asyncio.timeout(15), line_to(target) as line:
        asked = asyncio.create_task(line.ask())
        await gate.reached.wait()
        gate.closed = False
        slug = end(target)
        await known(target, slug)
        before = len(target.records())
        gate.opened.set()

        assert not await asked
    [decision] = await target.recorded(Kind.DECISION, before)
    assert (decision["granted"], decision["reason"]) == (False, slug)


@ends
async def test_an_answer_that_is_being_sent_ends_once_its_right_has_ended(
    target: Attacked, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    async with asyncio.timeout(15), line_to(target) as line:
        sending = held_answers(monkeypatch)
        asked = asyncio.create_task(line.ask())
        await sending.reached.wait()
        sending.closed = False
        await known(target, end(target))
        sending.opened.set()

        assert not await asked


async def test_the_control_a_list_that_changes_for_another_lets_all_of_them_go_on(
    target: Attacked, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(15), line_to(target) as idle, line_to(target) as working, line_to(target) as reading:
        assert await idle.ask()
        gate.closed = True
        asked = [asyncio.create_task(working.ask())]
        await gate.reached.wait()
        gate.closed = False
        sending = held_answers(monkeypatch)
        asked.append(asyncio.create_task(reading.ask()))
        await sending.reached.wait()
        sending.closed = False
        await known(target, renewed(target), "partner-portail-public")
        gate.opened.set()
        sending.opened.set()

        assert await asyncio.gather(*asked, idle.ask()) == [True, True, True]


def held_answers(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Holds up answers of many blocks behind their first one."""
    gate, write = Gate(closed=True), web.StreamResponse.write

    async def held(response: web.StreamResponse, data: bytes) -> None:
        await write(response, data)
        if response.status == 200:
            await gate.pass_through()

    monkeypatch.setattr("gateway.merge.writing._BLOCK", 256)
    monkeypatch.setattr(web.StreamResponse, "write", held)
    return gate
