"""The synthetic establishments of one ROR: how many, where, whose, with which units."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from regional_nodes.building import Codebook, EstablishmentFacts, TreeBuilder, UnitFacts, source_directory
from regional_nodes.building.divisions import units_of
from regional_nodes.building.finess import fictional_siret
from regional_nodes.building.seeds import chance
from regional_nodes.source import EstablishmentTree, IdScheme
from regional_nodes.synthetic import contacts, names
from regional_nodes.synthetic.drawing import Drawer, House
from regional_nodes.synthetic.houses import Furnisher
from regional_nodes.synthetic.kinds import COMMERCIAL, KINDS, PUBLIC, Kind, quotas
from regional_nodes.synthetic.legal import LegalEntities, Numbering
from regional_nodes.synthetic.price_lists import price_list
from regional_nodes.synthetic.professionals import professional
from regional_nodes.synthetic.rare import RARE, RareService
from regional_nodes.synthetic.settlement import Settlement, place_in
from regional_nodes.synthetic.territories import HEALTH_TERRITORIES
from ror.coding import Scheme
from ror.model import Provider
from ror.territory import ROR_BY_ID, RORS

ESTABLISHMENTS: Final = 545
"""Establishments of all RORs together at scale 1, shared by population before the least are seen to."""

LEAST_ESTABLISHMENTS: Final = 8
"""What even the smallest ROR has at scale 1 (domain §8)."""

_FIRST_UNIT, _FIRST_PROFESSIONAL = 10_001, 80_001
_SECOND_HOUSE_FROM: Final = 3
"""From how many houses of a kind on a ROR has a rare service twice."""

_FEW_PEOPLE: Final = 1_500_000
_CLOSED_SHARE: Final = 0.01
_PLACES_WITH_HELP: Final = {"500", "202", "255", "448"}


def establishments_of(ror_id: str, scale: float) -> int:
    """How many establishments a ROR has: by population, with a floor for the smallest. Unknown id: ``KeyError``."""
    total = sum(ror.population for ror in RORS)
    share = round(ESTABLISHMENTS * ROR_BY_ID[ror_id].population / total)
    return max(1, round(max(LEAST_ESTABLISHMENTS, share) * scale))


def synthesise(
    ror_id: str, *, ids: IdScheme, seed: int, scale: float, at: datetime, release: date | None = None
) -> Iterator[EstablishmentTree]:
    """The establishments of one ROR, the same for the same arguments on every machine.

    ``scale`` 1 gives about 550 establishments and 5,000 units over the 17 RORs. ``at`` (aware) is the moment that
    availability is told for. ``release`` is the nomenclature that the region works with: no newer code is used.
    Everything is invented and says so: names end in ``(fictif)``, numbers come from series that nobody holds.
    """
    if at.tzinfo is None:
        raise ValueError("the moment has no time zone")
    codebook = Codebook(release)
    builder = TreeBuilder(ids=ids, codebook=codebook, source=source_directory(ror_id))
    region = _Region(ror_id, builder, seed=seed, at=at)
    kinds = quotas(establishments_of(ror_id, scale), region.kinds())
    rare = _rare_services(ror_id, kinds)
    for index, kind in enumerate(kinds):
        yield region.tree(index, kind, rare.get(index, []))


def _rare_services(ror_id: str, kinds: list[Kind]) -> dict[int, list[RareService]]:
    """Rare services by the house that has them: one house of its kind each, two where there are many."""
    placed: dict[int, list[RareService]] = {}
    for order, service in enumerate(RARE):
        if ror_id not in service.rors:
            continue
        houses = [number for number, kind in enumerate(kinds) if kind.key == service.house] or [0]
        chosen = {houses[order % len(houses)]}
        if len(houses) >= _SECOND_HOUSE_FROM:
            chosen.add(houses[(order + 1) % len(houses)])
        for house in sorted(chosen):
            placed.setdefault(house, []).append(service)
    return placed


@dataclass(frozen=True, slots=True)
class _Site:
    """What is drawn of an establishment before its inside."""

    house: House
    name: str


class _Region:
    """The state of one ROR while its establishments are drawn: numbers dealt out, legal entities met."""

    def __init__(self, ror_id: str, builder: TreeBuilder, *, seed: int, at: datetime) -> None:
        self._ror_id = ror_id
        self._builder = builder
        self._seed = seed
        self._at = at
        self._settlement = Settlement(ror_id)
        self._numbering = Numbering()
        self._entities = LegalEntities(self._numbering)
        self._drawer = Drawer(builder.codebook, ror_id, at)
        self._furnisher = Furnisher(self._drawer, count(_FIRST_UNIT), at, fullness=_fullness(ror_id))
        self._professionals = count(_FIRST_PROFESSIONAL)
        self._rpps = count([ror.id for ror in RORS].index(ror_id) * 58_000)
        self._has_natures = builder.codebook.is_open(Scheme.CONTACT_NATURE, "06")

    def kinds(self) -> list[Kind]:
        """The kinds of establishments that the region's release can tell (field 05 began on 2018-12-14)."""
        return [kind for kind in KINDS if any(self._drawer.at_release(offer) is not None for offer in kind.offers)]

    def tree(self, index: int, kind: Kind, rare: list[RareService]) -> EstablishmentTree:
        """The establishment number ``index``; its chance is its own, whatever stands before it."""
        random = chance(self._seed, self._ror_id, "establishment", index)
        site = self._site(kind, random)
        house = site.house
        entity = self._entities.of(kind, site.name, house.place, house.town.department, house.opened, random)
        divisions = self._furnisher.divisions(kind, house, rare, random)
        hospital = kind.emergency
        reached = contacts.of_establishment(self._ror_id, house.finess, random, hospital=hospital)
        if not self._has_natures:
            reached = tuple(contacts.without_nature(contact, random) for contact in reached)
        facts = EstablishmentFacts(
            legal_entity=entity,
            finess=house.finess,
            name=site.name,
            category=self._category(kind),
            espic=_espic(entity.legal_status),
            siret=fictional_siret(entity.siren, index + 1) if entity.siren is not None else None,
            use_name=site.name.partition(" ")[2].removesuffix(names.FICTIONAL).strip() if index % 7 == 0 else None,
            complement="Site de démonstration",
            place=house.place,
            contacts=reached,
            divisions=divisions,
            health_territory=HEALTH_TERRITORIES.get(house.town.department),
            drop_zone=(kind.key == "university" or random.random() < 0.5) if hospital else None,
            orsan_level=self._open(Scheme.ORSAN_LEVEL, _level(kind, random)) if hospital else None,
            financial_help=("01", "02")[: random.randint(0, 2)] if kind.category in _PLACES_WITH_HELP else (),
            family_housing=random.random() < 0.5 if kind.key in ("university", "cancer") else None,
            help_places=(random.randint(0, 4), random.randint(5, 60)) if kind.category in _PLACES_WITH_HELP else None,
            care_without_consent=True if kind.without_consent else None,
            accessibility=random.choice("556"),
            opened=house.opened,
            closed=house.closed,
            closing_reason=None if house.closed is None else self._open(Scheme.CLOSING_TYPE, "DEF"),
            recorded=self._at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1300),
            comments=names.NOTICE,
            prices=price_list(kind.prices, random, self._at.date()) if kind.prices is not None else (),
        )
        return self._builder.tree(facts, house.town.region, self._staff(facts, house.town.region, random))

    def _category(self, kind: Kind) -> str:
        table = Scheme.ESTABLISHMENT_CATEGORY
        if kind.older_category is None or self._builder.codebook.is_open(table, kind.category):
            return kind.category
        return kind.older_category

    def _open(self, scheme: Scheme, code: str) -> str | None:
        return code if self._builder.codebook.is_open(scheme, code) else None

    def _site(self, kind: Kind, random: Random) -> _Site:
        town = self._settlement.choose(random, kind.urban)
        opened = date(random.randint(1995, 2015), random.randint(1, 12), 1)
        closes = not kind.emergency and random.random() < _CLOSED_SHARE
        house = House(
            ror_id=self._ror_id,
            finess=self._numbering.finess(town.department),
            town=town,
            place=place_in(town, random),
            opened=opened,
            closed=self._at.date() - timedelta(days=random.randint(60, 700)) if closes else None,
            university=kind.key == "university",
        )
        return _Site(house, names.establishment(kind.title, random))

    def _staff(self, facts: EstablishmentFacts, region: str, random: Random) -> list[Provider]:
        """The professionals named in the units of an establishment."""
        site = self._builder.site(facts, region)
        return [
            professional(
                site,
                unit,
                number=next(self._professionals),
                rpps=next(self._rpps),
                profession=profession,
                ror_id=self._ror_id,
                random=random,
            )
            for division in facts.divisions
            for unit in units_of(division)
            for profession in _named(unit, random)
        ]


def _fullness(ror_id: str) -> float:
    """How many of the units that it may have a house has: fewer where few people live."""
    return 0.6 if ROR_BY_ID[ror_id].population < _FEW_PEOPLE else 0.9


def _named(unit: UnitFacts, random: Random) -> list[str]:
    """Professions of those who are named in a unit: everybody in town, a few in hospitals."""
    if unit.mode != "32" and unit.field != "05":
        return []
    if unit.field == "05":
        return [random.choice(unit.professions) for _ in range(random.randint(1, 3))] if unit.professions else []
    return [unit.professions[0]] if unit.professions and random.random() < 0.3 else []


def _level(kind: Kind, random: Random) -> str:
    """Tier in a crisis (TRE_R284): university hospitals are the recourse."""
    return "2" if kind.key == "university" else random.choice("13")


def _espic(status: str) -> str:
    """Part in the public service (TRE_R73) by legal status."""
    if status in PUBLIC or status in ("15", "10", "12"):
        return "1"
    return "0" if status in COMMERCIAL else "6"
