"""Which RORs a circle cuts: those that may have a unit inside it.

A unit stands somewhere in its commune, so a ROR is cut when the circle, widened by a commune's own reach, takes in
that commune's point. The margin errs towards asking one ROR too many, not one too few.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from ror.territory.communes import commune_points
from ror.territory.departments import DEPARTMENTS
from ror.territory.distance import EARTH_RADIUS_KM, distance_km
from ror.territory.place import Place
from ror.territory.rors import RORS, ror_of_region

_CELL_DEGREES = 0.5
_KM_PER_DEGREE = math.radians(1) * EARTH_RADIUS_KM


@dataclass(frozen=True, slots=True)
class _Cell:
    """Communes of one ROR near each other: the circle around all their points, the greatest reach, the points."""

    centre: Place
    radius_km: float
    reach_km: int
    points: tuple[tuple[Place, int], ...]


def rors_within(point: Place, radius_km: float) -> tuple[str, ...]:
    """Ids of the RORs with ground within ``radius_km`` of ``point``, sorted by id."""
    return tuple(ror.id for ror in RORS if _cuts(_cells()[ror.id], point, radius_km))


def _cuts(cells: tuple[_Cell, ...], point: Place, radius_km: float) -> bool:
    doubtful = []
    for cell in cells:
        distance = distance_km(point, cell.centre)
        if distance <= radius_km:
            return True
        if distance - cell.radius_km - cell.reach_km <= radius_km:
            doubtful.append((distance, cell))
    doubtful.sort(key=lambda pair: pair[0])
    return any(_takes_in(cell, point, radius_km) for _, cell in doubtful)


def _takes_in(cell: _Cell, point: Place, radius_km: float) -> bool:
    for place, reach_km in cell.points:
        limit = radius_km + reach_km
        if abs(place.latitude - point.latitude) * _KM_PER_DEGREE <= limit and distance_km(point, place) <= limit:
            return True
    return False


@cache
def _cells() -> dict[str, tuple[_Cell, ...]]:
    ror_of_department = {
        department.code: ror.id for department in DEPARTMENTS if (ror := ror_of_region(department.region))
    }
    grid: dict[str, dict[tuple[int, int], list[tuple[Place, int]]]] = {ror.id: defaultdict(list) for ror in RORS}
    for department, place, reach_km in commune_points():
        row, column = int(place.latitude // _CELL_DEGREES), int(place.longitude // _CELL_DEGREES)
        grid[ror_of_department[department]][row, column].append((place, reach_km))
    return {ror_id: tuple(map(_cell, cells.values())) for ror_id, cells in grid.items()}


def _cell(points: list[tuple[Place, int]]) -> _Cell:
    latitude = fmean(place.latitude for place, _ in points)
    longitude = fmean(place.longitude for place, _ in points)
    # The centre is a commune's own point, so that a circle that takes in the centre cuts the ROR for certain.
    centre = min(
        (place for place, _ in points),
        key=lambda place: abs(place.latitude - latitude) + abs(place.longitude - longitude),
    )
    return _Cell(
        centre=centre,
        radius_km=max(distance_km(centre, place) for place, _ in points),
        reach_km=max(reach for _, reach in points),
        points=tuple(points),
    )
