"""``python -m tests.bench.nodes HOME``: seventeen static nodes over mutual TLS in one process.

Writes the directory of nodes, says ``ready``, and then obeys its standard input: a number of units a node, answered
with ``ready``. Ends with its input.
"""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from certs.demonstration_holders import server_name_of
from certs.home import Home
from certs.tls import server_context
from ror import namespaces as ns
from ror.territory import RORS
from tests.bench.canned import answer_of
from tests.bench.child import commands, say

_LARGEST_HEAD = 64 * 1024
_NOTHING_ELSE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
"""Greetings and questions about the list: static nodes follow none, and say so."""


class StaticNodes:
    """Every node's answer at the size asked for, head included; built once a size."""

    def __init__(self) -> None:
        self._messages: dict[str, bytes] = {}

    def show(self, units: int) -> None:
        """Answer with ``units`` results a node from now on."""
        for ror in RORS:
            body = answer_of(ror, units)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(body)}\r\n\r\n"
            self._messages[ror.id] = head.encode() + body

    async def serve(self, ror: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every request of a connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"POST " + ns.PATH_G1.encode()):
                    writer.write(_NOTHING_ELSE)
                    continue
                length = next(
                    int(line.partition(b":")[2])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                )
                await reader.readexactly(length)
                writer.write(self._messages[ror])
                await writer.drain()
        writer.close()


async def main(home: Home) -> None:
    """Serve until the standard input ends."""
    nodes = StaticNodes()
    directory = {}
    async with contextlib.AsyncExitStack() as stack:
        for ror in RORS:
            leaf = home.leaf(f"node-{ror.id}")

            def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ror_id: str = ror.id):
                return nodes.serve(ror_id, reader, writer)

            server = await asyncio.start_server(
                serve,
                "127.0.0.1",
                0,
                ssl=server_context(leaf.chain, leaf.key, home.trust, client_certificate="required"),
                limit=_LARGEST_HEAD,
            )
            stack.callback(server.close)
            port = server.sockets[0].getsockname()[1]
            directory[ror.id] = {
                "url": f"https://127.0.0.1:{port}{ns.PATH_G1}",
                "server_name": server_name_of(ror.id),
            }
        home.nodes.mkdir(parents=True, exist_ok=True)
        home.nodes_directory.write_text(json.dumps(directory), "utf-8")
        say("ready")
        async for command in commands():
            nodes.show(int(command))
            say("ready")


if __name__ == "__main__":
    asyncio.run(main(Home(Path(sys.argv[1]))))
