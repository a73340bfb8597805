"""Which addresses may be a node's: what the directory may say, and what a name in it may stand for.

The directory is the operator's, and the certificate decides who answers. Still the gateway calls nobody whom a node
cannot be: a mistyped or slipped-in address would let it knock at its own machine, or at a cloud's metadata service.
"""

import re
import socket
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from certs.hosts import has_foreign_letters, is_host, is_host_name, literal_of

MAX_URL_CHARACTERS: Final = 512
_PLAIN_URL = re.compile(r"https://[a-z0-9.:\[\]-]+(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*/?")
_LOOPBACK: Final = (ip_address("127.0.0.1"), ip_address("::1"))


def read_node_url(text: str, *, here: bool = False) -> URL:
    """The address of a node; ``here`` lets it be on this machine. Raises ``ValueError`` with what is wrong."""
    if len(text) > MAX_URL_CHARACTERS or not _PLAIN_URL.fullmatch(text):
        raise ValueError("a plain https address is expected: no user, query or fragment, in ASCII")
    parts = urlsplit(text)
    host, port = parts.hostname or "", parts.port
    literal = literal_of(host)
    bare = f"[{host}]" if isinstance(literal, IPv6Address) else host
    if parts.netloc not in (bare, f"{bare}:{port}") or port == 0:
        raise ValueError("its host or port is not written plainly")
    if literal is None and not is_node_name(host):
        raise ValueError("its host is neither a plain name nor an IP address")
    if literal is not None and not (is_host(literal) or (here and literal in _LOOPBACK)):
        raise ValueError("no node can have this IP address")
    return URL(text)


def is_node_name(host: str) -> bool:
    """Whether ``host`` is a name that cannot be taken for an IP address or, in other letters, for another name."""
    return is_host_name(host) and not has_foreign_letters(host)


class NodeResolver(AbstractResolver):
    """Resolves the names of nodes and drops what no node can have, so that a name that flips to it leads nowhere.

    No name stands for this machine: a node that is here is told by its IP address. A connection is made to what was
    judged here; nothing is looked up a second time.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host`` that may be called. Raises ``OSError`` if there is none."""
        found = await self._resolver.resolve(host, port, family)
        admitted = [each for each in found if is_host(ip_address(each["host"].partition("%")[0]))]
        if not admitted:
            raise OSError(f"{host} stands for no address that a node can have")
        return admitted

    async def close(self) -> None:
        """Close the resolver beneath."""
        await self._resolver.close()
