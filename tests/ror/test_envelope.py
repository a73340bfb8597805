"""The SOAP envelope: versions, content types, actions, header blocks, and what may stand where."""

import pytest
from lxml import etree

from ror import namespaces
from ror.errors import FaultError
from ror.faults import Reason
from ror.soap.envelope import (
    COVERAGE,
    SEARCH,
    SECURITY,
    Envelope,
    SoapVersion,
    envelope_parts,
    read_envelope,
    version_asked,
    write_envelope,
)

V11, V12 = SoapVersion.V11, SoapVersion.V12
QUESTION = f'<r:careServicesRequest xmlns:r="{namespaces.G1}"/>'
WS_ADDRESSING = "http://www.w3.org/2005/08/addressing"
NEXT_11 = "http://schemas.xmlsoap.org/soap/actor/next"
ROLE_12 = "http://www.w3.org/2003/05/soap-envelope/role/"


def message(content: str, version: SoapVersion = V12, namespace: str | None = None) -> bytes:
    return f'<s:Envelope xmlns:s="{namespace or version.namespace}">{content}</s:Envelope>'.encode()


def with_headers(blocks: str, version: SoapVersion = V12) -> bytes:
    return message(f"<s:Header>{blocks}</s:Header><s:Body>{QUESTION}</s:Body>", version)


def read(data: bytes, version: SoapVersion = V12, action: str | None = None, content_type: str = "") -> Envelope:
    return read_envelope(data, content_type=content_type or version.content_type, soap_action=action)


def refusal(data: bytes, version: SoapVersion = V12, action: str | None = None, content_type: str = "") -> Reason:
    with pytest.raises(FaultError) as caught:
        read(data, version, action, content_type)
    return caught.value.fault.reason


@pytest.mark.parametrize("version", SoapVersion)
def test_a_message_is_read_in_its_version(version: SoapVersion) -> None:
    envelope = read(message(f"<s:Body>{QUESTION}</s:Body>", version), version)
    assert envelope.version is version
    assert envelope.headers == ()
    assert envelope.body.tag == f"{{{namespaces.G1}}}careServicesRequest"


@pytest.mark.parametrize("version", SoapVersion)
def test_what_is_written_is_read_again(version: SoapVersion) -> None:
    header = f'<p:recherche xmlns:p="{namespaces.PASSERELLE}"/>'.encode()
    data = write_envelope(version, headers=[header], body=QUESTION.encode())
    envelope = read(data, version)
    assert envelope.header(SEARCH) is envelope.headers[0]
    assert envelope.header(SECURITY) is None
    assert envelope.body.tag == f"{{{namespaces.G1}}}careServicesRequest"


def test_the_parts_of_an_envelope_go_around_a_streamed_body() -> None:
    before, after = envelope_parts(V12, [b"<a/>"])
    assert before + b"<b/>" + after == write_envelope(V12, headers=[b"<a/>"], body=b"<b/>")
    assert b"Header" not in envelope_parts(V11)[0]


@pytest.mark.parametrize(
    ("version", "content_type"),
    [
        (V12, "application/soap+xml"),
        (V12, "application/soap+xml;charset=UTF-8"),
        (V12, 'Application/SOAP+XML ; charset="utf-8" ;'),
        (V12, f'application/soap+xml; charset=utf-8; action="{namespaces.ACTION_SEARCH}"'),
        (V12, f"application/soap+xml; action={namespaces.ACTION_SEARCH}"),
        (V12, 'application/soap+xml; action=""'),
        (V11, "text/xml"),
        (V11, "text/xml; charset=utf-8"),
    ],
)
def test_content_types_of_a_version_are_accepted(version: SoapVersion, content_type: str) -> None:
    read(message(f"<s:Body>{QUESTION}</s:Body>", version), version, None, content_type)


@pytest.mark.parametrize(
    ("version", "content_type"),
    [
        (V12, "text/xml; charset=utf-8"),
        (V11, "application/soap+xml"),
        (V12, "application/xml"),
        (V12, "application/json"),
        (V12, "text/html"),
        (V12, 'multipart/related; type="application/xop+xml"; boundary=x'),
        (V12, "application/xop+xml; type=application/soap+xml"),
        (V12, "application/soap+xml; charset=utf-16"),
        (V12, "application/soap+xml; charset=iso-8859-1"),
        (V12, "application/soap+xml; charset=utf-8; charset=utf-8"),
        (V12, 'application/soap+xml; action="a"; action="b"'),
        (V12, "application/soap+xml, text/xml"),
        (V12, 'application/soap+xml; action="unterminated'),
        (V12, "application/soap+xml; " + "a" * 2_000),
        (V12, "application"),
        (V12, "?"),
    ],
)
def test_another_content_type_is_415(version: SoapVersion, content_type: str) -> None:
    data = message(f"<s:Body>{QUESTION}</s:Body>", version)
    assert refusal(data, version, None, content_type) is Reason.CONTENT_TYPE


