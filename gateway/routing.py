"""From destinations to RORs: who is asked, for which regions, and who may not be (decisions 7, 8, 12)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ror.destinations import centre_of, region_of
from ror.question import Destination, DestinationLevel, Question
from ror.territory import ROR_BY_ID, RORS, Place, distance_km, ror_of_region, rors_within

_LARGEST_ISLAND_KM = 100
_WHOLE_COUNTRY = frozenset(code for ror in RORS for code in ror.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """The INSEE region codes a question touches: named by the caller, or only implied (circle, whole country)."""

    named: frozenset[str]
    implied: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One ROR's part: the question as it is asked there, and the region codes it is asked for."""

    ror: str
    codes: tuple[str, ...]
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Routes to ask, and the RORs implied but outside the partner's perimeter, each with its region codes."""

    routes: tuple[Route, ...]
    refused: tuple[tuple[str, tuple[str, ...]], ...]


def territory(question: Question) -> Territory:
    """The regions that a question names or implies; one that widens implies the whole country."""
    named: set[str] = set()
    implied: set[str] = set() if question.widen_until is None else set(_WHOLE_COUNTRY)
    for destination in question.destinations:
        home = region_of(destination)
        if home is not None:
            named.add(home)
        implied.update(_reached(destination))
    return Territory(named=frozenset(named), implied=frozenset(implied - named))


def plan(question: Question, allowed: Iterable[str]) -> Plan:
    """Share the question out over the RORs whose regions are ``allowed`` (INSEE region codes).

    A circle that reaches into a region outside the perimeter is not asked of that region's ROR at all: which of its
    units lie in which region could only be told from the answer.
    """
    permitted = frozenset(allowed)
    asked: dict[str, list[Destination]] = {}
    codes: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for destination in question.destinations:
        for ror, reached in _reached_by_ror(destination).items():
            outside = reached - permitted
            refused.setdefault(ror, set()).update(outside)
            if outside and destination.distance_km is not None:
                refused[ror].update(reached)
                continue
            if inside := reached - outside:
                codes.setdefault(ror, set()).update(inside)
                asked.setdefault(ror, []).extend(_narrowed(destination, inside if outside else None))
    return Plan(
        routes=tuple(
            Route(
                ror=ror,
                codes=tuple(sorted(codes[ror])),
                question=replace(
                    question,
                    destinations=tuple(dict.fromkeys(asked[ror])),
                    least_complete=None,
                    widen_until=None,
                    warnings=(),
                ),
            )
            for ror in sorted(asked)
        ),
        refused=tuple(
            (ror, tuple(sorted(missing)))
            for ror in sorted(refused)
            if (missing := refused[ror] - codes.get(ror, set()))
        ),
    )


def _reached_by_ror(destination: Destination) -> dict[str, frozenset[str]]:
    by_ror: dict[str, set[str]] = {}
    for code in _reached(destination):
        ror = ror_of_region(code)
        if ror is not None:
            by_ror.setdefault(ror.id, set()).add(code)
    return {ror: frozenset(codes) for ror, codes in by_ror.items()}


def _narrowed(destination: Destination, inside: frozenset[str] | None) -> list[Destination]:
    """The destination as one ROR is asked it: the country becomes the regions allowed where not all are."""
    if inside is None or destination.level is not DestinationLevel.COUNTRY:
        return [destination]
    return [Destination(DestinationLevel.REGION, code) for code in sorted(inside)]


def _reached(destination: Destination) -> frozenset[str]:
    """Every region code that a destination touches, its own included."""
    if destination.level is DestinationLevel.COUNTRY:
        return _WHOLE_COUNTRY
    home = region_of(destination)
    reached = {home} if home is not None else set()
    centre = centre_of(destination)
    if destination.distance_km is not None and centre is not None:
        for ror in rors_within(centre, destination.distance_km):
            reached.update(_regions_cut(ROR_BY_ID[ror].regions, centre, destination.distance_km))
    return frozenset(reached)


def _regions_cut(codes: tuple[str, ...], centre: Place, radius_km: float) -> set[str]:
    """Which regions of one ROR a circle cuts; a ROR of several regions holds islands, each near its chef-lieu."""
    if len(codes) == 1:
        return set(codes)
    return {
        code
        for code in codes
        if (seat := centre_of(Destination(DestinationLevel.REGION, code))) is not None
        and distance_km(centre, seat) <= radius_km + _LARGEST_ISLAND_KM
    }
