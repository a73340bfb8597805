"""Nothing of a question is lost on the wire, and nothing but a fault leaves its reader, whatever it is given."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ror import namespaces
from ror.ages import MAX_AGE_DAYS
from ror.coding import Code, Scheme
from ror.g1.question import read_question, write_question
from ror.nomenclatures import map_specialty, table
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.schemas import Kind, problems
from ror.soap.envelope import SEARCH, SoapVersion, read_envelope, write_envelope
from ror.soap.search_header import read_search_header, write_search_header
from ror.territory.communes import all_communes
from ror.territory.departments import DEPARTMENTS
from ror.territory.regions import REGIONS
from tests.support.questions import FRANCE, ON, age, fault_of, request


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
