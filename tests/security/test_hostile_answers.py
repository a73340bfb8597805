"""Hostile XML and HTTP in a region's answer: the region loses its place, nothing is fetched or followed, little is
spent, and the merged answer has nothing of it.
"""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from lxml import etree

from gateway.federation.reply import RegionReply
from gateway.routing import Route
from ror.coverage import Outcome
from ror.question import Criteria, Question
from tests.support.scripted_node import Behaviour, StartNode, answering, request_read
from tests.support.xml_attacks import DOCTYPES, INSIDE, SECRET, XSI, Bait, baited, costing

ROUTE = Route(ror="ara", codes=("84",), question=Question(criteria=Criteria(), destinations=()))
UNIT = b'<facility entityID="ara:47045">'
CPU_S, GROWN = 2.0, 160 * 2**20

Ask = Callable[[Behaviour], Awaitable[RegionReply]]


@pytest.fixture
async def bait(tmp_path: Path) -> AsyncIterator[Bait]:
    async with baited(tmp_path) as laid:
        yield laid


@pytest.fixture
def honest(golden: Path) -> bytes:
    """The golden answer of ara."""
    return (golden / "g1_answer.xml").read_bytes()


@pytest.fixture
def ask(start_node: StartNode, client_for) -> Ask:
    """Ask ara alone, which behaves so."""

    async def asked(behave: Behaviour) -> RegionReply:
        async with start_node(behave) as url, client_for({"ara": url}) as client:
            return await client.ask(ROUTE, iter([b"<question/>"] * 3), 8.0, "question-1")

    return asked


def inside(answer: bytes, filling: bytes) -> bytes:
    """The answer with ``filling`` inside its unit."""
    at = answer.index(b"</facility>", answer.index(UNIT))
    return answer[:at] + filling + answer[at:]


def is_dropped(reply: RegionReply) -> bool:
    return reply.outcome is Outcome.MALFORMED and reply.entries is None


async def test_the_control_the_answer_without_an_attack_is_taken(ask: Ask, honest: bytes) -> None:
    for answer in (honest, inside(honest, b"<a>harmless</a>"), honest.replace(b"<env:Header>", b"<env:Header>\n")):
        reply = await ask(answering(answer))
        assert reply.outcome is Outcome.COMPLETE
        assert reply.entries is not None


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
async def test_a_doctype_costs_its_region_its_place(ask: Ask, bait: Bait, honest: bytes, packed: bool) -> None:
    for make in DOCTYPES.values():
        prolog, text = make(bait)
        declaration, rest = honest.split(b"?>", 1)
        answer = declaration + b"?>" + prolog.encode() + inside(rest, f"<a>{text}</a>".encode())
        body = gzip.compress(answer) if packed else answer
        with costing() as cost:
            reply = await ask(answering(body, headers="Content-Encoding: gzip\r\n" if packed else ""))
        assert is_dropped(reply)
        assert (cost.cpu_s < CPU_S, cost.grown < GROWN) == (True, True)

    assert bait.calls == []


@pytest.mark.parametrize("by_tree", [False, True], ids=["splice", "tree"])
async def test_what_some_processor_would_follow_stays_what_it_was(
    ask: Ask, bait: Bait, honest: bytes, by_tree: bool
) -> None:
    for make in INSIDE.values():
        comment = b"<!-- by the tree -->" if by_tree else b""
        reply = await ask(answering(inside(honest, comment + make(bait).encode())))
        assert reply.entries is None or SECRET.encode() not in b"".join(entry.xml for entry in units(reply))

    assert bait.calls == []


def units(reply: RegionReply):
    assert reply.entries is not None
    return reply.entries.facilities


@pytest.mark.parametrize("where", ["root", "unit"])
async def test_a_schema_told_by_the_answer_is_not_fetched(ask: Ask, bait: Bait, honest: bytes, where: str) -> None:
    hint = f' xmlns:i="{XSI}" i:schemaLocation="urn:asip:ror:2015 {bait.url}"'.encode()
    at = b"<env:Envelope" if where == "root" else UNIT[:-1]
    answer = honest.replace(at, at + hint, 1)
    assert answer != honest

    await ask(answering(answer))

    assert bait.calls == []


