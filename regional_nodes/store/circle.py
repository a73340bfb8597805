"""Circles and distances over the places of a node."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, degrees, radians

from ror.territory import EARTH_RADIUS_KM, Place, distance_km, rounded_km

_SLACK_KM = 0.06
"""A distance is compared as it is told, with one decimal: the box lets in what rounds down to the radius."""


@dataclass(frozen=True, slots=True)
class Circle:
    """All places at most ``radius_km`` from ``centre``, the distance rounded as it is told (decision 9)."""

    centre: Place
    radius_km: float

    def holds(self, place: Place) -> bool:
        """Whether the place lies in the circle, border included."""
        return rounded_km(distance_km(self.centre, place)) <= self.radius_km


def places_within(connection: sqlite3.Connection, circles: Iterable[Circle]) -> list[int]:
    """Ids of the places in at least one circle, in order. What one circle holds is not looked at for the next."""
    found: set[int] = set()
    for circle in circles:
        reach = degrees((circle.radius_km + _SLACK_KM) / EARTH_RADIUS_KM)
        south, north = circle.centre.latitude - reach, circle.centre.latitude + reach
        rows = connection.execute(
            "SELECT id, latitude, longitude FROM place WHERE latitude BETWEEN ? AND ? AND abs(longitude - ?) <= ?",
            (south, north, circle.centre.longitude, _reach_in_longitude(south, north, reach)),
        )
        found.update(
            id_ for id_, latitude, longitude in rows if id_ not in found and circle.holds(Place(latitude, longitude))
        )
    return sorted(found)


def _reach_in_longitude(south: float, north: float, reach: float) -> float:
    """Degrees of longitude that a circle spans, generously: at its pole-most parallel, all around near a pole.

    The regions lie within 180 degrees of each other on both sides, so no box crosses the antimeridian.
    """
    widest = max(abs(south), abs(north))
    if widest >= 85:
        return 360.0
    return min(360.0, reach / cos(radians(widest)) * 1.01)
