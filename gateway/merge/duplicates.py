"""What several regions hold at once: which copy is kept, which give way, and what is told of it (decision 16).

The rules, in the order in which they decide:

* Same means the same identifier of the same kind: idNat_Struct for an EJ or an EG, ``<region>/<number>`` for a unit.
  Names, labels and addresses decide nothing. What one region holds twice is its own affair, and stays.
* EJ: the copy of the region of its FINESS number's département.
* EG: the copy of the region of its commune; then as an EJ; then the one changed last.
* Unit: the copy of the region of its commune; else that of its EG; then the one changed last.
* Whatever is still undecided: the first ROR by id, then the first id. So the order of the answers decides nothing.
* What gave way is never silent: of an EG or a unit, the coverage tells which copies stand behind the one kept.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from gateway.merge.entries import ORGANIZATION, Entry, RegionEntries
from gateway.merge.identity import ror_where_it_lies, structure_id_of, unit_id_of, updated_of
from gateway.merge.organizations import Replacements, parent_of
from ror.coverage import Duplicate, DuplicateKind

HomeRor = Callable[[str], str | None]
"""From an idNat_Struct to the ROR of the département that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Organizations that give way to another copy, units that do, and what is told about either, by the id kept."""

    replaced: Replacements
    units: Replacements
    told: Mapping[bytes, Duplicate]


class _Copy(NamedTuple):
    ror: str
    entry: Entry
    establishment: Entry | None


_Rank = Callable[[str, _Copy], tuple[Any, ...]]
_NOTHING = Settled(replaced={}, units={}, told={})


def settle(regions: Sequence[RegionEntries], home_ror: HomeRor) -> Settled:
    """Settle what several of ``regions`` hold."""
    if len(regions) < 2:
        return _NOTHING
    entities, establishments = _organizations(regions)
    replaced: dict[bytes, bytes] = {}
    units: dict[bytes, bytes] = {}
    told: dict[bytes, Duplicate] = {}

    def by_finess(structure: str, copy: _Copy) -> tuple[Any, ...]:
        return (copy.ror != home_ror(structure),)

    def by_commune(structure: str, copy: _Copy) -> tuple[Any, ...]:
        return (
            ror_where_it_lies(copy.entry) != copy.ror,
            copy.ror != home_ror(structure),
            -updated_of(copy.entry).timestamp(),
        )

    for structure, copies in _of_several(entities):
        _give_way(structure, copies, by_finess, replaced)
    for structure, copies in _of_several(establishments):
        kept, others = _give_way(structure, copies, by_commune, replaced)
        told[kept.id] = _duplicate(DuplicateKind.EG, structure, kept, others)
    for number, copies in _of_several(_units(regions)):
        kept, others = _give_way(number, copies, _of_unit, units)
        told[kept.id] = _duplicate(DuplicateKind.UE, number, kept, others)
    return Settled(replaced=replaced, units=units, told=told)


def _organizations(regions: Iterable[RegionEntries]) -> tuple[dict[str, list[_Copy]], dict[str, list[_Copy]]]:
    """EJ and EG by idNat_Struct."""
    entities: dict[str, list[_Copy]] = {}
    establishments: dict[str, list[_Copy]] = {}
    for region in regions:
        for organization in region.organizations:
            structure = structure_id_of(organization)
            if structure is not None:
                kind = entities if parent_of(organization) is None else establishments
                kind.setdefault(structure, []).append(_Copy(region.ror, organization, None))
    return entities, establishments


def _units(regions: Iterable[RegionEntries]) -> dict[str, list[_Copy]]:
    """Units by their number; each with its EG only where another region has the same."""
    holders: dict[str, list[tuple[RegionEntries, Entry]]] = {}
    for region in regions:
        for facility in region.facilities:
            number = unit_id_of(facility)
            if number is not None:
                holders.setdefault(number, []).append((region, facility))
    return {
        number: [_Copy(region.ror, unit, _establishment_of(unit, region)) for region, unit in found]
        for number, found in holders.items()
        if len(found) > 1
    }


def _establishment_of(facility: Entry, region: RegionEntries) -> Entry | None:
    pointed = {target for element, target in facility.references if element == ORGANIZATION}
    return next((entry for entry in region.organizations if entry.id in pointed), None)


def _of_several(holders: Mapping[str, list[_Copy]]) -> Iterable[tuple[str, list[_Copy]]]:
    return ((number, copies) for number, copies in holders.items() if len({copy.ror for copy in copies}) > 1)


def _give_way(
    number: str, copies: list[_Copy], rank: _Rank, replaced: dict[bytes, bytes]
) -> tuple[Entry, list[Entry]]:
    """The copy that is kept, and those of other regions, which give way to it."""
    first = min(copies, key=lambda copy: (*rank(number, copy), copy.ror, copy.entry.id))
    others = [copy.entry for copy in copies if copy.ror != first.ror]
    replaced.update({other.id: first.entry.id for other in others})
    return first.entry, others


def _of_unit(_: str, copy: _Copy) -> tuple[Any, ...]:
    lies = ror_where_it_lies(copy.entry)
    if lies is None and copy.establishment is not None:
        lies = ror_where_it_lies(copy.establishment)
    return (lies != copy.ror, -updated_of(copy.entry).timestamp())


def _duplicate(kind: DuplicateKind, number: str, kept: Entry, others: list[Entry]) -> Duplicate:
    return Duplicate(
        kind=kind, code=number, kept=kept.id.decode(), others=tuple(sorted(other.id.decode() for other in others))
    )


def within(regions: Sequence[RegionEntries], settled: Settled) -> Mapping[str, tuple[Entry, ...]]:
    """Every region's units without those that gave way, by ROR."""
    if not settled.units:
        return {region.ror: region.facilities for region in regions}
    return {
        region.ror: tuple(unit for unit in region.facilities if unit.id not in settled.units) for region in regions
    }


def told_of(settled: Settled, units: Iterable[bytes], organizations: Iterable[bytes]) -> tuple[Duplicate, ...]:
    """What is to be told about the entries that went out."""
    if not settled.told:
        return ()
    gone_out = (settled.told[id_] for id_ in chain(organizations, units) if id_ in settled.told)
    return tuple(sorted(gone_out, key=lambda duplicate: (duplicate.kind, duplicate.kept)))
