"""The hot path: an answer is checked by expat and cut by byte search; no object is made per element.

Safe because of what XML itself forbids: a raw ``<`` stands in no text and no attribute value, so a tag found by its
bytes is one, once comments, CDATA and processing instructions are excluded. The splice only ever says yes. Whatever
could mislead the search, or break a rule, raises ``UnusualAnswerError`` and is judged by the tree path:

* a comment, CDATA section or processing instruction;
* ``xmlns`` or ``xml:id`` inside a directory, a prefix declared above it and used inside, a default namespace
  around it;
* directories in another order, nested in one another, with attributes, or elsewhere than below ``result``;
* ``entityID`` anywhere but as the first attribute of a tag, after one space, in double quotes, or with a value that
  normalisation or escaping would change (references, ``>``, tabs, line ends, nothing); this also covers attributes
  that merely end like it, and texts that hold it;
* an entry with another attribute, without content, nested in its like, or beside text; white space in an end tag;
* an entry that could be nested too deep, a tag that could hold too many attributes, any excess of size.

Only what is not XML, and a DOCTYPE, is refused here.
"""

import re
from typing import NoReturn
from xml.parsers import expat

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge.entries import DIRECTORIES, XML_SPACE, Entries, Entry
from gateway.merge.skeleton import Skeleton, read_skeleton
from ror.errors import FaultError
from ror.xml_parser import ANSWER_LIMITS, parse

_KEY = b' entityID="'
_NAME = b"entityID"
_VALUE = re.compile(rb'([^"&<>\t\n\r]+)"(>?)')
_EMPTY_OR_OPEN = re.compile(rb"[ \t\r\n]*(/?)>")

_LONGEST_ENTRY = 256 * 1024
_SHORTEST_ATTRIBUTE = len(b' a=""')
_LONGEST_TAG = ANSWER_LIMITS.max_attributes_per_element * _SHORTEST_ATTRIBUTE
"""Bytes of a tag that cannot hold too many attributes."""
_DEEPEST_ENTRY = ANSWER_LIMITS.max_depth - 16
"""What the envelope, the wrappers and the directory leave of the depth."""
_SHORTEST_DEEP_ENTRY = _DEEPEST_ENTRY * len(b"<a></a>")


def cut(data: bytes, ror: str) -> tuple[Skeleton, tuple[Entries, ...]]:
    """Cut one region's answer into its skeleton and the entries of the five directories.

    Raises ``MalformedAnswerError`` (no XML, or a DOCTYPE) or ``UnusualAnswerError`` (ask the tree path).
    """
    if _may_be_too_large(data):
        raise UnusualAnswerError("size")
    check_well_formed(data)
    spans = _directory_spans(data)
    skeleton = _skeleton(data, [span for span in spans if span is not None])
    prefixes = _prefixes_in_scope(skeleton, spans)
    scope = ror.encode() + b":"
    return skeleton, tuple(
        () if span is None else _entries(data[span[0] : span[1]], entry, scope, prefixes)
        for span, (_, entry) in zip(spans, DIRECTORIES, strict=True)
    )


def _may_be_too_large(data: bytes) -> bool:
    """Whether the answer, or the number of its elements or attributes, could exceed the limits."""
    limits = ANSWER_LIMITS
    return (
        len(data) > limits.max_bytes
        or (len(data) > len(b"<a/>") * limits.max_elements and data.count(b"<") > limits.max_elements)
        or (len(data) > _SHORTEST_ATTRIBUTE * limits.max_attributes and data.count(b"=") > limits.max_attributes)
    )


