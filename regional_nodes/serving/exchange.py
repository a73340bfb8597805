"""One message in, one message out, within bounds of size and time."""

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from aiohttp import web
from isal import isal_zlib

from regional_nodes.serving.connections import SERVER, Bounds
from ror.errors import refuse
from ror.faults import Fault, Reason
from ror.soap.fault import write_fault
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
    """What goes out: status, media type, body; ``retry_after_s`` for a caller who came too early."""

    status: int
    content_type: str
    body: bytes
    encoding: str | None = None
    retry_after_s: int | None = None


def soap_answer(version: SoapVersion, parts: Sequence[bytes]) -> Answer:
    """A result in the version asked."""
    return Answer(status=200, content_type=version.content_type, body=b"".join(parts))


def fault_answer(version: SoapVersion, fault: Fault) -> Answer:
    """A fault in the version asked."""
    return Answer(
        status=fault.reason.http_status(soap_11=version is SoapVersion.V11),
        content_type=version.content_type,
        body=write_fault(version, fault),
        retry_after_s=fault.retry_after_s,
    )


async def read_body(request: web.BaseRequest, bounds: Bounds) -> bytes:
    """The body of a request.

    Raises:
        FaultError: ``http.content-type`` for a compressed body, ``request.too-large``, ``deadline.exceeded`` for one
            that drips, ``http.invalid`` for one that breaks off.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise refuse(Reason.CONTENT_TYPE, "Un message compressé n'est pas admis.")
    if (request.content_length or 0) > REQUEST_LIMITS.max_bytes:
        raise refuse(Reason.REQUEST_TOO_LARGE)
    blocks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(bounds.body_s):
            async for block in request.content.iter_any():
                size += len(block)
                if size > REQUEST_LIMITS.max_bytes:
                    raise refuse(Reason.REQUEST_TOO_LARGE)
                blocks.append(block)
    except TimeoutError:
        raise refuse(Reason.DEADLINE_EXCEEDED, "Le message n'est pas arrivé dans le délai.") from None
    except web.RequestPayloadError as error:
        raise refuse(Reason.HTTP_INVALID) from error
    return b"".join(blocks)


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
    response = web.StreamResponse(status=answer.status)
    response.headers["Content-Type"] = answer.content_type
    response.headers["Server"] = SERVER
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if answer.encoding is not None:
        response.headers["Content-Encoding"] = answer.encoding
        response.headers["Vary"] = "Accept-Encoding"
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(answer.retry_after_s)
    response.content_length = len(answer.body)
    if not request.content.is_eof():
        response.force_close()
    return response
