"""Great-circle distances (decision 9)."""

import math

from ror.territory.place import Place

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


def distance_km(a: Place, b: Place) -> float:
    """Great-circle distance in km by the haversine formula, not rounded."""
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    half_latitude = (latitude_b - latitude_a) / 2
    half_longitude = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_latitude) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * math.sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def rounded_km(distance: float) -> float:
    """A distance as it is told and compared: km with one decimal."""
    return round(distance, 1)
