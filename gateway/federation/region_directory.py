"""Where the regional nodes listen: a small file, written by whoever runs them.

It is the operator's file, and is read all the same as if a stranger had written it (``node_address``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from certs.audit.keys import KeyUse, PublicKey
from certs.errors import KeyMaterialError
from gateway.errors import SettingsError
from gateway.federation.node_address import is_node_name, read_node_url
from ror.territory import ROR_BY_ID

MAX_BYTES = 65_536
"""Ten times what seventeen nodes take."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A node's address, the DNS name its certificate must bear, and the key with which it witnesses, if it does."""

    url: URL
    server_name: str
    witness: PublicKey | None = None


def read_directory(path: Path, *, here: bool = False) -> Mapping[str, Endpoint]:
    """Read ``{ror id: {"url": …, "server_name": …, "witness": …}}``. Raises ``SettingsError`` with what is wrong.

    ``here`` lets nodes be on this machine.
    """
    try:
        raw = json.loads(_read(path), object_pairs_hook=_told_once)
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: the directory of nodes cannot be read ({error})") from error
    if not isinstance(raw, dict):
        raise SettingsError(f"{path}: an object of ROR ids is expected")
    return {ror: _endpoint(path, ror, entry, here=here) for ror, entry in raw.items()}


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return data.decode("utf-8")


def _told_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a name stands twice")
    return told


def _endpoint(path: Path, ror: str, entry: object, *, here: bool) -> Endpoint:
    if ror not in ROR_BY_ID:
        raise SettingsError(f"{path}: {ror!r} is not one of the 17 RORs")
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("url"), str)
        or not isinstance(entry.get("server_name"), str)
    ):
        raise SettingsError(f"{path}: {ror} needs a url and a server_name")
    try:
        url = read_node_url(entry["url"], here=here)
    except ValueError as error:
        raise SettingsError(f"{path}: {ror}: {error}") from error
    if not is_node_name(entry["server_name"]):
        raise SettingsError(f"{path}: {ror}: its server_name is no plain host name")
    return Endpoint(url=url, server_name=entry["server_name"], witness=_witness(path, ror, entry.get("witness")))


def _witness(path: Path, ror: str, told: object) -> PublicKey | None:
    if told is None:
        return None
    try:
        key = PublicKey.read(told) if isinstance(told, str) else None
    except KeyMaterialError as error:
        raise SettingsError(f"{path}: {ror}: {error}") from error
    if key is None or key.use is not KeyUse.WITNESS:
        raise SettingsError(f"{path}: {ror}: its witness is no public key of a witness")
    return key
