"""Kept-alive connections to the nodes, none of them used again once its node's certificate, or ours, is another.

A handshake is judged when it is made; a connection lives as long as questions come. So whoever takes one out of the
pool asks again, by the revocations, authorities and dates of now, before a byte of a question goes over it. One that
was made before our own certificate or authorities were renewed is not used either: its node would go on by the old.
"""

import asyncio
import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import aiohttp

from certs.handshakes import AuditedSSLObject
from certs.tls import RenewableContext
from gateway.federation.node_address import NodeResolver
from gateway.federation.stopwatch import RUNNING

KEEP_ALIVE_S: Final = 300.0
CONNECT_S: Final = 2.0
"""For a connection to a node, without its handshake."""


class NodeConnector(aiohttp.TCPConnector):
    """Mutual TLS to nodes only, at most ``per_node`` connections to each."""

    def __init__(self, context: ssl.SSLContext, *, per_node: int) -> None:
        self._context = context
        super().__init__(
            resolver=NodeResolver(),
            ssl=context,
            limit=0,
            limit_per_host=per_node,
            keepalive_timeout=KEEP_ALIVE_S,
            force_close=False,
        )

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109  # aiohttp's own signature
        """As aiohttp does; the call's stopwatch is told how long it took."""
        began_s = monotonic()
        connection = await super().connect(req, traces, timeout)
        if (watch := RUNNING.get()) is not None:
            watch.connected(began_s)
        return connection

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109
        began_s = monotonic()
        protocol = await super()._create_connection(req, traces, timeout)
        if (watch := RUNNING.get()) is not None:
            tls = protocol.transport.get_extra_info("ssl_object") if protocol.transport is not None else None
            watch.opened(began_s, tls.lasted_s if isinstance(tls, AuditedSSLObject) else None)
        return protocol

    async def _get(self, key: Any, traces: Any) -> Any:
        """A connection out of the pool; those that hold no more are closed. Without one a new handshake is made."""
        while (connection := await super()._get(key, traces)) is not None:
            if self._is_good(connection.transport):
                return connection
            connection.close()
        return None

    def _is_good(self, transport: asyncio.Transport | None) -> bool:
        tls = transport.get_extra_info("ssl_object") if transport is not None else None
        if not isinstance(tls, AuditedSSLObject):
            return False
        made = not isinstance(self._context, RenewableContext) or self._context.made(tls)
        return made and tls.still_holds


def node_session(
    context: ssl.SSLContext, *, per_node: int, headers: Mapping[str, str] | None = None, read_bytes: int = 65_536
) -> aiohttp.ClientSession:
    """A session to nodes: no cookie, no proxy of the environment, nothing unpacked, no bound on a whole exchange."""
    return aiohttp.ClientSession(
        connector=NodeConnector(context, per_node=per_node),
        auto_decompress=False,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        skip_auto_headers=("User-Agent",),
        headers=headers,
        read_bufsize=read_bytes,
    )