def test_an_absent_content_type_is_415() -> None:
    with pytest.raises(FaultError) as caught:
        read_envelope(message(f"<s:Body>{QUESTION}</s:Body>"), content_type=None, soap_action=None)
    assert caught.value.fault.number == 415


@pytest.mark.parametrize(
    ("content_type", "version"),
    [
        (None, V12),
        ("", V12),
        ("text/xml; charset=x", V11),
        ("TEXT/XML", V11),
        ("text/html", V12),
        ("application/soap+xml", V12),
    ],
)
def test_the_version_of_a_fault_follows_the_content_type(content_type: str | None, version: SoapVersion) -> None:
    assert version_asked(content_type) is version


@pytest.mark.parametrize("version", SoapVersion)
@pytest.mark.parametrize(
    "action",
    [
        None,
        "",
        '""',
        "  ",
        namespaces.ACTION_SEARCH,
        f'"{namespaces.ACTION_SEARCH}"',
        f' "{namespaces.ACTION_SEARCH}" ',
    ],
)
def test_a_right_or_missing_action_is_accepted(version: SoapVersion, action: str | None) -> None:
    read(message(f"<s:Body>{QUESTION}</s:Body>", version), version, action)


@pytest.mark.parametrize("version", SoapVersion)
@pytest.mark.parametrize(
    "action", ["urn:other", f'"{namespaces.ACTION_UPDATE}"', f'"{namespaces.ACTION_SEARCH}', "'x'"]
)
def test_a_wrong_action_header_is_refused(version: SoapVersion, action: str) -> None:
    data = message(f"<s:Body>{QUESTION}</s:Body>", version)
    assert refusal(data, version, action) is Reason.SOAP_ACTION


def test_a_wrong_action_parameter_is_refused() -> None:
    data = message(f"<s:Body>{QUESTION}</s:Body>")
    content_type = V12.request_content_type(namespaces.ACTION_SEARCH)
    read(data, V12, None, content_type)
    assert refusal(data, V12, None, V12.request_content_type("urn:x")) is Reason.SOAP_ACTION
    assert refusal(data, V12, "urn:x", content_type) is Reason.SOAP_ACTION


def test_the_notification_has_an_action_of_its_own() -> None:
    name = "TR-Notif-ListeEtablissementsMajApresDate_Demande"
    data = message(f'<s:Body><r:{name} xmlns:r="{namespaces.G1}"/></s:Body>')
    read(data, V12, namespaces.ACTION_UPDATE)
    assert refusal(data, V12, namespaces.ACTION_SEARCH) is Reason.SOAP_ACTION


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<s:Header/>",
        "<s:Body/>",
        f"<s:Body>{QUESTION}{QUESTION}</s:Body>",
        f"<s:Body>{QUESTION}</s:Body><s:Body>{QUESTION}</s:Body>",
        "<s:Body/><s:Body/>",
    ],
)
def test_anything_but_one_body_with_one_request_is_refused(content: str) -> None:
    assert refusal(message(content)) is Reason.SOAP_BODY_COUNT


@pytest.mark.parametrize(
    "content",
    [
        f"<s:Body>{QUESTION}</s:Body><s:Header/>",
        f"<s:Header/><s:Header/><s:Body>{QUESTION}</s:Body>",
        f"<s:Header/><s:Body>{QUESTION}</s:Body><x xmlns='urn:x'/>",
        f"<x xmlns='urn:x'/><s:Body>{QUESTION}</s:Body>",
        f"<Header/><s:Body>{QUESTION}</s:Body>",
        f'<o:Header xmlns:o="{namespaces.SOAP_11}"/><s:Body>{QUESTION}</s:Body>',
        "<s:Body>text</s:Body>",
        f"text<s:Body>{QUESTION}</s:Body>",
        f"<s:Body>{QUESTION}</s:Body>text",
        f"<s:Body>text{QUESTION}</s:Body>",
        f"<s:Body>{QUESTION}text</s:Body>",
        f"<s:Header>text</s:Header><s:Body>{QUESTION}</s:Body>",
        f"<s:Header><unqualified/></s:Header><s:Body>{QUESTION}</s:Body>",
        f'<s:Header><x xmlns="urn:x" s:mustUnderstand="yes"/></s:Header><s:Body>{QUESTION}</s:Body>',
    ],
)
def test_a_crooked_envelope_is_refused(content: str) -> None:
    assert refusal(message(content)) is Reason.SOAP_ENVELOPE


