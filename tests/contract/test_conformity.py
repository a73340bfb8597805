"""What each schema takes and refuses: the golden messages, every criterion, and what is off the contract."""

import re
from pathlib import Path

import pytest
from lxml import etree

from ror.coding import Scheme
from ror.csd import ROR_IESS, ROR_IR, Generation, Style, write
from ror.faults import Reason
from ror.g1.answer import read_answer, write_answer
from ror.namespaces import CSD, G1, PASSERELLE
from ror.schemas import Kind, problems, validator

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_compiles_and_declares_its_root(kind: Kind) -> None:
    assert validator(kind) is validator(kind)
    assert "No matching global declaration" not in " ".join(problems(etree.Element(kind.root), kind))


def golden(name: str, tag: str) -> etree._Element:
    return next(etree.parse(GOLDEN / f"{name}.xml").iter(tag))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("g1_question", Kind.G1_REQUEST),
        ("g1_question", Kind.SEARCH_HEADER),
        ("g1_answer", Kind.G1_RESPONSE),
        ("g1_answer", Kind.COVERAGE_HEADER),
        ("g1_fault", Kind.FAULT_DETAIL),
        ("g1_refused", Kind.FAULT_DETAIL),
    ],
)
def test_golden_messages_conform(name: str, kind: Kind) -> None:
    assert problems(golden(name, kind.root), kind) == ()


@pytest.mark.parametrize("style", [ROR_IR, ROR_IESS], ids=["ROR-IR", "ROR-IeSS"])
def test_both_solutions_write_conformant_answers_in_both_generations(style: Style) -> None:
    offer = read_answer(golden("g1_answer", Kind.G1_RESPONSE.root))
    assert problems(etree.fromstring(write_answer(offer, style)), Kind.G1_RESPONSE) == ()
    document = f'<csd:CSD xmlns:csd="{CSD}">'.encode() + write(offer, Generation.G2, style) + b"</csd:CSD>"
    assert problems(etree.fromstring(document), Kind.CSD_DOCUMENT) == ()


@pytest.mark.parametrize("name", ["g1_fault", "g1_refused"])
def test_golden_faults_say_what_the_catalogue_says(name: str) -> None:
    detail = golden(name, Kind.FAULT_DETAIL.root)
    reason = Reason.from_slug(detail.text or "")
    assert reason is not None
    assert detail.get("code") == str(reason.number)


def test_golden_coverage_adds_up() -> None:
    coverage = golden("g1_answer", Kind.COVERAGE_HEADER.root)
    outcomes = [ror.get("outcome") for ror in coverage]
    returned = sum(int(ror.get("returned", "0")) for ror in coverage)
    assert coverage.get("asked") == str(len(outcomes))
    assert coverage.get("complete") == str(outcomes.count("complete"))
    assert golden("g1_answer", "OInumber").text == str(returned)


def test_golden_answer_points_at_its_own_entries_only() -> None:
    result = golden("g1_answer", "result")
    directories = [node for node in result if str(node.tag).endswith("Directory")]
    entries = {entry.get("entityID") for directory in directories for entry in directory}
    assert {node.get("entityID") for node in result.iter() if node.get("entityID")} == entries


@pytest.mark.parametrize(
    "tag", ["resultNumber", "providerDirectory", "typeOfCare", "patientsType", "sensitiveUnit", "record"]
)
def test_an_answer_without_a_mandatory_element_is_refused(tag: str) -> None:
    answer = golden("g1_answer", Kind.G1_RESPONSE.root)
    node = next(answer.iter(tag))
    node.getparent().remove(node)  # type: ignore[union-attr]
    assert problems(answer, Kind.G1_RESPONSE)


@pytest.mark.parametrize("name", ["careMode", "patientsType", "specificAct"])
def test_a_fact_of_the_2016_place_is_refused_in_the_extension(name: str) -> None:
    answer = golden("g1_answer", Kind.G1_RESPONSE.root)
    field = next(answer.iter("typeActivity"))
    field.addnext(etree.Element(name, {"code": "28", "codingScheme": Scheme.CARE_MODE.value}))
    assert problems(answer, Kind.G1_RESPONSE)