async def test_a_stylesheet_told_by_the_answer_is_dropped(ask: Ask, bait: Bait, honest: bytes) -> None:
    told = f'<?xml-stylesheet type="text/xsl" href="{bait.url}"?>'.encode()

    for answer in (honest.replace(b"<env:Envelope", told + b"<env:Envelope", 1), inside(honest, told), honest + told):
        reply = await ask(answering(answer))
        assert reply.outcome is Outcome.COMPLETE
        assert all(b"stylesheet" not in entry.xml for entry in units(reply))

    assert bait.calls == []


FLOODS: dict[str, Callable[[], bytes]] = {
    "10^5 deep": lambda: b"<a>" * 10**5 + b"</a>" * 10**5,
    "10^5 deep without an end": lambda: b"<a>" * 10**5,
    "2x10^5 attributes": lambda: b"<a " + b" ".join(b'a%d=""' % n for n in range(2 * 10**5)) + b"/>",
    "5x10^4 namespaces on one element": lambda: (
        b"<a " + b" ".join(b'xmlns:p%d="u"' % n for n in range(5 * 10**4)) + b"/>"
    ),
    "5x10^4 namespaces on as many": lambda: b"".join(
        b'<p%d:a xmlns:p%d="u%d"/>' % (n, n, n) for n in range(5 * 10**4)
    ),
    "10^6 siblings": lambda: b"<b/>" * 10**6,
    "10^6 comments": lambda: b"<!---->" * 10**6,
    "10^6 instructions": lambda: b"<?p?>" * 10**6,
    "10^6 CDATA sections": lambda: b"<![CDATA[]]>" * 10**6,
    "names made to collide": lambda: b"".join(b'<a%05x b%05x=""/>' % (n, n) for n in range(6 * 10**5)),
    "one text of 20 MB": lambda: b"<a>" + b"x" * 20_000_000 + b"</a>",
    "one id of 2 MB": lambda: b'<facility entityID="' + b"x" * 2_000_000 + b'"/>',
    "one namespace of 2 MB": lambda: b'<a xmlns="urn:' + b"x" * 2_000_000 + b'"/>',
    "one comment of 20 MB": lambda: b"<!--" + b"x" * 20_000_000 + b"-->",
    "one name of 2 MB": lambda: b"<" + b"a" * 2_000_000 + b"/>",
}


@pytest.mark.parametrize("what", FLOODS)
async def test_a_flood_costs_its_region_its_place_and_little_else(ask: Ask, honest: bytes, what: str) -> None:
    flooded = inside(honest, FLOODS[what]())
    packed = gzip.compress(flooded, 1)

    with costing() as cost:
        reply = await ask(answering(packed, headers="Content-Encoding: gzip\r\n"))

    assert is_dropped(reply), (reply.outcome, reply.detail)
    assert cost.cpu_s < CPU_S
    assert cost.grown < GROWN


async def test_an_answer_that_is_packed_a_thousandfold_is_dropped_before_it_is_unpacked(ask: Ask) -> None:
    packer = zlib.compressobj(1, wbits=31)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = block + again * 499
    assert len(bomb) < 500 * 2**20 // 100

    with costing() as cost:
        reply = await ask(answering(bomb, headers="Content-Encoding: gzip\r\n"))

    assert (reply.outcome, reply.detail) == (Outcome.MALFORMED, "answer.too-large")
    assert cost.grown < GROWN
    assert cost.cpu_s < CPU_S


@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate", "br", "zstd", "gzip\t", "identity, gzip"])
async def test_another_or_a_second_packing_is_not_unpacked(ask: Ask, honest: bytes, coding: str) -> None:
    twice = gzip.compress(gzip.compress(honest))

    reply = await ask(answering(twice, headers=f"Content-Encoding: {coding}\r\n"))

    assert is_dropped(reply)


@pytest.mark.parametrize("charset", ["utf-7", "utf-32", "cp500", "latin-1"])
async def test_an_answer_in_another_charset_is_dropped(ask: Ask, honest: bytes, charset: str) -> None:
    text = honest.decode().replace("UTF-8", charset)

    assert is_dropped(await ask(answering(text.encode(charset, "replace"))))


