"""One node asked which list it goes by. Every way to get no answer is a value."""

import asyncio
import ssl
from enum import StrEnum
from typing import Final

import aiohttp

from gateway.federation.node_connections import node_session
from gateway.federation.region_directory import Endpoint
from ror import namespaces as ns
from whitelist.acknowledgement.signing import MAX_BYTES, MEDIA_TYPE

ANSWER_WITHIN_S: Final = 5.0
_HEADERS: Final = {"Accept": MEDIA_TYPE, "Accept-Encoding": "identity"}


class Silence(StrEnum):
    """Why there is nothing to check; the value is a stable code."""

    NOT_ASKED = "silence.not-asked"
    NO_LIST = "silence.no-list"
    UNREACHABLE = "silence.unreachable"
    TLS = "silence.tls"
    LATE = "silence.late"
    REFUSED = "silence.refused"
    BROKEN = "silence.broken"


class NodeAsker:
    """Connections of its own, one to each node, so that no search waits for a question of ours, nor we for one."""

    def __init__(self, context: ssl.SSLContext, *, within_s: float) -> None:
        self._within_s = within_s
        self._session = node_session(context, per_node=1, headers=_HEADERS)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def ask(self, endpoint: Endpoint, nonce: str) -> bytes | Silence:
        """What the node says, unchecked, at most one byte more than an acknowledgement has; or why nothing."""
        try:
            async with asyncio.timeout(self._within_s):
                return await self._exchange(endpoint, nonce)
        except TimeoutError:
            return Silence.LATE
        except aiohttp.ClientSSLError:
            return Silence.TLS
        except (aiohttp.ClientError, OSError):
            return Silence.UNREACHABLE

    async def _exchange(self, endpoint: Endpoint, nonce: str) -> bytes | Silence:
        address = endpoint.url.with_path(ns.PATH_LIST).with_query({ns.NONCE_PARAMETER: nonce})
        async with self._session.get(
            address, server_hostname=endpoint.server_name, allow_redirects=False
        ) as response:
            if response.status != 200:
                return Silence.REFUSED
            parts, size = [], 0
            async for block in response.content.iter_any():
                parts.append(block)
                size += len(block)
                if size > MAX_BYTES:
                    break
            return b"".join(parts)[: MAX_BYTES + 1]