def test_content_in_the_namespace_of_the_wrapper_is_refused() -> None:
    question = golden("g1_question", Kind.G1_REQUEST.root)
    for node in question.iterdescendants("{}*"):
        node.tag = f"{{{G1}}}{node.tag}"
    assert problems(question, Kind.G1_REQUEST)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<destination>", b"<destinations>"),
        (b'<type code="5"', b"<type "),
        (b'<codedType code="121"', b"<codedType "),
        (b"<organization/>", b"<equipment/>"),
        (b"</destination>", b'<distance km="3"/></destination>'),
        (b"</destination>", b'<distance value="near"/></destination>'),
        (b"</destination>", b"</destination><patient><age><value>old</value></age></patient>"),
    ],
)
def test_a_question_off_the_contract_is_refused(old: bytes, new: bytes) -> None:
    text = (GOLDEN / "g1_question.xml").read_bytes()
    changed = text.replace(old, new).replace(
        b"</destination>", b"</destinations>" if b"destinations" in new else b"</destination>"
    )
    question = next(etree.fromstring(changed).iter(Kind.G1_REQUEST.root))
    assert problems(question, Kind.G1_REQUEST)


def test_every_criterion_of_the_2016_search_is_taken() -> None:
    question = etree.fromstring(
        f"""<r:careServicesRequest xmlns:r="{G1}"><function><requestParams><organization>?</organization>
        <facility><patientsType><ageGroup code="6" codingScheme="1.2.250.1.213.3.3.9">Adulte</ageGroup></patientsType>
        <typeOfCare code="32"/><typeOfCare code="28" codingScheme=""/></facility>
        <service><codedType code="13"/><codedType code="37"/><act code="178"/><specialty code="SM46"/></service>
        <device><type code="17"/></device>
        <otherParams><destination><type code="3" codingScheme="1.2.250.1.213.2.3.2"/>
        <code code="75101" codingSchemeName="1.2.250.1.213.2.23" displayName="Paris" language="fr" codingScheme=""
        codingSchemeVersion="" codingSchemeURI="" managingAuthorityId="" managingAuthorityName=""/>
        <distance value="25"/></destination><destination><type code="1"/><code code="11"/></destination>
        <patient><age><value>3.5</value><timeUnity code="a" codingScheme="1.2.250.1.213.3.3.15"/></age></patient>
        </otherParams></requestParams></function></r:careServicesRequest>"""
    )
    assert problems(question, Kind.G1_REQUEST) == ()


def header(children: str, attributes: str = "") -> etree._Element:
    return etree.fromstring(f'<p:recherche xmlns:p="{PASSERELLE}" {attributes}>{children}</p:recherche>')


@pytest.mark.parametrize(
    ("children", "attributes"),
    [
        ("", ""),
        ('<p:litsDisponibles minimum="2"/><p:repere latitude="-20.9" longitude="55.5"/>', 'limite="1"'),
        ('<p:repere commune="2A004"/>', 'echeance="PT2.5S"'),
        ("", 'xmlns:e="http://www.w3.org/2003/05/soap-envelope" e:mustUnderstand="true"'),
    ],
)
def test_search_header_takes_its_criteria_in_any_order(children: str, attributes: str) -> None:
    assert problems(header(children, attributes), Kind.SEARCH_HEADER) == ()


@pytest.mark.parametrize(
    ("children", "attributes"),
    [
        ("", 'limite="0"'),
        ("", 'limit="5"'),
        ("", 'echeance="5"'),
        ("", 'echeance="PT0S"'),
        ("", 'echeance="-PT4S"'),
        ("", 'echeance="P1M"'),
        ("<p:repere/>", ""),
        ('<p:repere commune="69123" latitude="45"/>', ""),
        ('<p:repere commune="69123" latitude="45" longitude="4"/>', ""),
        ('<p:repere latitude="45"/>', ""),
        ('<p:repere latitude="91" longitude="4"/>', ""),
        ('<p:repere commune="6912"/>', ""),
        ('<p:repere commune="69123"/><p:repere commune="69123"/>', ""),
        ('<p:litsDisponibles minimum="0"/>', ""),
        ("<p:litsDisponibles/>", ""),
        ("<p:autre/>", ""),
    ],
)
def test_search_header_refuses_what_it_does_not_know(children: str, attributes: str) -> None:
    assert problems(header(children, attributes), Kind.SEARCH_HEADER)


def test_coverage_of_a_newer_gateway_is_still_read() -> None:
    coverage = golden("g1_answer", Kind.COVERAGE_HEADER.root)
    coverage.set("cache", "hit")
    coverage[0].set("outcome", "translated")
    coverage[0].set("since", "PT30S")
    warning = etree.SubElement(coverage, f"{{{PASSERELLE}}}avertissement", code="criterion.ended-code")
    warning.text = "Le code 012 a pris fin."
    assert problems(coverage, Kind.COVERAGE_HEADER) == ()


