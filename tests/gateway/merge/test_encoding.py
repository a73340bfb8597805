"""Every answer is UTF-8, declared so or not at all, before anything looks into it."""

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import MalformedAnswerError
from gateway.merge.encoding import as_utf8

TEXT = "<a>Évreux, Œuilly</a>"


def declared(encoding: str, quote: str = '"') -> str:
    return f"<?xml version={quote}1.0{quote} encoding={quote}{encoding}{quote}?>"


@pytest.mark.parametrize("encoding", ["iso-8859-15", "windows-1252", "ISO-8859-15", "Windows-1252"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_single_byte_encoding_becomes_utf_8(encoding: str, quote: str) -> None:
    data = (declared(encoding, quote) + TEXT).encode(encoding)
    assert as_utf8(data).decode() == declared("UTF-8", quote) + TEXT


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["UTF-16", "utf-16"])
def test_utf_16_behind_its_mark_becomes_utf_8(codec: str, name: str) -> None:
    mark = codecs.BOM_UTF16_LE if codec.endswith("le") else codecs.BOM_UTF16_BE
    assert as_utf8(mark + (declared(name) + TEXT).encode(codec)).decode() == declared("UTF-8") + TEXT
    assert as_utf8(mark + TEXT.encode(codec)).decode() == TEXT


def test_a_stylesheet_instruction_is_no_declaration() -> None:
    data = '<?xml-stylesheet encoding="latin1"?>' + TEXT
    assert as_utf8(data.encode()) == data.encode()
    assert as_utf8(codecs.BOM_UTF16_LE + data.encode("utf-16-le")) == data.encode()


def test_utf_8_stays_as_it_is_but_for_its_mark() -> None:
    for head in ("", declared("UTF-8")):
        data = (head + TEXT).encode()
        assert as_utf8(data) is data
        assert as_utf8(codecs.BOM_UTF8 + data) == data


@pytest.mark.parametrize(
    "data",
    [
        declared("cp037").encode(),
        declared("UTF-7").encode(),
        declared("x-user-defined").encode(),
        declared("UTF-16").encode(),
        codecs.BOM_UTF8 + declared("iso-8859-1").encode(),
        codecs.BOM_UTF16_LE + declared("iso-8859-1").encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"\x00",
        codecs.BOM_UTF16_BE + b"\xd8\x00\x00<",
        declared("us-ascii").encode() + "é".encode(),
        declared("windows-1252").encode() + b"\x81",
    ],
)
def test_an_encoding_that_is_foreign_or_contradicted_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedAnswerError) as refused:
        as_utf8(data)
    assert refused.value.slug == "answer.encoding"


def test_a_declaration_is_not_mended_while_its_encoding_is_changed() -> None:
    data = b'<?xml version="1.0" encoding="latin1" nonsense?><a/>'
    assert as_utf8(data) == b'<?xml version="1.0" encoding="UTF-8" nonsense?><a/>'


@given(st.binary(max_size=60), st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"<?xml "]))
def test_nothing_but_a_refusal_comes_of_other_bytes(data: bytes, start: bytes) -> None:
    with contextlib.suppress(MalformedAnswerError):
        as_utf8(start + data)
