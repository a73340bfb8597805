"""The openssl program as client and server: what Python's TLS will not do, an attacker's will."""

import asyncio
import re
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from certs.home import LeafFiles

WITHIN_S = 20.0


async def s_client(
    port: int, trust: Path, *options: str, leaf: LeafFiles | None = None, until: str, say: str = ""
) -> str:
    """Connect, wait for the end of the handshake, say something, and read on until ``until`` or the end.

    Gives everything that the program has told.
    """
    shown = ("-cert", str(leaf.chain), "-cert_chain", str(leaf.chain), "-key", str(leaf.key)) if leaf else ()
    arguments = ("-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-CAfile", str(trust), *shown, *options)
    async with _running("s_client", *arguments) as process:
        told = await _read(process, r"Verify return code|error:|:error|errno", "")
        if say and process.stdin is not None:
            process.stdin.write(say.encode())
            await process.stdin.drain()
        return await _read(process, until, told)


async def borrow_session(port: int, trust: Path, leaf: LeafFiles, to: Path) -> None:
    """Get a session of TLS 1.3 from a server and keep it in a file."""
    shown = ("-cert", str(leaf.chain), "-cert_chain", str(leaf.chain), "-key", str(leaf.key))
    server = ("-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-CAfile", str(trust))
    async with _running("s_client", *server, *shown, "-tls1_3", "-sess_out", str(to)) as process:
        async with asyncio.timeout(WITHIN_S):
            while not (to.exists() and b"END SSL SESSION" in to.read_bytes()):
                await asyncio.sleep(0.02)
        # A session whose connection broke off is resumed by nobody.
        await process.communicate(b"Q\n")


@asynccontextmanager
async def s_server(leaf: LeafFiles, *options: str) -> AsyncIterator[int]:
    """A server that does whatever ``options`` say, harmful or not; gives its port."""
    async with _running(
        "s_server", "-accept", "0", "-cert", str(leaf.chain), "-key", str(leaf.key), *options
    ) as process:
        told = await _read(process, r"ACCEPT \S+:\d+", "")
        yield int(re.findall(r"ACCEPT \S+:(\d+)", told)[0])


@asynccontextmanager
async def _running(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec("openssl", *arguments, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _read(process: Process, until: str, told: str) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        while not re.search(until, told):
            block = await process.stdout.read(65_536)
            if not block:
                break
            told += block.decode("utf-8", "replace")
    return told
