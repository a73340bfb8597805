"""The shape of a tree: EJ, EG, OI, UE and what points at what (RG_EXP_001, RG_ALIM_018, RG_ALIM_006, decision 15)."""

from collections import Counter
from collections.abc import Iterable, Iterator

from regional_nodes.source import EstablishmentTree
from ror.model import Device, Facility, Organization, Provider, Service

_ABOVE_UNITS = {"1", "2", "3"}
"""TRE_R207: pôle, service, unité fonctionnelle."""


def broken_links(tree: EstablishmentTree) -> Iterator[str]:
    """Breaches of the tree's shape."""
    if tree.legal_entity.parent is not None:
        yield f"RG_ALIM_018: EJ {tree.legal_entity.entity_id} has a parent"
    if tree.establishment.parent != tree.legal_entity.entity_id:
        yield f"RG_ALIM_018: EG {tree.establishment.entity_id} does not point at its EJ"
    if not any(facility.is_unit for facility in tree.facilities):
        yield f"RG_EXP_001: EG {tree.establishment.entity_id} has no unit"
    yield from _repeated_ids(tree)
    by_id = {facility.entity_id: facility for facility in tree.facilities}
    for facility in tree.facilities:
        yield from _broken_place(facility, by_id, tree.establishment.entity_id)
    yield from _broken_belongings(tree)
    yield from _broken_professionals(tree, by_id)


def ancestors(facility: Facility, by_id: dict[str, Facility]) -> Iterator[Facility]:
    """The OI above ``facility``, nearest first; stops at a link that leads nowhere or round."""
    seen = {facility.entity_id}
    parent = facility.parent
    while parent is not None and parent in by_id and parent not in seen:
        seen.add(parent)
        yield by_id[parent]
        parent = by_id[parent].parent


def _repeated_ids(tree: EstablishmentTree) -> Iterator[str]:
    entries: tuple[Organization | Facility | Service | Device | Provider, ...] = (
        tree.legal_entity,
        tree.establishment,
        *tree.facilities,
        *tree.services,
        *tree.devices,
        *tree.providers,
    )
    for entity_id, times in Counter(entry.entity_id for entry in entries).items():
        if times > 1:
            yield f"STRUCTURE: {entity_id} names {times} entries"


def _broken_place(facility: Facility, by_id: dict[str, Facility], establishment: str) -> Iterator[str]:
    name = facility.entity_id
    if tuple(link.entity_id for link in facility.organizations) != (establishment,):
        yield f"RG_ALIM_018: OI {name} does not point at its EG alone"
    if len(facility.types) != 1:
        yield f"STRUCTURE: OI {name} has {len(facility.types)} types"
    above = tuple(ancestors(facility, by_id))
    if facility.parent is not None and not above:
        yield f"STRUCTURE: OI {name} has a parent that is not in the tree: {facility.parent}"
    if above and above[-1].parent is not None:
        yield f"STRUCTURE: OI {name} stands in a ring or below a parent that is not in the tree"
    if any(type_.code not in _ABOVE_UNITS for oi in above for type_ in oi.types):
        yield f"STRUCTURE: OI {name} stands below a unit"
    if not facility.is_unit:
        return
    if not above:
        yield f"RG_ALIM_018: unit {name} stands below no internal organisation"
    fields = {field.key for field in facility.fields}
    for oi in above:
        if fields - {field.key for field in oi.fields}:
            yield f"RG_ALIM_006: OI {oi.entity_id} lacks the field of activity of unit {name}"


def _broken_belongings(tree: EstablishmentTree) -> Iterator[str]:
    units = [facility for facility in tree.facilities if facility.is_unit]
    for facility in tree.facilities:
        if not facility.is_unit and (facility.equipment or any(link.services for link in facility.organizations)):
            yield f"STRUCTURE: OI {facility.entity_id} has activities or equipment but is no unit"
    held = (service.entity_id for unit in units for link in unit.organizations for service in link.services)
    yield from _broken_share("service", held, (service.entity_id for service in tree.services))
    carried = (device for unit in units for device in unit.equipment)
    yield from _broken_share("device", carried, (device.entity_id for device in tree.devices))
    for unit in units:
        if not any(link.services for link in unit.organizations):
            yield f"RG_EXP_002: unit {unit.entity_id} has no activity"


def _broken_share(kind: str, held: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    times = Counter(held)
    entries = set(known)
    for entity_id, number in times.items():
        if entity_id not in entries:
            yield f"STRUCTURE: {kind} {entity_id} is pointed at and not there"
        if number > 1:
            yield f"DECISION_15: {kind} {entity_id} belongs to {number} units"
    for entity_id in sorted(entries - set(times)):
        yield f"STRUCTURE: {kind} {entity_id} belongs to no unit"


def _broken_professionals(tree: EstablishmentTree, by_id: dict[str, Facility]) -> Iterator[str]:
    organizations = {tree.legal_entity.entity_id, tree.establishment.entity_id}
    for provider in tree.providers:
        name = provider.entity_id
        if any(link.entity_id not in organizations for link in provider.organizations):
            yield f"STRUCTURE: professional {name} points at an organisation that is not in the tree"
        if any(link.entity_id not in by_id or not by_id[link.entity_id].is_unit for link in provider.facilities):
            yield f"STRUCTURE: professional {name} points at no unit of the tree"
        if provider.operational_status is None:
            yield f"STRUCTURE: professional {name} has no operational situation"
