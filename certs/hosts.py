"""Who an address is: a plain host name, or an IP address in its one canonical spelling, and what kind of address.

Two readers of one text must not take it for two places: no user, no numbers that some resolvers read as an address
(``2130706433``, ``0x7f.1``, ``127.1``), no name in letters that look like others.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

IpAddress = IPv4Address | IPv6Address

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FOREIGN_LETTERS: Final = "xn--"
_TRANSLATED = bytes.fromhex("0064ff9b")
"""``64:ff9b::/96`` and the wider ``64:ff9b:1::/48``: an IPv4 address behind a translator."""


def literal_of(host: str) -> IpAddress | None:
    """The IP address that ``host`` is, in its canonical spelling; ``None`` for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return address if str(address) == host else None


def is_host_name(host: str) -> bool:
    """A name whose last label is a number is an IP address to some resolvers (``2130706433``, ``0x7f.1``)."""
    return bool(_HOST_NAME.fullmatch(host)) and not _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2])


def has_foreign_letters(host: str) -> bool:
    """Whether a label stands for letters beyond ASCII: where it is shown, the name may look like another."""
    return any(label.startswith(_FOREIGN_LETTERS) for label in host.split("."))


def is_public(address: IpAddress) -> bool:
    """Whether the address is one of the public Internet; one that wraps another is judged by what it wraps."""
    if isinstance(address, IPv6Address):
        wrapped = _wrapped(address)
        if wrapped is not None:
            return is_public(wrapped)
        if address.packed.startswith(_TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def is_host(address: IpAddress) -> bool:
    """Whether a host elsewhere may have the address, in public or in a private network.

    Not so: link-local ones (a cloud's metadata service among them), those of this machine, of nobody, of groups, and
    IPv6 addresses that wrap an IPv4 one, which would be another spelling of it.
    """
    if isinstance(address, IPv6Address) and (_wrapped(address) or address.packed.startswith(_TRANSLATED)):
        return False
    return not (
        address.is_link_local
        or address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or address.is_reserved
    )


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
