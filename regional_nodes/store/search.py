"""A search over one node: criteria and destinations to SQL, distances and order to a list of hits.

Decisions 8-13 and 24. ``found`` is exact whatever the limit. A criterion meets only what the profile may see; closed
units are not found.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from regional_nodes.store.circle import Circle, places_within
from regional_nodes.store.marks import MarkKind, stripped
from regional_nodes.store.views import bit
from ror.access import Profile
from ror.ages import age_class
from ror.coding import Code
from ror.folding import fold
from ror.nomenclatures import map_specialty
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.territory import Place, commune, department, distance_km, region, rounded_km


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit found; ``distance_km`` (one decimal) where the question has a place to tell it from."""

    unit: int
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """How many units there are in all, and the first of them in order."""

    total: int
    hits: tuple[Hit, ...]

    @property
    def is_cut_off(self) -> bool:
        """Whether the limit left some out."""
        return len(self.hits) < self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What bounds a search beside its question: the caller's profile and regions, the most units, the day."""

    profile: Profile
    regions: frozenset[str]
    limit: int
    on: date


class _Query:
    """A SELECT in the making: conditions with their parameters."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.parameters: list[str | int | float] = []

    def where(self, condition: str, *parameters: str | int | float) -> None:
        """Add a condition; all must hold."""
        self.conditions.append(condition)
        self.parameters.extend(parameters)


def search(connection: sqlite3.Connection, held_regions: frozenset[str], question: Question, scope: Scope) -> Found:
    """Find the units that answer ``question``, within ``scope``; ``held_regions`` are those of the node."""
    criteria = question.criteria
    marks = _marks(criteria)
    if any(not codes for _, codes in marks):
        return Found(0, ())
    query = _Query()
    source = _driver(query, marks)
    query.where("u.profiles & ?", bit(scope.profile))
    query.where("u.closed_on > ?", scope.on.toordinal())
    for kind, codes in marks[1:]:
        query.where(
            f"EXISTS (SELECT 1 FROM mark AS m WHERE m.kind = ? AND m.code IN ({_holes(codes)})"  # noqa: S608 - holes
            " AND m.unit = u.unit AND m.profiles & ?)",
            kind,
            *codes,
            bit(scope.profile),
        )
    _filter_facts(query, criteria, scope.profile)
    if not _filter_regions(query, held_regions, scope.regions):
        return Found(0, ())
    if not _filter_destinations(query, connection, question.destinations):
        return Found(0, ())
    distinct = "DISTINCT " if marks and len(marks[0][1]) > 1 else ""
    place = _reference(question)
    columns = "u.unit" if place is None else "u.unit, u.place, p.latitude, p.longitude"
    # CROSS JOIN keeps the order of the two tables: the places are looked up, never run over.
    join = "" if place is None else " CROSS JOIN place AS p ON p.id = u.place"
    where = " AND ".join(query.conditions)
    # Only names and question marks of this module are put together; what a caller says is a parameter.
    select = f"SELECT {distinct}{columns} FROM {source} AS u{join} WHERE {where} ORDER BY u.unit"  # noqa: S608
    rows = connection.execute(select, query.parameters).fetchall()
    if place is None:
        return Found(len(rows), tuple(Hit(unit) for (unit,) in rows[: scope.limit]))
    return Found(len(rows), _nearest(place, rows, scope.limit))


def _marks(criteria: Criteria) -> list[tuple[int, tuple[str, ...]]]:
    """The criteria that are looked up by code, the narrowest first."""
    wanted: dict[MarkKind, tuple[str, ...]] = {}
    if criteria.act is not None:
        wanted[MarkKind.ACT] = _codes((criteria.act,))
    if criteria.equipment is not None:
        wanted[MarkKind.EQUIPMENT] = _codes((criteria.equipment,))
    if criteria.speciality is not None:
        speciality = criteria.speciality
        wanted[MarkKind.SPECIALITY] = tuple(map(stripped, map_specialty(speciality.code, speciality.scheme)))
    if criteria.activities:
        wanted[MarkKind.ACTIVITY] = _codes(criteria.activities)
    return [(kind.value, wanted[kind]) for kind in MarkKind if kind in wanted]


def _driver(query: _Query, marks: Sequence[tuple[int, tuple[str, ...]]]) -> str:
    """The table that the search runs over: the marks of its narrowest criterion, or all units."""
    if not marks:
        return "unit"
    kind, codes = marks[0]
    query.where(f"u.kind = ? AND u.code IN ({_holes(codes)})", kind, *codes)
    return "mark"


def _filter_facts(query: _Query, criteria: Criteria, profile: Profile) -> None:
    if criteria.care_modes:
        codes = _codes(criteria.care_modes)
        query.where(f"u.care_mode IN ({_holes(codes)})", *codes)
    if criteria.age_days is not None:
        query.where("u.age_min <= ? AND u.age_max >= ?", criteria.age_days, criteria.age_days)
    if criteria.age_classes:
        intervals = [ages for code in criteria.age_classes if (ages := age_class(code.code)) is not None]
        overlaps = " OR ".join(["u.age_min <= ? AND u.age_max >= ?"] * len(intervals)) or "0"
        query.where(f"({overlaps})", *(bound for ages in intervals for bound in (ages.max_days, ages.min_days)))
    if criteria.name is not None:
        query.where(
            "u.establishment IN (SELECT e.id FROM establishment AS e WHERE instr(e.names, ?))", fold(criteria.name)
        )
    if criteria.available_beds is not None:
        query.where("u.beds >= ? AND u.beds_profiles & ?", criteria.available_beds, bit(profile))


def _filter_regions(query: _Query, held: frozenset[str], allowed: frozenset[str]) -> bool:
    """Keep to the regions open to the caller; ``False`` when that is none of the node's."""
    both = held & allowed
    if both and both != held:
        query.where(f"u.region IN ({_holes(both)})", *sorted(both))
    return bool(both)


