"""The hot path: an answer is checked by expat and cut by byte search; no object is made per element.

The contents of the directories are cut out and checked on their own: well-formed, without declarations and without
prefixes. What is left, the skeleton, is small and parsed as a tree. Where both hold the whole was well-formed, and
every entry can stand in another document as it is.

Safe because of what XML itself forbids: a raw ``<`` stands in no text and no attribute value, so a tag found by its
bytes is one, once comments, CDATA and processing instructions are excluded. The splice only ever says yes. Whatever
could mislead the search, or breaks a rule, raises ``UnusualAnswerError`` and is judged by the tree path:

* a comment, CDATA section, processing instruction or DOCTYPE; anything that is not well-formed;
* ``xmlns`` or ``xml:id`` inside a directory, a prefix declared above it and used inside, a default namespace around;
* directories in another order, nested in one another, with attributes, or elsewhere than below ``result``;
* ``entityID`` anywhere but as the first attribute of a tag, after one space, in double quotes, or with a value that
  normalisation or escaping would change (references, ``>``, tabs, line ends, nothing); this also covers attributes
  that merely end like it, and texts that hold it;
* an entry with another attribute, without content, nested in its like, or beside text; white space in an end tag;
* an entry that could be nested too deep, a tag that could hold too many attributes, any excess of size.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NoReturn
from xml.parsers import expat

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge.entries import DIRECTORIES, XML_SPACE, Entries, Entry
from gateway.merge.skeleton import Skeleton, read_skeleton
from ror.errors import FaultError
from ror.xml_parser import ANSWER_LIMITS, parse

_KEY = b' entityID="'
_NAME = b"entityID"
_NOT_IN_VALUES = b"&<>\t\n\r"

_LONGEST_ENTRY = 256 * 1024
_SHORTEST_ATTRIBUTE = len(b' a=""')
_LONGEST_TAG = ANSWER_LIMITS.max_attributes_per_element * _SHORTEST_ATTRIBUTE
"""Bytes of a tag that cannot hold too many attributes."""
_DEEPEST_ENTRY = ANSWER_LIMITS.max_depth - 16
"""What the envelope, the wrappers and the directory leave of the depth."""
_SHORTEST_DEEP_ENTRY = _DEEPEST_ENTRY * len(b"<a></a>")


def cut(data: bytes, ror: str) -> tuple[Skeleton, tuple[Entries, ...]]:
    """Cut one region's answer into its skeleton and the entries of the five directories.

    ``data`` is in UTF-8 (``gateway.merge.encoding``). Raises ``UnusualAnswerError``: ask the tree path.
    """
    if _may_be_too_large(data):
        raise UnusualAnswerError("size")
    spans = _directory_spans(data)
    skeleton = _skeleton(data, spans)
    contents = [b"" if span is None else data[span[0] : span[1]] for span in spans]
    _check_alone(contents)
    scope = ror.encode() + b":"
    return skeleton, tuple(
        _entries(content, entry, scope) for content, (_, entry) in zip(contents, DIRECTORIES, strict=True)
    )


def _may_be_too_large(data: bytes) -> bool:
    """Whether the answer, or the number of its elements or attributes, could exceed the limits."""
    limits = ANSWER_LIMITS
    return (
        len(data) > limits.max_bytes
        or (len(data) > len(b"<a/>") * limits.max_elements and data.count(b"<") > limits.max_elements)
        or (len(data) > _SHORTEST_ATTRIBUTE * limits.max_attributes and data.count(b"=") > limits.max_attributes)
    )


def _directory_spans(data: bytes) -> list[tuple[int, int] | None]:
    """Where each directory's contents begin and end; equal for an empty one; ``None`` where it is absent.

    Each is looked for behind the one before. What stands elsewhere, or in another's contents, is not found here, and
    then not where the skeleton must have it.
    """
    spans: list[tuple[int, int] | None] = []
    position = 0
    for name, _ in DIRECTORIES:
        start = data.find(b"<" + name, position)
        if start < 0:
            spans.append(None)
            continue
        tag_end = data.find(b">", start) + 1
        attributes = data[start + 1 + len(name) : tag_end - 1].strip(XML_SPACE)
        end = tag_end if attributes == b"/" else data.find(b"</" + name + b">", tag_end)
        if attributes not in (b"", b"/") or end < 0:
            raise UnusualAnswerError("a directory's tags")
        spans.append((tag_end, end))
        position = end
    return spans


def _skeleton(data: bytes, spans: list[tuple[int, int] | None]) -> Skeleton:
    """The skeleton, in which every directory is the one that was cut, or absent."""
    pieces, position = [], 0
    for start, end in filter(None, spans):
        pieces.append(data[position:start])
        position = end
    frame = b"".join([*pieces, data[position:]])
    if b"<!" in frame or frame.find(b"<?", 1) >= 0 or any(frame.count(b"<" + name) > 1 for name, _ in DIRECTORIES):
        raise UnusualAnswerError("a comment, instruction or second directory")
    try:
        skeleton = read_skeleton(parse(frame, ANSWER_LIMITS))
    except (FaultError, MalformedAnswerError) as error:
        raise UnusualAnswerError("skeleton") from error
    if skeleton.fault is not None:
        raise UnusualAnswerError("fault")
    for directory, span in zip(skeleton.directories, spans, strict=True):
        if (directory is None) != (span is None):
            raise UnusualAnswerError("a directory in another place")
        if directory is not None and (directory.nsmap.get(None) or str(directory.tag).startswith("{")):
            raise UnusualAnswerError("qualified content")
    return skeleton


def _entries(contents: bytes, entry: bytes, scope: bytes) -> Entries:
    """The entries of one directory.

    Each begins with its name and id, its tag ends behind them, it ends with an end tag of its name, there are no more
    of those, and nothing but white space stands between. So each closes what it opens: an end tag inside it cannot
    reach beneath its own start tag, which is open until its last byte; and what it left open nobody could close.
    """
    if not contents or contents.isspace():
        return ()
    if b"xml:id" in contents or not _tags_are_short(contents):
        raise UnusualAnswerError("an xml:id, or a long tag or text")
    parts = contents.split(_KEY)
    if contents.count(_NAME) != len(parts) - 1:
        raise UnusualAnswerError("entityID in another form")
    names, values = _names_and_values(parts)
    starts = [at for at, name in enumerate(names) if name == entry]
    if starts[:1] != [0] or parts[0].lstrip(XML_SPACE) != b"<" + entry:
        raise UnusualAnswerError("something before the first entry")
    if not _has_as_many_ends(contents, entry, len(starts)):
        raise UnusualAnswerError("entries in one another, or empty ones")
    parts[-1] = parts[-1].rstrip(XML_SPACE) + b"<" + entry  # as if another entry came: so every entry ends alike
    scoped = [scope + value for value in values]
    references = list(zip(names, scoped, strict=True))
    return tuple(
        Entry(scoped[start], _bytes_of(parts[start + 1 : end + 1], entry, scope), tuple(references[start + 1 : end]))
        for start, end in zip(starts, [*starts[1:], len(names)], strict=True)
    )


def _bytes_of(parts: list[bytes], entry: bytes, scope: bytes) -> bytes:
    """An entry from the parts behind its keys, in the last of which the next entry begins."""
    first, last = parts[0], parts[-1]
    after_id = first.index(b'"') + 1
    if first[after_id : after_id + 1] != b">":
        raise UnusualAnswerError("an entry with another attribute")
    opening, closing = b"<" + entry, b"</" + entry + b">"
    if last.endswith(closing + opening):
        parts[-1] = last[: -len(opening)]
    else:
        parts[-1] = last[: -len(opening)].rstrip(XML_SPACE)
        if not parts[-1].endswith(closing):
            raise UnusualAnswerError("something behind an entry")
    xml = (_KEY + scope).join([opening, *parts])
    if len(xml) > _SHORTEST_DEEP_ENTRY and (len(xml) > _LONGEST_ENTRY or xml.count(b"</") > _DEEPEST_ENTRY):
        raise UnusualAnswerError("an entry that may be nested too deep")
    return xml


def _names_and_values(parts: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Before each key the name of its element, behind it the id, both exactly as they must be."""
    names = [part[part.rfind(b"<") + 1 :] for part in parts[:-1]]
    try:
        values = [part[: part.index(b'"')] for part in parts[1:]]
    except ValueError as error:
        raise UnusualAnswerError("entityID inside an entityID") from error
    if not all(name.isalpha() for name in frozenset(names)):
        raise UnusualAnswerError("entityID in another place")
    every_value = b"".join(values)
    if not all(values) or len(every_value.translate(None, _NOT_IN_VALUES)) != len(every_value):
        raise UnusualAnswerError("entityID with an unusual value")
    return names, values


