"""What a reader of CSD forgives, and how it refuses the rest."""

from datetime import UTC, date, datetime, time

import pytest
from lxml import etree

from ror.coding import Code
from ror.csd import ROR_IR, Generation, Style, acting, distance_element, read, write, write_unit
from ror.errors import UnreadableAnswerError
from ror.model import (
    Contact,
    Device,
    Directory,
    Facility,
    OperatingHours,
    Organization,
    OtherId,
    Record,
    Service,
    Skills,
)

RECORD = '<record created="2019-03-29T12:00:00Z" updated="2019-03-29T12:00:00Z" status="Ok"/>'
UNIT = f"""
<facility entityID="47045" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <otherID/><otherID code="" assigningAuthorityName=""/><otherID code="x"/>
  <otherID code="84/47045" assigningAuthorityName="1.2.250.1.213.6.1.1.1.1.76"/>
  <codedType code="4" codingScheme="1.2.250.1.213.3.3.8"/>
  <primaryName>
     Réanimation <!-- the small one --> des brûlés
  </primaryName>
  <surprise><primaryName>not read</primaryName></surprise>
  {{direct}}
  <organizations><organization entityID="e_40"><service entityID="s1"/></organization></organizations>
  <extension type="Type1" urn="Urn0" xsi:type="facilityExtension">
    <typeActivity code="01" codingScheme="1.2.250.1.213.3.3.17" surprise="1"/>
    {{extension}}
    <resourcesSkills><profession code="10" codingScheme="1.2.250.1.71.1.2.7"/></resourcesSkills>
    <location/>
    <sensitiveUnit> 0 </sensitiveUnit>
  </extension>
  {RECORD}
</facility>"""
CARE_MODE = 'code="28" codingScheme="1.2.250.1.213.3.3.13"'
AGES = (
    '<patientTypeAgeMin><value>+16</value><unit code="a" codingScheme="2.16.840.1.113883.6.8"/></patientTypeAgeMin>'
    '<patientTypeAgeMax><value>120</value><unit code="a" codingScheme="2.16.840.1.113883.6.8"/></patientTypeAgeMax>'
)
PATIENTS = f"<patientsType>{AGES}{RECORD}</patientsType>"


def unit(direct: str = "", extension: str = f"<careMode {CARE_MODE}/>{PATIENTS}") -> etree._Element:
    return etree.fromstring(UNIT.format(direct=direct, extension=extension))


def hours(content: str) -> OperatingHours:
    day = "<beginEffectiveDate>2017-06-01+02:00</beginEffectiveDate>"
    return read(etree.fromstring(f"<operatingHours>{content}{day}</operatingHours>"), OperatingHours, Generation.G2)


def test_an_identifier_with_an_empty_or_absent_attribute_is_skipped() -> None:
    assert read(unit(), Facility, Generation.G2).other_ids == (
        OtherId(code="84/47045", authority="1.2.250.1.213.6.1.1.1.1.76"),
    )


def test_a_name_is_read_without_the_white_space_and_comments_around_it() -> None:
    assert read(unit(), Facility, Generation.G2).name == "Réanimation  des brûlés"


def test_skills_without_record_and_codes_without_label_are_read() -> None:
    skills = read(unit(), Facility, Generation.G2).skills
    assert skills == Skills(professions=(Code("10", "1.2.250.1.71.1.2.7"),))


def test_an_empty_element_stands_for_an_absent_one() -> None:
    assert read(unit(), Facility, Generation.G2).location is None


def test_a_boolean_may_be_a_digit() -> None:
    assert read(unit(), Facility, Generation.G2).sensitive is False


def test_g1_reads_the_care_mode_and_the_patients_in_both_places() -> None:
    official = unit(direct=f"<typeOfCare {CARE_MODE}/>{PATIENTS}", extension="")
    assert read(official, Facility, Generation.G1) == read(unit(), Facility, Generation.G1)


def test_g1_reads_the_code_of_a_device_under_both_names() -> None:
    forms = [
        etree.fromstring(
            f'<device entityID="d"><{name} code="093" codingScheme="1.2.250.1.213.3.3.10"/>{RECORD}</device>'
        )
        for name in ("type", "codedType")
    ]
    assert len({read(form, Device, Generation.G1) for form in forms}) == 1


def test_g1_gives_the_acts_of_an_activity_back_to_its_unit_each_once() -> None:
    act = '<{} code="{}" codingScheme="1.2.250.1.213.3.3.11"/>'
    facility = etree.tostring(
        unit(extension=f"<careMode {CARE_MODE}/>{PATIENTS}{act.format('specificAct', '0551')}"), encoding="unicode"
    )
    answer = (
        '<result><serviceDirectory><service entityID="s1"><codedType code="121" codingScheme="1.2.250.1.213.3.3.12"/>'
        f"{act.format('act', '551')}{act.format('act', '0657')}{RECORD}</service></serviceDirectory>"
        f"<facilityDirectory>{facility}</facilityDirectory></result>"
    )
    directory = read(etree.fromstring(answer), Directory, Generation.G1)
    assert [code.code for code in directory.facilities[0].acts] == ["0551", "0657"]


def test_names_are_read_in_whatever_namespace_they_stand() -> None:
    root = etree.fromstring(f'<device xmlns="urn:x" entityID="d"><type code="1" codingScheme="2"/>{RECORD}</device>')
    assert read(root, Device, Generation.G1).type == Code("1", "2")


