"""Which units the merged answer keeps, and in which order (decision 11)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from gateway.merge.entries import Entry, RegionEntries
from gateway.merge.organizations import finess_of

_DISTANCE = re.compile(rb"<calculatedDistance>\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*</calculatedDistance>")


@dataclass(frozen=True, slots=True)
class Kept:
    """A unit that stays, with the region it came from."""

    region: RegionEntries
    facility: Entry


def by_distance(regions: Sequence[RegionEntries], limit: int) -> list[Kept]:
    """The nearest units first; then by ROR, FINESS and id. Units without a distance come last."""
    ranked = []
    for region in regions:
        finess = {entry.id: finess_of(entry) for entry in region.organizations}
        for facility in region.facilities:
            establishment = next((id_ for element, id_ in facility.references if element == b"organization"), b"")
            key = (_distance(facility), region.ror, finess.get(establishment, b""), facility.id)
            ranked.append((key, Kept(region, facility)))
    ranked.sort(key=lambda item: item[0])
    return [kept for _, kept in ranked[:limit]]


def interleaved(regions: Sequence[RegionEntries], limit: int) -> list[Kept]:
    """The first unit of each region, then the second of each …, every region in its own order."""
    columns = [[Kept(region, facility) for facility in region.facilities[:limit]] for region in regions]
    rows = chain.from_iterable(zip_longest(*columns))
    return [kept for kept in rows if kept is not None][:limit]


def _distance(facility: Entry) -> float:
    found = _DISTANCE.search(facility.xml)
    return float(found[1]) if found else float("inf")
