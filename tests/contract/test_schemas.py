"""The schema of model 2.4 against its official table, line by line; what is derived from it; how it is served."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from ror.coding import Scheme
from ror.errors import FaultError
from ror.faults import Reason
from ror.namespaces import PASSERELLE
from ror.schemas import NAMES, xsd
from ror.schemas.catalogue import CSD_XSD, G1_TYPES_XSD, G1_XSD, packaged, parse
from ror.schemas.derive import NOMENCLATURE, derive

PROJECT = Path(__file__).parents[2]
TABLE = PROJECT.parent / "shared" / "ror" / "modele-exposition-2.4.tsv"
XS = "{http://www.w3.org/2001/XMLSchema}"

TABLE_ROWS = 402
TABLE_SHA256 = "a23977685ef7f1a8f7a9e4056aa149bd858beab7d54086173d4263998b4f31e2"
"""Fingerprint of the official table without its nomenclature column: holds the schema where the table is absent."""


class Row(NamedTuple):
    """One line of the table, nomenclature left out."""

    owner: str
    kind: str
    order: str
    name: str
    type: str
    occurs: str
    group: str


def fingerprint(rows: Counter[Row]) -> str:
    lines = sorted("\t".join(row) for row in rows.elements())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def rows_of_schema() -> Iterator[Row]:
    for component in parse(CSD_XSD).iterchildren("{*}*"):
        kind, name = etree.QName(component).localname, component.get("name", "")
        if kind == "complexType":
            yield from _rows_of_type(name, component)
        elif kind == "attributeGroup":
            yield from _rows_of_attributes(name, component)
        elif kind == "element":
            inline = component.find(f"{XS}complexType")
            yield Row("(global)", "element", "", name, _local(component.get("type", "(inline)")), "", "")
            if inline is not None:
                yield from _rows_of_type(f"element:{name}", inline)


def _rows_of_type(owner: str, declaration: etree._Element) -> Iterator[Row]:
    content = declaration
    for extension in declaration.iterfind(f"{XS}complexContent/{XS}extension"):
        content = extension
    for extension in declaration.iterfind(f"{XS}simpleContent/{XS}extension"):
        content = extension
    if content is not declaration:
        yield Row(owner, "extends", "", _local(content.get("base", "")), "", "", "")
    particles = [
        particle for top in content.iterchildren(f"{XS}sequence", f"{XS}choice") for particle in _particles(top)
    ]
    for order, particle in enumerate(particles, 1):
        yield from _rows_of_particle(owner, str(order), particle)
    yield from _rows_of_attributes(owner, content)


def _particles(model_group: etree._Element) -> Iterator[etree._Element]:
    for child in model_group.iterchildren("{*}*"):
        if child.tag == f"{XS}choice":
            yield from _particles(child)
        else:
            yield child


def _rows_of_particle(owner: str, order: str, particle: etree._Element) -> Iterator[Row]:
    occurs = f"{particle.get('minOccurs', '1')}..{particle.get('maxOccurs', '1').replace('unbounded', 'n')}"
    parent = particle.getparent()
    group = "choice" if parent is not None and parent.tag == f"{XS}choice" else ""
    if particle.tag == f"{XS}any":
        yield Row(owner, "any", "", particle.get("namespace", ""), particle.get("processContents", ""), occurs, group)
    elif "ref" in particle.attrib:
        yield Row(owner, "element", order, f"ref:{_local(particle.attrib['ref'])}", "(ref)", occurs, group)
    else:
        name = particle.attrib["name"]
        yield Row(owner, "element", order, name, _local(particle.get("type", "(inline)")), occurs, group)
        for inline in particle.iterchildren(f"{XS}complexType"):
            yield from _rows_of_type(f"{owner}/{name}", inline)


def _rows_of_attributes(owner: str, content: etree._Element) -> Iterator[Row]:
    for child in content.iterchildren(f"{XS}attribute", f"{XS}attributeGroup", f"{XS}anyAttribute"):
        kind = etree.QName(child).localname
        if kind == "anyAttribute":
            yield Row(owner, kind, "", "*", "", "", "")
        elif kind == "attributeGroup":
            yield Row(owner, kind, "", _local(child.attrib["ref"]), "", "", "")
        else:
            name = child.get("name") or f"ref:{child.attrib['ref']}"
            occurs = "1..1" if child.get("use") == "required" else "0..1"
            yield Row(owner, kind, "", name, child.get("type", "anySimpleType"), occurs, "")


def _local(qname: str) -> str:
    return qname.removeprefix("csd:")


@pytest.fixture(scope="module")
def table() -> list[dict[str, str]]:
    if not TABLE.is_file():
        pytest.skip(f"the official table of model 2.4 is not at {TABLE}: compared by its fingerprint only")
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_schema_and_official_table_are_the_same_lines(table: list[dict[str, str]]) -> None:
    official = Counter(
        Row(line["owner_type"], *(line[column] for column in ("kind", "order", "name", "type", "occurs", "group")))
        for line in table
    )
    ours = Counter(rows_of_schema())
    assert (official - ours, ours - official) == (Counter(), Counter())
    assert fingerprint(official) == TABLE_SHA256


def test_schema_has_the_fingerprint_of_the_official_table() -> None:
    ours = Counter(rows_of_schema())
    assert (ours.total(), fingerprint(ours)) == (TABLE_ROWS, TABLE_SHA256)


def test_read_function_is_fixed_to_the_official_values(table: list[dict[str, str]]) -> None:
    official = {line["name"]: line["nomenclature"][6:] for line in table if line["nomenclature"].startswith("fixed=")}
    ours = {
        node.get("name"): node.get("fixed") for node in parse(CSD_XSD).iter(f"{XS}attribute") if node.get("fixed")
    }
    assert ours == official


# Tables of codes (domain sheet §3.1; those of names and know-how from the published files themselves).
OIDS = {
    "JDV_J51": "1.2.250.1.213.3.3.62",
    "TRE_G00": "1.2.250.1.71.2.10",
    "TRE_G09": "1.2.250.1.71.1.2.16",
    "TRE_G13": "1.2.250.1.213.2.31",
    "TRE_G15": "1.2.250.1.71.1.2.7",
    "TRE_G100": "1.2.250.1.71.1.2.38",
    "TRE_R04": "1.2.250.1.213.1.6.1.16",
    "TRE_R11": "1.2.250.1.213.1.6.1.11",
    "TRE_R13": "1.2.250.1.213.2.23",
    "TRE_R20": "1.2.250.1.213.2.24",
    "TRE_R23": "1.2.250.1.213.1.6.1.18",
    "TRE_R30": "1.2.250.1.213.2.25",
    "TRE_R38": "1.2.250.1.213.2.28",
    "TRE_R39": "1.2.250.1.213.2.29",
    "TRE_R40": "1.2.250.1.213.2.30",
    "TRE_R42": "1.2.250.1.213.2.32",
    "TRE_R43": "1.2.250.1.213.2.33",
    "TRE_R44": "1.2.250.1.213.2.34",
    "TRE_R66": "1.2.250.1.213.1.6.1.8",
    "TRE_R69": "1.2.250.1.213.1.6.1.64",
    "TRE_R72": "1.2.250.1.213.1.6.1.44",
    "TRE_R73": "1.2.250.1.213.1.6.1.45",
    "TRE_R81": "1.2.250.1.213.1.6.1.69",
    "TRE_R88": "1.2.250.1.213.1.6.1.104",
    "TRE_R97": "1.2.250.1.213.1.6.1.111",
    "TRE_R200": "1.2.250.1.213.3.3.1",
    "TRE_R201": "1.2.250.1.213.3.3.2",
    "TRE_R202": "1.2.250.1.213.3.3.3",
    "TRE_R203": "1.2.250.1.213.3.3.4",
    "TRE_R207": "1.2.250.1.213.3.3.8",
    "TRE_R208": "1.2.250.1.213.3.3.9",
    "TRE_R210": "1.2.250.1.213.3.3.11",
    "TRE_R211": "1.2.250.1.213.3.3.12",
    "TRE_R212": "1.2.250.1.213.3.3.10",
    "TRE_R213": "1.2.250.1.213.3.3.13",
    "TRE_R215": "1.2.250.1.213.3.3.15",
    "TRE_R227": "1.2.250.1.213.3.3.17",
    "TRE_R228": "1.2.250.1.213.3.3.18",
    "TRE_R230": "1.2.250.1.213.3.3.20",
    "TRE_R236": "1.2.250.1.213.3.3.23",
    "TRE_R237": "1.2.250.1.213.3.3.25",
    "TRE_R238": "1.2.250.1.213.3.3.27",
    "TRE_R239": "1.2.250.1.213.3.3.29",
    "TRE_R240": "1.2.250.1.213.3.3.31",
    "TRE_R241": "1.2.250.1.213.3.3.33",
    "TRE_R242": "1.2.250.1.213.3.3.35",
    "TRE_R243": "1.2.250.1.213.3.3.37",
    "TRE_R244": "1.2.250.1.213.3.3.39",
    "TRE_R245": "1.2.250.1.213.3.3.41",
    "TRE_R246": "1.2.250.1.213.3.3.43",
    "TRE_R247": "2.16.840.1.113883.6.8",
    "TRE_R250": "1.2.250.1.213.3.3.46",
    "TRE_R251": "1.2.250.1.213.3.3.48",
    "TRE_R252": "1.2.250.1.213.3.3.50",
    "TRE_R253": "1.2.250.1.213.3.3.52",
    "TRE_R264": "1.2.250.1.213.3.3.59",
    "TRE_R282": "1.2.250.1.213.1.6.1.135",
    "TRE_R283": "1.2.250.1.213.1.1.4.344",
    "TRE_R284": "1.2.250.1.213.1.1.4.345",
    "TRE_R286": "1.2.250.1.213.1.6.1.136",
    "TRE_R287": "1.2.250.1.213.3.3.67",
}

# Where the official table's nomenclature column slips or leaves a gap, and what is meant (decision 31).
CORRECTED = {
    ("organization", "codedType"): {"TRE_R72", "TRE_R69", "TRE_R73", "TRE_R66"},
    ("facilityExtension", "careMode"): {"TRE_R213"},
    ("credentialsExtension", "speciality"): {"TRE_R38"},
    ("dependencyPrice", "dependencyLevel"): {"TRE_R237"},
    ("basePackageAccomodation", "deliveryIncluded"): {"TRE_R264"},
    ("organisationExtension", "closingReason"): {"TRE_R286"},
    ("operationalStatus", "exerciceModeInUnit"): {"TRE_R23"},
    ("surchargePrice", "surchargePriceName"): set[str](),
    ("serviceExtension", "actFamily"): {"JDV_J51"},
    ("territorialDivision", "codedType"): {"TRE_R20", "TRE_R13", "TRE_G09", "TRE_R30", "TRE_R88"},
}

WITHOUT_TABLE = {
    ("facility", "language"),
    ("facility/organizations/organization/service", "language"),
    ("name", "otherName"),
    ("organization", "language"),
    ("organization", "specialization"),
    ("provider", "specialty"),
    ("provider/facilities/facility/service", "language"),
    ("surchargePrice", "surchargePriceName"),
}
"""Coded elements of which no public source names the table."""


def _owner(element: etree._Element) -> str:
    names = [
        node.attrib["name"]
        for node in element.iterancestors(f"{XS}element", f"{XS}complexType")
        if "name" in node.attrib
    ]
    return "/".join(reversed(names))


def _tables(element: etree._Element) -> dict[str, str]:
    found = element.iterfind(f"{XS}annotation/{XS}appinfo[@source='{NOMENCLATURE}']/{{{PASSERELLE}}}table")
    return {table.attrib["id"]: table.attrib["oid"] for table in found}


def coded_elements(name: str = CSD_XSD) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (_owner(node), node.attrib["name"]): _tables(node)
        for node in parse(name).iter(f"{XS}element")
        if node.get("type", "").endswith(":codedtype")
    }


def test_nomenclatures_are_those_of_the_official_table_but_for_its_slips(table: list[dict[str, str]]) -> None:
    coded = coded_elements()
    for line in table:
        key = line["owner_type"], line["name"]
        if not line["nomenclature"] or line["nomenclature"].startswith("fixed="):
            continue
        named = {f"TRE_{number}" for number in re.findall(r"TRE[_-]([GR]\d+)", line["nomenclature"])}
        named |= {"TRE_R227"} if "JDV_20-" in line["nomenclature"] else set()
        named |= {"TRE_R239"} if "JDV_J29-" in line["nomenclature"] else set()
        assert set(coded[key]) == CORRECTED.get(key, named), key


def test_slips_of_the_official_table_are_corrected() -> None:
    coded = coded_elements()
    assert {key: set(coded[key]) for key in CORRECTED} == CORRECTED


def test_every_coded_element_names_its_table() -> None:
    assert {key for key, tables in coded_elements().items() if not tables} == WITHOUT_TABLE


@pytest.mark.parametrize("name", [CSD_XSD, G1_TYPES_XSD, G1_XSD])
def test_every_table_has_its_oid(name: str) -> None:
    named = [(node.get("id"), node.get("oid")) for node in parse(name).iter(f"{{{PASSERELLE}}}table")]
    assert named
    assert {(table, oid) for table, oid in named if OIDS.get(str(table)) != oid} == set()


def test_schemes_of_the_code_are_tables_of_the_schemas_where_an_element_carries_them() -> None:
    ours = {node.get("oid") for name in (CSD_XSD, G1_XSD) for node in parse(name).iter(f"{{{PASSERELLE}}}table")}
    assert {scheme.value for scheme in Scheme} - ours <= {
        Scheme.AGE_CLASS,  # on G1's units, in the derived schema
        Scheme.ACCESS_PROFILE,  # in the VIHF
        Scheme.STRUCTURE_ID_TYPE,  # the prefix of an identifier
    }


def test_derived_schema_is_what_the_model_gives_today() -> None:
    assert packaged(G1_TYPES_XSD) == derive(parse(CSD_XSD))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_schema_is_served_and_refers_to_served_schemas_only(name: str) -> None:
    root = etree.fromstring(xsd(name))
    locations = {str(node.get("schemaLocation")) for node in root.iter(f"{XS}import", f"{XS}include")}
    assert locations <= {f"?xsd={other}" for other in NAMES}


@pytest.mark.parametrize("name", ["", "csd-ror-2.4", "../coding.py", "/etc/passwd", "ror-g1.wsdl", "__init__.py"])
def test_a_name_outside_the_list_is_not_found(name: str) -> None:
    with pytest.raises(FaultError) as caught:
        xsd(name)
    assert caught.value.fault.reason is Reason.PATH_UNKNOWN


@pytest.mark.parametrize("location", ["file:///etc/hostname", "http://127.0.0.1:1/x.xsd", "../coding.py", "?xsd=x"])
def test_a_schema_that_refers_outside_the_package_is_not_resolved(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = packaged(G1_XSD).replace(b"g1-csd-types.xsd", location.encode())
    monkeypatch.setattr("ror.schemas.catalogue.packaged", lambda name: document)
    with pytest.raises(etree.XMLSchemaParseError, match="Failed to parse the XML resource"):
        etree.XMLSchema(parse(G1_XSD))
