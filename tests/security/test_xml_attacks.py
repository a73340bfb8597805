"""Hostile XML in a question, to the gateway and to a node.

It is refused with its reason and recorded; nothing is fetched, nothing read from disk, and it is cheap. The controls
show that each payload works on a parser that is not ours, and that the question without it is answered.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
import pytest_asyncio
from lxml import etree

from certs.home import Home
from ror import namespaces as ns
from ror.audit.events import Kind
from tests.support.both_servers import Both, Said, Server, both_servers
from tests.support.xml_attacks import DOCTYPES, FLOODS, HUGE, INSIDE, SECRET, XI, XSI, Bait, baited, costing

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = b"<organization/>"
"""Where the question takes free text."""
CPU_S, GROWN = 0.5, 48 * 2**20
BOTH = pytest.mark.parametrize("name", ["gateway", "node"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with both_servers(pki_home, golden, tmp_path_factory.mktemp("xml")) as servers:
        yield servers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bait(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bait]:
    async with baited(tmp_path_factory.mktemp("bait")) as laid:
        yield laid


def server_of(both: Both, name: str) -> Server:
    return both.gateway if name == "gateway" else both.node


async def refused(both: Both, name: str, body: bytes, slug: str, **headers: str) -> Said:
    """Send ``body``; it is refused with ``slug``, cheaply, and the gateway's log has it."""
    before = len(both.behind.records())
    with costing() as cost:
        said = await server_of(both, name).ask(body, **headers)

    assert said.slug == slug
    assert SECRET.encode() not in said.data
    assert cost.cpu_s < CPU_S
    assert cost.grown < GROWN
    if name == "gateway":
        told = [one.event for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert [(one["granted"], one["reason"]) for one in told] == [(False, slug)]
    return said


@BOTH
async def test_the_control_the_question_without_an_attack_is_answered(both: Both, name: str) -> None:
    server = server_of(both, name)

    for body in (server.asked(), server.asked((NAME, b"<organization>CHU</organization>"))):
        assert (await server.ask(body)).statuses == [200]


# Entities and what else a DOCTYPE may declare


@BOTH
@pytest.mark.parametrize("what", DOCTYPES)
async def test_a_doctype_is_refused_whatever_it_declares(both: Both, bait: Bait, name: str, what: str) -> None:
    prolog, text = DOCTYPES[what](bait)
    body = prolog.encode() + both.gateway.question.replace(NAME, f"<organization>{text}</organization>".encode())

    await refused(both, name, body, "request.doctype")

    assert bait.calls == []


@pytest.mark.parametrize("what", ["a file", "a parameter entity", "an external DTD"])
async def test_the_control_a_careless_parser_reads_the_file(both: Both, bait: Bait, what: str) -> None:
    prolog, text = DOCTYPES[what](bait)
    body = f"{prolog}<x>{text}</x>".encode()
    careless = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)

    assert etree.fromstring(body, careless).text == SECRET


async def test_the_control_the_bait_notices_who_calls(tmp_path: Path) -> None:
    async with baited(tmp_path) as bait:
        read = await asyncio.to_thread(lambda: urlopen(bait.url, timeout=5).read())

    assert (read, bait.calls) == (SECRET.encode(), [b"GET /piege HTTP/1.1\r\n"])


async def test_the_control_entities_grow_where_they_are_expanded() -> None:
    prolog, _ = DOCTYPES["a billion laughs"](None)  # type: ignore[arg-type]
    careless = etree.XMLParser(resolve_entities=True, huge_tree=True)

    assert len(etree.fromstring(f"{prolog}<x>&e4;</x>".encode(), careless).text) == 2 * 10**4


# Elements and hints that some processor would follow


@BOTH
@pytest.mark.parametrize("what", INSIDE)
async def test_what_some_processor_would_follow_is_not_followed(both: Both, bait: Bait, name: str, what: str) -> None:
    inside = INSIDE[what](bait).encode()
    body = server_of(both, name).asked((NAME, b"<organization>" + inside + b"</organization>"))

    await refused(both, name, body, "criterion.unknown")

    assert bait.calls == []


@BOTH
async def test_a_document_of_imports_is_no_question(both: Both, bait: Bait, name: str) -> None:
    wsdl = f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/">{INSIDE["an import of WSDL"](bait)}</definitions>'

    await refused(both, name, wsdl.encode(), "soap.envelope")

    assert bait.calls == []


async def test_the_control_an_inclusion_works_where_it_is_processed(bait: Bait) -> None:
    tree = etree.ElementTree(
        etree.fromstring(f'<x><xi:include xmlns:xi="{XI}" href="{bait.file}" parse="text"/></x>')
    )
    tree.xinclude()

    assert tree.getroot().text == SECRET


