"""Answers in another encoding than UTF-8 become UTF-8 before either path reads them.

Only the bytes change, and the name in the declaration: whether the rest of the declaration is one is for the XML
parsers to say. An encoding that is not in the short list below, or that its own byte order mark contradicts, is
refused: what a partner declares wrongly may not be guessed.
"""

import re

from gateway.errors import MalformedAnswerError

_ENCODING = re.compile(
    rb"<\?xml[ \t\r\n][\t\r\n -;=@-~]{0,80}?(?<=[ \t\r\n])encoding"
    rb"""[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']"""
)
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UTF8 = "UTF-8"
_UTF8_NAMES = frozenset({"utf-8", "utf8"})
_UTF16_NAMES = frozenset({"utf-16", "utf16"})
_SINGLE_BYTE = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "windows-1252", "us-ascii", "ascii"})


def as_utf8(data: bytes) -> bytes:
    """The same document in UTF-8, without a mark and not declared otherwise. Raises ``MalformedAnswerError``."""
    if data.startswith(_UTF16_MARKS) and not data.startswith(_UTF32_MARKS):
        wide = _decoded(data, "utf-16").encode()
        declared = _ENCODING.match(wide)
        if declared is not None and _name(declared) not in _UTF16_NAMES:
            raise _refused(_name(declared))
        return _redeclared(wide, declared)
    marked = data.startswith(_UTF8_MARK)
    if marked:
        data = data[len(_UTF8_MARK) :]
    declared = _ENCODING.match(data)
    if declared is None or declared[1] == b"UTF-8":
        return data
    encoding = _name(declared)
    if encoding in _UTF8_NAMES:
        return _redeclared(data, declared)
    if marked or encoding not in _SINGLE_BYTE:
        raise _refused(encoding)
    return _redeclared(_decoded(data, encoding).encode(), declared)


def _name(declared: re.Match[bytes]) -> str:
    return declared[1].decode("ascii").lower()


def _redeclared(data: bytes, declared: re.Match[bytes] | None) -> bytes:
    """``data``, whose declaration is all ASCII and therefore where it was, with UTF-8 in its declaration."""
    if declared is None:
        return data
    return data[: declared.start(1)] + _UTF8.encode() + data[declared.end(1) :]


def _refused(encoding: str) -> MalformedAnswerError:
    return MalformedAnswerError("answer.encoding", f"{encoding} is not read, or contradicts the bytes")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedAnswerError("answer.encoding", "the bytes contradict the declared encoding") from error
