"""Faults on the wire: ours byte by byte, and everybody else's."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ror import namespaces
from ror.errors import refuse
from ror.faults import Fault, PeerFault, Reason
from ror.soap.envelope import SoapVersion, read_envelope
from ror.soap.fault import read_fault, write_fault
from ror.xml_parser import REQUEST_LIMITS, parse

GOLDEN = Path(__file__).parents[1] / "golden"
V11, V12 = SoapVersion.V11, SoapVersion.V12


def canonical(data: bytes) -> bytes:
    tree = etree.fromstring(data, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(tree, method="c14n")


def peer(xml: str) -> PeerFault | None:
    return read_fault(parse(xml.encode(), REQUEST_LIMITS))


def fault_12(code: str, reason: str = "Non", detail: str = "") -> str:
    return (
        f'<e:Fault xmlns:e="{namespaces.SOAP_12}"><e:Code><e:Value>{code}</e:Value></e:Code>'
        f'<e:Reason><e:Text xml:lang="fr">{reason}</e:Text></e:Reason>{detail}</e:Fault>'
    )


def fault_11(code: str, reason: str = "Non", detail: str = "") -> str:
    return (
        f'<e:Fault xmlns:e="{namespaces.SOAP_11}"><faultcode>{code}</faultcode>'
        f"<faultstring>{reason}</faultstring>{detail}</e:Fault>"
    )


@pytest.mark.parametrize("name", ["g1_fault.xml", "g1_refused.xml"])
def test_a_fault_is_the_golden_one(name: str) -> None:
    golden = (GOLDEN / name).read_bytes()
    told = read_fault(read_envelope(golden, content_type=V12.content_type, soap_action=None).body)
    assert told is not None
    assert told.slug is not None
    reason = Reason.from_slug(told.slug)
    assert reason is not None
    assert canonical(write_fault(V12, Fault(reason=reason, message=told.message))) == canonical(golden)


@pytest.mark.parametrize("version", SoapVersion)
@pytest.mark.parametrize("reason", Reason)
def test_every_fault_is_read_as_it_was_written(version: SoapVersion, reason: Reason) -> None:
    data = write_fault(version, refuse(reason).fault)
    envelope = read_envelope(data, content_type=version.content_type, soap_action=None)
    assert read_fault(envelope.body) == PeerFault(reason.number, reason.slug, reason.message)


def codes(data: bytes, version: SoapVersion) -> str:
    body = read_envelope(data, content_type=version.content_type, soap_action=None).body
    name = "{*}Code/{*}Value" if version is V12 else "faultcode"
    return body.findtext(name) or ""


@pytest.mark.parametrize(
    ("reason", "v12", "v11"),
    [
        (Reason.COUNT_MISMATCH, "env:Receiver", "soap:Server.E405"),
        (Reason.NOT_CONFORMANT, "env:Sender", "soap:Client.E400"),
        (Reason.OVERLOADED, "env:Receiver", "soap:Server.E503"),
        (Reason.SOAP_MUST_UNDERSTAND, "env:MustUnderstand", "soap:MustUnderstand"),
        (Reason.SOAP_ENVELOPE, "env:Sender", "soap:Client.E400"),
    ],
)
def test_the_code_says_whose_turn_it_is(reason: Reason, v12: str, v11: str) -> None:
    fault = refuse(reason).fault
    assert codes(write_fault(V12, fault), V12) == v12
    assert codes(write_fault(V11, fault), V11) == v11


@pytest.mark.parametrize("version", SoapVersion)
def test_a_foreign_root_is_answered_with_version_mismatch(version: SoapVersion) -> None:
    fault = refuse(Reason.SOAP_ENVELOPE, soap_code="VersionMismatch").fault
    assert codes(write_fault(version, fault), version) == f"{version.prefix}:VersionMismatch"


def test_evidence_never_reaches_the_wire() -> None:
    fault = refuse(Reason.SOAP_ENVELOPE, soap_code="<secret/>", path="/secret").fault
    assert b"secret" not in write_fault(V12, fault) + write_fault(V11, fault)


def test_the_subcode_is_a_qualified_name_in_scope() -> None:
    body = read_envelope(
        write_fault(V12, refuse(Reason.COUNT_MISMATCH).fault), content_type=V12.content_type, soap_action=None
    ).body
    value = body.find("{*}Code/{*}Subcode/{*}Value")
    assert value is not None
    prefix, _, local = (value.text or "").partition(":")
    assert (value.nsmap[prefix], local) == (namespaces.G1, "E405")


def test_headers_travel_with_a_fault() -> None:
    data = write_fault(V12, refuse(Reason.NO_ROR_ANSWERED).fault, [b'<a xmlns="urn:x"/>'])
    assert len(read_envelope(data, content_type=V12.content_type, soap_action=None).headers) == 1


@given(message=st.text(max_size=80))
def test_any_message_survives_as_valid_xml(message: str) -> None:
    for version in SoapVersion:
        data = write_fault(version, Fault(reason=Reason.INTERNAL, message=message))
        told = read_fault(read_envelope(data, content_type=version.content_type, soap_action=None).body)
        assert told is not None
        assert told.number == 500


DETAIL = f'<x><r:erreur xmlns:r="{namespaces.G1}" code="405" message="Compte">answer.count-mismatch</r:erreur></x>'


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (fault_12("444", "Non prévu"), PeerFault(444, None, "Non prévu")),
        (fault_11("444", "Non prévu"), PeerFault(444, None, "Non prévu")),
        (fault_12("env:Receiver"), PeerFault(None, None, "Non")),
        (fault_11("soap:Client.E403"), PeerFault(403, None, "Non")),
        (fault_11("soap:Server"), PeerFault(None, None, "Non")),
        (
            fault_12("env:Sender", detail=DETAIL.replace("x>", "e:Detail>")),
            PeerFault(405, "answer.count-mismatch", "Compte"),
        ),
        (
            fault_11("soap:Client", detail=DETAIL.replace("x>", "detail>")),
            PeerFault(405, "answer.count-mismatch", "Compte"),
        ),
        (
            fault_12("env:Sender", detail='<e:Detail><erreur code="abc">brand.new-slug</erreur></e:Detail>'),
            PeerFault(None, "brand.new-slug", "Non"),
        ),
        (
            fault_12("env:Sender", "", '<e:Detail><erreur code="7">Une phrase</erreur></e:Detail>'),
            PeerFault(None, None, "Une phrase"),
        ),
        (f'<e:Fault xmlns:e="{namespaces.SOAP_12}"/>', PeerFault(None, None, "")),
        (f'<e:Fault xmlns:e="{namespaces.SOAP_11}"/>', PeerFault(None, None, "")),
        (
            f'<careServicesResponse xmlns="{namespaces.CSD}"><error code="444" message="Non prévu"/>'
            "</careServicesResponse>",
            PeerFault(444, None, "Non prévu"),
        ),
        (
            f'<r:careServicesResponse xmlns:r="{namespaces.G1}"><error code="404">identifier.unknown</error>'
            "</r:careServicesResponse>",
            PeerFault(404, "identifier.unknown", ""),
        ),
        (f'<r:careServicesResponse xmlns:r="{namespaces.G1}"><result/></r:careServicesResponse>', None),
        ("<other/>", None),
    ],
)
def test_faults_of_peers_are_read_however_they_look(xml: str, expected: PeerFault | None) -> None:
    assert peer(xml) == expected


def test_a_subcode_is_read_where_the_detail_is_missing() -> None:
    xml = fault_12("e:Sender").replace("</e:Code>", "<e:Subcode><e:Value>ror:E429</e:Value></e:Subcode></e:Code>")
    assert peer(xml) == PeerFault(429, None, "Non")


def test_the_french_reason_is_preferred() -> None:
    xml = fault_12("e:Sender").replace("<e:Reason>", '<e:Reason><e:Text xml:lang="en">No</e:Text>')
    told = peer(xml)
    assert told is not None
    assert told.message == "Non"


def test_a_peers_message_is_bounded_and_printable() -> None:
    told = peer(fault_12("e:Sender", "a\u202eb\n\tc" + "x" * 5_000))
    assert told is not None
    assert told.message.startswith("a\ufffdb c")
    assert len(told.message) == 501


def test_a_number_of_any_length_is_no_number() -> None:
    assert peer(fault_12("9" * 10_000)) == PeerFault(None, None, "Non")
