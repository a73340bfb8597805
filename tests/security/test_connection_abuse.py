"""Connections that are held, raced, stalled or dropped: what a caller can do to a server, and what it costs."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from certs.connections import BoundedConnection, ConnectionBounds
from certs.home import Home
from certs.tls import client_context
from gateway.server.bounded import BoundedRunner
from gateway.service import running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.soap.version import SoapVersion
from tests.support.scripted_node import StartNode, request_read

QUICK = ConnectionBounds(head_s=0.2, idle_s=5.0, stall_s=0.3)
LARGE = 8 * 2**20


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], bounds: ConnectionBounds = QUICK
) -> AsyncIterator[int]:
    """A plain server on our connections; gives its port."""
    app = web.Application()
    app.router.add_route("*", "/", answer)
    runner = BoundedRunner(app, bounds, drain_s=0.5)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await runner.cleanup()


@asynccontextmanager
async def small_socket(port: int) -> AsyncIterator[socket.socket]:
    """A connected socket with a small window, which reads nothing by itself."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
        yield client


async def slow_answer(request: web.Request) -> web.Response:
    """Reads its body, works longer than a head may take, answers."""
    body = await request.read()
    await asyncio.sleep(0.5)
    return web.Response(body=body)


async def large_answer(_request: web.Request) -> web.Response:
    return web.Response(body=b"x" * LARGE)


async def test_a_body_right_behind_its_head_does_not_start_the_clock_of_the_next_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    received = BoundedConnection.data_received
    async with serving(slow_answer) as port, small_socket(port) as client:

        def body_follows_at_once(connection: BoundedConnection, data: bytes) -> None:
            received(connection, data)
            if data.startswith(b"POST"):
                client.send(b"abc")

        monkeypatch.setattr(BoundedConnection, "data_received", body_follows_at_once)
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
        async with asyncio.timeout(5):
            said = await loop.sock_recv(client, 1000)

    assert said.startswith(b"HTTP/1.1 200 OK")


async def test_a_reader_who_takes_nothing_loses_the_connection_and_the_work_is_cancelled() -> None:
    given_up = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        finally:
            given_up.set()

    async with serving(endless) as port, small_socket(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(3):
            await given_up.wait()


async def test_a_reader_who_takes_nothing_of_a_finished_answer_loses_the_connection_too() -> None:
    async with serving(large_answer) as port, small_socket(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(1.0)

        async with asyncio.timeout(3):
            taken = await taken_until_the_end(client)

    assert 0 < taken < LARGE


async def test_the_control_a_reader_who_is_slow_and_steady_gets_all_of_it() -> None:
    async with serving(large_answer) as port, small_socket(port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(0.2)

        async with asyncio.timeout(10):
            taken = await taken_until_the_end(client)

    assert taken > LARGE


async def taken_until_the_end(client: socket.socket) -> int:
    """How many bytes come before the connection ends."""
    loop, taken = asyncio.get_running_loop(), 0
    try:
        while block := await loop.sock_recv(client, 2**20):
            taken += len(block)
    except ConnectionResetError:
        pass
    return taken


async def test_a_caller_who_goes_away_takes_its_search_along_and_leaves_its_decision(
    pki_home: Home, tmp_path: Path, start_node: StartNode, question: bytes
) -> None:
    asked, dropped = asyncio.Event(), asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        asked.set()
        await reader.read()
        dropped.set()

    leaf = pki_home.leaf("partner-samu-rhone")
    context = client_context(leaf.chain, leaf.key, pki_home.trust)
    content_type = SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)
    head = f"POST {ns.PATH_G1} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
    async with asyncio.timeout(10), start_node(never_answer) as url:
        directory = tmp_path / "directory.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        async with running(pki_home, GatewaySettings(port=0, directory=directory, drain_s=0.2)) as gateway:
            with capture_logs() as logged:
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", gateway.port, ssl=context, server_hostname="localhost"
                )
                writer.write(f"{head}Content-Length: {len(question)}\r\n\r\n".encode() + question)
                await asked.wait()
                writer.transport.abort()
                gone = monotonic()
                await dropped.wait()
                took_s = monotonic() - gone
                while not any(entry["event"] == "search.abandoned" for entry in logged):
                    await asyncio.sleep(0.01)

    assert took_s < 0.5
    decision = next(entry for entry in logged if entry["event"] == "decision.taken")
    assert (decision["outcome"], decision["partner"], decision["profile"]) == ("granted", "samu-rhone", "CU22")
