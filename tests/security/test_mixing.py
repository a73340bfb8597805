"""Many questions of several partners at once: every answer holds what its own question brought, and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from certs.home import Home
from ror import namespaces as ns
from tests.support.attacked import Attacked, attacked, copied, plain_question, reckless, request
from tests.support.scripted_node import request_read

PARTNERS = ("samu-rhone", "orientation-idf", "ror-bre", "banc-essai")
EACH = 6
MARKER = re.compile(rb"MARQUE ([a-z-]+)/(\d+)")
NAME = "Réanimation des brûlés".encode()


@dataclass
class EchoingNode:
    """Answers with a unit named after who asks and for how many, the later questions of a few first.

    ``mistaken`` makes it answer each question as the one before it.
    """

    answer: bytes
    mistaken: bool = False
    waiting: list[asyncio.Event] = field(default_factory=list)
    before: bytes = b"nobody/0"

    async def behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            marker = marker_of(await request_read(reader))
            await self._turn()
            said, self.before = (self.before, marker) if self.mistaken else (marker, marker)
            body = self.answer.replace(NAME, b"MARQUE " + said)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()

    async def _turn(self) -> None:
        """Let up to four questions wait for each other, and the last go first."""
        mine = asyncio.Event()
        self.waiting.append(mine)
        if len(self.waiting) >= 4:
            self._let_go()
        try:
            async with asyncio.timeout(0.05):
                await mine.wait()
        except TimeoutError:
            self._let_go()

    def _let_go(self) -> None:
        for event in reversed(self.waiting):
            event.set()
        self.waiting.clear()


def marker_of(question: bytes) -> bytes:
    """Who asks, as the gateway says it, and the limit: no two questions of a test have both the same."""
    [partner] = re.findall(rb"NameID[^>]*>([a-z-]+)<", question)
    [limit] = re.findall(rb'limite="(\d+)"', question)
    return partner + b"/" + limit


@pytest.fixture
def node(golden: Path) -> EchoingNode:
    return EchoingNode((golden / "g1_answer.xml").read_bytes())


@pytest.fixture
async def target(pki_home: Home, golden: Path, tmp_path: Path, node: EchoingNode) -> AsyncIterator[Attacked]:
    question = plain_question(golden).replace(b'<p:litsDisponibles minimum="1"/>', b"")
    home = copied(pki_home, tmp_path / "home")
    async with attacked(home, node.behave, question, searches=64, patience_s=20) as running:
        yield running


async def markers_by_question(target: Attacked, *, kept_alive: bool) -> dict[str, set[str]]:
    """The markers in the answer to every question, by the marker that should be the only one."""
    lines = [(partner, range(number, EACH, 3)) for partner in PARTNERS for number in range(3)]
    told = await asyncio.gather(*(line(target, partner, numbers, kept_alive) for partner, numbers in lines))
    return {own: found for answers in told for own, found in answers.items()}


async def line(target: Attacked, partner: str, numbers: range, kept_alive: bool) -> dict[str, set[str]]:
    """Ask over one connection, one question behind the other; or all of them at once, before any answer."""
    context = reckless(target.home.trust, target.home.leaf(f"partner-{partner}"))
    port = target.gateway.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    limits = [100 + number for number in numbers]
    questions = [
        request(target.question.replace(b'limite="50"', b'limite="%d"' % limit), close=False) for limit in limits
    ]
    try:
        found = {}
        if not kept_alive:
            writer.write(b"".join(questions))
        for limit, question in zip(limits, questions, strict=True):
            if kept_alive:
                writer.write(question)
            answer = await body_of(reader)
            found[f"{partner}/{limit}"] = {b"/".join(told).decode() for told in MARKER.findall(answer)}
        return found
    finally:
        writer.transport.abort()


async def body_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    [length] = re.findall(rb"(?i)content-length: *(\d+)", head)
    return await reader.readexactly(int(length))


@pytest.mark.parametrize("kept_alive", [True, False], ids=["one by one", "pipelined"])
async def test_no_answer_holds_what_another_question_brought(target: Attacked, kept_alive: bool) -> None:
    async with asyncio.timeout(30):
        found = await markers_by_question(target, kept_alive=kept_alive)

    assert len(found) == len(PARTNERS) * EACH
    assert found == {own: {own} for own in found}


async def test_the_control_answers_that_were_mixed_up_would_show(target: Attacked, node: EchoingNode) -> None:
    node.mistaken = True
    async with asyncio.timeout(30):
        found = await markers_by_question(target, kept_alive=True)

    assert any(markers != {own} for own, markers in found.items())


async def test_a_question_may_not_carry_a_second_one_for_another_partner(target: Attacked) -> None:
    """One connection, one certificate: what is pipelined behind a question is asked by the same partner."""
    own = reckless(target.home.trust, target.home.leaf("partner-samu-rhone"))
    port = target.gateway.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=own, server_hostname="localhost")
    forwarded = request(target.question.replace(b'limite="50"', b'limite="77"'), close=False).replace(
        b"Host: x", b"Host: x\r\nX-SSL-Client-S-DN: CN=ORIENTATION\r\nX-Forwarded-User: orientation-idf", 1
    )
    try:
        writer.write(request(target.question, close=False) + forwarded)
        answers = [await body_of(reader), await body_of(reader)]
    finally:
        writer.transport.abort()

    assert [MARKER.findall(answer) for answer in answers] == [[(b"samu-rhone", b"50")], [(b"samu-rhone", b"77")]]
    assert all(ns.PASSERELLE.encode() in answer for answer in answers)
