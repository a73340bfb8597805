"""Our two header blocks: ``recherche`` of a question and ``couverture`` of an answer."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ror import namespaces
from ror.coverage import Coverage, Outcome, RorCoverage, Times
from ror.errors import FaultError, UnreadableAnswerError
from ror.faults import Reason
from ror.question import MAX_LIMIT, Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.schemas import Kind, problems
from ror.soap.coverage_header import read_coverage, write_coverage
from ror.soap.envelope import COVERAGE, SEARCH, SoapVersion, read_envelope
from ror.soap.search_header import MAX_BEDS, SearchHeader, read_search_header, write_search_header
from ror.xml_parser import REQUEST_LIMITS, Element, parse

GOLDEN = Path(__file__).parents[1] / "golden"
FRANCE = (Destination(DestinationLevel.COUNTRY, "FR"),)


def golden_header(file: str, name: str) -> Element:
    data = (GOLDEN / file).read_bytes()
    header = read_envelope(data, content_type=SoapVersion.V12.content_type, soap_action=None).header(name)
    assert header is not None
    return header


def search(attributes: str = "", children: str = "") -> SearchHeader:
    xml = f'<p:recherche xmlns:p="{namespaces.PASSERELLE}" {attributes}>{children}</p:recherche>'
    return read_search_header(parse(xml.encode(), REQUEST_LIMITS))


def search_refusal(attributes: str = "", children: str = "") -> str:
    with pytest.raises(FaultError) as caught:
        search(attributes, children)
    assert caught.value.fault.reason is Reason.HEADER_INVALID
    return caught.value.fault.message


def test_the_golden_search_header_is_read() -> None:
    assert read_search_header(golden_header("g1_question.xml", SEARCH)) == SearchHeader(
        limit=50, deadline=timedelta(seconds=4), reference=ReferencePlace(commune="69123"), available_beds=1
    )


def test_an_empty_header_says_nothing() -> None:
    assert search() == SearchHeader()


@pytest.mark.parametrize("name", ["mustUnderstand", "role", "relay", "actor", "encodingStyle"])
def test_attributes_of_soap_stand_beside_ours(name: str) -> None:
    assert search(f'xmlns:s="{namespaces.SOAP_12}" s:{name}="x" limite="5"').limit == 5


@pytest.mark.parametrize("value", ["1", "20000", "050", " 7 "])
def test_limits_within_bounds_are_read(value: str) -> None:
    assert search(f'limite="{value}"').limit == int(value)


@pytest.mark.parametrize("value", ["0", "20001", "-1", "+5", "1.5", "", "x", "1e3", "٣", "9" * 400, "NaN"])
def test_limits_beyond_bounds_are_refused(value: str) -> None:
    assert "limite" in search_refusal(f'limite="{value}"')


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("PT4S", 4),
        ("PT0.5S", 0.5),
        ("PT1M30S", 90),
        ("PT1H", 3_600),
        ("P1D", 86_400),
        ("P1DT1S", 86_401),
        ("PT90M", 5_400),
    ],
)
def test_durations_are_read(value: str, seconds: float) -> None:
    assert search(f'echeance="{value}"').deadline == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        *("", "P", "PT", "P1DT", "PT0S", "P0D", "-PT4S", "4", "PT4", "4S", "P1Y", "P1M", "P1W", "PT4.S", "PT-4S"),
        *("PT1S1M", "PT1E3S", "pt4s", "PT0.0000001S", "PT" + "9" * 400 + "S", "P99999999D"),
    ],
)
def test_other_durations_are_refused(value: str) -> None:
    assert "echeance" in search_refusal(f'echeance="{value}"')


@pytest.mark.parametrize("commune", ["69123", "75056", "75101", "2A004", "2a004", "97801"])
def test_a_reference_commune_is_read(commune: str) -> None:
    assert search(children=f'<p:repere commune="{commune}"/>').reference == ReferencePlace(commune=commune.upper())


def test_reference_coordinates_are_read() -> None:
    place = search(children='<p:repere latitude="-21.115" longitude="+55.536"/>').reference
    assert place == ReferencePlace(latitude=-21.115, longitude=55.536)


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'commune="00000"',
        'commune=""',
        'commune="Lyon"',
        'latitude="45"',
        'longitude="4"',
        'commune="69123" latitude="45" longitude="4"',
        'latitude="90.01" longitude="4"',
        'latitude="45" longitude="-180.5"',
        'latitude="NaN" longitude="4"',
        'latitude="INF" longitude="4"',
        'latitude="1e1" longitude="4"',
        'latitude="45,5" longitude="4"',
        'latitude="" longitude=""',
        'commune="69123" rayon="5"',
    ],
)
def test_a_crooked_reference_is_refused(attributes: str) -> None:
    search_refusal(children=f"<p:repere {attributes}/>")


@pytest.mark.parametrize(("attributes", "beds"), [("", 1), ('minimum="1"', 1), ('minimum="12"', 12)])
def test_available_beds_are_at_least_one(attributes: str, beds: int) -> None:
    assert search(children=f"<p:litsDisponibles {attributes}/>").available_beds == beds


@pytest.mark.parametrize(
    "attributes", ['minimum="0"', 'minimum="-1"', 'minimum=""', 'minimum="10000"', 'maximum="5"']
)
def test_other_numbers_of_beds_are_refused(attributes: str) -> None:
    search_refusal(children=f"<p:litsDisponibles {attributes}/>")


@pytest.mark.parametrize(
    ("attributes", "children"),
    [
        ('limit="5"', ""),
        ('xmlns:x="urn:x" x:limite="5"', ""),
        ("", "<p:autre/>"),
        ("", "<repere commune='69123'/>"),
        ("", '<p:repere commune="69123"/><p:repere commune="69123"/>'),
        ("", "<p:litsDisponibles/><p:litsDisponibles/>"),
        ("", "text"),
        ("", "<p:litsDisponibles/>text"),
        ("", "<p:litsDisponibles>3</p:litsDisponibles>"),
        ("", "<p:repere commune='69123'><p:repere/></p:repere>"),
    ],
)
def test_what_the_header_does_not_know_is_refused(attributes: str, children: str) -> None:
    search_refusal(attributes, children)


def test_another_element_is_no_search_header() -> None:
    with pytest.raises(FaultError):
        read_search_header(etree.Element("recherche"))


def question(header: SearchHeader) -> Question:
    return Question(
        criteria=Criteria(available_beds=header.available_beds),
        destinations=FRANCE,
        reference=header.reference,
        limit=header.limit,
        deadline=header.deadline,
    )


def test_nothing_to_say_is_no_header() -> None:
    assert write_search_header(question(SearchHeader())) == b""


HEADERS = st.builds(
    SearchHeader,
    limit=st.none() | st.integers(1, MAX_LIMIT),
    deadline=st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=9_000)),
    reference=st.none()
    | st.sampled_from(["69123", "75056", "2B033", "97105"]).map(lambda code: ReferencePlace(commune=code))
    | st.builds(
        ReferencePlace,
        latitude=st.integers(-900_000_000, 900_000_000).map(lambda n: n / 1e7),
        longitude=st.integers(-1_800_000_000, 1_800_000_000).map(lambda n: n / 1e7),
    ),
    available_beds=st.none() | st.integers(1, MAX_BEDS),
)


@given(header=HEADERS)
def test_what_is_written_is_read_again_and_valid(header: SearchHeader) -> None:
    data = write_search_header(question(header))
    if data:
        element = parse(data, REQUEST_LIMITS)
        assert read_search_header(element) == header
        assert problems(element, Kind.SEARCH_HEADER) == ()


COVERAGE_VALUE = Coverage(
    question_id="q-1",
    rors=(
        RorCoverage(
            ror="idf",
            codes=("11",),
            outcome=Outcome.COMPLETE,
            found=3,
            returned=3,
            duration_ms=41,
            release="20190329",
        ),
        RorCoverage(
            ror="oin", codes=("04", "06"), outcome=Outcome.LATE, duration_ms=4600, detail="deadline.exceeded"
        ),
    ),
    limit=199,
    simulated=True,
    warnings=("Le code 001 a pris fin & reste cherché.",),
)


def coverage(xml: str) -> Coverage:
    return read_coverage(
        parse(xml.replace("<p:c", f'<p:couverture xmlns:p="{namespaces.PASSERELLE}"', 1).encode(), REQUEST_LIMITS)
    )


def test_a_coverage_is_read_as_it_was_written_and_valid() -> None:
    element = parse(write_coverage(COVERAGE_VALUE), REQUEST_LIMITS)
    assert read_coverage(element) == COVERAGE_VALUE
    assert problems(element, Kind.COVERAGE_HEADER) == ()
    assert (element.get("asked"), element.get("complete"), element.get("donnees")) == ("2", "1", "simulees")


def test_the_golden_coverage_is_read_and_written_alike() -> None:
    element = golden_header("g1_answer.xml", COVERAGE)
    read = read_coverage(element)
    assert (read.asked, read.complete, read.limit, read.simulated) == (17, 16, 50, True)
    assert [line.ror for line in read.rors if line.outcome is Outcome.LATE] == ["oin"]
    written = etree.fromstring(write_coverage(read))
    assert dict(written.attrib) == dict(element.attrib)
    assert [dict(line.attrib) for line in written] == [dict(line.attrib) for line in element]


def test_outcomes_are_an_open_list() -> None:
    read = coverage(
        '<p:c question="q"><p:ror id="idf" codes="11" outcome="translated" since="PT5M"/><p:new/></p:couverture>'
    )
    assert read.rors[0].outcome == "translated"
    assert not read.is_complete


def test_counts_that_are_absent_are_unknown_not_zero() -> None:
    line = coverage('<p:c><p:ror id="idf" outcome="refused" found=""/></p:couverture>').rors[0]
    assert (line.found, line.returned, line.codes, line.release) == (None, None, (), None)


@pytest.mark.parametrize(
    "xml",
    [
        '<p:c><p:ror outcome="complete"/></p:couverture>',
        '<p:c><p:ror id="idf"/></p:couverture>',
        '<p:c><p:ror id="idf" outcome="complete" found="-1"/></p:couverture>',
        '<p:c><p:ror id="idf" outcome="complete" found="1e3"/></p:couverture>',
        '<p:c><p:ror id="idf" outcome="complete" returned="99999999999"/></p:couverture>',
        '<p:c limite="x"/>',
        "<x/>",
    ],
)
def test_a_coverage_without_meaning_is_unreadable(xml: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        coverage(xml)


def test_foreign_text_in_a_coverage_is_bounded_and_printable() -> None:
    read = coverage('<p:c question="a&#10;b&#8238;"><p:ror id="' + "x" * 500 + '" outcome="late"/></p:couverture>')
    assert read.question_id == "a b\ufffd"
    assert len(read.rors[0].ror) == 101


TOKENS = st.text(alphabet="abcdefghijklmnop0123456789-.:&<\"'é", min_size=1, max_size=30)
COUNTS = st.none() | st.integers(0, 999_999_999)


@given(
    lines=st.lists(
        st.builds(
            RorCoverage,
            ror=TOKENS,
            codes=st.lists(st.sampled_from(["01", "11", "977"]), max_size=3).map(tuple),
            outcome=st.sampled_from(Outcome) | TOKENS.filter(lambda token: token not in set(Outcome)),
            found=COUNTS,
            returned=COUNTS,
            duration_ms=COUNTS,
            release=st.none() | TOKENS,
            detail=st.none() | TOKENS,
        ),
        max_size=4,
    ),
    warnings=st.lists(
        st.text(alphabet='aé<>&" .', min_size=1, max_size=40).map(lambda t: " ".join(t.split())), max_size=2
    ),
)
def test_every_coverage_survives_the_wire(lines: list[RorCoverage], warnings: list[str]) -> None:
    value = Coverage(question_id="q", rors=tuple(lines), warnings=tuple(warnings))
    assert read_coverage(parse(write_coverage(value), REQUEST_LIMITS)) == value


@pytest.mark.parametrize(("value", "share"), [("complete", 1.0), ("0.9", 0.9), ("0", 0.0), ("1", 1.0), ("1.00", 1.0)])
def test_a_question_may_demand_a_coverage(value: str, share: float) -> None:
    assert search(f'couverture="{value}"').least_complete == share


@pytest.mark.parametrize("value", ["", "all", "1.1", "-0.5", "90%", "0.12345", "nan", "1e0", ".9"])
def test_a_demand_that_is_no_share_is_refused(value: str) -> None:
    assert "couverture" in search_refusal(f'couverture="{value}"')


def test_a_question_may_widen_until_enough_is_found() -> None:
    assert search("", '<p:elargissement unites="3"/>').widen_until == 3
    assert search("", "<p:elargissement/>").widen_until == 1
    assert "elargissement/unites" in search_refusal("", '<p:elargissement unites="0"/>')


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 0.9999, 1.0])
def test_what_a_question_demands_is_written_as_it_is_read(share: float) -> None:
    question = Question(criteria=Criteria(), destinations=FRANCE, least_complete=share, widen_until=7)
    read = read_search_header(parse(write_search_header(question), REQUEST_LIMITS))
    assert (read.least_complete, read.widen_until) == (share, 7)


def test_times_age_and_data_version_travel() -> None:
    line = RorCoverage(
        ror="idf",
        codes=("11",),
        outcome=Outcome.STALE,
        data_version="v7",
        age_s=300,
        times=Times(queue=1, connect=2, tls=3, node=4, parse=5),
    )
    written = write_coverage(Coverage(question_id="q", rors=(line,)))
    assert read_coverage(parse(written, REQUEST_LIMITS)).rors == (line,)
    assert problems(parse(written, REQUEST_LIMITS), Kind.COVERAGE_HEADER) == ()


def test_the_population_covered_is_told_beside_the_count_and_never_rounded_up() -> None:
    def asked(**outcomes: Outcome) -> Coverage:
        lines = (RorCoverage(ror=ror, codes=(), outcome=outcome) for ror, outcome in outcomes.items())
        return Coverage(question_id="q", rors=tuple(lines))

    assert asked(idf=Outcome.COMPLETE).population == 1.0
    without_corsica = asked(idf=Outcome.COMPLETE, cor=Outcome.LATE)
    assert without_corsica.complete / without_corsica.asked == 0.5
    assert 0.97 < without_corsica.population < 0.98
    assert b'population="0.972"' in write_coverage(without_corsica)
    assert asked(cor=Outcome.STALE).population == 0.0
    assert asked().population == 1.0
