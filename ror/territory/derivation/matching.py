"""Which point of the gazetteer is which commune: by name within the region, then by neighbours and population.

GeoNames entries here carry no département, 1,455 communes share their name with another one of their region, and
hamlets bear the names of communes. So names that are unique on both sides come first and anchor the map; each other
pair is weighed by the départements of the anchors around the point and by how well the populations agree.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from ror.folding import fold
from ror.territory.derivation.estimation import KnownPlaces, Mates
from ror.territory.derivation.sources import SEATS, CommuneFacts, Point
from ror.territory.distance import distance_km
from ror.territory.place import Place

NEIGHBOURS = 9
FARTHEST_FROM_ALL_MATES_KM = 24.0
SAME_POPULATION = 0.3
"""Logarithm of the quotient below which two populations are the same town's in different years."""

_CELL_DEGREES = 0.2

Matches = dict[str, Point]
KeysOfPoint = Callable[[Point], Iterable[str]]


class AnchorMap:
    """Matched communes in square cells, to ask which ones lie around a point."""

    def __init__(self, communes: dict[str, CommuneFacts], matches: Matches) -> None:
        self._cells: dict[tuple[int, int], list[tuple[CommuneFacts, Point]]] = defaultdict(list)
        for code, point in matches.items():
            self._cells[_cell(point)].append((communes[code], point))

    def around(self, point: Point) -> list[CommuneFacts]:
        """The nearest matched communes, the point's own left out."""
        row, column = _cell(point)
        found: list[tuple[float, str, CommuneFacts]] = []
        for ring in (1, 2, 4):
            found = [
                (distance_km(_place(point), _place(other)), commune.code, commune)
                for y in range(row - ring, row + ring + 1)
                for x in range(column - ring, column + ring + 1)
                for commune, other in self._cells.get((y, x), ())
                if other is not point
            ]
            if len(found) >= NEIGHBOURS:
                break
        return [commune for _, _, commune in sorted(found)[:NEIGHBOURS]]


def match(communes: dict[str, CommuneFacts], points: list[Point]) -> Matches:
    """Commune code to point, for every commune that the gazetteer has."""
    matches = _unique_names(communes, points)
    for _ in range(2):
        _drop_misplaced(communes, matches)
    for keys_of_point in (_primary_keys, _all_keys):
        _match_by_neighbours(communes, points, matches, keys_of_point)
        _drop_misplaced(communes, matches)
    _drop_far_from_mates(communes, matches)
    return matches


def keys_of_commune(commune: CommuneFacts) -> list[str]:
    """Folded names, the official one first, with and without its article."""
    folded = [_key(name) for name in commune.names]
    return list(dict.fromkeys(folded + [_without_article(key) for key in folded]))


def _primary_keys(point: Point) -> Iterable[str]:
    return (_key(point.name),)


def _all_keys(point: Point) -> Iterable[str]:
    keys = [_key(name) for name in (point.name, *point.alternates) if name]
    return dict.fromkeys(keys + [_without_article(key) for key in keys])


def _unique_names(communes: dict[str, CommuneFacts], points: list[Point]) -> Matches:
    by_name: dict[tuple[str, str], list[CommuneFacts]] = defaultdict(list)
    for commune in communes.values():
        by_name[commune.region, _key(commune.names[0])].append(commune)
    points_by_name: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for point in points:
        points_by_name[point.region, _key(point.name)].append(point)
    return {
        homonyms[0].code: points_by_name[key][0]
        for key, homonyms in by_name.items()
        if len(homonyms) == 1 and len(points_by_name.get(key, ())) == 1
    }


def _match_by_neighbours(
    communes: dict[str, CommuneFacts], points: list[Point], matches: Matches, keys_of_point: KeysOfPoint
) -> None:
    unmatched: dict[tuple[str, str], list[tuple[int, CommuneFacts]]] = defaultdict(list)
    for commune in communes.values():
        if commune.code not in matches:
            for position, key in enumerate(keys_of_commune(commune)):
                unmatched[commune.region, key].append((min(position, 1), commune))
    anchors = AnchorMap(communes, matches)
    taken = {id(point) for point in matches.values()}
    pairs: list[tuple[int, float, str, Point]] = []
    for point in points:
        wanted = [pair for key in keys_of_point(point) for pair in unmatched.get((point.region, key), ())]
        if not wanted or id(point) in taken:
            continue
        around = anchors.around(point)
        for rank, commune in wanted:
            share, disagreement = _kinship(commune, around), _disagreement(commune, point)
            if share or disagreement < SAME_POPULATION or commune.code in SEATS:
                pairs.append((rank, disagreement - share, commune.code, point))
    for _, _, code, point in sorted(pairs, key=lambda pair: pair[:3]):
        if code not in matches and id(point) not in taken:
            matches[code] = point
            taken.add(id(point))


def _kinship(commune: CommuneFacts, around: list[CommuneFacts]) -> float:
    """From 0 to 2: how many of the communes around share the département, and the grouping (EPCI)."""
    if not around:
        return 0.0
    departments = Counter(other.department for other in around)
    groupings = Counter(other.grouping for other in around)
    if not departments[commune.department]:
        return 0.0
    share = departments[commune.department] + (groupings[commune.grouping] if commune.grouping else 0)
    return share / len(around)


def _disagreement(commune: CommuneFacts, point: Point) -> float:
    """How many times the populations differ, as a logarithm; an unknown population says little."""
    if not commune.population or not point.population:
        return 1.0
    return abs(math.log(commune.population / point.population))


def _drop_misplaced(communes: dict[str, CommuneFacts], matches: Matches) -> None:
    anchors = AnchorMap(communes, matches)
    misplaced = [
        code
        for code, point in matches.items()
        if _disagreement(communes[code], point) > SAME_POPULATION
        and len(around := anchors.around(point)) == NEIGHBOURS
        and not _kinship(communes[code], around)
    ]
    for code in misplaced:
        del matches[code]


def _drop_far_from_mates(communes: dict[str, CommuneFacts], matches: Matches) -> None:
    known = KnownPlaces(communes, {code: _place(point) for code, point in matches.items()})
    for code in list(matches):
        far = known.distances_to_mates(communes[code])
        if Mates.POSTCODE in far and min(far.values()) > FARTHEST_FROM_ALL_MATES_KM:
            del matches[code]


def _key(name: str) -> str:
    words = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
    return " ".join(words.get(word, word) for word in fold(name).split())


def _without_article(key: str) -> str:
    head, _, rest = key.partition(" ")
    return rest if rest and head in ("le", "la", "les", "l") else key


def _cell(point: Point) -> tuple[int, int]:
    return math.floor(point.latitude / _CELL_DEGREES), math.floor(point.longitude / _CELL_DEGREES)


def _place(point: Point) -> Place:
    return Place(point.latitude, point.longitude)


def arrondissement_points(communes: dict[str, CommuneFacts], points: list[Point]) -> Iterator[tuple[str, Point]]:
    """Points of the arrondissements of Paris, Lyon and Marseille: ``Paris 15 Vaugirard``, ``Lyon 03``."""
    cities = {communes[commune.city].names[0]: commune.city for commune in communes.values() if commune.city}
    for point in points:
        words = point.name.split()
        if len(words) >= 2 and words[0] in cities and words[1].isdigit():
            base = {"75056": 75100, "69123": 69380, "13055": 13200}[cities[words[0]]]
            yield str(base + int(words[1])), point
