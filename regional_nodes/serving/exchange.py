"""One message in, one message out, within bounds of size and time."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from aiohttp import web
from isal import isal_zlib

from certs.connections import body_blocks
from regional_nodes.serving.connections import Bounds
from ror.errors import refuse
from ror.faults import Fault, Reason
from ror.soap import over_http
from ror.soap.fault import write_fault
from ror.soap.over_http import answer_headers, fault_headers
from ror.soap.version import SoapVersion
from ror.xml_parser import REQUEST_LIMITS

GZIP_FROM_BYTES = 2_048
"""Smaller answers go as they are."""

_OFF_LOOP_FROM_BYTES = 256 * 1024
"""Larger answers are compressed in a thread: 1 MB takes some milliseconds."""

_BLOCK_BYTES = 128 * 1024
_GZIP_WANTED = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[0-9.]+\s*)?(?:,|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes out: status, media type, body, and headers beyond those of every answer."""

    status: int
    content_type: str
    body: bytes
    encoding: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def soap_answer(version: SoapVersion, parts: Sequence[bytes]) -> Answer:
    """A result in the version asked."""
    return Answer(status=200, content_type=version.content_type, body=b"".join(parts))


def fault_answer(version: SoapVersion, fault: Fault) -> Answer:
    """A fault in the version asked."""
    return Answer(
        status=fault.reason.http_status(soap_11=version is SoapVersion.V11),
        content_type=version.content_type,
        body=write_fault(version, fault),
        headers=fault_headers(version, fault),
    )


async def read_body(request: web.BaseRequest, bounds: Bounds, *, max_bytes: int = REQUEST_LIMITS.max_bytes) -> bytes:
    """The body of a request.

    Raises:
        FaultError: ``http.content-type`` for a compressed body, ``request.too-large``, ``deadline.exceeded`` for one
            that drips, ``http.invalid`` for one that breaks off.
    """
    try:
        async with aclosing(body_blocks(request)) as blocks:
            return await over_http.read_body(
                blocks,
                content_encoding=request.headers.get("Content-Encoding"),
                content_length=request.content_length,
                within_s=bounds.body_s,
                max_bytes=max_bytes,
            )
    except web.RequestPayloadError as error:
        raise refuse(Reason.HTTP_INVALID) from error


def wants_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    return _GZIP_WANTED.search(accept_encoding) is not None


async def compressed(answer: Answer, accept_encoding: str, executor: Executor) -> Answer:
    """The answer in gzip, if the caller takes it and it is worth it."""
    if len(answer.body) < GZIP_FROM_BYTES or not wants_gzip(accept_encoding):
        return answer
    if len(answer.body) < _OFF_LOOP_FROM_BYTES:
        body = gzip(answer.body)
    else:
        body = await asyncio.get_running_loop().run_in_executor(executor, gzip, answer.body)
    return replace(answer, body=body, encoding="gzip")


def gzip(data: bytes) -> bytes:
    """Compress for the wire: speed before size."""
    return isal_zlib.compress(data, level=1, wbits=31)


async def send(request: web.BaseRequest, answer: Answer, bounds: Bounds) -> web.StreamResponse:
    """Write the answer in blocks with its length; who takes no block in time loses the connection."""
    response = head(request, answer)
    await response.prepare(request)
    view = memoryview(answer.body)
    for start in range(0, len(view), _BLOCK_BYTES):
        async with asyncio.timeout(bounds.block_s):
            await response.write(view[start : start + _BLOCK_BYTES])
    await response.write_eof()
    return response


def head(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Status line and headers of an answer. A connection whose request was not read to its end closes after it."""
    response = web.StreamResponse(
        status=answer.status, headers={**answer_headers(answer.content_type), **answer.headers}
    )
    if answer.encoding is not None:
        response.headers["Content-Encoding"] = answer.encoding
        response.headers["Vary"] = "Accept-Encoding"
    response.content_length = len(answer.body)
    if not request.content.is_eof():
        response.force_close()
    return response
