"""Derive the unqualified types of G1 from the schema of model 2.4, so that the two cannot drift (decision 14).

``python -m ror.schemas.derive`` rewrites ``g1-csd-types.xsd``; a test holds it equal to what this module makes.
What differs, and nothing else: the namespace; ``typeOfCare`` and ``patientsType`` stand on the unit, with its age
classes; acts stand on the activity; the code of a device is called ``type``; the five directories are a group.
"""

from pathlib import Path
from typing import Final

from lxml import etree

from ror.coding import Scheme
from ror.namespaces import CSD, G1, PASSERELLE, XML
from ror.schemas.catalogue import CSD_XSD, G1_TYPES_XSD, XML_XSD, parse
from ror.schemas.components import ANNOTATION, XS, Component, closure, declared

NOMENCLATURE: Final = f"{PASSERELLE}:nomenclature"
"""``source`` of the ``appinfo`` that names the tables of a coded element."""

_NOTICE = (
    "The types of the 2016 search, derived from csd-ror-2.4.xsd: not to be edited. Unqualified, and with a few "
    "elements in the place where the search of 2016 has them."
)


def derive(model: etree._Element) -> bytes:
    """Rewrite ``model``, the root of the 2.4 schema, into the schema document of G1's types."""
    _make_references_local(model)
    types = {component.name: node for component, node in declared(model).items() if component.space == "type"}
    _move_criteria_to_the_unit(types)
    _rename_device_code(types["device"])
    for wildcard in types["extension"].iter(f"{{{XS}}}any"):
        # Elements are unqualified here, so that only foreign ones can be told from ours.
        wildcard.set("namespace", "##other")
    roots = (Component(CSD, "type", name) for name in ("CSD", "error"))
    kept = closure(model, roots)
    root = _new_schema()
    root.extend(_directories(node) if node is types["CSD"] else node for node in kept)
    _change_namespace(root)
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _make_references_local(model: etree._Element) -> None:
    """Turn references to global elements into local declarations, which alone can be unqualified."""
    elements = {component.name: node for component, node in declared(model).items() if component.space == "element"}
    for node in model.iter(f"{{{XS}}}element"):
        prefix, _, local = node.get("ref", "").rpartition(":")
        if prefix == "csd" and local in elements:
            occurrence = {key: value for key, value in node.items() if key != "ref"}
            node.attrib.clear()
            node.attrib.update({"name": local, "type": elements[local].attrib["type"], **occurrence})


def _move_criteria_to_the_unit(types: dict[str, etree._Element]) -> None:
    """Put what a search asks for where 2016 reads it: on the unit and on its activity."""
    extension = types["facilityExtension"]
    care_mode = _local(extension, "careMode")
    care_mode.set("name", "typeOfCare")
    organizations = _local(types["facility"], "organizations")
    for element in (care_mode, _local(extension, "patientsType")):
        organizations.addprevious(element)
    _local(types["patientType"], "supportedPatient").addprevious(_age_group())
    act = _local(extension, "specificAct")
    act.set("name", "act")
    activity = _local(types["service"], "codedType")
    activity.set("maxOccurs", "unbounded")
    activity.addnext(act)


def _rename_device_code(device: etree._Element) -> None:
    _local(device, "codedType").set("name", "type")


def _local(declaration: etree._Element, name: str) -> etree._Element:
    """The outermost local element ``name`` of a type."""
    return next(node for node in declaration.iter(f"{{{XS}}}element") if node.get("name") == name)


def _age_group() -> etree._Element:
    element = etree.Element(
        f"{{{XS}}}element", {"name": "ageGroup", "type": "csd:codedtype", "minOccurs": "0", "maxOccurs": "unbounded"}
    )
    annotation = etree.SubElement(element, ANNOTATION)
    text = etree.SubElement(annotation, f"{{{XS}}}documentation")
    text.text = "Every age class that the unit takes."
    info = etree.SubElement(annotation, f"{{{XS}}}appinfo", {"source": NOMENCLATURE})
    etree.SubElement(info, f"{{{PASSERELLE}}}table", {"id": "TRE_R208", "oid": Scheme.AGE_CLASS.value})
    return element


def _directories(document: etree._Element) -> etree._Element:
    """The content of ``CSD`` as a group: in G1 it stands directly below ``result``."""
    group = etree.Element(f"{{{XS}}}group", {"name": "directories"})
    group.extend(list(document))
    return group


def _new_schema() -> etree._Element:
    root = etree.Element(
        f"{{{XS}}}schema",
        {"targetNamespace": G1, "elementFormDefault": "unqualified", "version": "2015"},
        nsmap={"xs": XS, "ror": G1, "p": PASSERELLE},
    )
    annotation = etree.SubElement(root, ANNOTATION)
    etree.SubElement(annotation, f"{{{XS}}}documentation").text = _NOTICE
    etree.SubElement(root, f"{{{XS}}}import", {"namespace": XML, "schemaLocation": XML_XSD})
    return root


def _change_namespace(root: etree._Element) -> None:
    for node in root.iter(f"{{{XS}}}*"):
        for key in ("type", "base", "ref"):
            value = node.get(key, "")
            if value.startswith("csd:"):
                node.set(key, f"ror:{value.removeprefix('csd:')}")
    etree.cleanup_namespaces(root, keep_ns_prefixes=["ror", "p"])


def main() -> None:
    """Rewrite the derived schema in the source tree."""
    Path(__file__).with_name(G1_TYPES_XSD).write_bytes(derive(parse(CSD_XSD)))


if __name__ == "__main__":
    main()
