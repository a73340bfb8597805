"""A point on the ground."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """WGS84 coordinates in degrees, north and east positive. Out of range or not a number is a ``ValueError``."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not -90.0 <= self.latitude <= 90.0:
            raise ValueError(f"latitude outside -90..90: {self.latitude!r}")
        if not -180.0 <= self.longitude <= 180.0:
            raise ValueError(f"longitude outside -180..180: {self.longitude!r}")
