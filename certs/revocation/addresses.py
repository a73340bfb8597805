"""The closed list of places from which lists and answers are fetched. Addresses in certificates are never looked at.

An address is taken as written and must be plain: http or https, a host name or a canonical IP address, no user, no
fragment, nothing that two readers of URLs could take for two things.
"""

import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from certs.errors import RevocationPolicyError

MAX_URL_CHARACTERS: Final = 1024
_PLAIN_URL = re.compile(
    r"https?://[a-z0-9.:\[\]-]+(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?(\?[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?"
)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")

IpAddress = IPv4Address | IPv6Address


class AddressKind(Enum):
    """What is found there."""

    CRL = "crl"
    OCSP = "ocsp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One place. ``authority`` is the common name of whoever publishes there.

    ``private`` lets the host stand for an address that is not of the public Internet: a mirror of one's own.
    """

    url: str
    kind: AddressKind
    authority: str
    private: bool = False

    def __post_init__(self) -> None:
        if len(self.url) > MAX_URL_CHARACTERS or not _PLAIN_URL.fullmatch(self.url):
            raise RevocationPolicyError(f"{self.url[:80]!a} is no plain http or https address")
        try:
            parts = urlsplit(self.url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise RevocationPolicyError(f"{self.url[:80]!a} is no address") from error
        literal = literal_of(host)
        bare = f"[{host}]" if isinstance(literal, IPv6Address) else host
        if parts.netloc not in (bare, f"{bare}:{port}") or port == 0:
            raise RevocationPolicyError(f"{self.url[:80]!a} names no host and port plainly")
        if literal is None and not _is_host_name(host):
            raise RevocationPolicyError(f"{self.url[:80]!a} names no host plainly")
        if literal is not None and not self.admits(literal):
            raise RevocationPolicyError(f"{self.url[:80]!a} is a private address, and is not said to be one")

    @property
    def host(self) -> str:
        """The host's name or IP address."""
        return urlsplit(self.url).hostname or ""

    def admits(self, address: IpAddress) -> bool:
        """Whether the host may stand for that IP address."""
        return self.private or is_public(address)


def is_public(address: IpAddress) -> bool:
    """Whether the address is one of the public Internet; one that wraps another is judged by what it wraps."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if wrapped is not None:
            return is_public(wrapped)
        if address.packed.startswith(bytes.fromhex("0064ff9b")):
            return False
    return address.is_global and not address.is_multicast


def literal_of(host: str) -> IpAddress | None:
    """The IP address that ``host`` is, in its canonical spelling; ``None`` for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return address if str(address) == host else None


def _is_host_name(host: str) -> bool:
    """A name whose last label is a number is an IP address to some resolvers (``2130706433``, ``0x7f.1``)."""
    return bool(_HOST_NAME.fullmatch(host)) and not _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2])
