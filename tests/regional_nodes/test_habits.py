"""What each region does in its own way, and that the table says so."""

from collections import Counter

import pytest

from regional_nodes.habits import HABITS, NEWEST_RELEASE, Habits
from regional_nodes.serving.wire import answer_end, answer_start
from ror.soap.version import SoapVersion
from ror.territory import RORS, Solution
from ror.xml_parser import ANSWER_LIMITS, parse

EVERY = pytest.mark.parametrize("habits", HABITS.values(), ids=HABITS)


def test_every_ror_has_habits() -> None:
    assert list(HABITS) == [ror.id for ror in RORS]


def test_ror_ir_pads_and_labels_and_ror_iess_does_neither() -> None:
    for ror in RORS:
        style = HABITS[ror.id].style
        expected = ror.solution is Solution.IR
        assert (style.padded, style.labels, style.empty_elements) == (expected, expected, expected)


def test_ror_ir_names_entries_by_uuid_and_ror_iess_by_short_local_ids() -> None:
    assert HABITS["idf"].ids.facility(47045).startswith("urn:uuid:")
    assert HABITS["idf"].ids.facility(47045) != HABITS["ara"].ids.facility(47045)
    assert HABITS["pac"].ids.facility(47045) == "47045"


def test_two_regions_lag_behind_the_newest_nomenclature() -> None:
    lagging = {habits.ror: habits.release for habits in HABITS.values() if habits.release < NEWEST_RELEASE}
    assert sorted(lagging) == ["cor", "guy"]
    assert {release.year for release in lagging.values()} == {2018}


def test_exactly_one_region_sends_an_empty_other_id() -> None:
    assert [habits.ror for habits in HABITS.values() if habits.style.empty_other_id] == ["hdf"]


def test_prefixes_and_declarations_differ_between_regions() -> None:
    assert len(Counter(habits.prefix for habits in HABITS.values())) >= 4
    assert len(Counter(habits.soap_prefix for habits in HABITS.values())) >= 3
    assert len(Counter(habits.declaration for habits in HABITS.values())) >= 3


@EVERY
def test_every_habit_makes_a_well_formed_envelope(habits: Habits) -> None:
    for version in SoapVersion:
        message = answer_start(habits, version, b"", 0) + answer_end(habits)
        root = parse(message, ANSWER_LIMITS)
        assert root.tag == f"{{{version.namespace}}}Envelope"
        assert root[1][0].tag == "{urn:asip:ror:2015}careServicesResponse"
        assert root[1][0].prefix == habits.prefix
