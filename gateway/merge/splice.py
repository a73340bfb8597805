"""The hot path: an answer is checked by expat and cut by byte search; no object is made per element.

Safe because of what XML itself forbids: a raw ``<`` stands in no text and no attribute value, so a start tag found
by its bytes is one, once comments, CDATA and processing instructions are excluded. Whatever could still mislead the
search raises ``UnusualAnswerError`` and takes the tree path:

* a comment, CDATA section or processing instruction;
* ``xmlns`` declared inside a directory, or a prefix declared above it and used inside;
* ``entityID`` anywhere but as the first attribute of a tag, in double quotes, after one space, or with a character
  reference in its value; this also covers attributes that merely end like it, and texts that hold it;
* text between entries, entries without content, whitespace in end tags, an entry too long to go unseen.
"""

import re
from functools import lru_cache
from typing import NoReturn
from xml.parsers import expat

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge.entries import DIRECTORIES, Entry, RegionEntries
from gateway.merge.skeleton import Skeleton, read_skeleton
from ror.errors import FaultError
from ror.xml_parser import ANSWER_LIMITS, parse

_IDENTIFIED = re.compile(rb'<([A-Za-z]+) entityID="([^"&<]*)"')
_LONGEST_ENTRY = 256 * 1024
_UTF8 = frozenset({"utf-8", "utf8"})
"""Other encodings have become UTF-8 before (``gateway.merge.encoding``); what still declares one is refused."""


def check_well_formed(data: bytes) -> None:
    """One expat pass without per-element callbacks; raises on malformed, refused or unusual XML."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.CommentHandler = _unusual
    parser.ProcessingInstructionHandler = _unusual
    parser.StartCdataSectionHandler = _unusual
    parser.XmlDeclHandler = _declared
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedAnswerError("answer.malformed-xml", expat.ErrorString(error.code)) from error


def cut(data: bytes, ror: str) -> tuple[Skeleton, RegionEntries | None]:
    """Cut one region's answer. Entries are ``None`` when the skeleton is a fault.

    Raises ``MalformedAnswerError`` (the contract is broken) or ``UnusualAnswerError`` (ask the tree path).
    """
    check_well_formed(data)
    spans = [_directory_span(data, name) for name, _ in DIRECTORIES]
    if all(span is None for span in spans):
        skeleton = _skeleton(data, [])
        if skeleton.fault is None:
            raise UnusualAnswerError("qualified directories")
        return skeleton, None
    present = [span for span in spans if span is not None]
    if len(present) != len(DIRECTORIES) or present != sorted(present):
        raise UnusualAnswerError("directories")
    skeleton = _skeleton(data, present)
    prefixes = _prefixes_in_scope(skeleton)
    scope = ror.encode() + b":"
    entries = [
        _entries(data[start:end], entry, scope, prefixes)
        for (start, end), (_, entry) in zip(present, DIRECTORIES, strict=True)
    ]
    organizations, services, facilities, providers, devices = entries
    return skeleton, RegionEntries(
        ror=ror,
        announced=skeleton.announced,
        organizations=organizations,
        services=services,
        facilities=facilities,
        providers=providers,
        devices=devices,
        told=skeleton.told_of(ror),
        simulated=skeleton.told is not None and skeleton.told.simulated,
    )


def _refuse_doctype(*_: object) -> NoReturn:
    raise MalformedAnswerError("answer.doctype", "a DOCTYPE is never accepted")


def _unusual(*_: object) -> NoReturn:
    raise UnusualAnswerError("comment, CDATA or processing instruction")


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _UTF8:
        raise MalformedAnswerError("answer.encoding", f"{encoding} is declared")


def _directory_span(data: bytes, name: bytes) -> tuple[int, int] | None:
    """Where a directory's contents begin and end; equal for an empty one; ``None`` where it is absent."""
    start = data.find(b"<" + name)
    if start < 0:
        return None
    after = start + 1 + len(name)
    if data.startswith(b"/>", after):
        return after, after
    if not data.startswith(b">", after):
        raise UnusualAnswerError("directory tag")
    end = data.find(b"</" + name + b">", after)
    if end < 0 or data.find(b"<" + name, after) >= 0:
        raise UnusualAnswerError("directory end")
    return after + 1, end


def _skeleton(data: bytes, spans: list[tuple[int, int]]) -> Skeleton:
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(data[position:start])
        position = end
    pieces.append(data[position:])
    try:
        return read_skeleton(parse(b"".join(pieces), ANSWER_LIMITS))
    except FaultError as error:
        raise MalformedAnswerError("answer.skeleton", str(error)) from error


def _prefixes_in_scope(skeleton: Skeleton) -> tuple[bytes, ...]:
    prefixes: set[bytes] = set()
    for directory in skeleton.directories:
        if None in directory.nsmap or str(directory.tag).startswith("{"):
            raise UnusualAnswerError("qualified content")
        prefixes.update(prefix.encode() + b":" for prefix in directory.nsmap if prefix)
    return tuple(prefixes)


@lru_cache
def _start_tags(entry: bytes) -> re.Pattern[bytes]:
    return re.compile(b"<" + entry + rb"(?=[\s/>])")


def _entries(contents: bytes, entry: bytes, scope: bytes, prefixes: tuple[bytes, ...]) -> tuple[Entry, ...]:
    if not contents or contents.isspace():
        return ()
    if b"xmlns" in contents or any(prefix in contents for prefix in prefixes):
        raise UnusualAnswerError("namespaces inside a directory")
    if contents.count(b"entityID") != len(_IDENTIFIED.findall(contents)):
        raise UnusualAnswerError("entityID")
    opening, closing = b"<" + entry + b' entityID="', b"</" + entry + b">"
    scoped = contents.replace(b' entityID="', b' entityID="' + scope)
    pieces = scoped.split(closing)
    if pieces.pop().strip():
        raise UnusualAnswerError("text after the last entry")
    found = []
    for piece in pieces:
        xml = piece.lstrip() + closing
        if not xml.startswith(opening) or len(xml) > _LONGEST_ENTRY:
            raise UnusualAnswerError("entry")
        own, *references = _IDENTIFIED.findall(xml)
        found.append(Entry(own[1], xml, tuple(references)))
    if len(_start_tags(entry).findall(contents)) != len(found):
        raise UnusualAnswerError("nested or empty entries")
    return tuple(found)
