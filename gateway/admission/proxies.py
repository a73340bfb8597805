"""The TLS terminators that are believed, each pinned by its public key: a file read when the gateway starts."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from certs.identity import Identity
from gateway.errors import ProxiesError

MAX_PROXIES = 32
_MAX_FILE_BYTES = 65_536


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class PinnedProxy:
    """One terminator. ``key`` is the SHA-256 of its public key (SPKI) in hex; ``name`` is for people and log."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class _Document:
    format: Literal[1]
    proxies: Annotated[tuple[PinnedProxy, ...], Field(min_length=1, max_length=MAX_PROXIES, strict=False)]


_DOCUMENT = TypeAdapter(_Document)


class PinnedProxies:
    """Who may speak for others; nobody, unless told."""

    def __init__(self, proxies: tuple[PinnedProxy, ...] = ()) -> None:
        self._by_key = {proxy.key: proxy for proxy in proxies}
        if len(self._by_key) != len(proxies) or len({proxy.name for proxy in proxies}) != len(proxies):
            raise ProxiesError("two proxies of the file have one name or one key")

    def __len__(self) -> int:
        return len(self._by_key)

    def find(self, identity: Identity | None) -> PinnedProxy | None:
        """The proxy whose key that certificate has; ``None`` for anybody else."""
        return None if identity is None else self._by_key.get(identity.spki)


def read_proxies(path: Path | None) -> PinnedProxies:
    """The proxies of the file; none without one. Raises ``ProxiesError``: nobody is believed by guess."""
    if path is None:
        return PinnedProxies()
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise ProxiesError(f"the file of proxies {path} cannot be read: {error.strerror}") from error
    try:
        return PinnedProxies(_DOCUMENT.validate_json(data).proxies)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ProxiesError(f"the file of proxies {path} is none: {where}: {first['msg']}") from error