@pytest.mark.parametrize(
    "data",
    [
        message(f"<s:Body>{QUESTION}</s:Body>", namespace="http://www.w3.org/2001/12/soap-envelope"),
        message(f"<s:Body>{QUESTION}</s:Body>", namespace="urn:x"),
        b"<Envelope/>",
        QUESTION.encode(),
        f'<s:Body xmlns:s="{namespaces.SOAP_12}"/>'.encode(),
    ],
)
def test_a_root_that_is_no_envelope_is_a_version_mismatch(data: bytes) -> None:
    with pytest.raises(FaultError) as caught:
        read(data)
    assert caught.value.fault.reason is Reason.SOAP_ENVELOPE
    assert caught.value.fault.evidence["soap_code"] == "VersionMismatch"


@pytest.mark.parametrize("version", SoapVersion)
@pytest.mark.parametrize("value", ["1", "true", " 1 "])
@pytest.mark.parametrize(
    ("namespace", "name"),
    [("urn:unknown", "x"), (WS_ADDRESSING, "ReplyTo"), (WS_ADDRESSING, "Action"), (namespaces.PASSERELLE, "autre")],
)
def test_an_unknown_mandatory_header_is_not_understood(
    version: SoapVersion, value: str, namespace: str, name: str
) -> None:
    data = with_headers(f'<x:{name} xmlns:x="{namespace}" s:mustUnderstand="{value}"/>', version)
    assert refusal(data, version) is Reason.SOAP_MUST_UNDERSTAND


@pytest.mark.parametrize("version", SoapVersion)
@pytest.mark.parametrize("mandatory", ["", 's:mustUnderstand="0"', 's:mustUnderstand="false"'])
def test_an_unknown_optional_header_is_passed_over(version: SoapVersion, mandatory: str) -> None:
    data = with_headers(
        f'<a:ReplyTo xmlns:a="{WS_ADDRESSING}" {mandatory}><a:Address>http://127.0.0.1:9/</a:Address></a:ReplyTo>',
        version,
    )
    assert len(read(data, version).headers) == 1


@pytest.mark.parametrize(
    ("version", "attribute"),
    [
        (V12, 's:role="http://example.test/other"'),
        (V12, f's:role="{ROLE_12}none"'),
        (V11, 's:actor="http://example.test/other"'),
        (V11, f's:actor="{ROLE_12}next"'),
    ],
)
def test_a_header_for_another_actor_is_not_ours(version: SoapVersion, attribute: str) -> None:
    data = with_headers(f'<x xmlns="urn:x" s:mustUnderstand="1" {attribute}/>', version)
    assert read(data, version).headers == ()


@pytest.mark.parametrize(
    ("version", "attribute"),
    [
        (V12, f's:role="{ROLE_12}next"'),
        (V12, f's:role="{ROLE_12}ultimateReceiver"'),
        (V12, 's:role=""'),
        (V11, f's:actor="{NEXT_11}"'),
        (V11, 's:actor=""'),
        (V12, f's:actor="{NEXT_11}x"'),
    ],
)
def test_a_header_for_the_next_or_last_actor_is_ours(version: SoapVersion, attribute: str) -> None:
    data = with_headers(f'<x xmlns="urn:x" s:mustUnderstand="1" {attribute}/>', version)
    assert refusal(data, version) is Reason.SOAP_MUST_UNDERSTAND


@pytest.mark.parametrize("version", SoapVersion)
@pytest.mark.parametrize("name", [SECURITY, SEARCH, COVERAGE])
def test_our_own_headers_may_be_mandatory(version: SoapVersion, name: str) -> None:
    qualified = etree.QName(name)
    data = with_headers(f'<h:{qualified.localname} xmlns:h="{qualified.namespace}" s:mustUnderstand="1"/>', version)
    assert read(data, version).header(name) is not None


@pytest.mark.parametrize(
    ("name", "reason"),
    [(SECURITY, Reason.VIHF_INVALID), (SEARCH, Reason.HEADER_INVALID), (COVERAGE, Reason.HEADER_INVALID)],
)
def test_a_header_of_ours_stands_once(name: str, reason: Reason) -> None:
    qualified = etree.QName(name)
    block = f'<h:{qualified.localname} xmlns:h="{qualified.namespace}"/>'
    assert refusal(with_headers(block + block)) is reason
    elsewhere = block.replace("/>", ' s:role="urn:other"/>')
    assert len(read(with_headers(block + elsewhere)).headers) == 1


def test_prefixes_do_not_matter() -> None:
    data = (
        f'<Envelope xmlns="{namespaces.SOAP_12}"><Header/><Body><careServicesRequest xmlns="{namespaces.G1}"/>'
        "</Body></Envelope>"
    )
    assert read(data.encode()).body.tag == f"{{{namespaces.G1}}}careServicesRequest"


def test_attacks_on_the_parser_are_refused_here_too() -> None:
    assert refusal(b"<!DOCTYPE a>" + message(f"<s:Body>{QUESTION}</s:Body>")) is Reason.XML_DOCTYPE
    assert refusal(message("<s:Body>")) is Reason.XML_MALFORMED
