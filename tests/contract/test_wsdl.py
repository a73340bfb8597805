"""The service descriptions, as a stock zeep client reads and uses them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree
from requests import Response
from zeep.transports import Transport

from ror.model.wire import Generation
from ror.namespaces import ACTION_SEARCH, ACTION_UPDATE, CSD, G1, PASSERELLE, SOAP_11, SOAP_12
from ror.schemas import Kind, problems, wsdl

GOLDEN = Path(__file__).parents[1] / "golden"
ADDRESS = "https://passerelle.demo.inter-ror.fr:9443/ROR/careServicesRequest_Binding"
LOCATION = f"{ADDRESS}?wsdl"
XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"

QUESTION = {
    "requestParams": {
        "organization": "",
        "facility": {"typeOfCare": [{"code": "28", "codingScheme": "1.2.250.1.213.3.3.13"}]},
        "service": {"codedType": [{"code": "121"}], "act": {"code": "0551"}},
        "otherParams": {"destination": [{"type": {"code": "5"}, "code": {"code": "FR"}}]},
    }
}


class OneDocument(Transport):
    """Serves one WSDL and nothing else; answers every post with one prepared message."""

    def __init__(self, document: bytes, answer: bytes = b"", status: int = 200) -> None:
        super().__init__()
        self.document, self.answer, self.status = document, answer, status
        self.posted: list[tuple[str, bytes, dict[str, str]]] = []

    def load(self, url: str) -> bytes:
        assert url == LOCATION, f"a second document was asked for: {url}"
        return self.document

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Response:
        self.posted.append((address, message, headers))
        response = Response()
        response.status_code = self.status
        response._content = self.answer
        response.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
        return response


@pytest.fixture
def client() -> Callable[..., zeep.Client]:
    def build(generation: Generation, **answer: Any) -> zeep.Client:
        return zeep.Client(LOCATION, transport=OneDocument(wsdl(generation, ADDRESS), **answer))

    return build


def body(envelope: etree._Element, soap: str) -> etree._Element:
    node = envelope.find(f"{{{soap}}}Body")
    assert node is not None
    return node[0]


@pytest.mark.parametrize(
    ("generation", "first_letter", "operations"),
    [
        (Generation.G1, "c", {"careServicesRequest_Request": ACTION_SEARCH}),
        (
            Generation.G2,
            "C",
            {
                "careServicesRequest_Request": ACTION_SEARCH,
                "TR-Notif-ListeEtablissementsMajApresDate_Demande": ACTION_UPDATE,
            },
        ),
    ],
)
def test_names_are_those_of_the_contract(
    client: Callable[..., zeep.Client], generation: Generation, first_letter: str, operations: dict[str, str]
) -> None:
    definition = client(generation).wsdl
    name = f"{first_letter}areServicesRequest"
    assert list(definition.services) == [f"{name}_Service"]
    ports = definition.services[f"{name}_Service"].ports
    assert {port.name: port.binding.name.localname for port in ports.values()} == {
        f"{name}_Port": f"{name}_Binding",
        f"{name}_Port_Soap11": f"{name}_Binding_Soap11",
    }
    for port in ports.values():
        assert port.binding_options == {"address": ADDRESS}
        assert {item.name: item.soapaction for item in port.binding._operations.values()} == operations
        assert port.binding.port_type.name == f"{{{G1}}}{name}_PortType"


def test_each_port_speaks_its_own_soap(client: Callable[..., zeep.Client]) -> None:
    ports = client(Generation.G1).wsdl.services["careServicesRequest_Service"].ports
    assert ports["careServicesRequest_Port"].binding.nsmap["soap-env"] == SOAP_12
    assert ports["careServicesRequest_Port_Soap11"].binding.nsmap["soap-env"] == SOAP_11


@pytest.mark.parametrize(
    ("port", "soap"), [("careServicesRequest_Port", SOAP_12), ("careServicesRequest_Port_Soap11", SOAP_11)]
)
def test_zeep_builds_a_conformant_question(client: Callable[..., zeep.Client], port: str, soap: str) -> None:
    service = client(Generation.G1).bind("careServicesRequest_Service", port)
    envelope = service._client.create_message(service, "careServicesRequest_Request", function=QUESTION)
    assert problems(body(envelope, soap), Kind.G1_REQUEST) == ()


def test_zeep_sends_our_header_as_a_plain_element(client: Callable[..., zeep.Client]) -> None:
    zeeper = client(Generation.G1)
    search = etree.Element(f"{{{PASSERELLE}}}recherche", limite="50")
    envelope = zeeper.create_message(
        zeeper.service, "careServicesRequest_Request", function=QUESTION, _soapheaders=[search]
    )
    header = envelope.find(f"{{{SOAP_12}}}Header")
    assert header is not None
    assert [problems(block, Kind.SEARCH_HEADER) for block in header] == [()]


def test_zeep_reads_the_golden_answer(client: Callable[..., zeep.Client]) -> None:
    zeeper = client(Generation.G1, answer=(GOLDEN / "g1_answer.xml").read_bytes())
    result = zeeper.service.careServicesRequest_Request(function=QUESTION)
    (unit,) = result.facilityDirectory.facility
    assert result.resultNumber.OInumber == 1
    assert (unit.entityID, unit.typeOfCare.code) == ("ara:47045", "28")
    assert [group.code for group in unit.patientsType.ageGroup] == ["05", "06", "10", "11"]
    assert unit.extension[0].accommodationCapacity.beds.avaible == 2
    assert str(unit.extension[0].location.calculatedDistance) == "3.4"
    assert result.serviceDirectory.service[0].act[0].code == "0551"
    assert result.deviceDirectory.device[0].type.code == "093"
    address, _, headers = zeeper.transport.posted[0]
    assert address == ADDRESS
    assert ACTION_SEARCH in headers["Content-Type"]


def test_zeep_raises_the_golden_refusal(client: Callable[..., zeep.Client]) -> None:
    zeeper = client(Generation.G1, answer=(GOLDEN / "g1_refused.xml").read_bytes(), status=403)
    with pytest.raises(zeep.exceptions.Fault, match="liste blanche") as caught:
        zeeper.service.careServicesRequest_Request(function=QUESTION)
    assert [code.localname for code in caught.value.subcodes] == ["E403"]
    assert caught.value.detail[0].text == "partner.not-listed"


def test_zeep_builds_a_conformant_read(client: Callable[..., zeep.Client]) -> None:
    zeeper = client(Generation.G2)
    demand = {"id_etablissement": {"code": "1690999990", "assigningAuthorityName": "1.2.250.1.71.1.2.14"}}
    function = {
        "TR_Lecture-OffresSanteEtablissement": {"etablissementDemandeLecture": demand},
        "urn": "urn:asip:ror:lecture:offreSoinEtablissement:2017",
        "encapsulated": True,
    }
    envelope = zeeper.create_message(zeeper.service, "careServicesRequest_Request", function=function)
    assert problems(body(envelope, SOAP_12), Kind.READ_REQUEST) == ()


@pytest.mark.parametrize(
    ("port", "soap"), [("CareServicesRequest_Port", SOAP_12), ("CareServicesRequest_Port_Soap11", SOAP_11)]
)
def test_zeep_builds_a_conformant_notification(client: Callable[..., zeep.Client], port: str, soap: str) -> None:
    service = client(Generation.G2).bind("CareServicesRequest_Service", port)
    envelope = service._client.create_message(
        service, "TR-Notif-ListeEtablissementsMajApresDate_Demande", params={"dateRef": "2019-06-01T00:00:00Z"}
    )
    assert problems(body(envelope, soap), Kind.NOTIFICATION_REQUEST) == ()


@pytest.mark.parametrize("generation", Generation)
def test_the_description_needs_no_second_document(generation: Generation) -> None:
    root = etree.fromstring(wsdl(generation, ADDRESS))
    assert [node for node in root.iter() if "schemaLocation" in node.attrib] == []
    imported = {node.get("namespace") for node in root.iter(f"{XS}import")}
    assert imported <= {node.get("targetNamespace") for node in root.iter(f"{XS}schema")}


@pytest.mark.parametrize("generation", Generation)
def test_every_message_names_an_element_of_the_inlined_schemas(generation: Generation) -> None:
    root = etree.fromstring(wsdl(generation, ADDRESS))
    declared = {
        (schema.get("targetNamespace"), node.get("name"))
        for schema in root.iter(f"{XS}schema")
        for node in schema.iterchildren(f"{XS}element")
    }
    parts = [part.attrib["element"].partition(":") for part in root.iter(f"{WSDL}part")]
    prefixes = {"ror": G1, "csd": CSD}
    assert {(prefixes[prefix], local) for prefix, _, local in parts} <= declared


@pytest.mark.parametrize(
    ("generation", "kind"), [(Generation.G1, Kind.G1_RESPONSE), (Generation.G2, Kind.READ_RESPONSE)]
)
def test_inlined_schemas_compile_by_themselves(generation: Generation, kind: Kind) -> None:
    root = etree.fromstring(wsdl(generation, ADDRESS))
    schema = etree.XMLSchema(etree.fromstring(etree.tostring(next(root.iter(f"{XS}schema")))))
    assert "declaration" not in str(schema.validate(etree.Element(kind.root)) or schema.error_log)


def test_inlined_search_schema_takes_the_golden_messages() -> None:
    root = etree.fromstring(wsdl(Generation.G1, ADDRESS))
    schema = etree.XMLSchema(etree.fromstring(etree.tostring(next(root.iter(f"{XS}schema")))))
    for name, kind in (("g1_question", Kind.G1_REQUEST), ("g1_answer", Kind.G1_RESPONSE)):
        schema.assertValid(next(etree.parse(GOLDEN / f"{name}.xml").iter(kind.root)))


def test_output_declares_no_header_so_that_zeep_returns_the_result_alone() -> None:
    for generation in Generation:
        root = etree.fromstring(wsdl(generation, ADDRESS))
        assert [node.tag for node in root.iter("{*}header")] == []


@pytest.mark.parametrize("address", ["https://h/?a=1&b=\"'<>", "http://127.0.0.1:9443/ROR"])
def test_an_address_is_escaped_where_it_must_be(address: str) -> None:
    root = etree.fromstring(wsdl(Generation.G1, address))
    assert {node.get("location") for node in root.iter("{*}address")} == {address}


@pytest.mark.parametrize("address", ["", "//h/ROR", "ftp://h", "https://h/\r\nX: y", "https://h/\x00", "https://é"])
def test_an_address_that_is_no_url_is_a_value_error(address: str) -> None:
    with pytest.raises(ValueError, match="absolute URL"):
        wsdl(Generation.G1, address)
