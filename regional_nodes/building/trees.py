"""An establishment's facts become the tree that a node's store takes in."""

from collections.abc import Iterable

from regional_nodes.building.codes import Codebook
from regional_nodes.building.divisions import division
from regional_nodes.building.facts import DivisionFacts, EstablishmentFacts, UnitFacts
from regional_nodes.building.organizations import establishment, legal_entity
from regional_nodes.building.records import Recorder
from regional_nodes.building.units import Site, unit
from regional_nodes.source import EstablishmentTree, IdScheme
from ror.model import Device, Facility, Organization, Provider, Service


def source_directory(ror_id: str) -> str:
    """The address that the records of a simulated directory name as their source."""
    return f"https://ror-{ror_id}.demo.inter-ror.fr"


class TreeBuilder:
    """Builds the trees of one directory. An EJ is built once and the same value given to all its trees."""

    def __init__(self, *, ids: IdScheme, codebook: Codebook, source: str) -> None:
        self.ids = ids
        self.codebook = codebook
        self.recorder = Recorder(source)
        self._legal_entities: dict[str, Organization] = {}

    def site(self, facts: EstablishmentFacts, region: str) -> Site:
        """What the units of this establishment share."""
        return Site(
            codebook=self.codebook,
            ids=self.ids,
            recorder=self.recorder,
            establishment=self.ids.establishment(facts.finess),
            region=region,
            place=facts.place,
        )

    def tree(self, facts: EstablishmentFacts, region: str, providers: Iterable[Provider] = ()) -> EstablishmentTree:
        """The tree; ``region`` is the INSEE code of the commune's region, the beginning of each OI's identifier."""
        above = self._legal_entity(facts)
        site = self.site(facts, region)
        facilities: list[Facility] = []
        services: list[Service] = []
        devices: list[Device] = []

        def grow(members: Iterable[DivisionFacts | UnitFacts], parent: str | None) -> None:
            for member in members:
                if isinstance(member, DivisionFacts):
                    oi = division(site, member, parent)
                    facilities.append(oi)
                    grow(member.members, oi.entity_id)
                    continue
                if parent is None:
                    raise ValueError(f"unit {member.number} stands below no internal organisation")
                ue, activities, equipment = unit(site, member, parent)
                facilities.append(ue)
                services.extend(activities)
                devices.extend(equipment)

        grow(facts.divisions, None)
        return EstablishmentTree(
            legal_entity=above,
            establishment=establishment(self.codebook, self.recorder, facts, site.establishment, above.entity_id),
            facilities=tuple(facilities),
            services=tuple(services),
            devices=tuple(devices),
            providers=tuple(providers),
        )

    def _legal_entity(self, facts: EstablishmentFacts) -> Organization:
        finess = facts.legal_entity.finess
        known = self._legal_entities.get(finess)
        if known is None:
            entity_id = self.ids.legal_entity(finess)
            known = legal_entity(self.codebook, self.recorder, facts.legal_entity, entity_id)
            self._legal_entities[finess] = known
        return known
