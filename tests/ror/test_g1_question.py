"""The question of the inter-ROR search: what is read, forgiven and refused, and that nothing is lost on the wire."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ror import namespaces
from ror.ages import MAX_AGE_DAYS
from ror.coding import Code, Scheme
from ror.errors import FaultError
from ror.faults import Fault, Reason
from ror.g1.question import read_question, write_question
from ror.nomenclatures import map_specialty, table
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.release import unknown_at_release
from ror.schemas import Kind, problems
from ror.soap.envelope import SEARCH, SECURITY, SoapVersion, read_envelope, write_envelope
from ror.soap.search_header import SearchHeader, read_search_header, write_search_header
from ror.territory.communes import all_communes
from ror.territory.departments import DEPARTMENTS
from ror.territory.regions import REGIONS
from ror.vihf import read_vihf, write_vihf
from ror.xml_parser import REQUEST_LIMITS, parse

GOLDEN = Path(__file__).parents[1] / "golden" / "g1_question.xml"
ON = date(2019, 6, 4)
FRANCE = '<destination><type code="5"/><code code="FR"/></destination>'


def request(parameters: str = "", other: str = FRANCE) -> str:
    return (
        f'<r:careServicesRequest xmlns:r="{namespaces.G1}"><function><requestParams>{parameters}'
        f"<otherParams>{other}</otherParams></requestParams></function></r:careServicesRequest>"
    )


def read(xml: str, header: SearchHeader | None = None, on: date = ON) -> Question:
    return read_question(parse(xml.encode(), REQUEST_LIMITS), header, on=on)


def fault_of(xml: str) -> Fault | None:
    try:
        read(xml)
    except FaultError as error:
        return error.fault
    return None


def refused(xml: str) -> Fault:
    with pytest.raises(FaultError) as caught:
        read(xml)
    return caught.value.fault


def service(content: str) -> str:
    return request(f"<service>{content}</service>")


def destination(kind: str, code: str, rest: str = "", attributes: str = "") -> str:
    return request(other=f'<destination><type code="{kind}"/><code code="{code}" {attributes}/>{rest}</destination>')


def only_destination(xml: str) -> Destination:
    return read(xml).destinations[0]


def age(content: str) -> str:
    return request(other=f"{FRANCE}<patient><age>{content}</age></patient>")


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
        read_vihf(security),
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
    ("kind", "code", "level", "found"),
    [
        ("1", "84", DestinationLevel.REGION, "84"),
        ("01", "1", DestinationLevel.REGION, "01"),
        ("1", "4", DestinationLevel.REGION, "04"),
        ("1", "977", DestinationLevel.REGION, "977"),
        ("2", "69", DestinationLevel.DEPARTMENT, "69"),
        ("2", "1", DestinationLevel.DEPARTMENT, "01"),
        ("2", "2a", DestinationLevel.DEPARTMENT, "2A"),
        ("2", "2B", DestinationLevel.DEPARTMENT, "2B"),
        ("2", "971", DestinationLevel.DEPARTMENT, "971"),
        ("2", "978", DestinationLevel.DEPARTMENT, "978"),
        ("3", "69123", DestinationLevel.COMMUNE, "69123"),
        ("3", "75101", DestinationLevel.COMMUNE, "75101"),
        ("3", "69381", DestinationLevel.COMMUNE, "69381"),
        ("3", "13201", DestinationLevel.COMMUNE, "13201"),
        ("3", "1004", DestinationLevel.COMMUNE, "01004"),
        ("3", "2a004", DestinationLevel.COMMUNE, "2A004"),
        ("5", "FR", DestinationLevel.COUNTRY, "FR"),
        ("5", "fr", DestinationLevel.COUNTRY, "FR"),
        ("5", "99100", DestinationLevel.COUNTRY, "FR"),
    ],
)
def test_destinations_of_every_level_are_read(kind: str, code: str, level: DestinationLevel, found: str) -> None:
    assert only_destination(destination(kind, code)) == Destination(level, found)


@pytest.mark.parametrize("scheme", ["1.2.250.1.213.2.3.2", "1.2.250.1.213.3.3.2", ""])
def test_both_schemes_of_the_destination_type_are_read(scheme: str) -> None:
    xml = destination("2", "69").replace('<type code="2"', f'<type code="2" codingScheme="{scheme}"')
    assert only_destination(xml).code == "69"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *[("1", code) for code in ("21", "99", "69123", "FR")],
        *[("2", code) for code in ("20", "975", "96", "069", "²")],
        *[("3", code) for code in ("69", "00000", "Lyon", "٦٩١٢٣")],
        *[("5", code) for code in ("BE", "1")],
    ],
)
def test_a_code_that_its_level_does_not_have_is_unknown(kind: str, code: str) -> None:
    assert refused(destination(kind, code)).reason is Reason.DESTINATION_UNKNOWN


@pytest.mark.parametrize("kind", ["4", "6", "04"])
def test_other_territories_are_not_handled(kind: str) -> None:
    assert refused(destination(kind, "841")).reason is Reason.DESTINATION_NOT_HANDLED


@pytest.mark.parametrize("kind", ["0", "7", "x", "-1", "1.0"])
def test_a_type_outside_its_table_is_refused(kind: str) -> None:
    fault = refused(destination(kind, "84"))
    assert fault.reason is Reason.CRITERION_UNKNOWN_CODE
    assert "TRE_R201" in fault.message


@pytest.mark.parametrize(
    ("kind", "code", "attributes"),
    [
        ("1", "75", f'codingSchemeName="{Scheme.DEPARTMENT}"'),
        ("2", "75", f'codingSchemeName="{Scheme.REGION}"'),
        ("3", "69123", f'codingSchemeName="{Scheme.DEPARTMENT}"'),
        ("5", "FR", f'codingSchemeName="{Scheme.COMMUNE}"'),
        ("1", "75", f'codingScheme="{Scheme.DEPARTMENT}"'),
    ],
)
def test_a_type_that_contradicts_the_nomenclature_is_refused(kind: str, code: str, attributes: str) -> None:
    assert refused(destination(kind, code, attributes=attributes)).reason is Reason.DESTINATION_CONTRADICTORY


def test_a_merged_commune_stands_for_its_successor() -> None:
    question = read(destination("3", "01039"))
    assert question.destinations == (Destination(DestinationLevel.COMMUNE, "01138"),)
    assert "01039" in question.warnings[0]


def test_repeated_destinations_count_once() -> None:
    part = '<destination><type code="2"/><code code="{}"/></destination>'
    question = read(request(other=part.format("1") + part.format("69") + part.format("01")))
    assert [found.code for found in question.destinations] == ["01", "69"]


@pytest.mark.parametrize(
    ("value", "km"),
    [("25", 25.0), ("0.1", 0.1), ("2000", 2000.0), ("12.34", 12.3), (" 5 ", 5.0), (".5", 0.5), ("", None)],
)
def test_distances_are_read_with_one_decimal(value: str, km: float | None) -> None:
    assert only_destination(destination("3", "69123", f'<distance value="{value}"/>')).distance_km == km


@pytest.mark.parametrize(
    "value", ["0", "0.04", "-5", "2000.01", "1e3", "NaN", "INF", "25,5", "x", "1" * 400, "1e309"]
)
def test_other_distances_are_out_of_range(value: str) -> None:
    xml = destination("3", "69123", f'<distance value="{value}"/>')
    assert refused(xml).reason is Reason.DISTANCE_OUT_OF_RANGE


@pytest.mark.parametrize(("kind", "code"), [("1", "84"), ("2", "69"), ("3", "69123")])
def test_a_circle_has_a_centre(kind: str, code: str) -> None:
    assert only_destination(destination(kind, code, '<distance value="10"/>')).distance_km == 10.0


def test_a_country_has_no_circle() -> None:
    assert refused(destination("5", "FR", '<distance value="10"/>')).reason is Reason.DISTANCE_WITHOUT_PLACE


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


def codes(scheme: Scheme) -> st.SearchStrategy[Code]:
    nomenclature = table(scheme)
    assert nomenclature is not None
    return st.sampled_from(
        [
            Code(concept.code, scheme.value, concept.label)
            for concept in nomenclature.concepts
            if scheme is not Scheme.INSURANCE_SPECIALITY or map_specialty(concept.code, scheme)
        ]
    )


def several(scheme: Scheme) -> st.SearchStrategy[tuple[Code, ...]]:
    return st.lists(codes(scheme), max_size=3, unique_by=lambda code: code.key).map(tuple)


COMMUNES = [commune.code for commune in all_communes()]
KM = st.none() | st.integers(1, 20_000).map(lambda tenths: tenths / 10)
DESTINATIONS = st.one_of(
    st.builds(Destination, st.just(DestinationLevel.REGION), st.sampled_from([r.code for r in REGIONS]), KM),
    st.builds(Destination, st.just(DestinationLevel.DEPARTMENT), st.sampled_from([d.code for d in DEPARTMENTS]), KM),
    st.builds(Destination, st.just(DestinationLevel.COMMUNE), st.sampled_from(COMMUNES), KM),
    st.just(Destination(DestinationLevel.COUNTRY, "FR")),
)
NAMES = st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40).filter(
    lambda name: name != "?"
)
QUESTIONS = st.builds(
    Question,
    criteria=st.builds(
        Criteria,
        activities=several(Scheme.ACTIVITY),
        act=st.none() | codes(Scheme.ACT),
        speciality=st.none() | codes(Scheme.INSURANCE_SPECIALITY) | codes(Scheme.SPECIALITY),
        equipment=st.none() | codes(Scheme.EQUIPMENT),
        care_modes=several(Scheme.CARE_MODE),
        age_classes=several(Scheme.AGE_CLASS),
        age_days=st.none() | st.integers(0, MAX_AGE_DAYS),
        name=st.none() | NAMES,
        available_beds=st.none() | st.integers(1, 50),
    ),
    destinations=st.lists(DESTINATIONS, min_size=1, max_size=4, unique=True).map(tuple),
    reference=st.none() | st.sampled_from(COMMUNES).map(lambda code: ReferencePlace(commune=code)),
    limit=st.none() | st.integers(1, 20_000),
    deadline=st.none() | st.integers(1, 30_000).map(lambda ms: timedelta(milliseconds=ms)),
)


@given(question=QUESTIONS, version=st.sampled_from(SoapVersion))
def test_a_question_survives_the_wire_and_is_valid(question: Question, version: SoapVersion) -> None:
    header = write_search_header(question)
    data = write_envelope(version, headers=[header] if header else [], body=write_question(question))
    envelope = read_envelope(data, content_type=version.content_type, soap_action=namespaces.ACTION_SEARCH)
    block = envelope.header(SEARCH)
    again = read_question(envelope.body, None if block is None else read_search_header(block), on=ON)
    assert again == question
    assert problems(envelope.body, Kind.G1_REQUEST) == ()


NAMES_OF_ELEMENTS = [
    "function",
    "requestParams",
    "organization",
    "facility",
    "patientsType",
    "ageGroup",
    "typeOfCare",
    "service",
    "codedType",
    "act",
    "specialty",
    "device",
    "type",
    "otherParams",
    "destination",
    "code",
    "distance",
    "patient",
    "age",
    "value",
    "timeUnity",
    "x",
]
LEAVES = st.builds(
    lambda name, code, scheme, text: f'<{name} code="{code}" codingScheme="{scheme}" value="{code}">{text}</{name}>',
    st.sampled_from(NAMES_OF_ELEMENTS),
    st.sampled_from(["", "1", "5", "FR", "121", "-1", "9" * 30, "٣", "a"]),
    st.sampled_from(["", Scheme.ACTIVITY, Scheme.TIME_UNIT, "x"]),
    st.sampled_from(["", "3", "text", "NaN"]),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda name, content: f"<{name}>{''.join(content)}</{name}>",
        st.sampled_from(NAMES_OF_ELEMENTS),
        st.lists(inner, max_size=4),
    ),
    max_leaves=8,
)


@given(tree=TREES, place=st.sampled_from(["root", "parameters", "other", "destination", "age"]))
def test_nothing_but_a_fault_leaves_the_reader(tree: str, place: str) -> None:
    xml = {
        "root": f'<r:careServicesRequest xmlns:r="{namespaces.G1}">{tree}</r:careServicesRequest>',
        "parameters": request(tree),
        "other": request(other=FRANCE + tree),
        "destination": request(other=f"<destination>{tree}</destination>"),
        "age": age(tree),
    }[place]
    fault = fault_of(xml)
    assert fault is None or (fault.number == 400 and fault.message.isprintable())
