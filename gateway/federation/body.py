"""A node's HTTP body within limits: read by blocks, inflated with a hard bound."""

from collections.abc import AsyncIterator

from isal import isal_zlib

from gateway.errors import MalformedAnswerError

LARGEST_BODY = 96 * 1024 * 1024
"""Bytes of XML that one region may send: 20,000 units at 3.5 kB, and a quarter more."""

_GZIP_WINDOW = 31
_BLOCK = 1024 * 1024


class BodyTooLargeError(MalformedAnswerError):
    """More bytes than any answer may have."""

    def __init__(self, limit: int) -> None:
        super().__init__("answer.too-large", f"more than {limit} bytes")


async def read_body(blocks: AsyncIterator[bytes], encoding: str, *, limit: int = LARGEST_BODY) -> bytes:
    """Collect a body. ``encoding`` is the ``Content-Encoding`` header. Raises ``MalformedAnswerError``."""
    match encoding.strip().lower():
        case "" | "identity":
            return await _plain(blocks, limit)
        case "gzip" | "x-gzip":
            return await _inflated(blocks, limit)
        case _:
            raise MalformedAnswerError("answer.content-encoding", "neither identity nor gzip")


async def _plain(blocks: AsyncIterator[bytes], limit: int) -> bytes:
    parts, size = [], 0
    async for block in blocks:
        size += len(block)
        if size > limit:
            raise BodyTooLargeError(limit)
        parts.append(block)
    return b"".join(parts)


async def _inflated(blocks: AsyncIterator[bytes], limit: int) -> bytes:
    inflater = isal_zlib.decompressobj(wbits=_GZIP_WINDOW)
    parts, size = [], 0
    async for block in blocks:
        pending = block
        while pending and not inflater.eof:
            try:
                part = inflater.decompress(pending, _BLOCK)
            except isal_zlib.error as error:  # type: ignore[misc]  # an exception class; the stub says object
                raise MalformedAnswerError("answer.gzip", "the gzip stream is damaged") from error
            size += len(part)
            if size > limit:
                raise BodyTooLargeError(limit)
            parts.append(part)
            pending = inflater.unconsumed_tail
        if inflater.eof and (inflater.unused_data or pending):
            raise MalformedAnswerError("answer.gzip", "bytes after the gzip stream")
    if not inflater.eof:
        raise MalformedAnswerError("answer.gzip", "the gzip stream ends early")
    return b"".join(parts)
