"""Where an establishment stands: GISCO's point if it is near its commune, else the next best (decision 32)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from regional_nodes.imported.gisco import Hospital
from regional_nodes.imported.places import SourcePlace
from regional_nodes.imported.report import RejectedPoint
from ror.territory import Place, commune, department, distance_km

MAX_KM_FROM_COMMUNE = 30.0
"""A point farther than this from its commune's own is not believed."""


class PointSource(StrEnum):
    """Where a point was found, the best first."""

    OWN = "own"
    COMMUNE_MEAN = "mean-of-commune"
    COMMUNE = "commune"
    SEAT = "seat-of-department"


@dataclass(frozen=True, slots=True)
class Located:
    """A point and where it was found; only an own, precise one is reliable."""

    point: Place
    source: PointSource
    reliable: bool


class PointFinder:
    """Finds points of places; ``rejected`` are the points of GISCO that were not believed."""

    def __init__(self, places: Iterable[SourcePlace], hospitals: Mapping[str, Hospital]) -> None:
        self._own: dict[str, Hospital] = {}
        self.rejected: list[RejectedPoint] = []
        by_commune: dict[str, list[Place]] = {}
        for place in places:
            hospital = hospitals.get(place.finess)
            if hospital is None or hospital.point is None or self._is_far(place, hospital, hospital.point):
                continue
            self._own[place.finess] = hospital
            by_commune.setdefault(place.commune, []).append(hospital.point)
        self._means = {code: _mean(points) for code, points in by_commune.items()}

    def locate(self, place: SourcePlace) -> Located:
        """The best point for a place. There is always one: a place has a département, and that has a seat."""
        own = self._own.get(place.finess)
        if own is not None and own.point is not None:
            return Located(own.point, PointSource.OWN, own.precise)
        if place.commune in self._means:
            return Located(self._means[place.commune], PointSource.COMMUNE_MEAN, False)
        known = commune(place.commune)
        if known is not None:
            return Located(known.place, PointSource.COMMUNE, False)
        return Located(_seat(place.department), PointSource.SEAT, False)

    def _is_far(self, place: SourcePlace, hospital: Hospital, point: Place) -> bool:
        known = commune(place.commune)
        reference = known.place if known is not None else _seat(place.department)
        distance = distance_km(reference, point)
        if distance <= MAX_KM_FROM_COMMUNE or (known is None and distance <= 150):
            return False
        self.rejected.append(
            RejectedPoint(
                file=hospital.file,
                line=hospital.line,
                finess=place.finess,
                commune=place.commune,
                distance_km=round(distance, 1),
            )
        )
        return True


def _mean(points: list[Place]) -> Place:
    return Place(
        sum(point.latitude for point in points) / len(points),
        sum(point.longitude for point in points) / len(points),
    )


def _seat(code: str) -> Place:
    known = department(code)
    seat = commune(known.seat) if known is not None else None
    if seat is None:
        raise LookupError(f"département {code!r} has no seat")
    return seat.place
