"""The rules that an answer must obey whatever path it took, and what it says about itself."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import MalformedAnswerError
from gateway.merge.reading import read_answer
from ror.coverage import Outcome
from ror.faults import PeerFault
from tests.support.answers import GOLDEN, answer, device, establishment, legal_entity, provider, read, service, unit

FAULT = (Path(__file__).parents[2] / "golden" / "g1_fault.xml").read_bytes()

BROKEN = {
    "more announced": ("answer.count-mismatch", answer(announced=2)),
    "fewer announced": ("answer.count-mismatch", answer(announced=0)),
    "two units under one id": ("answer.duplicate-id", answer(facilities=unit() + unit(distance="3.0"), announced=2)),
    "two organizations under one id": (
        "answer.duplicate-id",
        answer(organizations=legal_entity() + legal_entity(structure="1350000022") + establishment()),
    ),
    "two services under one id": ("answer.duplicate-id", answer(services=service() + service(inside="<x/>"))),
    "two professionals under one id": ("answer.duplicate-id", answer(providers=provider() + provider(of="e_2"))),
    "two devices under one id": ("answer.duplicate-id", answer(devices=device() + device().replace("093", "094"))),
    "a unit twice, and announced thrice": ("answer.count-mismatch", answer(facilities=unit() * 2, announced=3)),
    "no establishment": ("answer.dangling-reference", answer(organizations=legal_entity())),
    "no legal entity": ("answer.dangling-reference", answer(organizations=establishment())),
    "no service": ("answer.dangling-reference", answer(services="")),
    "no device": ("answer.dangling-reference", answer(facilities=unit(devices=("1_e",)))),
    "an empty establishment": ("answer.dangling-reference", answer(facilities=unit(of=""))),
    "a unit of nobody": ("answer.dangling-reference", answer(facilities='<facility entityID="1"><x/></facility>')),
}


@pytest.mark.parametrize("path", ["splice", "tree"])
@pytest.mark.parametrize(("slug", "data"), BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_a_rule_is_refused_with_its_reason(slug: str, data: bytes, path: str) -> None:
    if path == "tree":
        data += b"<!-- -->"
    with pytest.raises(MalformedAnswerError) as refused:
        read_answer(data, "ara")
    assert refused.value.slug == slug


@pytest.mark.parametrize("announced", [1, 2])
def test_what_stands_twice_in_the_same_bytes_counts_once(announced: int) -> None:
    twice = answer(
        organizations=(legal_entity() + establishment()) * 2,
        services=service() * 2,
        facilities=unit(devices=["1_e"]) * 2,
        providers=provider() * 2,
        devices=device() * 2,
        announced=announced,
    )
    once = answer(facilities=unit(devices=["1_e"]), providers=provider(), devices=device())
    assert read(twice) == replace(read(once), repeated=1)


def test_a_pointer_of_another_kind_may_lead_nowhere() -> None:
    data = answer(
        facilities=unit(inside='<parentFacility entityID="9"/>'), providers=provider(works_in="7", of="e_7")
    )
    assert len(read(data).facilities) == 1


def test_the_same_id_in_two_directories_is_two_entries() -> None:
    assert len(read(answer(services=service("1_a") + service("1"), devices=device("1"))).services) == 2


@pytest.mark.parametrize("directory", ["provider", "device"])
def test_a_directory_that_is_not_sent_is_empty(directory: str) -> None:
    data = answer().replace(f"<{directory}Directory></{directory}Directory>".encode(), b"")
    assert read(data) == read(answer())


def test_a_fault_is_told_as_one() -> None:
    fault = read_answer(FAULT, "ara")
    assert isinstance(fault, PeerFault)
    assert fault.number is not None


@pytest.mark.parametrize("inside", ["{}", "<result>{}</result>", "<x>{}</x>"])
def test_a_fault_stays_one_whatever_stands_in_it(inside: str) -> None:
    directories = re.search(rb"<organizationDirectory>.*</deviceDirectory>", answer(), re.DOTALL)[0].decode()
    data = FAULT.replace(b"</env:Detail>", inside.format(directories).encode() + b"</env:Detail>")
    assert data != FAULT
    assert read_answer(data, "ara") == read_answer(FAULT, "ara")


def test_an_error_in_place_of_the_result_is_a_fault() -> None:
    data = answer(
        response='<ror:careServicesResponse><ror:error code="404" message="Inconnu"/></ror:careServicesResponse>'
    )
    assert read_answer(data, "ara") == PeerFault(404, None, "Inconnu")


def test_what_the_region_tells_of_itself_is_kept_and_what_it_tells_of_others_is_not() -> None:
    entries = read(GOLDEN, "ara")
    assert entries.told is not None
    assert (entries.told.outcome, entries.told.found, entries.told.release) == (Outcome.COMPLETE, 1, "20190329")
    assert entries.simulated
    assert read(GOLDEN, "pac").told.found == 0
    assert read(answer()).told is None


def test_an_answer_beyond_every_size_is_refused_unread() -> None:
    with pytest.raises(MalformedAnswerError) as refused:
        read_answer(b" " * (128 * 1024 * 1024 + 1), "ara")
    assert refused.value.slug == "answer.too-large"
