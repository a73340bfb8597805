"""What the seventeen nodes of the bench answer: valid answers of any size, each region with its own ids and habits.

Derived from the golden answer: its unit without the rarer parts, so that a result is about 3.5 kB with its share of
establishments; five units to an EG, two EG to an EJ.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

from lxml import etree

from ror.coverage import Coverage, Outcome, RorCoverage
from ror.csd import ROR_IESS, ROR_IR
from ror.g1.answer import read_answer, write_answer
from ror.model import Directory, FacilityOrganization, OtherId, ServiceLink
from ror.soap.coverage_header import write_coverage
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from ror.territory import RORS
from ror.territory.rors import Ror, Solution

_GOLDEN = Path(__file__).parents[1] / "golden" / "g1_answer.xml"
_UNITS_OF_AN_ESTABLISHMENT = 5
_ESTABLISHMENTS_OF_A_LEGAL_ENTITY = 2
_RELEASE = "20190329"


def answer_of(ror: Ror, units: int) -> bytes:
    """The answer of one node with ``units`` results."""
    style = ROR_IR if ror.solution is Solution.IR else ROR_IESS
    line = RorCoverage(
        ror=ror.id,
        codes=ror.regions,
        outcome=Outcome.COMPLETE,
        found=units,
        returned=units,
        duration_ms=5,
        release=_RELEASE,
    )
    coverage = Coverage(question_id=f"bench-{ror.id}", rors=(line,), simulated=True)
    body = write_answer(_directory(ror, units), style)
    return write_envelope(SoapVersion.V12, headers=[write_coverage(coverage)], body=body)


def bytes_of_all(units: int) -> int:
    """How many bytes the seventeen answers have together."""
    return sum(len(answer_of(ror, units)) for ror in RORS)


@cache
def _golden() -> Directory:
    body = etree.fromstring(_GOLDEN.read_bytes()).find("{*}Body")
    assert body is not None
    return read_answer(body[0])


def _directory(ror: Ror, units: int) -> Directory:
    golden = _golden()
    entity, shop = golden.organizations
    unit, service, device = golden.facilities[0], golden.services[0], golden.devices[0]
    plain = replace(
        unit,
        contacts=unit.contacts[:1],
        mail_boxes=(),
        crisis=None,
        skills=None,
        operating_hours=(),
        location=None,
        record=replace(unit.record, comments=None),
    )
    shops = -(-units // _UNITS_OF_AN_ESTABLISHMENT)
    entities = -(-shops // _ESTABLISHMENTS_OF_A_LEGAL_ENTITY)
    number = f"{RORS.index(ror) + 1:02}"
    organizations = tuple(
        replace(entity, entity_id=f"s_{n}", other_ids=_structure(f"{number}9{n:06}")) for n in range(entities)
    ) + tuple(
        replace(
            shop,
            entity_id=f"e_{n}",
            other_ids=_structure(f"{number}0{n:06}"),
            parent=f"s_{n // _ESTABLISHMENTS_OF_A_LEGAL_ENTITY}",
        )
        for n in range(shops)
    )
    facilities = tuple(
        replace(
            plain,
            entity_id=str(n),
            other_ids=(replace(unit.other_ids[0], code=f"{ror.regions[0]}/{n}"),),
            name=f"{unit.name} {ror.name} {n}",
            organizations=(
                FacilityOrganization(
                    entity_id=f"e_{n // _UNITS_OF_AN_ESTABLISHMENT}", services=(ServiceLink(entity_id=f"{n}_121"),)
                ),
            ),
            equipment=(f"{n}_e093",) if n % 4 == 0 else (),
        )
        for n in range(units)
    )
    return Directory(
        organizations=organizations,
        services=tuple(replace(service, entity_id=f"{n}_121") for n in range(units)),
        facilities=facilities,
        devices=tuple(replace(device, entity_id=f"{n}_e093") for n in range(0, units, 4)),
    )


def _structure(finess: str) -> tuple[OtherId, ...]:
    first, second, *_ = _golden().organizations[0].other_ids
    return replace(first, code=f"1{finess}"), replace(second, code=finess)
