"""A node that does what it is told: real TLS on loopback, scripted bytes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from yarl import URL

from certs.home import Home
from certs.tls import client_context, server_context
from gateway.federation.region_client import RegionClient
from gateway.federation.region_directory import Endpoint
from ror import namespaces as ns

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
StartNode = Callable[..., AbstractAsyncContextManager[URL]]


async def request_read(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request off the wire."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    if not lengths:
        raise ConnectionAbortedError("a greeting and no question")
    return await reader.readexactly(lengths[0])


def answering(
    body: bytes, *, status: str = "200 OK", content_type: str = "application/soap+xml", headers: str = ""
) -> Behaviour:
    """Answer every request of a connection with ``body``."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_read(reader)
            writer.write(head.encode() + body)
            await writer.drain()

    return behave


@asynccontextmanager
async def started_node(
    home: Home, behave: Behaviour, ror: str = "ara", leaf: str | None = None
) -> AsyncIterator[URL]:
    """A node of ``ror`` with a behaviour, under a certificate of ``home``; gives its address."""
    files = home.leaf(leaf or f"node-{ror}")
    open_connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_connections.add(task)
        try:
            await behave(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            open_connections.discard(task)
            writer.transport.abort()

    context = server_context(files.chain, files.key, home.trust)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield URL(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}{ns.PATH_G1}")
    finally:
        server.close()
        for task in open_connections:
            task.cancel()
        await asyncio.gather(*open_connections, return_exceptions=True)


@pytest.fixture
def start_node(pki_home: Home) -> StartNode:
    """Start a node of ``ror`` with a behaviour; gives its address."""

    def start(
        behave: Behaviour, ror: str = "ara", leaf: str | None = None, trust_of: Home | None = None
    ) -> AbstractAsyncContextManager[URL]:
        return started_node(trust_of or pki_home, behave, ror, leaf)

    return start


@pytest.fixture
def client_for(pki_home: Home) -> Callable[[dict[str, URL]], AbstractAsyncContextManager[RegionClient]]:
    """The gateway's region client for some nodes' addresses."""

    @asynccontextmanager
    async def client(urls: dict[str, URL]) -> AsyncIterator[RegionClient]:
        leaf = pki_home.leaf("gateway-client")
        directory = {ror: Endpoint(url, f"ror-{ror}.demo.inter-ror.fr") for ror, url in urls.items()}
        region_client = RegionClient(directory, client_context(leaf.chain, leaf.key, pki_home.trust))
        try:
            yield region_client
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await region_client.close()
                await asyncio.sleep(0)

    return client
