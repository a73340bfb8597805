"""The one XML parser of the house: hardened, with its own limits, used wherever a tree is needed.

Two passes. Expat checks well-formedness, encoding, DOCTYPE, processing instructions and the limits without
building anything; only then does lxml build the tree, from the same bytes, with entities, network and huge
documents off. lxml alone accepts 200,000 attributes and 50,000 namespaces. Comments, CDATA marks and (where they
are let through) processing instructions are gone from the tree; XInclude and schema locations are never followed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from ror.errors import refuse
from ror.faults import Reason

Element = etree._Element

_CHUNK_BYTES = 65_536
"""Bytes between two looks at how long the unfinished token has become."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a document may be made of; beyond any of these it is refused unparsed (``request.xml-limit``).

    ``max_bytes`` is the whole document, ``max_text`` the characters of one run of text or one attribute value,
    ``max_attributes`` and ``max_namespaces`` are totals; the attributes of one element have their own bound, and so
    have different declarations, since what reads a tree may look at every pair of them.
    A single tag or comment is at most ``4 * max_text`` bytes, give or take one block of reading.
    """

    max_bytes: int
    max_depth: int
    max_elements: int
    max_attributes: int
    max_namespaces: int
    max_text: int
    max_attributes_per_element: int = 64
    max_comments: int = 1_000
    max_different_namespaces: int = 256
    processing_instructions: bool = False


REQUEST_LIMITS = Limits(
    max_bytes=262_144,
    max_depth=32,
    max_elements=5_000,
    max_attributes=10_000,
    max_namespaces=256,
    max_text=16_384,
    max_comments=100,
)
"""A question: 200 values of each kind, 200 destinations and a VIHF fit several times."""

ANSWER_LIMITS = Limits(
    max_bytes=134_217_728,
    max_depth=200,
    max_elements=6_000_000,
    max_attributes=12_000_000,
    max_namespaces=50_000,
    max_text=1_048_576,
    max_attributes_per_element=1_024,
    max_comments=10_000,
    processing_instructions=True,
)
"""An answer: 20,000 units of 3.5 kB with room to spare; its comments and instructions are dropped (decision 21).

Declarations: two or three an entry; moving an entry to another tree costs the square of those that it holds.
Depth and attributes of an element are as high as a reader of XML takes by default, so that they can be bounded from
the number of end tags and the length of a tag, without looking at each.
"""

_FOREIGN_STARTS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"\x2b\x2f\x76", b"\x4c\x6f\xa7\x94", b"\xdd\x73\x66\x73")
"""UTF-16 and UTF-32 marks (or a leading NUL), UTF-7, EBCDIC ``<?xm``, UTF-EBCDIC."""

_DOCTYPE_IN_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?(?s:.*?)\?>|<!--(?s:.*?)-->)*+<!DOCTYPE")
"""The only place where a DOCTYPE can be well-formed; possessive, so linear in the prolog's length."""


