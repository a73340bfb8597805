"""What a search may ask of a unit, as rows of ``unit`` and ``mark``: computed from what each profile sees of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from regional_nodes.errors import TreeError
from regional_nodes.store.marks import MarkKind, stripped
from regional_nodes.store.schema import OPEN
from regional_nodes.store.views import bit
from regional_nodes.store.whereabouts import Whereabouts
from ror.access import Profile
from ror.ages import AgeInterval, interval
from ror.coding import Scheme
from ror.model import Device, Facility, Service

Mark = tuple[int, str]
"""Kind and code of a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenUnit:
    """A unit as one profile sees it, with its activities and its equipment."""

    facility: Facility
    services: tuple[Service, ...]
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """The values of ``schema.FACTS``, and the marks with the profiles that may search by them."""

    profiles: int
    care_mode: str
    age_min: int
    age_max: int
    beds_profiles: int
    beds: int | None
    marks: Mapping[Mark, int]

    def columns(
        self, establishment: int, place: int, where: Whereabouts, closed_on: int | None
    ) -> tuple[int | str | None, ...]:
        """The row in the order of ``schema.FACTS``, without its ``profiles``."""
        return (
            establishment,
            place,
            where.region,
            where.department,
            where.commune,
            where.arrondissement,
            self.care_mode,
            self.age_min,
            self.age_max,
            self.beds_profiles,
            self.beds,
            OPEN if closed_on is None else closed_on,
        )


def facts_of(seen: Mapping[Profile, SeenUnit]) -> UnitFacts:
    """The facts of one unit, by what each profile sees (at least one does)."""
    profiles = sum(map(bit, seen))
    marks: defaultdict[Mark, int] = defaultdict(int)
    beds_profiles, beds = 0, None
    for profile, unit in seen.items():
        for mark in set(_marks(unit)):
            marks[mark] |= bit(profile)
        available = _available_beds(unit.facility)
        if available is not None:
            beds_profiles |= bit(profile)
            beds = available
    facility = next(iter(seen.values())).facility
    ages = ages_of(facility)
    return UnitFacts(
        profiles=profiles,
        care_mode=stripped(facility.care_mode.code),
        age_min=ages.min_days,
        age_max=ages.max_days,
        beds_profiles=beds_profiles,
        beds=beds,
        marks=dict(marks),
    )


def ages_of(facility: Facility) -> AgeInterval:
    """The ages a unit takes, in days, both bounds included; bounds that make no sense are a ``TreeError``."""
    patients = facility.patients
    try:
        return interval(
            (patients.age_min.value, patients.age_min.unit.code), (patients.age_max.value, patients.age_max.unit.code)
        )
    except ValueError as error:
        raise TreeError(f"the ages of unit {facility.entity_id[:60]!r} make no sense: {error}") from error


def _marks(unit: SeenUnit) -> Iterator[Mark]:
    yield from _kind(MarkKind.ACTIVITY, (service.type.code for service in unit.services))
    yield from _kind(MarkKind.ACT, (act.code for act in unit.facility.acts))
    yield from _kind(MarkKind.EQUIPMENT, (device.type.code for device in unit.devices))
    skills = unit.facility.skills
    if skills is not None:
        ordinal = (code.code for code in skills.specialities if code.scheme == Scheme.SPECIALITY)
        yield from _kind(MarkKind.SPECIALITY, ordinal)


def _kind(kind: MarkKind, codes: Iterable[str]) -> Iterator[Mark]:
    return ((kind.value, stripped(code)) for code in codes)


def _available_beds(facility: Facility) -> int | None:
    accommodation = facility.accommodation
    return None if accommodation is None or accommodation.beds is None else accommodation.beds.available
