"""The network edge: one address of the closed list, asked once, bounded in time, size and place.

No redirects, no proxy from the environment, no cookies, no compression. A name that resolves to an address outside
the public Internet is refused unless the list says that it may, at the moment of connecting: a name that changes its
address between two look-ups gains nothing.
"""

import socket
import ssl
from asyncio import timeout
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from certs.errors import FetchError
from certs.revocation.addresses import Address, AddressKind
from certs.revocation.certificate_list import MAX_LIST_BYTES
from certs.revocation.ocsp_reading import MAX_ANSWER_BYTES

_MOST_BYTES: Final = {AddressKind.CRL: MAX_LIST_BYTES, AddressKind.OCSP: MAX_ANSWER_BYTES}
_REQUEST_TYPE: Final = "application/ocsp-request"


class GuardedResolver(AbstractResolver):
    """Resolves names for one address and drops what it may not stand for."""

    def __init__(self, address: Address, resolver: AbstractResolver) -> None:
        self._address = address
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host`` that may be connected to; raises ``OSError`` if there is none."""
        found = await self._resolver.resolve(host, port, family)
        admitted = [result for result in found if self._address.admits(ip_address(result["host"].partition("%")[0]))]
        if not admitted:
            raise OSError(0, "the name stands for no address that may be asked")
        return admitted

    async def close(self) -> None:
        """Close the resolver beneath."""
        await self._resolver.close()


class Fetcher:
    """Fetches from listed addresses. Call it with the address, and for OCSP with the request to post."""

    def __init__(
        self,
        *,
        timeout_s: float = 10.0,
        list_timeout_s: float = 120.0,
        resolver: Callable[[], AbstractResolver] = aiohttp.ThreadedResolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeouts_s = {AddressKind.OCSP: timeout_s, AddressKind.CRL: list_timeout_s}
        self._resolver = resolver
        self._tls = tls

    async def __call__(self, address: Address, body: bytes | None = None) -> bytes:
        """What ``address`` answers. Raises ``FetchError``."""
        try:
            async with timeout(self._timeouts_s[address.kind]):
                return await self._fetch(address, body)
        except TimeoutError as error:
            raise FetchError(f"{address.url} did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(f"{address.url} cannot be fetched: {type(error).__name__}") from error

    async def _fetch(self, address: Address, body: bytes | None) -> bytes:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(address, self._resolver()),
            ssl=self._tls if self._tls is not None else True,
            use_dns_cache=False,
            force_close=True,
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
                skip_auto_headers=("User-Agent",),
            ) as session,
            session.request(
                "GET" if body is None else "POST",
                address.url,
                data=body,
                headers={"Accept-Encoding": "identity"} | ({} if body is None else {"Content-Type": _REQUEST_TYPE}),
                allow_redirects=False,
            ) as response,
        ):
            return await _read(response, address)


async def _read(response: aiohttp.ClientResponse, address: Address) -> bytes:
    most_bytes = _MOST_BYTES[address.kind]
    if response.status != 200:
        raise FetchError(f"{address.url} answers with HTTP {response.status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError(f"{address.url} answers compressed")
    if response.content_length is not None and response.content_length > most_bytes:
        raise FetchError(f"{address.url} answers with more than {most_bytes} bytes")
    data = bytearray()
    async for block in response.content.iter_any():
        data += block
        if len(data) > most_bytes:
            raise FetchError(f"{address.url} answers with more than {most_bytes} bytes")
    return bytes(data)
