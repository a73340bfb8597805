"""What goes out is valid, is read back as it came in, and goes out in blocks of a good size."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.merge.merging import Merged, merge
from gateway.merge.writing import answer_parts, blocks
from gateway.search import home_ror
from ror.coverage import Coverage, Outcome, RorCoverage
from ror.csd import ROR_IESS, ROR_IR, Style
from ror.g1.answer import read_answer, write_answer
from ror.model import Directory
from ror.schemas import Kind, problems
from ror.soap.coverage_header import read_coverage
from ror.soap.envelope import COVERAGE, read_envelope, write_envelope
from ror.soap.version import SoapVersion
from ror.xml_parser import ANSWER_LIMITS
from tests.ror.test_csd_roundtrip import DIRECTORIES
from tests.support.answers import read

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
COVERED = Coverage(
    question_id="q",
    rors=(RorCoverage(ror="ara", codes=("84",), outcome=Outcome.COMPLETE, found=1, returned=1),),
    limit=199,
)


def without_equipment(directory: Directory) -> Directory:
    return replace(directory, facilities=tuple(replace(unit, equipment=()) for unit in directory.facilities))


def sent(directory: Directory, style: Style, odd: bool) -> bytes:
    data = write_envelope(SoapVersion.V12, body=write_answer(directory, style))
    return data + b"<!-- -->" if odd else data


@FEW
@given(
    directories=st.lists(DIRECTORIES.map(without_equipment), max_size=3),
    style=st.sampled_from([Style(), ROR_IR, ROR_IESS]),
    version=st.sampled_from(SoapVersion),
    odd=st.booleans(),
)
def test_the_merged_answer_is_valid_and_holds_every_unit_as_its_region_wrote_it(
    directories: list[Directory], style: Style, version: SoapVersion, odd: bool
) -> None:
    regions = [
        read(sent(directory, style, odd), ror)
        for ror, directory in zip(("ara", "bre", "idf"), directories, strict=False)
    ]
    merged = merge(regions, limit=99, has_place=False, home_ror=home_ror)
    envelope = read_envelope(
        b"".join(answer_parts(version, merged, COVERED)),
        content_type=version.content_type,
        soap_action=None,
        limits=ANSWER_LIMITS,
    )
    assert problems(envelope.body, Kind.G1_RESPONSE) == ()
    assert problems(envelope.headers[0], Kind.COVERAGE_HEADER) == ()
    assert read_coverage(envelope.header(COVERAGE)) == COVERED
    told = {unit.entity_id: unit.name for unit in read_answer(envelope.body).units}
    assert told == {
        f"{ror}:{unit.entity_id}": unit.name
        for ror, directory in zip(("ara", "bre", "idf"), directories, strict=False)
        for unit in directory.units
    }


def test_an_answer_without_units_is_valid() -> None:
    merged = merge([], limit=199, has_place=False, home_ror=home_ror)
    root = etree.fromstring(b"".join(answer_parts(SoapVersion.V12, merged, COVERED)))
    assert problems(root.find("{*}Body")[0], Kind.G1_RESPONSE) == ()


@pytest.mark.parametrize("count", [0, 1, 100, 1_000])
def test_blocks_hold_every_byte_and_none_is_tiny_or_huge(count: int) -> None:
    merged = Merged(
        units=count,
        organizations=[],
        services=[],
        facilities=[b"<facility>" + b"x" * 3_500 + b"</facility>"] * count,
        providers=[],
        devices=[],
        returned={},
        gave_way={},
        duplicates=(),
    )
    parts = answer_parts(SoapVersion.V12, merged, COVERED)
    cut = list(blocks(parts))
    assert b"".join(cut) == b"".join(parts)
    assert all(64 * 1024 <= len(block) <= 132 * 1024 for block in cut[:-1])
