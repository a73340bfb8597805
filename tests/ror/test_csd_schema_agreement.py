"""The classes of the model and the schemas say the same: every element, its order, its number, its type."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from lxml import etree

import ror.model
from ror.coding import Code
from ror.csd import ActingService
from ror.csd.shape import Slot, shape
from ror.model import Device, Directory, Facility, Organization, Provider, Service, ServiceLink
from ror.model.wire import Form, Generation
from ror.schemas.catalogue import CSD_XSD, G1_TYPES_XSD, parse

XS = "{http://www.w3.org/2001/XMLSchema}"
SCALARS = {
    "string": str,
    "anyURI": str,
    "boolean": bool,
    "integer": int,
    "double": float,
    "decimal": Decimal,
    "date": date,
    "time": time,
    "dateTime": datetime,
}


class Schema:
    """One schema document, read as plainly as it is written: sequences of local elements, and bases."""

    def __init__(self, name: str) -> None:
        self.root = parse(name)
        self.types = {node.get("name"): node for node in self.root.iterfind(f"{XS}complexType")}
        self.elements = {node.get("name"): node for node in self.root.iterfind(f"{XS}element")}
        self.groups = {node.get("name"): node for node in self.root.iterfind(f"{XS}attributeGroup")}

    def type_of(self, element: etree._Element) -> etree._Element | str:
        """The complex type of an element, or the name of its simple one."""
        if "ref" in element.attrib:
            element = self.elements[element.get("ref").rpartition(":")[2]]
        name = element.get("type")
        if name is None:
            return element.find(f"{XS}complexType")
        local = name.rpartition(":")[2]
        return local if name.startswith("xs:") else self.types[local]

    def content(self, node: etree._Element) -> list[tuple[str, etree._Element]]:
        """Attributes and elements of a type, its base's first: ("attribute" or "element", declaration)."""
        found: list[tuple[str, etree._Element]] = []
        for child in node:
            tag = etree.QName(child).localname
            if tag in ("complexContent", "simpleContent", "sequence", "choice"):
                found += self.content(child)
            elif tag == "extension":
                base = child.get("base")
                found += [] if base.startswith("xs:") else self.content(self.types[base.rpartition(":")[2]])
                found += self.content(child)
            elif tag == "attributeGroup":
                found += self.content(self.groups[child.get("ref").rpartition(":")[2]])
            elif tag in ("attribute", "element"):
                found.append((tag, child))
        return found


def name_of(declaration: etree._Element) -> str:
    return declaration.get("name") or declaration.get("ref").removeprefix("csd:").removeprefix("ror:")


def in_choice(declaration: etree._Element) -> bool:
    return declaration.getparent().tag == f"{XS}choice"


