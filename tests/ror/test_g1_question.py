"""The question of the inter-ROR search: what is read, forgiven and refused."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from ror import namespaces
from ror.ages import MAX_AGE_DAYS
from ror.assertion import read_assertion
from ror.coding import Code, Scheme
from ror.errors import FaultError
from ror.faults import Reason
from ror.g1.question import read_question, write_question
from ror.nomenclatures import map_specialty, table
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.release import unknown_at_release
from ror.soap.envelope import SEARCH, SECURITY, SoapVersion, read_envelope, write_envelope
from ror.soap.search_header import SearchHeader, read_search_header, write_search_header
from ror.vihf import write_vihf
from tests.support.questions import (
    FRANCE,
    ON,
    age,
    destination,
    read,
    refused,
    request,
    service,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "g1_question.xml"


def test_the_golden_question_is_read() -> None:
    envelope = read_envelope(GOLDEN.read_bytes(), content_type="application/soap+xml", soap_action=None)
    block = envelope.header(SEARCH)
    assert block is not None
    assert read_question(envelope.body, read_search_header(block), on=ON) == Question(
        criteria=Criteria(
            activities=(Code("121", Scheme.ACTIVITY, "Réanimation spécialisée brûlés"),),
            act=Code("0551", Scheme.ACT, "Evaluation et traitement des brûlures thermiques et électriques"),
            care_modes=(Code("28", Scheme.CARE_MODE, "Hospitalisation complète (HC)"),),
            available_beds=1,
        ),
        destinations=(Destination(DestinationLevel.COUNTRY, "FR"),),
        reference=ReferencePlace(commune="69123"),
        limit=50,
        deadline=timedelta(seconds=4),
    )


def test_the_golden_question_is_written_alike() -> None:
    golden = read_envelope(GOLDEN.read_bytes(), content_type="application/soap+xml", soap_action=None)
    search, security = golden.header(SEARCH), golden.header(SECURITY)
    assert search is not None
    assert security is not None
    question = read_question(golden.body, read_search_header(search), on=ON)
    token = write_vihf(
        read_assertion(security).vihf,
        at=datetime(2019, 6, 4, 8, 30, tzinfo=UTC),
        assertion_id="_5b0c6a52-5d0e-4f0c-9a3e-0f7d3f1c2b11",
    )
    written = write_envelope(
        SoapVersion.V12, headers=[token, write_search_header(question)], body=write_question(question)
    )
    assert canonical(written) == canonical(GOLDEN.read_bytes())


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data, etree.XMLParser(remove_blank_text=True)), method="c14n")


def test_an_official_message_of_2016_is_read() -> None:
    xml = request(
        "<organization>?</organization>"
        '<facility><patientsType><ageGroup code="6" codingScheme="1.2.250.1.213.3.3.9">x</ageGroup></patientsType>'
        '<typeOfCare code="32" codingScheme="1.2.250.1.213.3.3.13" displayName="x">?</typeOfCare></facility>'
        '<service><codedType code="13" codingScheme="1.2.250.1.213.3.3.12"/>'
        '<act code="177" codingScheme="1.2.250.1.213.3.3.11"/>'
        '<specialty code="" codingScheme="1.2.250.1.71.1.2.38"/></service>'
        '<device><type code="17" codingScheme="1.2.250.1.213.3.3.10"/></device>',
        '<destination><type code="3" codingScheme="1.2.250.1.213.2.3.2"/>'
        '<code code="75101" displayName="Paris" language="fr" codingScheme="" codingSchemeName="1.2.250.1.213.2.23"'
        ' codingSchemeVersion="1" codingSchemeURI="urn:x" managingAuthorityId="i" managingAuthorityName="n"/>'
        '<distance value="25"/></destination>'
        '<patient><age><value>42</value><timeUnity code="a" codingScheme="1.2.250.1.213.3.3.15"/></age></patient>',
    )
    question = read(xml)
    assert [code.code for code in question.criteria.activities] == ["013"]
    assert [code.code for code in question.criteria.age_classes] == ["06"]
    assert [code.code for code in question.criteria.care_modes] == ["32"]
    assert question.criteria.act is not None
    assert question.criteria.act.code == "0177"
    assert question.criteria.equipment is not None
    assert question.criteria.equipment.code == "017"
    assert question.criteria.speciality is None
    assert question.criteria.name is None
    assert question.criteria.age_days == 15_340
    assert question.destinations == (Destination(DestinationLevel.COMMUNE, "75101", 25.0),)


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "<organization/><facility/><service/><device/>",
        "<facility><patientsType/></facility>",
        '<facility><patientsType><ageGroup/></patientsType><typeOfCare code=""/></facility>',
        '<service><codedType code=" "/><act/><specialty code="" codingScheme="urn:any"/></service>',
        "<device><type/></device>",
        "<organization> ? </organization>",
    ],
)
def test_empty_elements_are_absent_ones(parameters: str) -> None:
    assert read(request(parameters)).criteria == Criteria()
    assert read(request(parameters, f"{FRANCE}<patient><age><value/></age></patient>")).criteria == Criteria()


@pytest.mark.parametrize("code", ["37", "037", "0037", " 37 "])
def test_leading_zeros_are_forgiven_and_the_result_is_canonical(code: str) -> None:
    (activity,) = read(service(f'<codedType code="{code}"/>')).criteria.activities
    assert (activity.code, activity.scheme) == ("037", Scheme.ACTIVITY)
    assert activity.label == "Dermatologie"


def test_repeated_values_count_once() -> None:
    codes = read(service('<codedType code="37"/><codedType code="121"/><codedType code="037"/>')).criteria.activities
    assert [code.code for code in codes] == ["037", "121"]


def test_an_unknown_code_names_code_and_table() -> None:
    fault = refused(service('<codedType code="999"/>'))
    assert fault.reason is Reason.CRITERION_UNKNOWN_CODE
    assert fault.message == "Le code 999 n'existe pas dans la nomenclature des activités opérationnelles (TRE_R211)."


@pytest.mark.parametrize(
    ("xml", "named"),
    [
        (service('<act code="99999"/>'), "TRE_R210"),
        (service('<specialty code="SM26"/>'), "TRE_G100"),
        (service(f'<specialty code="1" codingScheme="{Scheme.SPECIALITY}"/>'), "TRE_R38"),
        (request('<device><type code="x"/></device>'), "TRE_R212"),
        (request('<facility><typeOfCare code="?"/></facility>'), "TRE_R213"),
        (request('<facility><patientsType><ageGroup code="07"/></patientsType></facility>'), "TRE_R208"),
    ],
)
def test_every_kind_of_code_is_looked_up_in_its_table(xml: str, named: str) -> None:
    fault = refused(xml)
    assert fault.reason is Reason.CRITERION_UNKNOWN_CODE
    assert named in fault.message


def test_a_quoted_value_is_bounded_and_printable() -> None:
    message = refused(service('<codedType code="&#8238;&#10;' + "x" * 5_000 + '"/>')).message
    assert len(message) < 200
    assert message.isprintable()


def test_an_ended_code_is_searched_with_a_warning() -> None:
    question = read(request('<device><type code="1"/></device>'))
    assert question.criteria.equipment is not None
    assert question.criteria.equipment.code == "001"
    assert len(question.warnings) == 1
    assert question.warnings[0].startswith("Le code 001 (")
    assert "26/01/2018" in question.warnings[0]
    assert read(request('<device><type code="1"/></device>'), on=date(2018, 1, 25)).warnings == ()


def test_a_code_of_a_later_release_is_unknown_before_it() -> None:
    nomenclature = table(Scheme.ACTIVITY)
    assert nomenclature is not None
    newest = max(nomenclature.concepts, key=lambda concept: concept.valid_from)
    xml = service(f'<codedType code="{newest.code}"/>')
    assert read(xml, on=newest.valid_from).criteria.activities[0].code == newest.code
    with pytest.raises(FaultError) as caught:
        read(xml, on=newest.valid_from - timedelta(days=1))
    assert caught.value.fault.reason is Reason.CRITERION_UNKNOWN_CODE


def test_what_an_older_release_lacks_is_found() -> None:
    nomenclature = table(Scheme.ACTIVITY)
    assert nomenclature is not None
    newest = max(nomenclature.concepts, key=lambda concept: concept.valid_from)
    question = read(service(f'<codedType code="121"/><codedType code="{newest.code}"/>'))
    lacking = unknown_at_release(question, newest.valid_from - timedelta(days=1))
    assert lacking is not None
    assert lacking.code == newest.code
    assert unknown_at_release(question, newest.valid_from) is None


@pytest.mark.parametrize("scheme", ["", " ", Scheme.ACTIVITY.value])
def test_an_empty_scheme_means_the_usual_table(scheme: str) -> None:
    assert (
        read(service(f'<codedType code="121" codingScheme="{scheme}"/>')).criteria.activities[0].scheme
        == Scheme.ACTIVITY
    )


@pytest.mark.parametrize(
    "xml",
    [
        service(f'<codedType code="121" codingScheme="{Scheme.ACT}"/>'),
        service('<act code="0551" codingScheme="TRE_R210"/>'),
        service(f'<specialty code="1" codingScheme="{Scheme.ACTIVITY}"/>'),
        request(other=f'<destination><type code="1" codingScheme="{Scheme.REGION}"/><code code="84"/></destination>'),
        age(f'<value>4</value><timeUnity code="a" codingScheme="{Scheme.ACT}"/>'),
        destination("1", "84", attributes='codingSchemeName="1.2.3"'),
    ],
)
def test_a_wrong_scheme_is_refused(xml: str) -> None:
    assert refused(xml).reason is Reason.CRITERION_WRONG_SCHEME


def test_the_scheme_decides_the_table_of_a_speciality() -> None:
    insurance = read(service('<specialty code="1"/>')).criteria.speciality
    ordinal = read(service(f'<specialty code="SM46" codingScheme="{Scheme.SPECIALITY}"/>')).criteria.speciality
    assert insurance == Code("01", Scheme.INSURANCE_SPECIALITY, "Médecine générale")
    assert ordinal is not None
    assert (ordinal.code, ordinal.scheme) == ("SM46", Scheme.SPECIALITY)


def test_a_speciality_without_counterpart_is_refused() -> None:
    nomenclature = table(Scheme.INSURANCE_SPECIALITY)
    assert nomenclature is not None
    unmapped = next(c for c in nomenclature.concepts if not map_specialty(c.code, Scheme.INSURANCE_SPECIALITY))
    assert refused(service(f'<specialty code="{unmapped.code}"/>')).reason is Reason.CRITERION_UNMAPPED


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (request("<lits/>"), Reason.CRITERION_UNKNOWN),
        (service("<codedType code='121'><x/></codedType>"), Reason.CRITERION_UNKNOWN),
        (request("<organization><name/></organization>"), Reason.CRITERION_UNKNOWN),
        (request(other=FRANCE + "<patient><sex/></patient>"), Reason.CRITERION_UNKNOWN),
        (request("<facility><act code='1'/></facility>"), Reason.CRITERION_UNKNOWN),
        (destination("5", "FR", "<radius/>"), Reason.CRITERION_UNKNOWN),
        (request("<device/><service/>"), Reason.NOT_CONFORMANT),
        (request("<service/><service/>"), Reason.NOT_CONFORMANT),
        (service('<act code="1"/><act code="2"/>'), Reason.NOT_CONFORMANT),
        (service('<act code="1"/><codedType code="121"/>'), Reason.NOT_CONFORMANT),
        (request("text"), Reason.NOT_CONFORMANT),
        (request("<service/>text"), Reason.NOT_CONFORMANT),
        (request('<service code="1"/>'), Reason.NOT_CONFORMANT),
        (service('<r:codedType code="121"/>'), Reason.NOT_CONFORMANT),
        (request("<organization>" + "x" * 201 + "</organization>"), Reason.NOT_CONFORMANT),
        (service("<codedType code='121'/>" * 201), Reason.NOT_CONFORMANT),
        (request(other=FRANCE * 201), Reason.NOT_CONFORMANT),
        (request(other=FRANCE + "<patient/><patient/>"), Reason.NOT_CONFORMANT),
        (request(other='<destination><code code="FR"/></destination>'), Reason.NOT_CONFORMANT),
        (request(other='<destination><type code="5"/></destination>'), Reason.NOT_CONFORMANT),
        (request(other='<destination><code code="FR"/><type code="5"/></destination>'), Reason.NOT_CONFORMANT),
        (destination("", "FR"), Reason.NOT_CONFORMANT),
        (destination("5", ""), Reason.NOT_CONFORMANT),
        (destination("5", "FR", attributes='pays="FR"'), Reason.NOT_CONFORMANT),
        (f'<careServicesRequest xmlns="{namespaces.CSD}"/>', Reason.NOT_CONFORMANT),
        ("<careServicesRequest/>", Reason.NOT_CONFORMANT),
        (f'<r:careServicesRequest xmlns:r="{namespaces.G1}"/>', Reason.NOT_CONFORMANT),
        (
            f'<r:careServicesRequest xmlns:r="{namespaces.G1}"><function/></r:careServicesRequest>',
            Reason.NOT_CONFORMANT,
        ),
        (
            f'<r:careServicesRequest xmlns:r="{namespaces.G1}"><expression/></r:careServicesRequest>',
            Reason.CRITERION_UNKNOWN,
        ),
        (request(other=""), Reason.DESTINATION_MISSING),
        (request().replace(f"<otherParams>{FRANCE}</otherParams>", ""), Reason.DESTINATION_MISSING),
    ],
)
def test_what_leaves_the_schema_is_refused(xml: str, reason: Reason) -> None:
    fault = refused(xml)
    assert fault.reason is reason
    assert fault.message.endswith(".")


@pytest.mark.parametrize(
    "place",
    [
        "<organization>{}</organization>",
        "<service><act code='1'>{}</act></service>",
        "<device>{}</device>",
        "{}",
    ],
)
def test_an_attachment_is_never_included(place: str) -> None:
    include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="file:///etc/passwd"/>'
    assert refused(request(place.format(include))).reason is Reason.CRITERION_UNKNOWN


def test_two_hundred_values_are_read() -> None:
    assert len(read(service("<codedType code='121'/>" * 200)).criteria.activities) == 1


def test_attributes_of_xsi_may_stand_anywhere() -> None:
    xml = request(f'<service xmlns:xsi="{namespaces.XSI}" xsi:type="x"/>')
    assert read(xml).criteria == Criteria()


@pytest.mark.parametrize("text", ["Hôpital du Val d'Ambre", "  Hôpital \n du  Val d'Ambre "])
def test_a_name_is_searched_on_one_line(text: str) -> None:
    assert read(request(f"<organization>{text}</organization>")).criteria.name == "Hôpital du Val d'Ambre"


@pytest.mark.parametrize(
    ("content", "days"),
    [
        ("<value>0</value>", 0),
        ("<value>1</value>", 365),
        ('<value>16</value><timeUnity code="a"/>', 5_844),
        ('<value>6</value><timeUnity code="m"/>', 182),
        ('<value>6</value><timeUnity code="mo" codingScheme="2.16.840.1.113883.6.8"/>', 182),
        ('<value>28</value><timeUnity code="j"/>', 28),
        ('<value>28</value><timeUnity code="d"/>', 28),
        ('<value>36</value><timeUnity code="h"/>', 1),
        ('<value>1.5</value><timeUnity code=""/>', 547),
        ("<value>130</value><timeUnity/>", MAX_AGE_DAYS),
        ('<timeUnity code="a"/>', None),
    ],
)
def test_ages_are_read_in_days(content: str, days: int | None) -> None:
    assert read(age(content)).criteria.age_days == days


@pytest.mark.parametrize(
    "content",
    [
        "<value>-1</value>",
        "<value>131</value>",
        "<value>x</value>",
        "<value>NaN</value>",
        "<value>1e2</value>",
        "<value>1,5</value>",
        "<value>" + "9" * 400 + "</value>",
        '<value>4</value><timeUnity code="x"/>',
        '<value>4</value><timeUnity code="&#8238;"/>',
        '<value>4</value><timeUnity code="m" codingScheme="2.16.840.1.113883.6.8"/>',
    ],
)
def test_absurd_ages_are_refused(content: str) -> None:
    fault = refused(age(content))
    assert fault.reason is Reason.AGE_INVALID
    assert fault.message.isprintable()


def test_the_header_completes_the_question() -> None:
    header = SearchHeader(limit=5, deadline=timedelta(seconds=1), reference=ReferencePlace("69123"), available_beds=2)
    question = read(request(), header)
    assert (question.limit, question.deadline, question.reference) == (5, timedelta(seconds=1), header.reference)
    assert question.criteria.available_beds == 2
