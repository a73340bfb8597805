"""The hardened parser: every attack on XML that a tree could suffer, each beside a control that passes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import FaultError
from ror.faults import Reason
from ror.xml_parser import ANSWER_LIMITS, REQUEST_LIMITS, Limits, parse

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'


def refusal(data: bytes, limits: Limits = REQUEST_LIMITS) -> Reason:
    with pytest.raises(FaultError) as caught:
        parse(data, limits)
    return caught.value.fault.reason


def outcome(data: bytes, limits: Limits) -> int | None:
    try:
        parse(data, limits)
    except FaultError as error:
        return error.fault.number
    return None


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def attributes(count: int) -> bytes:
    return b"<a " + b" ".join(b'a%d=""' % i for i in range(count)) + b"/>"


def test_a_plain_document_is_parsed() -> None:
    root = parse(HEAD + b'<a xmlns="urn:x" b="1">\xc3\xa9<c/></a>', REQUEST_LIMITS)
    assert (root.tag, root.text, root.get("b"), len(root)) == ("{urn:x}a", "é", "1", 1)


@pytest.mark.parametrize("prolog", [b"", HEAD, b"\xef\xbb\xbf", b"\xef\xbb\xbf" + HEAD, HEAD.lower(), b"\n\t"])
def test_utf8_is_read_with_or_without_mark_and_declaration(prolog: bytes) -> None:
    assert parse(prolog + "<a>é</a>".encode(), REQUEST_LIMITS).text == "é"


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "utf-7", "us-ascii", "windows-1252", "x-user-defined"])
def test_another_declared_encoding_is_refused(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode()
    assert refusal(data) is Reason.XML_ENCODING


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp500"])
def test_another_encoding_is_recognised_by_its_first_bytes(codec: str) -> None:
    assert refusal('<?xml version="1.0"?><a/>'.encode(codec)) is Reason.XML_ENCODING


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"no xml",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a/>text",
        b"<a>\x00</a>",
        b"<a>&#0;</a>",
        b"<a>&#x1F;</a>",
        b"<a>\x08</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a>\xc0\xaf</a>",
        b"<a>\xe9</a>",
        b"<a>\xf4\x90\x80\x80</a>",
        b"<a b='1' b='2'/>",
        b"<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        b"<p:a/>",
        b"<a p:b='1'/>",
        b"<a>&unknown;</a>",
        b"<a>&nbsp;</a>",
        b"<a>a < b</a>",
        b"<a b=1/>",
        b"<a>]]></a>",
        b"<a><!-- -- --></a>",
        b"<a><![CDATA[x</a>",
        b'<?xml version="1.1"?><a/>',
        b'<a/><?xml version="1.0"?>',
        b'<a xmlns:xml="urn:x"/>',
    ],
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    assert refusal(data) is Reason.XML_MALFORMED


def test_a_malformed_document_is_told_where() -> None:
    with pytest.raises(FaultError) as caught:
        parse(b"<a>\n <b></c></a>", REQUEST_LIMITS)
    assert "ligne 2" in caught.value.fault.message


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        b'<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;"><!ENTITY x "&m;&m;&m;&m;">]>',
        b'<!DOCTYPE a [<!ATTLIST a b CDATA "default">]>',
    ],
)
@pytest.mark.parametrize("before", [b"", HEAD, HEAD + b"\n<!-- <a> -->\n", b"\xef\xbb\xbf" + HEAD])
@pytest.mark.parametrize("limits", [REQUEST_LIMITS, ANSWER_LIMITS])
def test_a_doctype_is_refused_whatever_it_says(doctype: bytes, before: bytes, limits: Limits) -> None:
    assert refusal(before + doctype + b"<a>&x;</a>", limits) is Reason.XML_DOCTYPE


def test_the_word_doctype_inside_text_is_text() -> None:
    assert parse(b"<a><![CDATA[<!DOCTYPE a>]]></a>", REQUEST_LIMITS).text == "<!DOCTYPE a>"


def test_a_quadratic_entity_costs_nothing() -> None:
    entity = b"x" * 100_000
    data = b'<!DOCTYPE a [<!ENTITY x "' + entity + b'">]><a>' + b"&x;" * 40_000 + b"</a>"
    start = time.process_time()
    assert refusal(data) is Reason.XML_DOCTYPE
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("data", [b"<?pi x?><a/>", b"<a><?pi x?></a>", b'<a/><?xml-stylesheet href="http://x/"?>'])
def test_a_processing_instruction_is_refused_in_a_request_and_dropped_from_an_answer(data: bytes) -> None:
    assert refusal(data) is Reason.XML_PROCESSING_INSTRUCTION
    assert len(parse(data, ANSWER_LIMITS)) == 0


def test_comments_do_not_cut_a_text_in_two() -> None:
    root = parse(b"<a>CN=a<!-- -->dmin<![CDATA[,O=x]]></a>", REQUEST_LIMITS)
    assert (root.text, len(root)) == ("CN=admin,O=x", 0)


def test_xinclude_and_schema_locations_are_never_followed() -> None:
    include = (
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        b' xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"><xi:include href="file:///etc/passwd"/></a>'
    )
    root = parse(include, REQUEST_LIMITS)
    assert root[0].tag == "{http://www.w3.org/2001/XInclude}include"
    assert root[0].text is None


LIMIT_CASES = [
    ("depth", nested(32), nested(33)),
    ("elements", b"<a>" + b"<b/>" * 4_999 + b"</a>", b"<a>" + b"<b/>" * 5_000 + b"</a>"),
    ("attributes of one element", attributes(64), attributes(65)),
    (
        "attributes",
        b"<a>" + (b"<b" + attributes(20)[2:]) * 500 + b"</a>",
        b"<a>" + (b"<b" + attributes(20)[2:]) * 501 + b"</a>",
    ),
    (
        "namespaces",
        b"<a>" + b'<b xmlns:p="urn:p"/>' * 256 + b"</a>",
        b"<a>" + b'<b xmlns:p="urn:p"/>' * 257 + b"</a>",
    ),
    ("text", b"<a>" + b"x" * 16_384 + b"</a>", b"<a>" + b"x" * 16_385 + b"</a>"),
    ("attribute value", b'<a b="' + b"x" * 16_384 + b'"/>', b'<a b="' + b"x" * 16_385 + b'"/>'),
    ("comments", b"<a>" + b"<!---->" * 100 + b"</a>", b"<a>" + b"<!---->" * 101 + b"</a>"),
    ("text in pieces", b"<a>" + b"&#120;" * 16_384 + b"</a>", b"<a>" + b"&#120;" * 16_385 + b"</a>"),
    (
        "text around comments",
        b"<a>" + b"x" * 8_192 + b"<!-- -->" + b"x" * 8_192 + b"</a>",
        b"<a>" + b"x" * 8_192 + b"<!-- -->" + b"x" * 8_193 + b"</a>",
    ),
]


@pytest.mark.parametrize(("name", "fits", "exceeds"), LIMIT_CASES, ids=[case[0] for case in LIMIT_CASES])
def test_a_limit_admits_its_value_and_refuses_the_next(name: str, fits: bytes, exceeds: bytes) -> None:
    parse(fits, REQUEST_LIMITS)
    assert refusal(exceeds) is Reason.XML_LIMIT


def test_a_document_beyond_its_size_is_refused_unread() -> None:
    parse(b"<a>" + b"<b/>" * 10 + b" " * 16_000 + b"</a>", REQUEST_LIMITS)
    assert refusal(b"\x00" * (REQUEST_LIMITS.max_bytes + 1)) is Reason.REQUEST_TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        attributes(300_000),
        b"<a " + b" ".join(b'xmlns:p%d="u"' % i for i in range(300_000)) + b"/>",
        b"<a><!--" + b"x" * 10_000_000 + b"--></a>",
        b"<" + b"a" * 10_000_000 + b"/>",
        b'<a b="' + b"x" * 10_000_000 + b'"/>',
        nested(100_000),
        b"<a>" + b"<!---->" * 1_000_000 + b"</a>",
        b"<a>" + b"x" * 50_000_000 + b"</a>",
        b"<a>" + b"<?p?>" * 10 + b"<b>" * 1_000_000,
    ],
    ids=["attributes", "namespaces", "comment", "name", "value", "depth", "comments", "text", "open"],
)
def test_a_flood_in_an_answer_is_refused_within_a_second(data: bytes) -> None:
    start = time.process_time()
    assert refusal(data, ANSWER_LIMITS) is Reason.XML_LIMIT
    assert time.process_time() - start < 1.0


def test_a_prolog_made_to_backtrack_is_read_once() -> None:
    start = time.process_time()
    assert refusal(b" <!-- ? -->" * 20_000 + b"<?x") is Reason.XML_LIMIT
    assert time.process_time() - start < 0.5


@given(st.binary(max_size=400) | st.text(alphabet="<>/ab='\"&;!-[]?x: \n", max_size=200).map(str.encode))
def test_nothing_but_a_fault_leaves_the_parser(data: bytes) -> None:
    for limits in (REQUEST_LIMITS, ANSWER_LIMITS):
        assert outcome(data, limits) in {None, 400, 413}


@given(st.integers(min_value=0))
def test_every_prefix_of_a_document_is_malformed(cut: int) -> None:
    data = HEAD + '<p:a xmlns:p="urn:x"><b c="d">é&amp;<![CDATA[x]]></b><!-- y --></p:a>'.encode()
    with pytest.raises(FaultError):
        parse(data[: cut % len(data)], REQUEST_LIMITS)
