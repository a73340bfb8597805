"""Many regions' entries into one answer: who is kept, what hangs on them, and how many of each region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.merge.entries import Entry, RegionEntries
from gateway.merge.organizations import parent_of, shared_legal_entities
from gateway.merge.ranking import by_distance, interleaved


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merged directories as blocks of bytes, number of units, and how many of each ROR's units are in it."""

    units: int
    organizations: list[bytes]
    services: list[bytes]
    facilities: list[bytes]
    providers: list[bytes]
    devices: list[bytes]
    returned: dict[str, int]


def merge(
    regions: Sequence[RegionEntries],
    *,
    limit: int,
    has_place: bool,
    home_ror: Callable[[str], str | None],
) -> Merged:
    """Merge the regions' entries, at most ``limit`` units (decisions 11, 15, 16).

    The result does not depend on the order in which the regions answered.
    """
    ordered = sorted(regions, key=lambda region: region.ror)
    kept = by_distance(ordered, limit) if has_place else interleaved(ordered, limit)
    returned = {region.ror: 0 for region in ordered}
    for item in kept:
        returned[item.region.ror] += 1
    pointed = {id_ for item in kept for _, id_ in item.facility.references}
    kept_units = {item.facility.id for item in kept}
    return Merged(
        units=len(kept),
        organizations=_organizations(ordered, pointed, home_ror),
        services=[entry.xml for region in ordered for entry in region.services if entry.id in pointed],
        facilities=[item.facility.xml for item in kept],
        providers=[
            entry.xml
            for region in ordered
            for entry in region.providers
            if any(element == b"facility" and id_ in kept_units for element, id_ in entry.references)
        ],
        devices=[entry.xml for region in ordered for entry in region.devices if entry.id in pointed],
        returned=returned,
    )


def _organizations(
    regions: Sequence[RegionEntries],
    pointed: set[bytes],
    home_ror: Callable[[str], str | None],
) -> list[bytes]:
    """Every EJ before the EG, each once."""
    establishments = [entry for region in regions for entry in region.organizations if entry.id in pointed]
    replaced = shared_legal_entities(regions, home_ror)
    wanted = {replaced.get(parent, parent) for entry in establishments if (parent := parent_of(entry))}
    legal_entities = [
        entry.xml
        for region in regions
        for entry in region.organizations
        if entry.id in wanted and parent_of(entry) is None
    ]
    return legal_entities + [_with_parent(entry, replaced) for entry in establishments]


def _with_parent(establishment: Entry, replaced: dict[bytes, bytes]) -> bytes:
    parent = parent_of(establishment)
    if parent is None or parent not in replaced:
        return establishment.xml
    return establishment.xml.replace(
        b'<parent entityID="' + parent + b'"', b'<parent entityID="' + replaced[parent] + b'"', 1
    )
