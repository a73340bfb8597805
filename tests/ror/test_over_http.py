"""How faults and bodies travel over HTTP (decision 18)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ror.errors import FaultError
from ror.faults import Fault, Reason
from ror.soap.over_http import RETRY_AFTER_S, fault_headers, read_body
from ror.soap.version import SoapVersion


def told(reason: Reason, retry_after_s: int | None = None) -> dict[str, str]:
    return fault_headers(SoapVersion.V12, Fault(reason=reason, message=reason.message, retry_after_s=retry_after_s))


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.number in (429, 503)])
def test_a_fault_that_asks_to_come_again_always_says_when(reason: Reason) -> None:
    assert told(reason)["Retry-After"] == str(RETRY_AFTER_S)
    assert told(reason, 7)["Retry-After"] == "7"


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.number not in (429, 503)])
def test_no_other_fault_asks_to_come_again(reason: Reason) -> None:
    assert "Retry-After" not in told(reason)


def test_no_answer_is_stored_or_guessed_at() -> None:
    headers = told(Reason.INTERNAL)

    assert headers["Content-Type"] == "application/soap+xml; charset=utf-8"
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


async def blocks(*parts: bytes, pause_s: float = 0.0) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(pause_s)
        yield part


async def body(
    parts: AsyncIterator[bytes], *, encoding: str | None = None, length: int | None = None, within_s: float = 1.0
) -> bytes:
    return await read_body(parts, content_encoding=encoding, content_length=length, within_s=within_s, max_bytes=10)


async def refused(parts: AsyncIterator[bytes], **options: object) -> Reason:
    with pytest.raises(FaultError) as error:
        await body(parts, **options)
    return error.value.fault.reason


async def test_a_body_is_its_blocks() -> None:
    assert await body(blocks(b"01234", b"56789"), encoding="Identity", length=10) == b"0123456789"
    assert await body(blocks()) == b""


async def test_a_body_beyond_the_bound_is_refused_whether_it_says_so_or_not() -> None:
    assert await refused(blocks(), length=11) is Reason.REQUEST_TOO_LARGE
    assert await refused(blocks(b"01234", b"567890")) is Reason.REQUEST_TOO_LARGE


async def test_a_compressed_body_is_refused() -> None:
    assert await refused(blocks(b"x"), encoding="gzip") is Reason.CONTENT_TYPE


async def test_a_body_that_drips_is_given_up() -> None:
    assert await refused(blocks(b"0", b"1", pause_s=0.1), within_s=0.05) is Reason.DEADLINE_EXCEEDED