@pytest.mark.parametrize(
    "content_type",
    ['multipart/related; type="application/xop+xml"', "application/xop+xml", "text/html", "image/svg+xml"],
)
async def test_an_answer_with_attachments_or_of_another_type_is_dropped(
    ask: Ask, honest: bytes, content_type: str
) -> None:
    reply = await ask(answering(honest, content_type=content_type))

    assert (reply.outcome, reply.detail) == (Outcome.MALFORMED, "answer.content-type")


TWO_WAYS: dict[str, Callable[[bytes], bytes]] = {
    "two bodies": lambda answer: answer.replace(b"</env:Body>", b"</env:Body><env:Body/>"),
    "two results": lambda answer: answer.replace(b"</result>", b"</result><result/>"),
    "two headers": lambda answer: answer.replace(b"</env:Header>", b"</env:Header><env:Header/>"),
    "two coverages": lambda answer: answer.replace(
        b"</env:Header>", b'<p:couverture xmlns:p="urn:inter-ror:passerelle:1"/></env:Header>'
    ),
    "an envelope behind the envelope": lambda answer: answer + answer.partition(b"?>")[2],
    "bytes behind the envelope": lambda answer: answer + b"<a/>",
    "the other version's envelope": lambda answer: answer.replace(
        b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/other/"
    ),
}


@pytest.mark.parametrize("what", TWO_WAYS)
async def test_an_answer_that_can_be_read_in_two_ways_is_dropped(ask: Ask, honest: bytes, what: str) -> None:
    answer = TWO_WAYS[what](honest)
    assert answer != honest

    assert is_dropped(await ask(answering(answer)))


# Its HTTP


def framed(head: bytes) -> Behaviour:
    """Answer each request with exactly these bytes."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_read(reader)
            writer.write(head)
            await writer.drain()
            if b"Connection: close" in head:
                return

    return behave


def response(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in (b"Content-Type: application/soap+xml", *headers))
    return b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n" + body


def chunks(body: bytes, trailer: bytes = b"") -> bytes:
    return b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, trailer)


BAD_FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "length and chunks": lambda a: response(chunks(a), b"Content-Length: 9", b"Transfer-Encoding: chunked"),
    "two lengths": lambda a: response(a, b"Content-Length: 9", b"Content-Length: %d" % len(a)),
    "too short a length": lambda a: response(a, b"Content-Length: %d" % (len(a) - 9)),
    "too long a length": lambda a: response(a, b"Content-Length: %d" % (len(a) + 9), b"Connection: close"),
    "a length that is none": lambda a: response(a, b"Content-Length: +%d" % len(a)),
    "chunks that lie": lambda a: response(b"5\r\n" + a, b"Transfer-Encoding: chunked", b"Connection: close"),
    "a header of a megabyte": lambda a: response(a, b"X: " + b"y" * 2**20, b"Content-Length: %d" % len(a)),
    "ten thousand headers": lambda a: response(a, *(b"X%d: y" % n for n in range(10_000)), b"Content-Length: 1"),
    "ten thousand trailers": lambda a: response(
        chunks(a, b"X: y\r\n" * 10_000), b"Transfer-Encoding: chunked", b"Connection: close"
    ),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
async def test_an_answer_whose_frame_lies_is_not_taken(ask: Ask, honest: bytes, what: str) -> None:
    reply = await ask(framed(BAD_FRAMES[what](honest)))

    assert reply.outcome in {Outcome.MALFORMED, Outcome.UNREACHABLE}, (reply.outcome, reply.detail)
    assert reply.entries is None


@pytest.mark.parametrize("frame", [b"length", b"chunks", b"end"])
async def test_the_control_an_answer_in_each_honest_frame_is_taken(ask: Ask, honest: bytes, frame: bytes) -> None:
    honest_frames = {
        b"length": response(honest, b"Content-Length: %d" % len(honest)),
        b"chunks": response(chunks(honest), b"Transfer-Encoding: chunked"),
        b"end": response(honest, b"Connection: close"),
    }

    assert (await ask(framed(honest_frames[frame]))).outcome is Outcome.COMPLETE


def test_the_control_the_golden_answer_has_a_unit_to_attack(honest: bytes) -> None:
    assert UNIT in honest
    assert etree.fromstring(inside(honest, b"<a/>")).find(".//facility/a") is not None
