"""How SOAP travels over HTTP: the headers of an answer, and a request's body within bounds of size and time.

No socket is touched here: whoever serves hands in header values and an iterator of blocks.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from ror.errors import refuse
from ror.faults import Fault, Reason
from ror.soap.version import SoapVersion
from ror.xml_parser import REQUEST_LIMITS

SERVER: Final = "ror"
"""What the Server header says: no product, no version."""

RETRY_AFTER_S: Final = 30
"""Seconds to wait where a fault tells no time of its own: until a list or a service is mended."""

_COME_AGAIN: Final = frozenset({429, 503})
"""Numbers that always carry a Retry-After (decision 18)."""


def answer_headers(content_type: str) -> dict[str, str]:
    """The headers of every answer."""
    return {
        "Content-Type": content_type,
        "Server": SERVER,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def fault_headers(version: SoapVersion, fault: Fault) -> dict[str, str]:
    """The headers of a fault; one that asks to come again says when."""
    headers = answer_headers(version.content_type)
    wait_s = fault.retry_after_s
    if wait_s is None and fault.number in _COME_AGAIN:
        wait_s = RETRY_AFTER_S
    return headers if wait_s is None else {**headers, "Retry-After": str(wait_s)}


async def read_body(
    blocks: AsyncIterator[bytes],
    *,
    content_encoding: str | None,
    content_length: int | None,
    within_s: float,
    max_bytes: int = REQUEST_LIMITS.max_bytes,
) -> bytes:
    """Collect a request's body; the two header values are as they came, ``None`` when absent.

    Raises:
        FaultError: ``http.content-type`` for a compressed body, ``request.too-large`` (before a byte is read, where
            the length says so), ``deadline.exceeded`` for one that does not arrive within ``within_s`` seconds.
    """
    if (content_encoding or "identity").strip().lower() != "identity":
        raise refuse(Reason.CONTENT_TYPE, "Un message compressé n'est pas admis.")
    if (content_length or 0) > max_bytes:
        raise refuse(Reason.REQUEST_TOO_LARGE)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_s):
            async for block in blocks:
                size += len(block)
                if size > max_bytes:
                    raise refuse(Reason.REQUEST_TOO_LARGE)
                parts.append(block)
    except TimeoutError:
        raise refuse(Reason.DEADLINE_EXCEEDED, "Le message n'est pas arrivé dans le délai.") from None
    return b"".join(parts)
