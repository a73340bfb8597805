"""Where the nodes listen, for whoever wants to ask them: one small JSON file, written when all of them do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from certs.demonstration_holders import server_name_of
from certs.home import Home
from certs.private_files import make_private_folder, write_private
from ror import namespaces

DEFAULT_BASE_PORT = 9501
"""The first ROR's port; the others follow in the order of their ids."""


@dataclass(frozen=True, slots=True)
class Address:
    """A node's URL, the DNS name in its certificate, and its witness key (``certs.audit.keys``), if it witnesses."""

    url: str
    server_name: str
    witness: str | None = None


def address_of(ror: str, host: str, port: int, witness: str | None = None) -> Address:
    """The address of a node that listens at ``host`` and ``port``."""
    return Address(f"https://{host}:{port}{namespaces.PATH_G1}", server_name_of(ror), witness)


def write_directory(home: Home, addresses: Mapping[str, Address]) -> bytes:
    """Write ``nodes/directory.json`` whole or not at all; gives back what it holds now."""
    content = {ror: _entry(address) for ror, address in sorted(addresses.items())}
    data = json.dumps(content, indent=1).encode() + b"\n"
    make_private_folder(home.nodes)
    write_private(home.nodes_directory, data)
    return data


def _entry(address: Address) -> dict[str, str]:
    entry = {"url": address.url, "server_name": address.server_name}
    return entry if address.witness is None else {**entry, "witness": address.witness}


def read_directory(home: Home) -> dict[str, Address]:
    """The addresses by ROR id; none without a readable file."""
    try:
        raw = json.loads(home.nodes_directory.read_bytes())
        return {
            ror: Address(str(entry["url"]), str(entry["server_name"]), entry.get("witness"))
            for ror, entry in raw.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def forget_directory(home: Home, data: bytes) -> None:
    """Take the file away, unless somebody else has written another one meanwhile."""
    try:
        if home.nodes_directory.read_bytes() == data:
            home.nodes_directory.unlink()
    except OSError:
        return
