"""The service descriptions as they are served: address filled in, schemas inlined, so that a client needs one GET."""

from functools import cache
from html import escape

from lxml import etree

from ror.model.wire import Generation
from ror.namespaces import XML
from ror.schemas.catalogue import CSD_XSD, G1_TYPES_XSD, G1_XSD, G2_WRAPPERS_XSD, parse
from ror.schemas.components import ANNOTATION, XS, Component, closure, declared, references

_FILES = {Generation.G1: "ror-g1.wsdl", Generation.G2: "ror-g2.wsdl"}
_IMPORT = f"{{{XS}}}import"
_ADDRESS = "@address@"
_WSDL = "http://schemas.xmlsoap.org/wsdl/"


def wsdl(generation: Generation, address: str) -> bytes:
    """The WSDL of ``generation`` with ``address``, an absolute http or https URL, in all its ports.

    An address that is no printable ASCII URL is a ``ValueError``: it comes from settings or from a Host header.
    """
    if not address.startswith(("https://", "http://")) or not (address.isascii() and address.isprintable()):
        raise ValueError(f"not an absolute URL: {address!r}")
    return _template(generation).replace(_ADDRESS.encode(), escape(address).encode())


@cache
def _template(generation: Generation) -> bytes:
    root = parse(_FILES[generation])
    types = root.find(f"{{{_WSDL}}}types")
    if types is None:  # pragma: no cover - the files are ours
        raise AssertionError("a WSDL without types")
    schemas = _search_schemas() if generation is Generation.G1 else _generic_schemas()
    types[:] = schemas
    for schema in schemas:
        _simplify_for_clients(schema)
    for port in root.iter("{*}address"):
        port.set("location", _ADDRESS)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _search_schemas() -> list[etree._Element]:
    """G1 is one namespace: the derived types go into the schema that includes them."""
    search = parse(G1_XSD)
    include = next(search.iterchildren(f"{{{XS}}}include"))
    search.extend(declared(parse(G1_TYPES_XSD)).values())
    search.remove(include)
    return [search]


def _generic_schemas() -> list[etree._Element]:
    """G2 is two: of the model, what the operations need (the rest of it is in the schema at ``?xsd=``)."""
    model, wrappers = parse(CSD_XSD), parse(G2_WRAPPERS_XSD)
    namespace = model.get("targetNamespace")
    bound = (Component(namespace, "element", name) for name in ("careServicesRequest", "careServicesResponse"))
    kept = closure(model, [*bound, *references(wrappers)])
    for node in set(declared(model).values()) - set(kept):
        model.remove(node)
    for node in list(model.iterchildren(_IMPORT)):
        model.remove(node)
    return [model, wrappers]


def _simplify_for_clients(schema: etree._Element) -> None:
    """Keep what stock clients understand; the schema files at ``?xsd=`` stay the exact ones.

    Imports find their namespace in the same document. zeep fetches the xml namespace from w3.org when it is imported
    without a location, so that a wildcard admits ``xml:lang`` here; and its wildcard elements swallow the first
    element whatever its namespace, so that the slot for foreign content in ``extension`` is left out. So are notes
    for tools.
    """
    for node in schema.iterchildren(_IMPORT):
        node.attrib.pop("schemaLocation", None)
    for node in schema.iter(f"{{{XS}}}attribute"):
        if node.get("ref") == "xml:lang":
            node.attrib.clear()
            node.tag = f"{{{XS}}}anyAttribute"
            node.attrib.update({"namespace": XML, "processContents": "lax"})
    for node in list(schema.iter(f"{{{XS}}}any", f"{{{XS}}}appinfo")):
        _remove(node)
    for node in list(schema.iter(ANNOTATION)):
        if len(node) == 0:
            _remove(node)
    etree.cleanup_namespaces(schema, keep_ns_prefixes=["ror", "csd"])


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)