def check_well_formed(data: bytes) -> None:
    """One expat pass without per-element callbacks; raises on malformed, refused or unusual XML."""
    parser = expat.ParserCreate("UTF-8", " ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.CommentHandler = _unusual
    parser.ProcessingInstructionHandler = _unusual
    parser.StartCdataSectionHandler = _unusual
    parser.XmlDeclHandler = _declared
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedAnswerError("answer.malformed-xml", expat.ErrorString(error.code)) from error


def _refuse_doctype(*_: object) -> NoReturn:
    raise MalformedAnswerError("answer.doctype", "a DOCTYPE is never accepted")


def _unusual(*_: object) -> NoReturn:
    raise UnusualAnswerError("comment, CDATA or processing instruction")


def _declared(version: str, encoding: str | None, _standalone: int) -> None:
    """Other encodings have become UTF-8 before (``gateway.merge.encoding``)."""
    if version != "1.0" or (encoding is not None and encoding != "UTF-8"):
        raise UnusualAnswerError("XML declaration")


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
        tag = _EMPTY_OR_OPEN.match(data, start + 1 + len(name))
        if tag is None:
            raise UnusualAnswerError("directory tag")
        position = end = tag.end()
        if not tag[1]:
            end = data.find(b"</" + name + b">", position)
            if end < 0:
                raise UnusualAnswerError("directory end")
        spans.append((position, end))
        position = end
    return spans


def _skeleton(data: bytes, spans: list[tuple[int, int]]) -> Skeleton:
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(data[position:start])
        position = end
    pieces.append(data[position:])
    frame = b"".join(pieces)
    if any(frame.count(b"<" + name) > 1 for name, _ in DIRECTORIES):
        raise UnusualAnswerError("a directory's name elsewhere")
    try:
        skeleton = read_skeleton(parse(frame, ANSWER_LIMITS))
    except (FaultError, MalformedAnswerError) as error:
        raise UnusualAnswerError("skeleton") from error
    if skeleton.fault is not None:
        raise UnusualAnswerError("fault")
    return skeleton


def _prefixes_in_scope(skeleton: Skeleton, spans: list[tuple[int, int] | None]) -> tuple[bytes, ...]:
    """Prefixes that a directory's contents could use; here every directory is the one that was cut, or absent."""
    prefixes: set[bytes] = set()
    for directory, span in zip(skeleton.directories, spans, strict=True):
        if (directory is None) != (span is None):
            raise UnusualAnswerError("a directory in another place")
        if directory is None:
            continue
        if directory.nsmap.get(None) or str(directory.tag).startswith("{"):
            raise UnusualAnswerError("qualified content")
        prefixes.update(prefix.encode() + b":" for prefix in directory.nsmap if prefix)
    return tuple(prefixes)


def _entries(contents: bytes, entry: bytes, scope: bytes, prefixes: tuple[bytes, ...]) -> Entries:
    if not contents.strip(XML_SPACE):
        return ()
    if any(word in contents for word in (b"xmlns", b"xml:id", *prefixes)):
        raise UnusualAnswerError("namespaces or xml:id inside a directory")
    if not _tags_are_short(contents):
        raise UnusualAnswerError("a long tag or text")
    opening, closing = b"<" + entry, b"</" + entry + b">"
    pieces = contents.split(closing)
    if pieces.pop().strip(XML_SPACE):
        raise UnusualAnswerError("something after the last entry")
    if contents.count(closing[:-1]) != len(pieces) and _has_spaced_end(contents, entry):
        raise UnusualAnswerError("white space in an end tag")
    found = [_entry(piece.lstrip(XML_SPACE) + closing, opening, scope) for piece in pieces]
    if contents.count(_NAME) != sum(1 + len(one.references) for one in found):
        raise UnusualAnswerError("entityID")
    return tuple(found)


def _entry(xml: bytes, opening: bytes, scope: bytes) -> Entry:
    """One entry from its bytes. Behind its own id its tag must end: so it has content, and is closed by its end tag.

    As every entry begins so, is closed once, and end tags have one form, entries of one name cannot be nested.
    """
    before, *behind = xml.split(_KEY)
    if before != opening or not behind or len(xml) > _LONGEST_ENTRY or _may_be_too_deep(xml):
        raise UnusualAnswerError("entry")
    own = _VALUE.match(behind[0])
    if own is None or not own[2]:
        raise UnusualAnswerError("an entry's tag")
    references = []
    before = behind[0]
    for piece in behind[1:]:
        name = before[before.rfind(b"<") + 1 :]
        value = _VALUE.match(piece)
        if value is None or not name.isalpha():
            raise UnusualAnswerError("entityID in another place or form")
        references.append((name, scope + value[1]))
        before = piece
    return Entry(scope + own[1], (_KEY + scope).join([opening, *behind]), tuple(references))


def _tags_are_short(contents: bytes) -> bool:
    """Whether a ``<`` comes often enough: every run without one that is too long covers a block entirely."""
    half = _LONGEST_TAG // 2
    return all(contents.find(b"<", at, at + half) >= 0 for at in range(0, len(contents) - half, half))


def _has_spaced_end(contents: bytes, entry: bytes) -> bool:
    return any(b"</" + entry + space.to_bytes() in contents for space in XML_SPACE)


def _may_be_too_deep(xml: bytes) -> bool:
    """Whether the entry has end tags enough for a nesting beyond the limit; the tree path counts exactly."""
    return len(xml) > _SHORTEST_DEEP_ENTRY and xml.count(b"</") > _DEEPEST_ENTRY