def _filter_destinations(query: _Query, connection: sqlite3.Connection, destinations: Sequence[Destination]) -> bool:
    """Keep to the union of the destinations; ``False`` when nothing can be there."""
    if any(destination.level is DestinationLevel.COUNTRY for destination in destinations):
        return True
    territories: defaultdict[str, set[str]] = defaultdict(set)
    circles = []
    for destination in destinations:
        if destination.distance_km is None:
            territories[_column(destination)].add(destination.code)
        elif (centre := _centre(destination)) is not None:
            circles.append(Circle(centre, destination.distance_km))
    conditions = [f"u.{column} IN ({_holes(codes)})" for column, codes in territories.items()]
    codes = [code for column in territories for code in territories[column]]
    if places := places_within(connection, circles):
        conditions.append(f"u.place IN ({','.join(map(str, places))})")
    if not conditions:
        return False
    query.where(f"({' OR '.join(conditions)})", *codes)
    return True


_COLUMNS = {
    DestinationLevel.REGION: "region",
    DestinationLevel.DEPARTMENT: "department",
    DestinationLevel.COMMUNE: "commune",
}


def _column(destination: Destination) -> str:
    """What a territory's code is compared with; an arrondissement has a column of its own (decision 13)."""
    if destination.level is DestinationLevel.COMMUNE:
        known = commune(destination.code)
        if known is not None and known.city is not None:
            return "arrondissement"
    return _COLUMNS[destination.level]


def _centre(destination: Destination) -> Place | None:
    """The commune's point, or that of the chef-lieu of the département or région (decision 9)."""
    seat: str | None = destination.code
    if destination.level is DestinationLevel.DEPARTMENT:
        found = department(destination.code)
        seat = found.seat if found is not None else None
    elif destination.level is DestinationLevel.REGION:
        home = region(destination.code)
        seat = home.seat if home is not None else None
    known = commune(seat) if seat is not None else None
    return known.place if known is not None else None


def _reference(question: Question) -> Place | None:
    """The place that distances are told from: the one given, else the only destination's commune (decision 10)."""
    given = question.reference
    if given is None:
        only = question.destinations[0] if len(question.destinations) == 1 else None
        if only is None or only.level is not DestinationLevel.COMMUNE:
            return None
        given = ReferencePlace(commune=only.code)
    if given.commune is not None:
        known = commune(given.commune)
        return known.place if known is not None else None
    assert given.latitude is not None
    assert given.longitude is not None
    return Place(given.latitude, given.longitude)


def _nearest(place: Place, rows: Sequence[tuple[int, int, float, float]], limit: int) -> tuple[Hit, ...]:
    """The hits by distance as it is told, then by unit number, which is by FINESS and id."""
    distances: dict[int, float] = {}
    ranked = []
    for unit, place_id, latitude, longitude in rows:
        distance = distances.get(place_id)
        if distance is None:
            distance = distances[place_id] = rounded_km(distance_km(place, Place(latitude, longitude)))
        ranked.append((distance, unit))
    ranked.sort()
    return tuple(Hit(unit, distance) for distance, unit in ranked[:limit])


def _codes(codes: Sequence[Code]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stripped(code.code) for code in codes))


def _holes(values: Collection[str]) -> str:
    return ",".join("?" * len(values))