class _Checks:
    """Expat handlers that count, and refuse at the first excess."""

    __slots__ = ("_attributes", "_comments", "_declared", "_depth", "_elements", "_limits", "_namespaces", "_text")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._declared: set[tuple[str | None, str | None]] = set()
        self._attributes = self._comments = self._depth = self._elements = self._namespaces = self._text = 0

    def attach(self, parser: expat.XMLParserType) -> None:
        """Hang every check on ``parser``."""
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartNamespaceDeclHandler = self._namespace
        parser.CommentHandler = self._comment
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        if not self._limits.processing_instructions:
            parser.ProcessingInstructionHandler = self._instruction

    def _start(self, _name: str, attributes: Sequence[str]) -> None:
        limits = self._limits
        self._text = 0
        self._depth += 1
        self._elements += 1
        if self._depth > limits.max_depth:
            raise refuse(Reason.XML_LIMIT, "Le message XML est trop profondément imbriqué.", limit="depth")
        if self._elements > limits.max_elements:
            raise refuse(Reason.XML_LIMIT, "Le message XML contient trop d'éléments.", limit="elements")
        if attributes:
            self._count_attributes(attributes)

    def _count_attributes(self, attributes: Sequence[str]) -> None:
        limits = self._limits
        count = len(attributes) // 2
        self._attributes += count
        if count > limits.max_attributes_per_element or self._attributes > limits.max_attributes:
            raise refuse(Reason.XML_LIMIT, "Le message XML contient trop d'attributs.", limit="attributes")
        if any(len(value) > limits.max_text for value in attributes):
            raise refuse(Reason.XML_LIMIT, "Un attribut du message XML est trop long.", limit="attribute")

    def _end(self, _name: str) -> None:
        self._depth -= 1
        self._text = 0

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > self._limits.max_text:
            raise refuse(Reason.XML_LIMIT, "Un texte du message XML est trop long.", limit="text")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        limits = self._limits
        self._namespaces += 1
        self._declared.add((prefix, uri))
        if (
            self._namespaces > limits.max_namespaces
            or len(self._declared) > limits.max_different_namespaces
            or (uri and len(uri) > limits.max_text)
        ):
            raise refuse(
                Reason.XML_LIMIT,
                "Le message XML déclare trop d'espaces de noms.",
                limit="namespaces",
            )

    def _comment(self, _text: str) -> None:
        self._comments += 1
        if self._comments > self._limits.max_comments:
            raise refuse(Reason.XML_LIMIT, "Le message XML contient trop de commentaires.", limit="comments")

    def _declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise refuse(Reason.XML_ENCODING, declared=encoding)
        if version != "1.0":
            raise refuse(Reason.XML_MALFORMED, "Le message doit être en XML 1.0.", declared=version)

    def _doctype(self, *_declaration: object) -> None:
        raise refuse(Reason.XML_DOCTYPE)

    def _instruction(self, _target: str, _data: str) -> None:
        raise refuse(Reason.XML_PROCESSING_INSTRUCTION)


def check(data: bytes, limits: Limits) -> None:
    """Refuse ``data`` unless it is well-formed UTF-8 XML within ``limits``; builds nothing.

    Raises:
        FaultError: ``request.too-large``, ``.encoding``, ``.doctype``, ``.processing-instruction``,
            ``.xml-limit`` or ``.malformed-xml``.
    """
    if len(data) > limits.max_bytes:
        raise refuse(Reason.REQUEST_TOO_LARGE, bytes=len(data))
    if data.startswith(_FOREIGN_STARTS) or data[1:2] == b"\x00":
        raise refuse(Reason.XML_ENCODING)
    if _DOCTYPE_IN_PROLOG.match(data):
        raise refuse(Reason.XML_DOCTYPE)
    parser = expat.ParserCreate("UTF-8", " ")
    _Checks(limits).attach(parser)
    try:
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            parser.Parse(chunk, False)
            if start + len(chunk) - parser.CurrentByteIndex > 4 * limits.max_text + _CHUNK_BYTES:
                raise refuse(Reason.XML_LIMIT, "Une balise du message XML est trop longue.", limit="token")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise refuse(Reason.XML_MALFORMED, _place(error), error=str(error)) from None


def parse(data: bytes, limits: Limits) -> Element:
    """The root element of ``data``, without comments and processing instructions.

    Raises:
        FaultError: as ``check``; no exception of expat or lxml leaves this function.
    """
    check(data, limits)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise refuse(Reason.XML_MALFORMED, error=str(error)) from None


def tag(element: Element) -> str:
    """The element's name, ``{namespace}local``."""
    return str(element.tag)


def local_name(element: Element) -> str:
    """The element's name without its namespace; ``""`` for a comment or an instruction of a tree made elsewhere."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def _place(error: expat.ExpatError) -> str:
    return f"Le message n'est pas un document XML bien formé (ligne {error.lineno}, colonne {error.offset + 1})."