class Comparison:
    """Walks a class and its type side by side; collects what differs, and which classes it met."""

    def __init__(self, schema: Schema, generation: Generation) -> None:
        self.schema, self.generation = schema, generation
        self.problems: list[str] = []
        self.met: set[type] = set()

    def compare(self, cls: type, node: etree._Element, where: str) -> None:
        if cls in self.met and cls is not ServiceLink:
            return
        self.met.add(cls)
        slots = list(shape(cls, self.generation))
        if self.generation is Generation.G1 and cls is Facility:
            # The schema of G1 has acts beside activities only; on the unit they stand when it has no activity.
            slots = [slot for slot in slots if slot.attribute != "acts"]
        content = self.schema.content(node)
        attributes = [declaration for kind, declaration in content if kind == "attribute"]
        elements = [declaration for kind, declaration in content if kind == "element"]
        self._attributes([slot for slot in slots if slot.form is Form.ATTRIBUTE], attributes, where)
        self._elements([slot for slot in slots if slot.form not in (Form.ATTRIBUTE, Form.TEXT)], elements, where)

    def _attributes(self, slots: list[Slot], declared: list[etree._Element], where: str) -> None:
        names = {slot.name for slot in slots}
        if names != {name_of(declaration) for declaration in declared}:
            self.problems.append(f"{where}: attributes {sorted(names)}")
            return
        required = {name_of(declaration) for declaration in declared if declaration.get("use") == "required"}
        if {slot.name for slot in slots if not slot.optional} != required:
            self.problems.append(f"{where}: required attributes {sorted(required)}")

    def _elements(self, slots: list[Slot], declared: list[etree._Element], where: str) -> None:
        extension = [slot for slot in slots if slot.extension]
        wire: list[tuple[str, list[Slot]]] = []
        for slot in slots:
            if slot.extension:
                if slot is extension[0]:
                    wire.append(("extension", extension))
            else:
                wire.append((slot.wrapper or slot.name, [slot]))
        declared = [node for node in declared if extension or name_of(node) != "extension"]
        if "/facility/organizations" in where:  # a unit's link does not repeat the organization it stands in
            wire = [item for item in wire if item[0] != "organization" or "service" not in where]
        if [name for name, _ in wire] != [name_of(node) for node in declared]:
            self.problems.append(f"{where}: {[name for name, _ in wire]} but {[name_of(node) for node in declared]}")
            return
        for (name, (slot, *_)), declaration in zip(wire, declared, strict=True):
            node = self.schema.type_of(declaration)
            if slot.extension:
                inner = [found for kind, found in self.schema.content(node) if kind == "element"]
                self._inside(extension, inner, f"{where}/extension", optional=declaration.get("minOccurs") == "0")
            elif slot.wrapper is not None:
                inner = [found for _, found in self.schema.content(node)]
                self._inside([slot], inner, f"{where}/{name}", optional=False)
            else:
                self._one(slot, declaration, where, optional=False)

    def _inside(self, slots: list[Slot], declared: list[etree._Element], where: str, *, optional: bool) -> None:
        if [slot.name for slot in slots] != [name_of(node) for node in declared]:
            self.problems.append(f"{where}: {[slot.name for slot in slots]}")
            return
        for slot, declaration in zip(slots, declared, strict=True):
            self._one(slot, declaration, where, optional=optional)

    def _one(self, slot: Slot, declaration: etree._Element, where: str, *, optional: bool) -> None:
        path = f"{where}/{slot.name}"
        least, most = declaration.get("minOccurs", "1"), declaration.get("maxOccurs", "1")
        if slot.many != (most == "unbounded") and slot.attribute != "type":
            self.problems.append(f"{path}: repeated {slot.many}, schema {most}")
        mandatory = least == "1" and not in_choice(declaration)
        told_mandatory = not slot.optional and not slot.many
        if told_mandatory and not mandatory:
            self.problems.append(f"{path}: mandatory in the model only")
        if mandatory and slot.optional and not optional:
            self.problems.append(f"{path}: optional in the model only")
        node = self.schema.type_of(declaration)
        if isinstance(node, str):
            if SCALARS[node] is not slot.kind:
                self.problems.append(f"{path}: {slot.kind.__name__}, schema {node}")
        elif slot.form is Form.REFERENCE or slot.kind is Code:
            expected = "uniqueID" if slot.form is Form.REFERENCE else "codedtype"
            if node.get("name") != expected:
                self.problems.append(f"{path}: {expected}, schema {node.get('name')}")
        else:
            self.compare(slot.kind, node, path)


@pytest.mark.parametrize(
    ("generation", "schema", "service"),
    [(Generation.G2, CSD_XSD, Service), (Generation.G1, G1_TYPES_XSD, ActingService)],
    ids=["G2", "G1"],
)
def test_the_model_mirrors_the_schema(generation: Generation, schema: str, service: type) -> None:
    document = Schema(schema)
    comparison = Comparison(document, generation)
    for name, cls in (
        ("organization", Organization),
        ("service", service),
        ("facility", Facility),
        ("provider", Provider),
        ("device", Device),
    ):
        comparison.compare(cls, document.types[name], f"/{name}")
    assert comparison.problems == []
    everything = {getattr(ror.model, name) for name in ror.model.__all__}
    assert comparison.met == everything - {Directory, Service} | {service}


def test_a_service_that_acts_is_a_service_with_acts() -> None:
    plain = list(shape(Service, Generation.G1))
    assert [slot for slot in shape(ActingService, Generation.G1) if slot.attribute != "acts"] == plain


def test_the_directories_stand_in_the_order_of_the_schema() -> None:
    schema = Schema(CSD_XSD)
    declared = [name_of(node) for _, node in schema.content(schema.types["CSD"])]
    assert [slot.wrapper for slot in shape(Directory, Generation.G2)] == declared
