"""The inside of a synthetic establishment: its pôles and services with the units that chance gives them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from regional_nodes.building import DivisionFacts, UnitFacts
from regional_nodes.synthetic.drawing import Drawer, House
from regional_nodes.synthetic.kinds import Kind
from regional_nodes.synthetic.offers import Offer, Service
from regional_nodes.synthetic.rare import RareService

POLE, SERVICE = "1", "2"
"""TRE_R207."""

RARE_POLE = "Pôle des activités de recours"


class Furnisher:
    """Fills houses of one ROR; ``numbers`` gives the local numbers of OI and units.

    ``fullness`` lowers the share of what is not everywhere; rare offers are not touched by it.
    """

    def __init__(self, drawer: Drawer, numbers: Iterator[int], at: datetime, *, fullness: float) -> None:
        self._drawer = drawer
        self._numbers = numbers
        self._fullness = fullness
        self._written = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1300)

    def divisions(
        self, kind: Kind, house: House, rare: Iterable[RareService], random: Random
    ) -> tuple[DivisionFacts, ...]:
        """The OI of an establishment, rare services last; there is always at least one unit."""
        grown: list[DivisionFacts] = []
        for pole in kind.poles:
            services = self._services(pole.services, house, random)
            grown += self._below(pole.name, services, house) if pole.name else services
        recourse = [
            service
            for one in rare
            if (service := self._service(one.name, SERVICE, one.offers, house, random, fullness=1.0)) is not None
        ]
        if recourse:
            named = any(pole.name for pole in kind.poles)
            grown += self._below(RARE_POLE, recourse, house) if named else recourse
        return tuple(grown) or (self._certain(kind, house, random),)

    def _below(self, name: str, services: list[DivisionFacts], house: House) -> list[DivisionFacts]:
        if not services:
            return []
        return [self._division(name, POLE, tuple(services), house)]

    def _services(self, services: Iterable[Service], house: House, random: Random) -> list[DivisionFacts]:
        drawn = (
            self._service(one.name, one.type, one.offers, house, random, fullness=self._fullness) for one in services
        )
        return [service for service in drawn if service is not None]

    def _service(
        self, name: str, type_: str, offers: Iterable[Offer], house: House, random: Random, *, fullness: float
    ) -> DivisionFacts | None:
        """A service with those units that it has; ``None`` without any."""
        units: list[UnitFacts] = []
        for offer in offers:
            told = self._drawer.at_release(offer)
            share = offer.share if offer.share == 1.0 else offer.share * fullness
            if random.random() < share and told is not None:
                units.append(self._drawer.unit(told, next(self._numbers), house, random))
        return self._division(name, type_, tuple(units), house) if units else None

    def _certain(self, kind: Kind, house: House, random: Random) -> DivisionFacts:
        """The first kind of unit that this release can tell, where chance gave none."""
        told = next(told for offer in kind.offers if (told := self._drawer.at_release(offer)) is not None)
        unit = self._drawer.unit(told, next(self._numbers), house, random)
        return self._division(kind.title, SERVICE, (unit,), house)

    def _division(
        self, name: str, type_: str, members: tuple[DivisionFacts | UnitFacts, ...], house: House
    ) -> DivisionFacts:
        return DivisionFacts(
            number=next(self._numbers),
            name=name,
            type=type_,
            members=members,
            opened=house.opened,
            recorded=self._written,
        )
