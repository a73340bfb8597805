"""Top-level components of a schema document and what they need, followed through their QNames."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from lxml import etree

XS: Final = "http://www.w3.org/2001/XMLSchema"
ANNOTATION: Final = f"{{{XS}}}annotation"

_SPACES = {
    "element": "element",
    "complexType": "type",
    "simpleType": "type",
    "attributeGroup": "attributeGroup",
    "group": "group",
    "attribute": "attribute",
}


class Component(NamedTuple):
    """Identity of a top-level component: namespace, symbol space (types share one), local name."""

    namespace: str | None
    space: str
    name: str


def declared(schema: etree._Element) -> dict[Component, etree._Element]:
    """The components that ``schema`` declares, in document order."""
    namespace = schema.get("targetNamespace")
    return {
        Component(namespace, _SPACES[etree.QName(child).localname], child.attrib["name"]): child
        for child in schema.iterchildren("{*}*")
        if etree.QName(child).localname in _SPACES
    }


def references(declaration: etree._Element) -> Iterator[Component]:
    """The components that ``declaration`` names in ``type``, ``base``, ``itemType`` and ``ref``."""
    for node in declaration.iter("{*}*"):
        for attribute in ("type", "base", "itemType", "ref"):
            value = node.get(attribute)
            if value is None or node.tag == f"{{{XS}}}any":
                continue
            prefix, _, local = value.rpartition(":")
            space = _SPACES[etree.QName(node).localname] if attribute == "ref" else "type"
            yield Component(node.nsmap.get(prefix or None), space, local)


def closure(schema: etree._Element, roots: Iterable[Component]) -> list[etree._Element]:
    """The declarations of ``schema`` that ``roots`` need, themselves included, in document order."""
    known = declared(schema)
    needed: set[Component] = set()
    waiting = [root for root in roots if root in known]
    while waiting:
        component = waiting.pop()
        if component not in needed:
            needed.add(component)
            waiting.extend(found for found in references(known[component]) if found in known)
    return [declaration for component, declaration in known.items() if component in needed]
