"""The careful path: the same answer read as a tree, for whatever the splice may not touch.

Comments, processing instructions and CDATA marks are dropped (decision 21), content in the official namespaces
becomes unqualified, and every entry is serialised on its own, with the declarations it needs and no others.
"""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from gateway.errors import MalformedAnswerError
from gateway.merge.entries import DIRECTORIES, XML_SPACE, Entries, Entry
from gateway.merge.skeleton import Skeleton, read_skeleton
from ror import namespaces as ns
from ror.errors import FaultError
from ror.faults import Reason
from ror.xml_parser import ANSWER_LIMITS, parse, tag

_CONTENT_PREFIXES = (f"{{{ns.G1}}}", f"{{{ns.CSD}}}")
_SPACE = XML_SPACE.decode()
_KEY = "entityID"
_XML_ID = f"{{{ns.XML}}}id"
"""Unique in a document, and the merged answer is another document: such an attribute is dropped."""

_SLUGS: Final = {
    Reason.XML_DOCTYPE: "answer.doctype",
    Reason.XML_LIMIT: "answer.xml-limit",
    Reason.REQUEST_TOO_LARGE: "answer.too-large",
}
"""Why the XML of an answer is refused; all else is malformed."""

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
"""How libxml2 writes an attribute's value."""


def read(data: bytes, ror: str) -> tuple[Skeleton, tuple[Entries, ...]]:
    """Read one region's answer into its skeleton and the entries of the five directories (none for a fault).

    Raises ``MalformedAnswerError`` where the contract is broken.
    """
    try:
        envelope = parse(data, ANSWER_LIMITS)
    except FaultError as error:
        raise MalformedAnswerError(
            _SLUGS.get(error.fault.reason, "answer.malformed-xml"), error.fault.message
        ) from error
    skeleton = read_skeleton(envelope)
    return skeleton, tuple(
        () if directory is None else _entries(directory, entry.decode(), ror)
        for directory, (_, entry) in zip(skeleton.directories, DIRECTORIES, strict=bool(skeleton.directories))
    )


def _entries(directory: etree._Element, name: str, ror: str) -> Entries:
    if _is_text(directory.text) or any(_is_text(element.tail) for element in directory):
        raise MalformedAnswerError("answer.structure", "text inside a directory")
    made = [_made_ours(element, name, ror) for element in directory]
    in_scope = directory.nsmap
    holder = etree.Element("holder")
    holder.extend(list(directory))
    etree.cleanup_namespaces(holder)
    return tuple(
        Entry(own[1], _alone(entry, in_scope if is_foreign else {}), tuple(others))
        for entry, ((own, *others), is_foreign) in zip(list(holder), made, strict=True)
    )


def _is_text(text: str | None) -> bool:
    return bool((text or "").strip(_SPACE))


def _made_ours(entry: etree._Element, name: str, ror: str) -> tuple[list[tuple[bytes, bytes]], bool]:
    """Unqualify and scope an entry.

    Its own id and those it points at, as they will be serialised, and whether it holds another namespace.
    """
    references = []
    is_foreign = False
    for element in entry.iter():
        if tag(element).startswith(_CONTENT_PREFIXES):
            element.tag = tag(element).rpartition("}")[2]
        element.attrib.pop(_XML_ID, None)
        local = element.get(_KEY)
        if local:
            scoped = f"{ror}:{local}"
            _set_first(element, scoped)
            references.append((tag(element).encode(), scoped.translate(_ESCAPES).encode()))
        if tag(element).startswith("{") or any(str(key).startswith("{") for key in element.attrib):
            is_foreign = True
            _check_default_namespace(element)
    if entry.tag != name or not entry.get(_KEY):
        raise MalformedAnswerError("answer.structure", f"{name} with an entityID expected in its directory")
    return references, is_foreign


def _set_first(element: etree._Element, scoped: str) -> None:
    """Set ``entityID`` as the first attribute, where the splice leaves it and a pointer can be found by its bytes."""
    others = [(name, value) for name, value in element.attrib.items() if name != _KEY]
    element.attrib.clear()
    element.set(_KEY, scoped)
    for name, value in others:
        element.set(name, value)


def _check_default_namespace(element: etree._Element) -> None:
    """Refuse ours inside a foreign default namespace: without a prefix it would take that one."""
    if not tag(element).startswith("{") or element.prefix is not None:
        return
    if any(not tag(inner).startswith("{") or tag(inner).startswith(_CONTENT_PREFIXES) for inner in element.iter()):
        raise MalformedAnswerError("answer.structure", "an element of ours inside a foreign default namespace")


def _alone(entry: etree._Element, in_scope: Mapping[str | None, str]) -> bytes:
    """An entry's bytes, declaring the prefixes that it has, or that a text of it may mean."""
    xml = etree.tostring(entry, encoding="utf-8", with_tail=False)
    meant = {
        prefix: uri
        for prefix, uri in in_scope.items()
        if prefix is not None and f"{prefix}:".encode() in xml and prefix not in entry.nsmap
    }
    if not meant:
        return xml
    etree.Element("holder", nsmap=meant).append(entry)
    return etree.tostring(entry, encoding="utf-8", with_tail=False)
