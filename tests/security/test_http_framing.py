"""Requests whose frame can be read in two ways are read in none, and every answer is one of ours.

Whoever disagrees with a proxy about where a request ends serves one caller's request to another.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest

from certs.home import Home
from certs.tls import client_context
from gateway.service import RunningGateway
from ror import namespaces as ns

PATH = ns.PATH_G1.encode()
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
"""What a smuggler hides behind a request: it must never be answered."""

Say = Callable[[bytes], Awaitable[bytes]]


@pytest.fixture
def say(gateway: RunningGateway, pki_home: Home) -> Say:
    """Send raw bytes on a connection of its own, as a listed partner; gives all that comes back."""
    leaf = pki_home.leaf("partner-samu-rhone")
    context = client_context(leaf.chain, leaf.key, pki_home.trust)

    async def said(raw: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", gateway.port, ssl=context, server_hostname="localhost"
        )
        writer.write(raw)
        try:
            async with asyncio.timeout(5):
                return await reader.read()
        finally:
            writer.transport.abort()

    return said


def request(body: bytes, *headers: bytes, version: bytes = b"1.1", host: bytes = b"Host: x\r\n") -> bytes:
    """A POST with exactly these framing headers."""
    lines = b"".join(header + b"\r\n" for header in headers)
    head = b"POST %b HTTP/%b\r\n%bContent-Type: application/soap+xml\r\n" % (PATH, version, host)
    return head + lines + b"\r\n" + body


def chunked(body: bytes, *, end: bytes = b"\r\n") -> bytes:
    return b"%x%b%b%b0%b%b" % (len(body), end, body, end, end, end)


def statuses(said: bytes) -> list[int]:
    """The status of every answer in ``said``."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) [A-Z]", said)]


TWO_WAYS = {
    "length and chunks": request(chunked(b"<a/>"), b"Content-Length: 4", b"Transfer-Encoding: chunked"),
    "two lengths": request(b"<a/>", b"Content-Length: 4", b"Content-Length: 44"),
    "the same length twice": request(b"<a/>", b"Content-Length: 4", b"Content-Length: 4"),
    "a list of lengths": request(b"<a/>", b"Content-Length: 4, 4"),
    "a signed length": request(b"<a/>", b"Content-Length: +4"),
    "a hexadecimal length": request(b"<a/>", b"Content-Length: 0x4"),
    "an endless length": request(b"<a/>", b"Content-Length: 99999999999999999999999"),
    "two codings": request(chunked(b"<a/>"), b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
    "chunks twice": request(chunked(b"<a/>"), b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "chunks not last": request(chunked(b"<a/>"), b"Transfer-Encoding: chunked, identity"),
    "an unknown coding": request(chunked(b"<a/>"), b"Transfer-Encoding: xchunked"),
    "a space before the colon": request(chunked(b"<a/>"), b"Transfer-Encoding : chunked"),
    "a control before the coding": request(chunked(b"<a/>"), b"Transfer-Encoding: \x0bchunked"),
    "a folded header": request(chunked(b"<a/>"), b"X: y\r\n Transfer-Encoding: chunked"),
    "a header that ends with CR": request(b"<a/>", b"X: y\rContent-Length: 4"),
    "a header that ends with LF": request(b"<a/>", b"X: y\nContent-Length: 4"),
    "a NUL in a header": request(b"<a/>", b"X: a\x00b", b"Content-Length: 4"),
    "two hosts": request(b"<a/>", b"Host: y", b"Content-Length: 4"),
    "no host": request(b"<a/>", b"Content-Length: 4", host=b""),
    "chunks that end with LF": request(chunked(b"<a/>", end=b"\n"), b"Transfer-Encoding: chunked"),
    "a negative chunk": request(b"-1\r\n<a/>\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "an endless chunk": request(b"f" * 20 + b"\r\n<a/>\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "a chunk longer than it says": request(b"2\r\n<a/>\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
    "a length in the trailer": request(
        b"4\r\n<a/>\r\n0\r\nContent-Length: 40\r\n\r\n", b"Transfer-Encoding: chunked"
    ),
    "a flood of trailers": request(
        b"4\r\n<a/>\r\n0\r\n" + b"X: y\r\n" * 1_000 + b"\r\n", b"Transfer-Encoding: chunked"
    ),
    "a flood of headers": request(b"<a/>", *(b"X%d: y" % number for number in range(200)), b"Content-Length: 4"),
    "another version": request(b"<a/>", b"Content-Length: 4", version=b"9.9"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("name", TWO_WAYS)
async def test_a_frame_that_can_be_read_in_two_ways_ends_the_connection(say: Say, name: str) -> None:
    said = await say(TWO_WAYS[name] + HIDDEN)

    assert statuses(said) == [400], "one refusal, and what was hidden behind it is not answered"
    assert b"http.invalid" in said


async def test_the_control_two_requests_with_clear_frames_are_both_answered(say: Say) -> None:
    last = HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    first = request(b"<a/>", b"Content-Length: 4")
    said = await say(first + request(chunked(b"<a/>"), b"Transfer-Encoding: chunked") + last)

    assert statuses(said) == [400, 400, 200]
    assert said.count(b"soap.envelope") == 2
    assert b'{"status": "ok"}' in said


async def test_an_old_client_is_answered_and_its_connection_closed(say: Say) -> None:
    said = await say(request(b"<a/>", b"Content-Length: 4", version=b"1.0"))

    assert statuses(said) == [400]
    assert b"soap.envelope" in said


async def test_an_expectation_that_nobody_knows_is_a_fault(say: Say) -> None:
    said = await say(request(b"<a/>", b"Content-Length: 4", b"Expect: a-miracle", b"Connection: close"))

    assert statuses(said) == [400]
    assert b"http.invalid" in said


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /healthz",
        b"HEAD /healthz",
        b"GET /readyz",
        b"GET %b?wsdl" % PATH,
        b"GET /nowhere",
        b"TRACE /",
        b"OPTIONS *",
        b"CONNECT x:80",
        b"GET /%ff?%ff=%00",
    ],
)
async def test_every_answer_keeps_silent_about_what_runs_here(say: Say, asked: bytes) -> None:
    said = await say(asked + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    head = said.partition(b"\r\n\r\n")[0]
    assert b"\r\nServer: ror" in head
    assert b"aiohttp" not in said
    assert b"Traceback" not in said
