"""Requests whose frame can be read in two ways are read in none, and every answer is one of ours.

Whoever disagrees with a proxy about where a request ends serves one caller's request to another.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from certs.home import Home
from ror import namespaces as ns
from ror.audit.events import Kind
from tests.support.both_servers import Both, Server, both_servers, read_to_end

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = ns.PATH_G1.encode()
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
"""What a smuggler hides behind a request: it must never be answered."""

BOTH = pytest.mark.parametrize("name", ["gateway", "node"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with both_servers(pki_home, golden, tmp_path_factory.mktemp("frames")) as servers:
        yield servers


def server_of(both: Both, name: str) -> Server:
    return both.gateway if name == "gateway" else both.node


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


@BOTH
@pytest.mark.parametrize("frame", TWO_WAYS)
async def test_a_frame_that_can_be_read_in_two_ways_ends_the_connection(both: Both, name: str, frame: str) -> None:
    before = len(both.behind.records())
    with capture_logs() as logs:
        said = await server_of(both, name).say(TWO_WAYS[frame] + HIDDEN)

    assert statuses(said.data) == [400], "one refusal, and what was hidden behind it is not answered"
    assert said.slug == "http.invalid"
    assert [entry["status"] for entry in logs if entry["event"] == "http.unreadable"] == [400]
    assert not any(one.kind == Kind.DECISION for one in both.behind.records()[before:]), "it never was a request"


BAD_CHUNKS = [name for name in TWO_WAYS if re.search("chunks? (that|longer)|a .* chunk|trailer", name)]


@BOTH
@pytest.mark.parametrize("frame", BAD_CHUNKS)
async def test_a_frame_that_turns_out_bad_behind_a_good_head_is_a_decision(both: Both, name: str, frame: str) -> None:
    head, _, rest = TWO_WAYS[frame].partition(b"\r\n\r\n")
    server, before = server_of(both, name), len(both.behind.records())
    with capture_logs() as logs:
        async with server.connected(server.admitted) as (reader, writer):
            writer.write(head + b"\r\n\r\n")
            await asyncio.sleep(0.05)
            writer.write(rest + HIDDEN)
            async with asyncio.timeout(5):
                said = await read_to_end(reader)

    assert statuses(said) == [400]
    assert b"http.invalid" in said
    assert "http.invalid" in [entry.get("reason") for entry in logs if entry["event"] == "request.refused"]
    if name == "gateway":
        decided = [one.event for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert [(one["granted"], one["reason"]) for one in decided] == [(False, "http.invalid")]


@BOTH
async def test_the_control_two_requests_with_clear_frames_are_both_answered(both: Both, name: str) -> None:
    last = HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    first = request(b"<a/>", b"Content-Length: 4")
    said = (
        await server_of(both, name).say(first + request(chunked(b"<a/>"), b"Transfer-Encoding: chunked") + last)
    ).data

    assert statuses(said) == [400, 400, 200]
    assert said.count(b"soap.envelope") == 2
    assert b'"ok"}' in said


@BOTH
async def test_an_old_client_is_answered_and_its_connection_closed(both: Both, name: str) -> None:
    said = await server_of(both, name).say(request(b"<a/>", b"Content-Length: 4", version=b"1.0"))

    assert (said.statuses, said.slug) == ([400], "soap.envelope")


async def test_an_expectation_that_nobody_knows_is_a_fault(both: Both) -> None:
    said = await both.gateway.say(request(b"<a/>", b"Content-Length: 4", b"Expect: a-miracle", b"Connection: close"))

    assert (said.statuses, said.slug) == ([400], "http.invalid")


@BOTH
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
async def test_every_answer_keeps_silent_about_what_runs_here(both: Both, name: str, asked: bytes) -> None:
    said = (await server_of(both, name).say(asked + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).data

    head = said.partition(b"\r\n\r\n")[0]
    assert b"\r\nServer: ror" in head
    assert b"aiohttp" not in said
    assert b"Traceback" not in said