@BOTH
@pytest.mark.parametrize("hint", ["schemaLocation", "noNamespaceSchemaLocation"])
async def test_a_schema_told_by_the_question_is_not_fetched(both: Both, bait: Bait, name: str, hint: str) -> None:
    told = f"{ns.G1} {bait.url}" if hint == "schemaLocation" else bait.url
    server = server_of(both, name)
    body = server.asked((NAME, f'<organization xmlns:i="{XSI}" i:{hint}="{told}"/>'.encode()))

    said = await server.ask(body)

    assert said.statuses == [200]
    assert bait.calls == []


@BOTH
@pytest.mark.parametrize("where", ["before", "behind", "inside"])
async def test_a_stylesheet_told_by_the_question_is_refused(both: Both, bait: Bait, name: str, where: str) -> None:
    told = f'<?xml-stylesheet type="text/xsl" href="{bait.url}"?>'.encode()
    question = both.gateway.question
    body = {
        "before": told + question,
        "behind": question + told,
        "inside": question.replace(NAME, told + NAME),
    }[where]

    await refused(both, name, body, "request.processing-instruction")

    assert bait.calls == []


# WS-Addressing: answers go to who asked, over the connection that asked

WSA = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")


def addressed(question: bytes, block: str, namespace: str, url: str, mandatory: bool) -> bytes:
    """The question with an endpoint of WS-Addressing in its header."""
    must = b' env:mustUnderstand="true"' if mandatory else b""
    told = f'<a:{block} xmlns:a="{namespace}"'.encode() + must
    told += f"><a:Address>{url}</a:Address></a:{block}>".encode()
    at = question.index(b"Header>") + len(b"Header>")
    return question[:at] + told + question[at:]


@BOTH
@pytest.mark.parametrize("block", ["ReplyTo", "FaultTo", "From"])
async def test_an_answer_goes_to_nobody_but_who_asked(both: Both, bait: Bait, name: str, block: str) -> None:
    server = server_of(both, name)
    for namespace in WSA:
        said = await server.ask(addressed(server.asked(), block, namespace, bait.url, mandatory=False))
        assert said.statuses == [200]
        said = await server.ask(addressed(b"<a/>" + server.asked(), block, namespace, bait.url, mandatory=False))
        assert said.slug == "request.malformed-xml"

    assert bait.calls == []


@BOTH
@pytest.mark.parametrize("block", ["ReplyTo", "FaultTo", "From", "To", "RelatesTo"])
async def test_an_endpoint_that_must_be_understood_is_refused(both: Both, bait: Bait, name: str, block: str) -> None:
    body = addressed(both.gateway.question, block, WSA[0], bait.url, mandatory=True)

    await refused(both, name, body, "soap.must-understand")

    assert bait.calls == []


# Envelopes that two readers would read in two ways


def twice(part: bytes) -> Callable[[bytes], bytes]:
    def change(question: bytes) -> bytes:
        start, end = question.index(b"<env:" + part), question.index(b"</env:" + part + b">") + len(part) + 7
        return question[:end] + question[start:end] + question[end:]

    return change


def changed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(question: bytes) -> bytes:
        assert old in question
        return question.replace(old, new)

    return change


AMBIGUOUS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "two headers": (twice(b"Header"), "soap.envelope"),
    "two bodies": (twice(b"Body"), "soap.body-count"),
    "two questions in the body": (
        changed(b"</env:Body>", b'<r:careServicesRequest xmlns:r="urn:asip:ror:2015"/></env:Body>'),
        "soap.body-count",
    ),
    "a header behind the body": (changed(b"</env:Body>", b"</env:Body><env:Header/>"), "soap.envelope"),
    "a header of the other version": (
        changed(b"<env:Body>", f'<s:Header xmlns:s="{ns.SOAP_11}"/><env:Body>'.encode()),
        "soap.envelope",
    ),
    "an envelope in an envelope": (
        lambda question: (
            b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>'
            + question
            + b"</e:Body></e:Envelope>"
        ),
        "request.not-conformant",
    ),
    "our own header twice": (
        changed(b"</env:Header>", f'<p:recherche xmlns:p="{ns.PASSERELLE}" limite="9"/></env:Header>'.encode()),
        "header.invalid",
    ),
    "text between the blocks": (changed(b"<env:Body>", b"x<env:Body>"), "soap.envelope"),
}


@BOTH
@pytest.mark.parametrize("what", AMBIGUOUS)
async def test_an_envelope_that_can_be_read_in_two_ways_is_refused(both: Both, name: str, what: str) -> None:
    change, slug = AMBIGUOUS[what]

    await refused(both, name, change(both.gateway.question), slug)


