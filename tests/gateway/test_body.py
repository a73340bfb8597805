"""A node's body within limits (faults: gzip bomb, wrong gzip, unknown encoding, too long)."""

import gzip
from collections.abc import AsyncIterator

import pytest

from gateway.errors import MalformedAnswerError
from gateway.federation.body import BodyTooLargeError, read_body


async def sent(data: bytes, block: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), block):
        yield data[start : start + block]


async def test_plain_and_gzip_give_the_same_bytes() -> None:
    body = b"<a>" + b"x" * 5000 + b"</a>"

    assert await read_body(sent(body), "", limit=10_000) == body
    assert await read_body(sent(gzip.compress(body), 7), "gzip", limit=10_000) == body


async def test_a_plain_body_over_the_limit_is_refused() -> None:
    with pytest.raises(BodyTooLargeError):
        await read_body(sent(b"x" * 1001), "", limit=1000)


async def test_a_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    with pytest.raises(BodyTooLargeError):
        await read_body(sent(bomb, 65536), "gzip", limit=2_000_000)


@pytest.mark.parametrize(
    "damage", [lambda z: z[:-9], lambda z: b"nonsense" + z, lambda z: z + b"more", lambda z: z[:12]]
)
async def test_damaged_gzip_is_malformed(damage) -> None:
    with pytest.raises(MalformedAnswerError):
        await read_body(sent(damage(gzip.compress(b"<a/>" * 100))), "gzip")


async def test_an_unknown_encoding_is_malformed() -> None:
    with pytest.raises(MalformedAnswerError) as refused:
        await read_body(sent(b"x"), "br")

    assert refused.value.slug == "answer.content-encoding"