def test_hours_without_a_flag_are_opening_hours_and_sunday_may_be_zero() -> None:
    found = hours("<dayOfTheWeek>0</dayOfTheWeek><dayOfTheWeek>1</dayOfTheWeek>")
    assert (found.open, found.days, found.effective_from) == (True, (7, 1), date(2017, 6, 1))


def test_hours_are_read_with_offsets_fractions_and_midnight_as_24() -> None:
    found = hours("<beginningHour>08:30:00.5+02:00</beginningHour><endingHour>24:00:00</endingHour>")
    assert (found.begins, found.ends) == (time(8, 30, 0, 500000), time(0))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2021-03-04T05:06:07Z", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2021-03-04T05:06:07", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2021-03-04T05:06:07.1234567+01:00", datetime(2021, 3, 4, 4, 6, 7, 123456, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_with_or_without_offset(raw: str, expected: datetime) -> None:
    root = etree.fromstring(f'<record created="{raw}" updated="{raw}" status="Ok"/>')
    assert read(root, Record, Generation.G2) == Record(created=expected, updated=expected, status="Ok")


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        (unit(extension=PATIENTS), "facility[47045]: careMode is missing"),
        (unit(extension=f'<careMode code="28"/>{PATIENTS}'), "extension/careMode: @codingScheme is missing"),
        (
            unit(extension=f"<careMode {CARE_MODE}/>{PATIENTS}".replace("+16", "16.0")),
            "patientTypeAgeMin/value: text is no",
        ),
        (unit(extension=f"<careMode {CARE_MODE}/>{PATIENTS}".replace("+16", "9" * 5000)), "text is no int"),
        (
            unit(extension=f"<careMode {CARE_MODE}/>{PATIENTS}".replace("12:00:00Z", "noon")),
            "record: @created is no datetime",
        ),
        (
            unit(
                extension=f"<careMode {CARE_MODE}/>{PATIENTS}".replace("2019-03-29", "0001-01-01").replace(
                    "00Z", "00+14:00"
                )
            ),
            "@created",
        ),
    ],
    ids=["missing element", "missing attribute", "decimal", "huge", "no time", "time before time"],
)
def test_what_is_missing_or_cannot_be_read_is_refused_with_its_place(broken: etree._Element, path: str) -> None:
    with pytest.raises(UnreadableAnswerError) as refusal:
        read(broken, Facility, Generation.G2)
    assert path in str(refusal.value)


def test_an_entry_without_id_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError, match="@entityID is missing"):
        read(
            etree.fromstring(f'<device entityID=""><type code="1" codingScheme="2"/>{RECORD}</device>'),
            Device,
            Generation.G1,
        )


def test_the_distance_goes_where_a_stored_unit_says_even_if_names_look_like_markup() -> None:
    place = (
        "<location><name>&lt;cityNumber/&gt;\u0085é</name>"
        '<cityNumber code="69123" codingScheme="1.2.250.1.213.2.23">Lyon &lt;/cityNumber&gt;</cityNumber>'
        f"{RECORD}</location>"
    )
    source = etree.tostring(unit(), encoding="unicode").replace("<location/>", place)
    facility = read(etree.fromstring(source), Facility, Generation.G2)
    for generation, namespace in ((Generation.G1, ""), (Generation.G2, ' xmlns:csd="urn:ihe:iti:csd:2013"')):
        stored = write_unit(facility, generation, ROR_IR)
        assert stored.distance_at is not None
        distance = distance_element(12.34, generation, ROR_IR)
        whole = stored.data[: stored.distance_at] + distance + stored.data[stored.distance_at :]
        root = etree.fromstring(f"<r{namespace}>".encode() + whole + b"</r>")
        location = read(root[0], Facility, generation).location
        assert location is not None
        assert str(location.distance_km) == "12.3"
        assert stored.data == write(facility, generation, ROR_IR)


def test_a_unit_without_place_has_nowhere_for_a_distance() -> None:
    assert write_unit(read(unit(), Facility, Generation.G2), Generation.G1, Style()).distance_at is None


def test_characters_that_xml_cannot_carry_are_left_out() -> None:
    contact = f"<contact><confidentialityLevel code='1' codingScheme='x'/>{RECORD}</contact>"
    assert read(etree.fromstring(contact), Contact, Generation.G2).confidentiality == Code("1", "x")
    organization = Organization(
        entity_id="a",
        name="A\x00B\ud800\x0bC\ufffe",
        record=read(etree.fromstring(RECORD), Record, Generation.G2),
        types=(),
    )
    assert b"<primaryName>ABC</primaryName>" in write(organization, Generation.G1, Style())


def test_a_service_alone_carries_the_acts_it_is_handed() -> None:
    record = read(etree.fromstring(RECORD), Record, Generation.G2)
    service = Service(entity_id="s", type=Code("121", "x"), record=record)
    acts = (Code("0551", "y"),)
    assert write(service, Generation.G1, Style(), acts=acts) == write(acting(service, acts), Generation.G1, Style())
    assert b'<act code="0551" codingScheme="y"/>' in write(service, Generation.G1, Style(), acts=acts)
    assert b"act" not in write(service, Generation.G2, Style(), acts=acts)


def test_an_empty_habit_opens_no_extension_by_itself() -> None:
    fragment = write(read(unit(), Facility, Generation.G2), Generation.G1, ROR_IR)
    assert fragment.count(b"<extension") == 1
