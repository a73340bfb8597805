"""The rules that an answer must obey whatever path it took, and what it says about itself."""

import re
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
    "a unit twice": ("answer.duplicate-id", answer(facilities=unit() + unit(), announced=2)),
    "an organization twice": (
        "answer.duplicate-id",
        answer(organizations=legal_entity() + legal_entity() + establishment()),
    ),
    "a service twice": ("answer.duplicate-id", answer(services=service() * 2)),
    "a professional twice": ("answer.duplicate-id", answer(providers=provider() * 2)),
    "a device twice": ("answer.duplicate-id", answer(devices=device() * 2)),
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
