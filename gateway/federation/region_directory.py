"""Where the regional nodes listen: a small file, written by whoever runs them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from certs.audit.keys import KeyUse, PublicKey
from certs.errors import KeyMaterialError
from gateway.errors import SettingsError
from ror.territory import ROR_BY_ID


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A node's address, the DNS name its certificate must bear, and the key with which it witnesses, if it does."""

    url: URL
    server_name: str
    witness: PublicKey | None = None


def read_directory(path: Path) -> Mapping[str, Endpoint]:
    """Read ``{ror id: {"url": …, "server_name": …, "witness": …}}``. Raises ``SettingsError`` with what is wrong."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: the directory of nodes cannot be read ({error})") from error
    if not isinstance(raw, dict):
        raise SettingsError(f"{path}: an object of ROR ids is expected")
    return {ror: _endpoint(path, ror, entry) for ror, entry in raw.items()}


def _endpoint(path: Path, ror: str, entry: object) -> Endpoint:
    if ror not in ROR_BY_ID:
        raise SettingsError(f"{path}: {ror!r} is not one of the 17 RORs")
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("url"), str)
        or not isinstance(entry.get("server_name"), str)
    ):
        raise SettingsError(f"{path}: {ror} needs a url and a server_name")
    url = URL(entry["url"])
    if url.scheme != "https" or not url.host or url.user is not None or url.fragment:
        raise SettingsError(f"{path}: {ror}: an https address without user or fragment is expected")
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
