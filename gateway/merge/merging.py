"""Many regions' entries into one answer: who is kept, what hangs on them, and how many of each region."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.merge.distances import without_distance
from gateway.merge.duplicates import HomeRor, settle, told_of, within
from gateway.merge.entries import (
    EQUIPMENT,
    FACILITY,
    ORGANIZATION,
    PROVIDER,
    SERVICE,
    Entry,
    RegionEntries,
    pointers,
)
from gateway.merge.organizations import Replacements, parent_of, repointed
from gateway.merge.ranking import by_distance, interleaved
from ror.coverage import Duplicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merged directories as blocks of bytes, number of units, how many of each ROR's units are in it, how many of
    them gave way to another region's copy, and which copies those are.
    """

    units: int
    organizations: list[bytes]
    services: list[bytes]
    facilities: list[bytes]
    providers: list[bytes]
    devices: list[bytes]
    returned: dict[str, int]
    gave_way: dict[str, int]
    duplicates: tuple[Duplicate, ...]


def merge(
    regions: Sequence[RegionEntries],
    *,
    limit: int,
    has_place: bool,
    home_ror: HomeRor,
) -> Merged:
    """Merge the regions' entries, at most ``limit`` units (decisions 11, 15, 16).

    The result does not depend on the order in which the regions answered. Out go the units kept and, of each other
    kind, what they point at; an EG brings its EJ; a professional also goes with a unit that he points at himself.
    """
    ordered = sorted(regions, key=lambda region: region.ror)
    settled = settle(ordered, home_ror)
    remaining = within(ordered, settled)
    gave_way = {region.ror: len(region.facilities) - len(remaining[region.ror]) for region in ordered}
    if settled.units:
        ordered = [replace(region, facilities=remaining[region.ror]) for region in ordered]
    kept = by_distance(ordered, limit) if has_place else interleaved(ordered, limit)
    returned = dict.fromkeys((region.ror for region in ordered), 0)
    for item in kept:
        returned[item.region.ror] += 1
    units = tuple(item.facility for item in kept)
    replaced = settled.replaced
    pointed, unit_ids = pointers(units), {unit.id for unit in units}
    facilities = [repointed(unit, replaced) for unit in units] if replaced else [unit.xml for unit in units]
    services, devices, providers = pointed[SERVICE], pointed[EQUIPMENT], pointed[PROVIDER]
    organizations = _organizations(ordered, pointed[ORGANIZATION], replaced)
    return Merged(
        units=len(units),
        organizations=[repointed(entry, replaced) for entry in organizations],
        services=[entry.xml for region in ordered for entry in region.services if entry.id in services],
        facilities=facilities if has_place else list(map(without_distance, facilities)),
        providers=[
            repointed(entry, replaced)
            for region in ordered
            for entry in region.providers
            if entry.id in providers or not unit_ids.isdisjoint(pointers((entry,))[FACILITY])
        ],
        devices=[entry.xml for region in ordered for entry in region.devices if entry.id in devices],
        returned=returned,
        gave_way=gave_way,
        duplicates=told_of(settled, unit_ids, (entry.id for entry in organizations)),
    )


def _organizations(regions: Sequence[RegionEntries], pointed: set[bytes], replaced: Replacements) -> list[Entry]:
    """What units point at and what is above it, each once, every EJ before the EG."""
    parents = {entry.id: parent_of(entry) for region in regions for entry in region.organizations}
    needed: set[bytes] = set()
    pending = list(pointed)
    while pending:
        id_ = pending.pop()
        id_ = replaced.get(id_, id_)
        if id_ in parents and id_ not in needed:
            needed.add(id_)
            above = parents[id_]
            if above is not None:
                pending.append(above)
    chosen = [entry for region in regions for entry in region.organizations if entry.id in needed]
    return sorted(chosen, key=lambda entry: parents[entry.id] is not None)
