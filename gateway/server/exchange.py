"""HTTP around one SOAP message: read a body and write an answer within bounds of size and time."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import NoReturn

import structlog
from aiohttp import web

from certs.connections import BoundedConnection, body_blocks
from gateway.merge.writing import blocks
from ror.errors import refuse
from ror.faults import Fault, Reason
from ror.soap.fault import write_fault
from ror.soap.over_http import answer_headers, fault_headers, read_body
from ror.soap.version import SoapVersion

_log = structlog.get_logger(__name__)

BODY_S = 10.0
"""Seconds for a request's body."""
WRITE_S = 30.0
"""Seconds in which a reader must take one block."""


async def read_request(request: web.Request) -> bytes:
    """The body of a request. Raises ``FaultError`` 400 (method), 408, 413 or 415 (content encoding)."""
    if request.method != "POST":
        raise refuse(Reason.METHOD_NOT_ALLOWED)
    try:
        async with aclosing(body_blocks(request)) as blocks_read:
            return await read_body(
                blocks_read,
                content_encoding=request.headers.get("Content-Encoding"),
                content_length=request.content_length,
                within_s=BODY_S,
            )
    except web.RequestPayloadError as error:
        raise refuse(Reason.HTTP_INVALID) from error


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer's bytes in parts; with a pause they leave one by one, so many seconds apart."""

    parts: Sequence[bytes]
    pause_s: float = 0.0

    def blocks(self) -> Iterable[bytes]:
        """What is written at once."""
        return self.parts if self.pause_s else blocks(self.parts)


async def send_answer(
    request: web.Request, version: SoapVersion, answer: Outgoing, still_allowed: Callable[[], bool]
) -> web.StreamResponse:
    """Stream an answer in blocks; a reader that takes none for ``WRITE_S`` seconds loses the connection.

    ``still_allowed`` is asked before every block, and by the sweep while one waits for its reader: a partner revoked
    meanwhile loses the connection where it stands, so that the answer ends short of its Content-Length and nobody
    takes it for whole.
    """
    response = _response(200, answer_headers(version.content_type), sum(map(len, answer.parts)))
    await response.prepare(request)
    with _watched(request, still_allowed):
        for block in answer.blocks():
            if not still_allowed():
                _cut(request)
            async with asyncio.timeout(WRITE_S):
                await response.write(block)
            if answer.pause_s:
                await asyncio.sleep(answer.pause_s)
    await response.write_eof()
    return response


@contextmanager
def _watched(request: web.Request, still_allowed: Callable[[], bool]) -> Iterator[None]:
    """Let the sweep see that an answer is being written, and to whom it may be."""
    connection = request.protocol
    if not isinstance(connection, BoundedConnection):
        yield
        return
    connection.still_allowed = still_allowed
    try:
        yield
    finally:
        connection.still_allowed = None


def _cut(request: web.Request) -> NoReturn:
    _log.warning("answer.cut")
    if isinstance(request.protocol, BoundedConnection):
        request.protocol.cut()
    raise ConnectionResetError("the partner was revoked while its answer was sent")


async def send_fault(
    request: web.Request, version: SoapVersion, fault: Fault, headers: Sequence[bytes] = ()
) -> web.StreamResponse:
    """Write a fault. What is left of an unread body is not waited for: the connection closes after it."""
    body = write_fault(version, fault, headers)
    status = fault.reason.http_status(soap_11=version is SoapVersion.V11)
    response = _response(status, fault_headers(version, fault), len(body))
    if not request.content.is_eof():
        response.force_close()
    await response.prepare(request)
    await response.write(body)
    await response.write_eof()
    return response


def _response(status: int, headers: dict[str, str], length: int) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = length
    return response
