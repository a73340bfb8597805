"""Answers in another encoding than UTF-8 become UTF-8 before either path reads them."""

import re

from gateway.errors import MalformedAnswerError

_DECLARATION = re.compile(
    rb"""^<\?xml\s+version\s*=\s*(?:"1\.[0-9]"|'1\.[0-9]')\s+encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["'][^>]*\?>"""
)
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_READ = frozenset({"iso-8859-1", "iso-8859-15", "windows-1252", "us-ascii"})


def as_utf8(data: bytes) -> bytes:
    """The same document in UTF-8, without its mark or foreign declaration. Raises ``MalformedAnswerError``."""
    if data.startswith(_UTF16_MARKS):
        text = _decoded(data, "utf-16")
        return re.sub(r"^<\?xml[^>]*\?>", "", text, count=1).encode()
    if data.startswith(_UTF8_MARK):
        data = data[len(_UTF8_MARK) :]
    declared = _DECLARATION.match(data)
    if declared is None:
        return data
    encoding = declared[1].decode("ascii").lower()
    if encoding in {"utf-8", "utf8"}:
        return data
    if encoding not in _READ:
        raise MalformedAnswerError("answer.encoding", f"{encoding} is not read")
    return _decoded(data[declared.end() :], encoding).encode()


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedAnswerError("answer.encoding", "the bytes contradict the declared encoding") from error
