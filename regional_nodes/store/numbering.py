"""Numbers for everything a store holds, the same for the same data: units by FINESS, then id (decision 11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regional_nodes.errors import TreeError
from regional_nodes.source import EstablishmentTree
from ror.coding import Authority
from ror.model import Organization


@dataclass(frozen=True, slots=True)
class Numbering:
    """Numbers by entity id, from 1 on. Units come before the internal organisations above them."""

    establishments: dict[str, int]
    organizations: dict[str, int]
    facilities: dict[str, int]
    providers: dict[str, int]


def finess_of(organization: Organization) -> str:
    """The FINESS number of an EJ or EG, else its national identifier, else its entity id: what it is sorted by."""
    bare = next((other.code for other in organization.other_ids if other.authority == Authority.FINESS), None)
    structure = organization.structure_id
    return bare or (structure[1:] if structure else organization.entity_id)


def in_order(trees: Iterable[EstablishmentTree]) -> list[EstablishmentTree]:
    """The trees by their establishment's FINESS number, then its id."""
    return sorted(trees, key=lambda tree: (finess_of(tree.establishment), tree.establishment.entity_id))


def number(trees: Sequence[EstablishmentTree]) -> Numbering:
    """Number what the trees hold, in their order. An id used for two things is a ``TreeError``."""
    units: list[str] = []
    others: list[str] = []
    for tree in trees:
        _check_links(tree)
        ids = sorted((facility.entity_id, facility.is_unit) for facility in tree.facilities)
        units.extend(entity_id for entity_id, is_unit in ids if is_unit)
        others.extend(entity_id for entity_id, is_unit in ids if not is_unit)
    establishments = _numbered("establishment", [tree.establishment.entity_id for tree in trees])
    legal_entities = dict.fromkeys(tree.legal_entity.entity_id for tree in trees)
    _numbered("service", [service.entity_id for tree in trees for service in tree.services])
    _numbered("device", [device.entity_id for tree in trees for device in tree.devices])
    return Numbering(
        establishments=establishments,
        organizations=_numbered("organization", [*establishments, *legal_entities]),
        facilities=_numbered("facility", [*units, *others]),
        providers=_numbered("provider", [provider.entity_id for tree in trees for provider in tree.providers]),
    )


def _check_links(tree: EstablishmentTree) -> None:
    establishment = tree.establishment.entity_id
    if tree.establishment.parent != tree.legal_entity.entity_id:
        raise TreeError(f"the establishment {establishment[:60]!r} does not name its legal entity")
    for facility in tree.facilities:
        if establishment not in {link.entity_id for link in facility.organizations}:
            raise TreeError(f"the facility {facility.entity_id[:60]!r} does not name its establishment")


def _numbered(kind: str, entity_ids: Sequence[str]) -> dict[str, int]:
    numbers = {entity_id: position for position, entity_id in enumerate(entity_ids, start=1)}
    if len(numbers) != len(entity_ids):
        twice = next(entity_id for entity_id in entity_ids if entity_ids.count(entity_id) > 1)
        raise TreeError(f"the {kind} {twice[:60]!r} is there twice")
    return numbers