READ = f"""<c:careServicesRequest xmlns:c="{CSD}"><c:function urn="urn:asip:ror:lecture:offreSoinEtablissement:2017"
    encapsulated="true"><c:TR_Lecture-OffresSanteEtablissement><c:etablissementDemandeLecture>
    <c:id_etablissement code="1690999990" assigningAuthorityName="1.2.250.1.71.1.2.14"/>
    <c:typeActivity code="01" codingScheme="1.2.250.1.213.3.3.17"/>
    <c:restrictedOrganisation>1</c:restrictedOrganisation>
    </c:etablissementDemandeLecture></c:TR_Lecture-OffresSanteEtablissement></c:function></c:careServicesRequest>"""


def test_read_of_an_establishment_conforms() -> None:
    assert problems(etree.fromstring(READ), Kind.READ_REQUEST) == ()


@pytest.mark.parametrize(("old", "new"), [("2017", "2018"), ('"true"', '"false"'), ("c:id_", "c:ident_")])
def test_read_off_the_contract_is_refused(old: str, new: str) -> None:
    assert problems(etree.fromstring(READ.replace(old, new)), Kind.READ_REQUEST)


@pytest.mark.parametrize("content", ['<c:error code="444" message="Non prévu"/>', "<c:error>444</c:error>"])
def test_read_answers_a_functional_error_in_place_of_a_result(content: str) -> None:
    answer = etree.fromstring(f'<c:careServicesResponse xmlns:c="{CSD}">{content}</c:careServicesResponse>')
    assert problems(answer, Kind.READ_RESPONSE) == ()


def test_a_document_has_all_five_directories_in_order() -> None:
    names = ["organization", "service", "facility", "provider", "device"]
    document = etree.Element(f"{{{CSD}}}CSD")
    document.extend([etree.Element(f"{{{CSD}}}{name}Directory") for name in names])
    assert problems(document, Kind.CSD_DOCUMENT) == ()
    document.remove(document[3])
    assert problems(document, Kind.CSD_DOCUMENT)


def test_notification_has_wrappers_of_2015_and_content_of_csd() -> None:
    tag = Kind.NOTIFICATION_REQUEST.root
    question = etree.Element(tag)
    params = etree.SubElement(question, f"{{{CSD}}}params")
    etree.SubElement(params, f"{{{CSD}}}dateRef").text = "2019-06-01T00:00:00Z"
    assert problems(question, Kind.NOTIFICATION_REQUEST) == ()
    params.tag = f"{{{G1}}}params"
    assert problems(question, Kind.NOTIFICATION_REQUEST)


def test_a_stored_function_takes_any_xforms_and_any_schema() -> None:
    function = etree.fromstring(
        f"""<c:careServicesFunction xmlns:c="{CSD}" xmlns:x="http://www.w3.org/2002/xforms"
        xmlns:xs="http://www.w3.org/2001/XMLSchema" urn="urn:x" content-type="text/xml">
        <c:definition>none</c:definition><x:instance id="i"><a/></x:instance><xs:schema><xs:any/></xs:schema>
        <x:bind nodeset="a"/></c:careServicesFunction>"""
    )
    assert validator(Kind.CSD_DOCUMENT).validate(function)


def test_problems_tell_line_and_message_up_to_a_limit() -> None:
    answer = golden("g1_answer", Kind.G1_RESPONSE.root)
    for node in list(answer.iter("record")):
        del node.attrib["status"]
    found = problems(answer, Kind.G1_RESPONSE, limit=3)
    assert len(found) == 3
    assert all(re.fullmatch(r"line \d+: .*'status' is required.*", problem) for problem in found)


def test_a_valid_element_of_another_kind_is_a_problem() -> None:
    question = golden("g1_question", Kind.G1_REQUEST.root)
    assert "careServicesResponse" in problems(question, Kind.G1_RESPONSE)[0]


def test_a_problem_does_not_repeat_a_value_without_end() -> None:
    answer = golden("g1_answer", Kind.G1_RESPONSE.root)
    golden_number = next(answer.iter("OInumber"))
    golden_number.text = "x" * 100_000
    assert max(map(len, problems(answer, Kind.G1_RESPONSE))) < 400
