"""Who is not let in gets no byte of a body read: not by a parser, not by whoever hands bodies to parsers.

The spies sit on expat, on lxml, on the reading of bodies and on the connection itself; the controls show that each of
them notices an admitted caller's body. What the network has already brought when the fault leaves, and a bounded rest
so that an honest peer gets to its end, is thrown away without being looked at.
"""

import asyncio
import contextlib
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pytest
import pytest_asyncio
from aiohttp.streams import StreamReader
from lxml import etree

from certs.connections import BoundedConnection
from certs.home import Home, LeafFiles
from ror import namespaces as ns
from ror.audit.events import Kind
from ror.audit.witnessing import WitnessRequest
from tests.support.both_servers import ACTION, Both, Said, Server, both_servers, head, read_to_end

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUSHED = 16 * 2**20
MOST_TAKEN = 1024 * 1024
"""Bytes of a body that a server may have taken off the wire of somebody whom it refuses: what had arrived before the
fault (two buffers of asyncio's), and ``certs.connections._UNWANTED_BYTES`` to the nearest buffer."""
XML = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'
BOMB = gzip.compress(b"<a>" + bytes(30_000_000), 9)

Send = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with both_servers(pki_home, golden, tmp_path_factory.mktemp("doors")) as servers:
        yield servers


class Spies:
    """How often anything looked at a body, and how many bytes each connection was given beyond its head."""

    def __init__(self) -> None:
        self.looks: Counter[str] = Counter()
        self.taken: dict[BoundedConnection, int] = {}

    def of_parser(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def spied(*arguments: Any, **named: Any) -> Any:
            self.looks[name] += 1
            return real(*arguments, **named)

        return spied

    @property
    def most_taken(self) -> int:
        return max(self.taken.values(), default=0)


@pytest.fixture
def spies(monkeypatch: pytest.MonkeyPatch) -> Spies:
    watching = Spies()
    for module, name in [
        (expat, "ParserCreate"),
        (etree, "fromstring"),
        (etree, "XML"),
        (etree, "parse"),
        (etree, "iterparse"),
        (WitnessRequest, "read"),
        (StreamReader, "iter_any"),
        (StreamReader, "iter_chunked"),
        (StreamReader, "iter_chunks"),
        (StreamReader, "read"),
        (StreamReader, "readexactly"),
    ]:
        monkeypatch.setattr(module, name, watching.of_parser(name, getattr(module, name)))
    received = BoundedConnection.data_received

    def counted(connection: BoundedConnection, data: bytes) -> None:
        told = data.partition(b"\r\n\r\n")[2] if connection not in watching.taken else data
        watching.taken[connection] = watching.taken.get(connection, 0) + len(told)
        received(connection, data)

    monkeypatch.setattr(BoundedConnection, "data_received", counted)
    return watching


async def all_at_once(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """Head and body in one write."""
    writer.write(head_.replace(b"LENGTH", b"Content-Length: %d" % len(XML)) + XML)


async def megabytes(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """A long body, as fast as the network takes it."""
    writer.write(head_.replace(b"LENGTH", b"Content-Length: %d" % PUSHED))
    for _ in range(PUSHED // 65_536):
        writer.write(b"<a>" + bytes(65_533))
        await writer.drain()


async def chunks_without_end(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """A body that never says how long it is."""
    writer.write(head_.replace(b"LENGTH", b"Transfer-Encoding: chunked"))
    for _ in range(PUSHED // 65_536):
        writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
        await writer.drain()


async def byte_by_byte(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """A body that drips."""
    writer.write(head_.replace(b"LENGTH", b"Content-Length: %d" % len(XML)))
    for at in range(len(XML)):
        writer.write(XML[at : at + 1])
        await writer.drain()
        await asyncio.sleep(0.02)


async def only_promised(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """A body of which nothing ever comes."""
    writer.write(head_.replace(b"LENGTH", b"Content-Length: 100"))


async def when_asked(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """A body that comes once the server asks for it."""
    writer.write(head_.replace(b"LENGTH", b"Expect: 100-continue\r\nContent-Length: %d" % len(XML)))


async def packed(writer: asyncio.StreamWriter, head_: bytes) -> None:
    """A body that is a thousand times as long once it is unpacked."""
    writer.write(head_.replace(b"LENGTH", b"Content-Encoding: gzip\r\nContent-Length: %d" % len(BOMB)) + BOMB)


WAYS: tuple[Send, ...] = (
    all_at_once,
    megabytes,
    chunks_without_end,
    byte_by_byte,
    only_promised,
    when_asked,
    packed,
)


async def sent(server: Server, leaf: LeafFiles | str | None, send: Send, path: str, method: str = "POST") -> Said:
    """What comes back while a body is sent that way."""
    head_ = head(method, path, **{"Host": "x", "Content-Type": ACTION, "Connection": "close"})
    async with server.connected(leaf) as (reader, writer):

        async def push() -> None:
            with contextlib.suppress(ConnectionError):
                await send(writer, head_.replace(b"\r\n\r\n", b"\r\nLENGTH\r\n\r\n"))

        pushing = asyncio.create_task(push())
        try:
            async with asyncio.timeout(8):
                return Said(await read_to_end(reader))
        finally:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)


def unadmitted(both: Both, server: Server) -> dict[str, tuple[LeafFiles | str | None, str]]:
    """Who is refused at the first door, with what it is told."""
    same: dict[str, tuple[LeafFiles | str | None, str]] = {
        "nobody": (None, "certificate.missing"),
        "revoked certificate": (both.revoked, "certificate.revoked"),
        "not listed": (both.stranger, "partner.not-listed"),
        "revoked entry": ("partner-orientation-idf", "partner.revoked"),
    }
    if server is both.gateway:
        return same | {
            "wrong transaction": ("gateway-client", "transaction.not-allowed"),
            "out of quota": ("partner-coordination-pdl", "quota.exceeded"),
        }
    return same | {"an application": ("partner-samu-rhone", "transaction.not-allowed")}


async def spend_the_quota(both: Both) -> None:
    """Ask the one question of this minute."""
    await both.gateway.ask(b"<a/>", "partner-coordination-pdl")


@pytest.mark.parametrize("name", ["gateway", "node"])
async def test_no_body_of_a_caller_who_is_not_admitted_is_read_however_it_comes(
    both: Both, request: pytest.FixtureRequest, name: str
) -> None:
    server = both.gateway if name == "gateway" else both.node
    await spend_the_quota(both)
    callers = unadmitted(both, server)
    cases = [(who, send) for who in callers for send in WAYS]
    before = len(both.behind.records())
    spies: Spies = request.getfixturevalue("spies")

    said = await asyncio.gather(*(sent(server, callers[who][0], send, ns.PATH_G1) for who, send in cases))

    looks, taken = +spies.looks, spies.most_taken
    for (who, send), one in zip(cases, said, strict=True):
        assert one.data.count(b"HTTP/1.1 ") == 1, (who, send.__name__, one.statuses)
        assert callers[who][1].encode() in one.data, (who, send.__name__)
    assert looks == Counter()
    assert 0 < taken <= MOST_TAKEN
    if server is both.gateway:
        decisions = [one.event for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert Counter(one["reason"] for one in decisions) == Counter(callers[who][1] for who, _ in cases)
        assert not any(one["granted"] for one in decisions)


PATHS = [
    ("gateway", "POST", "/nowhere"),
    ("gateway", "POST", f"{ns.PATH_G1}?wsdl"),
    ("gateway", "GET", f"{ns.PATH_G1}?wsdl"),
    ("gateway", "GET", ns.PATH_G1),
    ("gateway", "PUT", ns.PATH_G1),
    ("gateway", "POST", ns.PATH_G2),
    ("gateway", "GET", "/healthz"),
    ("gateway", "POST", "/healthz"),
    ("gateway", "GET", "/readyz"),
    ("gateway", "GET", "/passerelle/recu/00000000"),
    ("gateway", "POST", "/passerelle/recu/00000000"),
    ("gateway", "POST", ns.PATH_LIST),
    ("node", "POST", "/nowhere"),
    ("node", "POST", f"{ns.PATH_G1}?wsdl"),
    ("node", "GET", f"{ns.PATH_G1}?wsdl"),
    ("node", "PUT", ns.PATH_G1),
    ("node", "GET", "/healthz"),
    ("node", "POST", "/healthz"),
    ("node", "GET", ns.PATH_LIST),
    ("node", "POST", ns.PATH_LIST),
    ("node", "POST", "/passerelle/tete"),
    ("node", "PUT", "/passerelle/tete"),
]


async def test_no_body_of_nobody_is_read_on_any_path(both: Both, request: pytest.FixtureRequest) -> None:
    cases = [(*where, send) for where in PATHS for send in (all_at_once, megabytes, when_asked, packed)]
    spies: Spies = request.getfixturevalue("spies")

    said = await asyncio.gather(
        *(
            sent(both.gateway if server == "gateway" else both.node, None, send, path, method)
            for server, method, path, send in cases
        )
    )

    looks, taken = +spies.looks, spies.most_taken
    for case, one in zip(cases, said, strict=True):
        assert one.data.count(b"HTTP/1.1 ") == 1, (case, one.statuses)
    assert looks == Counter()
    assert 0 < taken <= MOST_TAKEN


@pytest.mark.parametrize("name", ["gateway", "node"])
@pytest.mark.parametrize("send", [all_at_once, byte_by_byte], ids=lambda send: send.__name__)
async def test_the_control_an_admitted_callers_body_is_read_and_the_spies_see_it(
    both: Both, spies: Spies, name: str, send: Send
) -> None:
    server = both.gateway if name == "gateway" else both.node

    said = await sent(server, server.admitted, send, ns.PATH_G1)

    assert said.slug == "request.doctype"
    assert spies.looks["iter_any"] == 1
    assert spies.most_taken == len(XML)


@pytest.mark.parametrize("name", ["gateway", "node"])
async def test_the_control_an_admitted_callers_question_goes_through_the_parsers_watched(
    both: Both, spies: Spies, name: str
) -> None:
    server = both.gateway if name == "gateway" else both.node

    said = await server.ask(server.asked())

    assert said.statuses == [200]
    assert spies.looks["ParserCreate"] >= 1
    assert spies.looks["fromstring"] >= 1


@pytest.mark.parametrize("name", ["gateway", "node"])
async def test_the_control_an_admitted_caller_who_waits_is_asked_for_its_body(both: Both, name: str) -> None:
    server = both.gateway if name == "gateway" else both.node
    waiting = head(
        "POST",
        ns.PATH_G1,
        **{"Host": "x", "Content-Type": ACTION, "Content-Length": str(len(XML)), "Expect": "100-Continue"},
        Connection="close",
    )
    async with server.connected(server.admitted) as (reader, writer):
        writer.write(waiting)
        async with asyncio.timeout(5):
            invited = await reader.readuntil(b"\r\n\r\n")
            writer.write(XML)
            answer = Said(await read_to_end(reader))

    assert invited == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (answer.statuses, answer.slug) == ([400], "request.doctype")


@pytest.mark.parametrize("name", ["gateway", "node"])
async def test_a_caller_who_says_that_its_body_is_too_long_is_not_asked_for_it(both: Both, name: str) -> None:
    server = both.gateway if name == "gateway" else both.node
    said = await server.say(
        head(
            "POST",
            ns.PATH_G1,
            **{"Host": "x", "Content-Type": ACTION, "Content-Length": "300000", "Expect": "100-continue"},
        )
    )

    assert (said.statuses, said.slug) == ([413], "request.too-large")


async def test_who_is_refused_reads_why_though_its_body_is_long(both: Both) -> None:
    """What is thrown away unread keeps an honest client, who reads only once all is sent, from losing the fault."""
    body = bytes(200_000)
    for server in both.servers:
        async with server.connected(None) as (reader, writer):
            writer.write(
                head("POST", ns.PATH_G1, **{"Host": "x", "Connection": "close", "Content-Length": str(len(body))})
            )
            for at in range(0, len(body), 20_000):
                writer.write(body[at : at + 20_000])
                await writer.drain()
            async with asyncio.timeout(5):
                assert Said(await read_to_end(reader)).slug == "certificate.missing"
