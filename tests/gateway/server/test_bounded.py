"""The server waits for nobody: heads have a bound, begun or not (attacks: slowloris, silent connections)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from certs.connections import ConnectionBounds
from gateway.server.bounded import BoundedRunner


@asynccontextmanager
async def serving(bounds: ConnectionBounds) -> AsyncIterator[int]:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_route("*", "/", answer)
    runner = BoundedRunner(app, bounds, drain_s=1.0)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await runner.cleanup()


async def closed_after_s(reader: asyncio.StreamReader) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with asyncio.timeout(5):
        while await reader.read(1000):
            pass
    return loop.time() - start


QUICK = ConnectionBounds(head_s=0.2, idle_s=0.6)


async def test_a_silent_connection_is_closed() -> None:
    async with serving(QUICK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        assert await closed_after_s(reader) < 0.5
        writer.close()


async def test_a_head_that_drips_is_closed() -> None:
    async with serving(QUICK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def drip() -> None:
            for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"y" * 100:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.03)

        dripping = asyncio.create_task(drip())
        assert await closed_after_s(reader) < 0.6
        dripping.cancel()
        writer.close()


async def test_a_kept_alive_connection_may_be_idle_longer_than_a_head_may_take() -> None:
    async with serving(QUICK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"ok"
            await asyncio.sleep(0.35)

        assert await closed_after_s(reader) < 1.0
        writer.close()


async def test_a_second_head_that_drips_is_closed_too() -> None:
    async with serving(QUICK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"ok")
        writer.write(b"GET / HT")

        assert await closed_after_s(reader) < 0.5
        writer.close()


async def test_a_long_request_line_is_refused() -> None:
    async with serving(QUICK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")

        assert b"400" in await reader.readline()
        writer.close()
