"""The HTTP session to the nodes, replaced whole when our certificates or authorities change.

A kept-alive connection was proven under the certificates of its handshake. After a renewal no question goes out over
one of them any more; those already asked are still answered, within the longest deadline.
"""

import asyncio
import contextlib
import ssl
from typing import Final

import aiohttp

from gateway.federation.node_connections import node_session

_RETIRING_S: Final = 40.0
"""Longer than the longest deadline of a question."""


class NodeSessions:
    """Keeps one session with warm mutual-TLS connections to every node. Belongs to one event loop."""

    def __init__(self, context: ssl.SSLContext, *, per_node: int) -> None:
        self._context = context
        self._per_node = per_node
        self._retiring: set[asyncio.Task[None]] = set()
        self.current = self._open()

    def renew(self) -> None:
        """Ask nothing more over the connections that are open now."""
        task = asyncio.create_task(_retired(self.current), name="session-retiring")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
        self.current = self._open()

    async def close(self) -> None:
        """Close every connection."""
        for task in tuple(self._retiring):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.current.close()

    def _open(self) -> aiohttp.ClientSession:
        return node_session(self._context, per_node=self._per_node, read_bytes=256 * 1024)


async def _retired(session: aiohttp.ClientSession) -> None:
    try:
        await asyncio.sleep(_RETIRING_S)
    finally:
        await session.close()