@BOTH
@pytest.mark.parametrize(
    "headers",
    [
        {"SOAPAction": '"urn:asip:ror:2015:autre"'},
        {"Content_Type": 'application/soap+xml; action="urn:autre"'},
    ],
    ids=["header", "parameter"],
)
async def test_an_action_that_is_not_the_bodys_is_refused(both: Both, name: str, headers: dict[str, str]) -> None:
    await refused(both, name, both.gateway.question, "soap.action", **headers)


# Charsets


@BOTH
@pytest.mark.parametrize(
    "codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "cp500", "cp037"]
)
async def test_another_charset_is_refused_by_its_bytes(both: Both, name: str, codec: str) -> None:
    body = f'<?xml version="1.0" encoding="{codec}"?>{both.gateway.question.decode()}'.encode(codec)

    await refused(both, name, body, "request.encoding")


@BOTH
@pytest.mark.parametrize("declared", ["UTF-16", "UTF-7", "ISO-8859-1", "IBM500", "x-user-defined"])
async def test_another_charset_is_refused_by_its_name(both: Both, name: str, declared: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>'.encode() + both.gateway.question

    await refused(both, name, body, "request.encoding")


@BOTH
@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "iso-8859-1"])
async def test_another_charset_is_refused_by_the_header(both: Both, name: str, charset: str) -> None:
    content_type = f"application/soap+xml; charset={charset}"

    await refused(both, name, both.gateway.question, "http.content-type", Content_Type=content_type)


@BOTH
@pytest.mark.parametrize(
    "text", [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\x00", b"&#0;"]
)
async def test_text_that_is_no_utf8_or_no_character_is_refused(both: Both, name: str, text: bytes) -> None:
    body = both.gateway.question.replace(NAME, b"<organization>" + text + b"</organization>")

    await refused(both, name, body, "request.malformed-xml")


# Floods that fit into the size of a question


@BOTH
@pytest.mark.parametrize("what", FLOODS)
async def test_a_flood_within_the_size_of_a_question_is_refused_cheaply(both: Both, name: str, what: str) -> None:
    filling, slug = FLOODS[what]
    body = both.gateway.question.replace(NAME, b"<organization>" + filling + b"</organization>")

    await refused(both, name, body, slug)


@BOTH
async def test_empty_cdata_again_and_again_is_the_empty_text_that_it_is(both: Both, name: str) -> None:
    server = server_of(both, name)
    with costing() as cost:
        said = await server.ask(
            server.asked((NAME, b"<organization>" + b"<![CDATA[]]>" * 18_000 + b"</organization>"))
        )

    assert said.statuses == [200]
    assert cost.cpu_s < CPU_S


# Floods beyond it: the length is refused, told or not


@BOTH
async def test_a_flood_beyond_the_size_of_a_question_is_refused_unread(both: Both, name: str) -> None:
    server, before = server_of(both, name), len(both.behind.records())
    bodies = [flood() for flood in HUGE.values()]
    start = f"POST {ns.PATH_G1} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n".encode()
    told = [b"%bContent-Length: %d\r\n\r\n%b" % (start, len(body), body) for body in bodies]
    untold = [b"%bTransfer-Encoding: chunked\r\n\r\n%x\r\n%b" % (start, len(body), body) for body in bodies]

    with costing() as cost:
        said = await asyncio.gather(*(server.say(message) for message in (*told, *untold)))

    assert {one.slug for one in said} == {"request.too-large"}
    assert cost.cpu_s < len(said) * CPU_S
    assert cost.grown < 4 * sum(map(len, bodies)) + GROWN
    if name == "gateway":
        recorded = [one.event["reason"] for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert recorded == ["request.too-large"] * len(said)


# Attachments and compression


@BOTH
@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/related; type="application/xop+xml"; start="<a>"; boundary="b"',
        "application/xop+xml",
        "multipart/form-data; boundary=b",
        "application/dime",
        "application/zip",
    ],
)
async def test_a_message_with_attachments_is_refused_unread(both: Both, name: str, content_type: str) -> None:
    body = b'--b\r\nContent-ID: <a>\r\n\r\n<a href="cid:../../etc/passwd"/>\r\n--b--'

    await refused(both, name, body, "http.content-type", Content_Type=content_type)


@BOTH
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip"])
async def test_a_packed_question_is_refused_unpacked(both: Both, name: str, coding: str) -> None:
    await refused(both, name, b"\x1f\x8b" + bytes(1_000), "http.content-type", Content_Encoding=coding)
