"""A node that is asked: whatever it does, it costs no more than the time and the bytes that it is given."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from yarl import URL

from certs.home import Home
from certs.material import read_material
from certs.tls import client_context
from gateway.federation.region_directory import Endpoint
from gateway.propagation.asking import NodeAsker, Silence
from ror import namespaces as ns
from tests.support.scripted_node import Behaviour, StartNode
from whitelist.acknowledgement.signing import MAX_BYTES

NAME = "ror-ara.demo.inter-ror.fr"


@pytest.fixture
async def asker(pki_home: Home) -> AsyncIterator[NodeAsker]:
    leaf = pki_home.leaf("gateway-client")
    made = NodeAsker(client_context(leaf.chain, leaf.key, pki_home.trust), within_s=0.5)
    yield made
    await made.close()


def saying(answer: bytes, heads: list[bytes] | None = None) -> Behaviour:
    """Answer each request of a connection with these bytes."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if heads is not None:
                heads.append(head)
            writer.write(answer)
            await writer.drain()

    return behave


def http(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


async def test_the_question_is_a_get_with_the_nonce(asker: NodeAsker, start_node: StartNode) -> None:
    heads: list[bytes] = []
    async with start_node(saying(http(b"word"), heads)) as url:
        assert await asker.ask(Endpoint(url, NAME), "n" * 32) == b"word"
        assert await asker.ask(Endpoint(url, NAME), "m" * 32) == b"word"
    assert heads[0].startswith(f"GET {ns.PATH_LIST}?defi={'n' * 32} HTTP/1.1\r\n".encode())
    assert heads[1].startswith(f"GET {ns.PATH_LIST}?defi={'m' * 32} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    "status", ["404 Not Found", "403 Forbidden", "500 Error", "307 Temporary Redirect", "204 No"]
)
async def test_another_status_is_no_answer(asker: NodeAsker, start_node: StartNode, status: str) -> None:
    answer = http(b"", status, "Location: https://elsewhere.invalid/\r\n")
    async with start_node(saying(answer)) as url:
        assert await asker.ask(Endpoint(url, NAME), "n" * 32) is Silence.REFUSED


async def test_an_endless_answer_is_cut_at_its_bound(asker: NodeAsker, start_node: StartNode) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n" + b"x" * 1_000_000
    async with start_node(saying(answer)) as url:
        got = await asker.ask(Endpoint(url, NAME), "n" * 32)
    assert isinstance(got, bytes)
    assert len(got) == MAX_BYTES + 1


async def test_a_compressed_answer_is_not_inflated(asker: NodeAsker, start_node: StartNode) -> None:
    async with start_node(saying(http(b"\x1f\x8bnonsense", headers="Content-Encoding: gzip\r\n"))) as url:
        assert await asker.ask(Endpoint(url, NAME), "n" * 32) == b"\x1f\x8bnonsense"


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_a_node_that_stalls_is_late(asker: NodeAsker, start_node: StartNode, sent: bytes) -> None:
    async with start_node(saying(sent)) as url:
        began = time.monotonic()
        assert await asker.ask(Endpoint(url, NAME), "n" * 32) is Silence.LATE
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "answer", [b"\x00garbage\r\n\r\n", b"HTTP/9.9 2 no\r\n\r\n", b"HTTP/1.1 200 OK\r\nBad\r\n\r\n"]
)
async def test_what_is_no_http_is_no_answer(asker: NodeAsker, start_node: StartNode, answer: bytes) -> None:
    async with start_node(saying(answer)) as url:
        assert await asker.ask(Endpoint(url, NAME), "n" * 32) is Silence.UNREACHABLE


async def test_another_nodes_certificate_ends_the_connection(asker: NodeAsker, start_node: StartNode) -> None:
    async with start_node(saying(http(b"word")), leaf="node-idf") as url:
        assert await asker.ask(Endpoint(url, NAME), "n" * 32) is Silence.TLS


async def test_nobody_there_is_no_answer(asker: NodeAsker) -> None:
    address = URL("https://127.0.0.1:9/ROR")
    assert await asker.ask(Endpoint(address, NAME), "n" * 32) is Silence.UNREACHABLE


async def test_a_renewed_certificate_is_shown_at_once(pki_home: Home, start_node: StartNode) -> None:
    """A node judges the certificate of the handshake; over an old connection it would go by the old one for ever."""
    connections: list[int] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        await saying(http(b"word"))(reader, writer)

    leaf = pki_home.leaf("gateway-client")
    context = client_context(leaf.chain, leaf.key, pki_home.trust)
    asker = NodeAsker(context, within_s=2.0)
    async with start_node(behave) as url:
        for renewed in (False, False, True, False):
            if renewed:
                context.prepared(read_material(leaf.chain, leaf.key, pki_home.trust))()
            assert await asker.ask(Endpoint(url, NAME), "n" * 32) == b"word"
    await asker.close()
    assert len(connections) == 2
