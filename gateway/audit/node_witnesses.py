"""The regional nodes as witnesses: the request of C2SP tlog-witness, over the same mutual TLS as a search."""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp

from certs.audit.keys import PublicKey
from certs.audit.witness import Cosigned, NotCosigned
from gateway.federation.node_connections import node_session
from gateway.federation.region_directory import Endpoint
from ror.audit.errors import AuditFormError
from ror.audit.note import NoteSignature
from ror.audit.tree_head import TreeHead
from ror.audit.witnessing import KEY_HEADER, PATH, SIZE_TYPE, WitnessFlaw, WitnessRequest

_MOST_BYTES = 4096
_UNAUTHORISED = 401
_PLAIN = "text/plain"
_FLAWS = {400: WitnessFlaw.UNREADABLE, 403: WitnessFlaw.NOT_AUTHENTIC, 404: WitnessFlaw.UNKNOWN_LOG}


class WitnessAbsentError(OSError):
    """A witness gave no answer that can be read; ``args[0]`` says what came instead."""


class NodeWitness:
    """One node behind its transport."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: Endpoint, key: PublicKey, log: PublicKey) -> None:
        self._session = session
        self._endpoint = endpoint
        self._key = key
        self._log = log

    @property
    def key(self) -> PublicKey:
        """The key that the directory of nodes names."""
        return self._key

    async def cosign(self, request: WitnessRequest) -> Cosigned | NotCosigned:
        """Ask the node. Raises ``OSError`` where nothing comes that is an answer of a witness."""
        try:
            async with self._session.post(
                self._endpoint.url.with_path(PATH),
                data=request.body.encode(),
                headers={"Content-Type": "text/plain; charset=utf-8", KEY_HEADER: self._log.text},
                server_hostname=self._endpoint.server_name,
                allow_redirects=False,
            ) as response:
                body = await _bounded(response)
                if response.status == _UNAUTHORISED:
                    response.close()  # the next handshake shows what our certificate is by then
        except aiohttp.ClientError as error:
            raise WitnessAbsentError(type(error).__name__) from error
        return _read(response.status, response.content_type, body, request)


class NodeWitnesses:
    """All nodes whose witness key the directory names, over one session of their own: a search waits for none."""

    def __init__(self, directory: Mapping[str, Endpoint], context: ssl.SSLContext, log: PublicKey) -> None:
        self._session = node_session(context, per_node=1, headers={"Accept-Encoding": "identity"})
        self.all = tuple(
            NodeWitness(self._session, endpoint, endpoint.witness, log)
            for _, endpoint in sorted(directory.items())
            if endpoint.witness is not None
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for block in response.content.iter_any():
        size += len(block)
        if size > _MOST_BYTES and response.status == 200:
            raise WitnessAbsentError("an answer that is too long")
        if size > _MOST_BYTES:
            break
        parts.append(block)
    return b"".join(parts)


def _read(status: int, content_type: str, body: bytes, request: WitnessRequest) -> Cosigned | NotCosigned:
    text = body.decode("utf-8", "replace").removesuffix("\n")
    if status == 200 and content_type == _PLAIN:
        try:
            return Cosigned(NoteSignature.read(text), TreeHead.read(request.note.text))
        except AuditFormError as error:
            raise WitnessAbsentError("no signature") from error
    if status == 409 and content_type == SIZE_TYPE and text.isascii() and text.isdigit() and len(text) <= 16:
        size = int(text)
        shown = TreeHead.read(request.note.text).size
        return NotCosigned(WitnessFlaw.ROLLED_BACK if size > shown else WitnessFlaw.STALE, size)
    if status == 422 and content_type == _PLAIN:
        return NotCosigned(WitnessFlaw.FORKED, request.old_size)
    if status in _FLAWS and content_type == _PLAIN:
        return NotCosigned(_FLAWS[status])
    raise WitnessAbsentError(f"HTTP {status}")
