"""Who would no longer be let through is swept out: idle, or in the middle of an answer that nobody reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from certs.connections import ConnectionBounds
from gateway.server.bounded import BoundedRunner
from gateway.server.exchange import Outgoing, send_answer
from gateway.server.sweeping import sweep
from ror.soap.version import SoapVersion

MUCH = [b"x" * 131_072] * 200
"""More than what the systems in between buffer."""


@dataclass
class Rule:
    """Who may stay, and a new object whenever that changes."""

    holds: bool = True
    news: object = field(default_factory=object)

    def revoke(self) -> None:
        self.holds, self.news = False, object()


@asynccontextmanager
async def serving(rule: Rule, answer: Outgoing) -> AsyncIterator[int]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await send_answer(request, SoapVersion.V12, answer, lambda: rule.holds)

    app = web.Application()
    app.router.add_get("/", handle)
    runner = BoundedRunner(app, ConnectionBounds(), drain_s=0.2)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)
    sweeping = asyncio.create_task(sweep(runner, lambda _: rule.holds, lambda: (rule.news,), 0.02))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        sweeping.cancel()
        server.close()
        await runner.cleanup()


async def asked(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def read_all(reader: asyncio.StreamReader) -> int:
    read = 0
    try:
        while block := await reader.read(1_000_000):
            read += len(block)
    except ConnectionResetError:
        return read
    return read


async def test_an_answer_that_waits_for_its_reader_is_cut_and_what_is_buffered_thrown_away() -> None:
    rule = Rule()
    async with asyncio.timeout(5), serving(rule, Outgoing(MUCH)) as port:
        reader, writer = await asked(port)
        await asyncio.sleep(0.2)  # nothing is read: what is written fills every buffer on the way

        rule.revoke()
        await asyncio.sleep(0.1)
        assert await read_all(reader) < sum(map(len, MUCH)) / 2
        writer.close()


async def test_the_control_news_about_somebody_else_cuts_nothing() -> None:
    rule = Rule()
    async with asyncio.timeout(10), serving(rule, Outgoing(MUCH)) as port:
        reader, writer = await asked(port)
        rule.news = object()
        await asyncio.sleep(0.1)

        await reader.readexactly(sum(map(len, MUCH)))
        writer.close()


async def test_an_answer_that_leaves_slowly_is_cut_before_its_next_part() -> None:
    rule = Rule()
    async with asyncio.timeout(5), serving(rule, Outgoing([b"x"] * 1000, pause_s=0.02)) as port:
        reader, writer = await asked(port)
        assert await reader.readexactly(1)

        rule.revoke()
        assert await read_all(reader) < 100
        writer.close()


async def test_a_slow_answer_arrives_whole_where_nothing_happens() -> None:
    async with asyncio.timeout(5), serving(Rule(), Outgoing([b"a", b"b", b"c"], pause_s=0.01)) as port:
        reader, writer = await asked(port)
        assert await reader.readexactly(3) == b"abc"
        writer.close()
