"""HTTP around one SOAP message: read a body and write an answer within bounds of size and time."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from gateway.merge.writing import blocks
from ror.errors import refuse
from ror.faults import Fault, Reason
from ror.soap.fault import write_fault
from ror.soap.version import SoapVersion
from ror.xml_parser import REQUEST_LIMITS

BODY_S = 10.0
"""Seconds for a request's body."""
WRITE_S = 30.0
"""Seconds in which a reader must take one block."""


async def read_request(request: web.Request) -> bytes:
    """The body of a request. Raises ``FaultError`` 400 (method), 408, 413 or 415 (content encoding)."""
    if request.method != "POST":
        raise refuse(Reason.METHOD_NOT_ALLOWED)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise refuse(Reason.CONTENT_TYPE)
    if request.content_length is not None and request.content_length > REQUEST_LIMITS.max_bytes:
        raise refuse(Reason.REQUEST_TOO_LARGE)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_S):
            async for block in request.content.iter_any():
                size += len(block)
                if size > REQUEST_LIMITS.max_bytes:
                    raise refuse(Reason.REQUEST_TOO_LARGE)
                parts.append(block)
    except TimeoutError:
        raise refuse(Reason.DEADLINE_EXCEEDED) from None
    except web.RequestPayloadError as error:
        raise refuse(Reason.HTTP_INVALID) from error
    return b"".join(parts)


async def send_answer(request: web.Request, version: SoapVersion, parts: list[bytes]) -> web.StreamResponse:
    """Stream an answer in blocks; a reader that takes none for ``WRITE_S`` seconds loses the connection."""
    response = _response(200, version, sum(map(len, parts)))
    await response.prepare(request)
    for block in blocks(parts):
        async with asyncio.timeout(WRITE_S):
            await response.write(block)
    await response.write_eof()
    return response


async def send_fault(
    request: web.Request, version: SoapVersion, fault: Fault, headers: Sequence[bytes] = ()
) -> web.StreamResponse:
    """Write a fault. What is left of an unread body is not waited for: the connection closes after it."""
    body = write_fault(version, fault, headers)
    response = _response(fault.reason.http_status(soap_11=version is SoapVersion.V11), version, len(body))
    if fault.retry_after_s is not None:
        response.headers["Retry-After"] = str(fault.retry_after_s)
    if not request.content.is_eof():
        response.force_close()
    await response.prepare(request)
    await response.write(body)
    await response.write_eof()
    return response


def _response(status: int, version: SoapVersion, length: int) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers={"Content-Type": version.content_type})
    response.content_length = length
    response.headers["Server"] = "ror"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
