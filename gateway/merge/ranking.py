"""Which units the merged answer keeps, and in which order (decision 11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import NamedTuple

from gateway.merge.distances import distance_of
from gateway.merge.entries import ORGANIZATION, Entry, RegionEntries
from gateway.merge.identity import finess_of


class Kept(NamedTuple):
    """A unit that stays, with the region it came from."""

    region: RegionEntries
    facility: Entry


@dataclass(frozen=True, slots=True)
class _Measured:
    distance_km: float
    kept: Kept


def by_distance(regions: Sequence[RegionEntries], limit: int) -> list[Kept]:
    """The nearest units first; then by ROR, FINESS and id. Units without a distance come last."""
    measured = [
        _Measured(distance_of(facility), Kept(region, facility))
        for region in regions
        for facility in region.facilities
    ]
    if len(measured) > limit > 0:
        furthest = sorted(unit.distance_km for unit in measured)[limit - 1]
        measured = [unit for unit in measured if unit.distance_km <= furthest]
    finess = _finess_of_establishments(unit.kept for unit in measured)

    def key(unit: _Measured) -> tuple[float, str, str, bytes]:
        region, facility = unit.kept
        return unit.distance_km, region.ror, finess.get(_establishment_of(facility), ""), facility.id

    return [unit.kept for unit in sorted(measured, key=key)[:limit]]


def _finess_of_establishments(units: Iterable[Kept]) -> dict[bytes, str]:
    """The FINESS of every establishment of ``units``, by scoped id; each is read once."""
    regions = {}
    wanted = set()
    for unit in units:
        regions[unit.region.ror] = unit.region
        wanted.add(_establishment_of(unit.facility))
    return {
        entry.id: finess_of(entry)
        for region in regions.values()
        for entry in region.organizations
        if entry.id in wanted
    }


def interleaved(regions: Sequence[RegionEntries], limit: int) -> list[Kept]:
    """The first unit of each region, then the second of each …, every region in its own order."""
    columns = [[Kept(region, facility) for facility in region.facilities[:limit]] for region in regions]
    rows = chain.from_iterable(zip_longest(*columns))
    return [kept for kept in rows if kept is not None][:limit]


def _establishment_of(facility: Entry) -> bytes:
    return next((id_ for element, id_ in facility.references if element == ORGANIZATION), b"")
