"""The VIHF: what is read, what is forgiven, what is refused; and the golden one written byte for byte."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ror import namespaces
from ror.assertion import read_assertion
from ror.errors import FaultError
from ror.faults import Reason
from ror.soap.envelope import SECURITY, SoapVersion, read_envelope
from ror.vihf import ISSUER_FORMAT, Vihf, write_vihf
from ror.xml_parser import REQUEST_LIMITS, Element, parse

AT = datetime(2019, 6, 4, 8, 30, tzinfo=UTC)
VIHF = Vihf("CN=A,O=B,C=FR", "1690989991/12", "Régulation", "CU22")
TEXT = write_vihf(VIHF, at=AT, assertion_id="_1").decode()


def read_vihf(security: Element) -> Vihf:
    return read_assertion(security).vihf


def read(text: str) -> Vihf:
    return read_vihf(parse(text.encode(), REQUEST_LIMITS))


def reason_of(security: Element) -> Reason | None:
    try:
        read_vihf(security)
    except FaultError as error:
        return error.fault.reason
    return None


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) >= 1, old
    return TEXT.replace(old, new, 1)


def golden_security() -> Element:
    data = (Path(__file__).parents[1] / "golden" / "g1_question.xml").read_bytes()
    envelope = read_envelope(data, content_type=SoapVersion.V12.content_type, soap_action=None)
    security = envelope.header(SECURITY)
    assert security is not None
    return security


def test_the_golden_vihf_is_read() -> None:
    assert read_vihf(golden_security()) == Vihf(
        issuer="CN=REGULATION VAL D AMBRE,OU=1690989991,O=CENTRE HOSPITALIER DU VAL D AMBRE,ST=Rhône (69),C=FR",
        subject_id="1690989991/12",
        application="Régulation du Val d'Ambre",
        profile_code="CU22",
    )


def test_the_golden_vihf_is_written_byte_for_byte() -> None:
    golden = golden_security()
    written = write_vihf(read_vihf(golden), at=AT, assertion_id="_5b0c6a52-5d0e-4f0c-9a3e-0f7d3f1c2b11")
    source = (Path(__file__).parents[1] / "golden" / "g1_question.xml").read_text(encoding="utf-8")
    lines = source.partition("<wsse:Security ")[2].partition("</wsse:Security>")[0].splitlines()
    expected = "<wsse:Security " + "".join(line.strip() for line in lines) + "</wsse:Security>"
    assert written.decode() == expected


def test_what_is_written_is_read_again() -> None:
    assert read(TEXT) == VIHF


@given(
    values=st.lists(
        st.text(
            alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
            min_size=1,
            max_size=60,
        )
        .map(str.strip)
        .filter(bool),
        min_size=4,
        max_size=4,
    )
)
def test_every_text_survives_writing_and_reading(values: list[str]) -> None:
    vihf = Vihf(*values)
    assert read_vihf(parse(write_vihf(vihf, at=AT, assertion_id="_1"), REQUEST_LIMITS)) == vihf


def test_the_instant_is_written_in_utc() -> None:
    local = datetime(2019, 6, 4, 10, 30, tzinfo=timezone(timedelta(hours=2)))
    assert write_vihf(VIHF, at=local, assertion_id="_1").decode() == TEXT


def test_the_prefixes_do_not_matter() -> None:
    assert read(TEXT.replace("saml:", "a:").replace("xmlns:saml=", "xmlns:a=")) == VIHF


@pytest.mark.parametrize(
    "odd",
    [
        changed('ID="_1"', 'ID="5b0c6a52-5d0e-4f0c-9a3e-0f7d3f1c2b11"'),
        TEXT.replace("http://www.w3.org/2001/XMLSchema-instance", "http://wwww.w3.org/2001/XMLSchema-instance"),
        TEXT.replace(f' xmlns:xsi="{namespaces.XSI}" xsi:type="CE"', ""),
        TEXT.replace(f'xmlns="{namespaces.HL7}"', 'xmlns=""'),
        changed(' codeSystem="1.2.250.1.213.1.6.1.66"', ""),
        changed('IssueInstant="2019-06-04T08:30:00Z"', 'IssueInstant="2019-06-04T10:30:00.123+02:00"'),
        changed("CN=A,O=B,C=FR", "\n CN=A,<!-- -->O=B,C=FR \n"),
        changed("</saml:Assertion>", '</saml:Assertion><u:Timestamp xmlns:u="urn:u"/>'),
        changed("<saml:AttributeStatement>", "<saml:AttributeStatement><saml:Attribute Name='other'/>"),
        changed("</saml:Subject>", "</saml:Subject><saml:Conditions/>"),
        changed('code="CU22"', 'code=" CU22 "'),
    ],
)
def test_oddities_of_the_wire_are_read(odd: str) -> None:
    assert read(odd) == VIHF


def test_coded_values_may_come_as_text() -> None:
    start = TEXT.index("<ProfilUtilisateur")
    end = TEXT.index("/>", start) + 2
    assert read(TEXT[:start] + "CU22" + TEXT[end:]) == VIHF


@pytest.mark.parametrize("code", ["CU99", "cu22", "☃"])
def test_an_unknown_profile_code_is_handed_on(code: str) -> None:
    assert read(changed("CU22", code)).profile_code == code


def _twice(name: str) -> str:
    start = TEXT.index(f'<saml:Attribute Name="{name}"')
    end = TEXT.index("</saml:Attribute>", start) + len("</saml:Attribute>")
    return TEXT[:end] + TEXT[start:end] + TEXT[end:]


def _assertion() -> str:
    return TEXT[TEXT.index("<saml:Assertion") : TEXT.index("</saml:Assertion>")] + "</saml:Assertion>"


REFUSED: dict[str, Callable[[], str]] = {
    "no assertion": lambda: f'<w:Security xmlns:w="{namespaces.WSSE}"/>',
    "two assertions": lambda: changed("</wsse:Security>", _assertion() + "</wsse:Security>"),
    "an assertion in the advice": lambda: changed(
        "</saml:Subject>", f"</saml:Subject><saml:Advice>{_assertion()}</saml:Advice>"
    ),
    "an assertion wrapped beside": lambda: changed("</wsse:Security>", f"<x>{_assertion()}</x></wsse:Security>"),
    "the only assertion wrapped": lambda: TEXT.replace("<saml:Assertion", "<x><saml:Assertion").replace(
        "</saml:Assertion>", "</saml:Assertion></x>"
    ),
    "an encrypted assertion": lambda: (
        f'<w:Security xmlns:w="{namespaces.WSSE}"><s:EncryptedAssertion xmlns:s="{namespaces.SAML}"/></w:Security>'
    ),
    "an encrypted attribute": lambda: changed(
        "</saml:AttributeStatement>", "<saml:EncryptedAttribute/></saml:AttributeStatement>"
    ),
    "SAML 1.1": lambda: TEXT.replace(namespaces.SAML, "urn:oasis:names:tc:SAML:1.0:assertion"),
    "assertion version": lambda: changed('Version="2.0"', 'Version="1.1"'),
    "no assertion version": lambda: changed(' Version="2.0"', ""),
    "no id": lambda: changed(' ID="_1"', ""),
    "no instant": lambda: changed(' IssueInstant="2019-06-04T08:30:00Z"', ""),
    "bad instant": lambda: changed('IssueInstant="2019-06-04', 'IssueInstant="2019-13-04'),
    "no issuer": lambda: changed("saml:Issuer Format", "saml:Other Format").replace("/saml:Issuer", "/saml:Other"),
    "empty issuer": lambda: changed("CN=A,O=B,C=FR", " "),
    "issuer with a child": lambda: changed("CN=A,O=B,C=FR", "CN=A<x/>,O=B,C=FR"),
    "long issuer": lambda: changed("CN=A", "CN=" + "A" * 2_000),
    "issuer format": lambda: changed("X509SubjectName", "unspecified"),
    "no issuer format": lambda: changed(' Format="urn:oasis:names:tc:SAML:2.0:nameid-format:X509SubjectName"', ""),
    "two issuers": lambda: changed(
        "<saml:Subject>",
        f'<saml:Issuer Format="{ISSUER_FORMAT}">x</saml:Issuer><saml:Subject>',
    ),
    "no subject": lambda: TEXT.replace("saml:Subject>", "saml:Object>"),
    "empty name id": lambda: changed("1690989991/12", ""),
    "other authentication": lambda: changed("classes:unspecified", "classes:Password"),
    "no authentication": lambda: TEXT.replace("saml:AuthnStatement", "saml:Other"),
    "VIHF version": lambda: changed(">2.0<", ">3.0<"),
    "resource": lambda: changed("urn:ROR", "urn:DMP"),
    "role": lambda: changed("AUTOMATE", "MEDECIN"),
    "VIHF profile": lambda: changed("profil_referentiel", "profil_autre"),
    "code system": lambda: changed("1.2.250.1.213.1.6.1.66", "1.2.250.1.213.1.6.1.67"),
    "element of another meaning": lambda: TEXT.replace("ProfilUtilisateur", "Role"),
    "element of another namespace": lambda: TEXT.replace(namespaces.HL7, "urn:x"),
    "no code": lambda: changed(' code="CU22"', ""),
    "long code": lambda: changed("CU22", "C" * 65),
    "text beside the element": lambda: changed("<ProfilUtilisateur", "CU23<ProfilUtilisateur"),
    "two elements": lambda: changed("<ProfilUtilisateur", "<ProfilUtilisateur code='CU23'/><ProfilUtilisateur"),
    "two values": lambda: changed(
        "<saml:AttributeValue>2.0<", "<saml:AttributeValue>2.0</saml:AttributeValue><saml:AttributeValue>2.0<"
    ),
    "profile twice": lambda: _twice("Profil_Utilisateur"),
    "version twice": lambda: _twice("VIHF_Version"),
    "no profile": lambda: changed('Name="Profil_Utilisateur"', 'Name="Autre"'),
    "no application": lambda: changed("Régulation", ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_crooked_vihf_is_refused(case: str) -> None:
    with pytest.raises(FaultError) as caught:
        read(REFUSED[case]())
    assert caught.value.fault.reason is Reason.VIHF_INVALID
    assert caught.value.fault.message.startswith("Le jeton VIHF n'est pas valide : ")


@given(cut=st.integers(min_value=0, max_value=60), junk=st.sampled_from(["", "x", "é", "2.0", "urn:ROR"]))
def test_only_faults_leave_the_reader(cut: int, junk: str) -> None:
    root = parse(TEXT.encode(), REQUEST_LIMITS)
    elements = list(root.iter())
    victim = elements[cut % len(elements)]
    victim.attrib.clear()
    victim.text = junk
    for reader in (root, victim, etree.Element("x")):
        assert reason_of(reader) in {None, Reason.VIHF_INVALID}
