"""Where a unit is: its territories for destinations, its point for distances (decisions 7, 9, 13)."""

from dataclasses import dataclass

from regional_nodes.building.places import arrondissement_of
from ror.identifiers import department_of_finess
from ror.model import Facility, Location, Organization
from ror.territory import Ror, city_code, commune, department, region


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A unit's point in WGS84 degrees and the territories it lies in, by INSEE code."""

    latitude: float
    longitude: float
    region: str
    department: str
    commune: str
    arrondissement: str | None


def whereabouts(unit: Facility, establishment: Organization, finess: str, ror: Ror) -> Whereabouts:
    """The unit's own place, else its establishment's, else its commune's point, else the seat of its département.

    A unit that tells another commune than its establishment does not take the establishment's point.
    """
    own, site = unit.location, establishment.location
    where = own or site
    code = _commune_of(where) or _seat(finess, ror)
    point = _point(own)
    if point is None and (own is None or site is None or own.commune.code == site.commune.code):
        point = _point(site)
    known = commune(code)
    assert known is not None
    latitude, longitude = point or (known.latitude, known.longitude)
    return Whereabouts(
        latitude=latitude,
        longitude=longitude,
        region=known.region,
        department=known.department,
        commune=city_code(code),
        arrondissement=code if city_code(code) != code else arrondissement_of(where) if where else None,
    )


def _commune_of(location: Location | None) -> str | None:
    """The commune that a place tells, if there is one of that code today."""
    known = commune(location.commune.code) if location is not None else None
    return None if known is None else known.code


def _point(location: Location | None) -> tuple[float, float] | None:
    if location is None or location.coordinates is None:
        return None
    latitude, longitude = float(location.coordinates.latitude), float(location.coordinates.longitude)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _seat(finess: str, ror: Ror) -> str:
    """The seat of the département that gave the FINESS number if that is the ROR's, else of its first region."""
    number = department_of_finess(finess)
    given = department(number) if number else None
    if given is not None and given.region in ror.regions:
        return given.seat
    home = region(ror.regions[0])
    assert home is not None
    return home.seat
