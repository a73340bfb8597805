"""The careful path: the same answer read as a tree, for whatever the splice may not touch.

Comments, processing instructions and CDATA marks are dropped (decision 21), content in the official namespaces
becomes unqualified, and every entry is serialised on its own, so that it carries the declarations it needs.
"""

from typing import cast

from lxml import etree

from gateway.errors import MalformedAnswerError
from gateway.merge.entries import DIRECTORIES, Entry, RegionEntries
from gateway.merge.skeleton import Skeleton, read_skeleton
from ror import namespaces as ns
from ror.errors import FaultError
from ror.xml_parser import ANSWER_LIMITS, parse

_CONTENT_PREFIXES = (f"{{{ns.G1}}}", f"{{{ns.CSD}}}")


def read(data: bytes, ror: str) -> tuple[Skeleton, RegionEntries | None]:
    """Read one region's answer as a tree. Entries are ``None`` when the skeleton is a fault.

    Raises ``MalformedAnswerError`` where the contract is broken.
    """
    try:
        envelope = parse(data, ANSWER_LIMITS)
    except FaultError as error:
        raise MalformedAnswerError("answer.malformed-xml", str(error)) from error
    etree.strip_tags(envelope, etree.Comment, etree.ProcessingInstruction)
    skeleton = read_skeleton(envelope)
    if skeleton.fault is not None:
        return skeleton, None
    entries = [
        _entries(directory, entry, ror)
        for directory, (_, entry) in zip(skeleton.directories, DIRECTORIES, strict=True)
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


def _entries(directory: etree._Element, entry: bytes, ror: str) -> tuple[Entry, ...]:
    name = entry.decode()
    if (directory.text or "").strip():
        raise MalformedAnswerError("answer.structure", "text inside a directory")
    found = []
    for element in directory:
        _unqualify(element)
        if element.tag != name or (element.tail or "").strip():
            raise MalformedAnswerError("answer.structure", f"{name} expected in its directory")
        references = _scope(element, ror)
        if "entityID" not in element.attrib:
            raise MalformedAnswerError("answer.structure", f"{name} without entityID")
        element.tail = None
        own, *others = references
        found.append(Entry(own[1], _serialise(element), tuple(others)))
    return tuple(found)


def _unqualify(entry: etree._Element) -> None:
    for element in entry.iter():
        tag = cast(str, element.tag)
        if tag.startswith(_CONTENT_PREFIXES):
            element.tag = tag.rpartition("}")[2]


def _scope(entry: etree._Element, ror: str) -> list[tuple[bytes, bytes]]:
    references = []
    for element in entry.iter():
        local = element.get("entityID")
        if local is not None:
            scoped = f"{ror}:{local}"
            element.set("entityID", scoped)
            references.append((cast(str, element.tag).encode(), _escaped(scoped)))
    return references


def _escaped(value: str) -> bytes:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").encode()


def _serialise(element: etree._Element) -> bytes:
    alone = etree.fromstring(etree.tostring(element, encoding="utf-8"))
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="utf-8", xml_declaration=False)
