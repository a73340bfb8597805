"""The answer of 2016: written from values or from parts, read with the checks of the contract."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from ror.csd import ROR_IESS, Generation, Style, first_service, write, write_unit
from ror.errors import FaultError, UnreadableAnswerError
from ror.faults import Reason
from ror.g1.answer import answer_prefix, answer_suffix, directories, read_answer, write_answer
from ror.model import Directory

GOLDEN = Path(__file__).parents[1] / "golden" / "g1_answer.xml"
RESPONSE = "{urn:asip:ror:2015}careServicesResponse"


@pytest.fixture(scope="module")
def golden() -> etree._Element:
    response = etree.parse(GOLDEN).find(f".//{RESPONSE}")
    assert response is not None
    return response


@pytest.fixture
def directory(golden: etree._Element) -> Directory:
    return read_answer(golden)


def canonical(element: etree._Element) -> str:
    return etree.canonicalize(etree.tostring(element, with_tail=False, encoding="unicode"), strip_text=True)


def answer(directory: Directory, units: int) -> etree._Element:
    content = write(directory, Generation.G1, Style())
    return etree.fromstring(answer_prefix(units) + content + answer_suffix())


def test_the_golden_answer_is_written_back_as_it_was_read(golden: etree._Element, directory: Directory) -> None:
    alone = etree.fromstring(etree.tostring(golden, with_tail=False))
    etree.cleanup_namespaces(alone)
    assert canonical(etree.fromstring(write_answer(directory, Style()))) == canonical(alone)


def test_the_acts_of_the_golden_unit_come_back_from_its_activity(directory: Directory) -> None:
    (unit,) = directory.units
    assert [act.code for act in unit.acts] == ["0551"]
    assert [age.code for age in unit.patients.age_classes] == ["05", "06", "10", "11"]


def test_an_answer_assembled_from_stored_parts_is_the_answer_written_whole(directory: Directory) -> None:
    directory = replace(
        directory,
        facilities=tuple(
            replace(unit, location=replace(unit.location, distance_km=None)) if unit.location else unit
            for unit in directory.units
        ),
    )
    carried = {first_service(unit): unit.acts for unit in directory.units}
    parts = directories(
        organizations=[write(entry, Generation.G1, ROR_IESS) for entry in directory.organizations],
        services=[
            write(entry, Generation.G1, ROR_IESS, acts=carried.get(entry.entity_id, ()))
            for entry in directory.services
        ],
        facilities=[write_unit(entry, Generation.G1, ROR_IESS).data for entry in directory.facilities],
        devices=[write(entry, Generation.G1, ROR_IESS) for entry in directory.devices],
    )
    assembled = b"".join([answer_prefix(1), *parts, answer_suffix()])
    assert assembled == write_answer(directory, ROR_IESS)


def test_an_answer_without_units_has_all_five_directories() -> None:
    written = write_answer(Directory(), Style())
    assert written.count(b"Directory/>") == 5
    assert read_answer(etree.fromstring(written)) == Directory()


def test_an_announced_number_that_differs_is_fault_405(directory: Directory) -> None:
    with pytest.raises(FaultError) as refusal:
        read_answer(answer(directory, 2))
    assert refusal.value.fault.reason is Reason.COUNT_MISMATCH
    assert refusal.value.fault.evidence == {"announced": 2, "received": 1}


def test_internal_organisations_above_units_are_not_written_and_not_counted(directory: Directory) -> None:
    pole = replace(
        directory.facilities[0], entity_id="pole", types=(replace(directory.facilities[0].types[0], code="1"),)
    )
    both = replace(directory, facilities=(pole, *directory.facilities))
    assert write_answer(both, Style()).count(b"<facility ") == 1
    assert read_answer(answer(replace(both, facilities=(replace(pole, acts=()), *directory.facilities)), 1)).units


def test_the_same_entry_twice_counts_once(directory: Directory) -> None:
    twice = replace(directory, organizations=directory.organizations * 2, facilities=directory.facilities * 2)
    assert read_answer(answer(replace(twice, facilities=directory.facilities), 1)) == directory


def test_one_id_with_two_contents_is_unreadable(directory: Directory) -> None:
    other = replace(directory.devices[0], in_service=7)
    with pytest.raises(UnreadableAnswerError, match=r"device\[ara:47045_093\] comes twice"):
        read_answer(answer(replace(directory, devices=(*directory.devices, other)), 1))


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ({"organizations": slice(1, None)}, r"organization\[ara:e_40\]/parent points at 'ara:s_12'"),
        ({"organizations": slice(0, 1)}, r"organizations/organization points at 'ara:e_40'"),
        ({"services": slice(0, 0)}, r"service points at 'ara:47045_121'"),
    ],
    ids=["EJ", "EG", "activity"],
)
def test_a_pointer_that_the_official_checks_follow_must_lead_somewhere(
    directory: Directory, missing: dict[str, slice], problem: str
) -> None:
    cut = {name: getattr(directory, name)[part] for name, part in missing.items()}
    with pytest.raises(UnreadableAnswerError, match=problem):
        read_answer(answer(replace(directory, **cut), 1))


def test_a_unit_without_establishment_is_unreadable(directory: Directory) -> None:
    stray = tuple(replace(unit, organizations=()) for unit in directory.facilities)
    with pytest.raises(UnreadableAnswerError, match="belongs to no establishment"):
        read_answer(answer(replace(directory, facilities=stray), 1))


def test_other_pointers_may_lead_nowhere(directory: Directory) -> None:
    cut = replace(
        directory, devices=(), facilities=tuple(replace(unit, parent="gone") for unit in directory.facilities)
    )
    assert read_answer(answer(cut, 1)) == cut


@pytest.mark.parametrize(
    "broken",
    [
        b"<careServicesRequest/>",
        b"<careServicesResponse/>",
        b"<careServicesResponse><result/></careServicesResponse>",
        b"<careServicesResponse><result><resultNumber/></result></careServicesResponse>",
        b"<careServicesResponse><result><resultNumber><OInumber>many</OInumber></resultNumber></result></careServicesResponse>",
    ],
)
def test_an_answer_without_its_frame_is_unreadable(broken: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_answer(etree.fromstring(broken))


def test_missing_directories_are_empty() -> None:
    number = b"<resultNumber><OInumber>0</OInumber></resultNumber>"
    frame = b"<careServicesResponse><result>" + number + b"</result></careServicesResponse>"
    assert read_answer(etree.fromstring(frame)) == Directory()