def _has_as_many_ends(contents: bytes, entry: bytes, count: int) -> bool:
    """Whether ``count`` end tags of the entry, in any form, stand in the directory."""
    return contents.count(b"</" + entry) == count or len(_end_tags(entry).findall(contents)) == count


@cache
def _end_tags(entry: bytes) -> re.Pattern[bytes]:
    return re.compile(b"</" + entry + rb"[ \t\r\n>]")


def _check_alone(contents: Iterable[bytes]) -> None:
    """One expat pass without per-element callbacks over what must stand without the skeleton."""
    parser = expat.ParserCreate("UTF-8", " ")
    parser.CommentHandler = _unusual
    parser.ProcessingInstructionHandler = _unusual
    parser.StartCdataSectionHandler = _unusual
    parser.StartNamespaceDeclHandler = _unusual
    try:
        parser.Parse(b"".join([b"<alone>", *contents, b"</alone>"]), True)
    except expat.ExpatError as error:
        raise UnusualAnswerError("not well-formed on its own") from error


def _unusual(*_: object) -> NoReturn:
    raise UnusualAnswerError("comment, CDATA, processing instruction or declaration")


def _tags_are_short(contents: bytes) -> bool:
    """Whether a ``<`` comes often enough: every run without one that is too long covers a block entirely."""
    half = _LONGEST_TAG // 2
    return all(contents.find(b"<", at, at + half) >= 0 for at in range(0, len(contents) - half, half))
