"""The closed list of places from which lists and answers are fetched. Addresses in certificates are never looked at.

An address is taken as written and must be plain: http or https, a host name or a canonical IP address, no user, no
fragment, nothing that two readers of URLs could take for two things.
"""

import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import urlsplit

from certs.errors import RevocationPolicyError
from certs.hosts import IpAddress, is_host_name, is_public, literal_of

MAX_URL_CHARACTERS: Final = 1024
_PLAIN_URL = re.compile(
    r"https?://[a-z0-9.:\[\]-]+(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?(\?[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?"
)


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
        if literal is None and not is_host_name(host):
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
