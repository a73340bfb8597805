"""Where synthetic establishments stand: communes by their population, a point within walking distance."""

from bisect import bisect
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from regional_nodes.building import PlaceFacts
from regional_nodes.synthetic.names import STREETS
from ror.territory import (
    DEPARTMENTS,
    ROR_BY_ID,
    Commune,
    Place,
    commune,
    communes_of_department,
)

_SPREAD_DEGREES: Final = 0.012
"""How far a point may lie from its commune's, in degrees."""

_APPROXIMATE_SHARE: Final = 0.05


class Settlement:
    """The communes of one ROR, the more people the more often chosen; arrondissements stand for their city."""

    def __init__(self, ror_id: str) -> None:
        self._communes = _communes_of(ror_id)
        self._by_least: dict[int, tuple[list[Commune], list[int]]] = {}

    def choose(self, random: Random, least: int) -> Commune:
        """A commune with at least ``least`` people, the largest when there is none."""
        communes, weights = self._by_least.get(least) or self._by_least.setdefault(least, self._weigh(least))
        return communes[bisect(weights, random.randrange(weights[-1]))]

    def _weigh(self, least: int) -> tuple[list[Commune], list[int]]:
        found = [one for one in self._communes if (one.population or 0) >= least]
        if not found:
            found = [max(self._communes, key=lambda one: (one.population or 0, one.code))]
        return found, list(accumulate(one.population or 1 for one in found))


def place_in(town: Commune, random: Random) -> PlaceFacts:
    """An address in a commune, or in an arrondissement of its city (decision 13), and a point near."""
    street_type, street = random.choice(STREETS)
    point = Place(
        town.latitude + random.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES),
        town.longitude + random.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES),
    )
    return PlaceFacts(
        commune=town.city or town.code,
        arrondissement=town.code if town.city is not None else None,
        point=point,
        name="Bâtiment principal" if random.random() < 0.2 else None,
        reliable=random.random() >= _APPROXIMATE_SHARE,
        number=str(random.randint(1, 180)),
        street_type=street_type,
        street=street,
        post_code=_post_code(town),
        city=town.name.partition(" ")[0] if town.city is not None else town.name,
    )


def _post_code(town: Commune) -> str:
    """A post code of the département's shape; the arrondissement's own, where there is one."""
    if town.city is not None:
        return f"{town.department}0{int(town.code[-2:]) % 80:02d}"
    if town.department in ("2A", "2B"):
        return "20200" if town.department == "2B" else "20000"
    return f"{town.department}{'0' * (5 - len(town.department))}"


@cache
def _communes_of(ror_id: str) -> tuple[Commune, ...]:
    """The communes of a ROR by code; the cities with arrondissements are told by these."""
    regions = ROR_BY_ID[ror_id].regions
    found: list[Commune] = []
    for department in DEPARTMENTS:
        if department.region in regions:
            districts = _districts().get(department.code, ())
            cities = {district.city for district in districts}
            found += [one for one in communes_of_department(department.code) if one.code not in cities]
            found += districts
    return tuple(found)


@cache
def _districts() -> dict[str, tuple[Commune, ...]]:
    """The arrondissements of Paris, Lyon and Marseille by département."""
    codes = (*range(75101, 75121), *range(69381, 69390), *range(13201, 13217))
    known = [found for found in (commune(str(code)) for code in codes) if found is not None]
    return {
        department: tuple(one for one in known if one.department == department)
        for department in {one.department for one in known}
    }
