"""A kind of unit becomes one unit: chance draws from its ranges, the release leaves out codes that had not begun."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from regional_nodes.building import Codebook, PlaceFacts, UnitFacts
from regional_nodes.building.availability import simulated, told_at
from regional_nodes.synthetic import contacts
from regional_nodes.synthetic.hours import PATTERNS
from regional_nodes.synthetic.offers import Offer
from ror.coding import Scheme
from ror.model import Capacity
from ror.territory import DEPARTMENT_BY_CODE, Commune, commune

CLOSED_SHARE: Final = 0.03
"""Share of units that have closed for good (domain §8)."""

_TEAMS: Final = {"02": ("70", "94"), "04": ("35", "95"), "03": ("69", "96")}
"""Professions that tell a unit apart, by its field."""

_VISITS: Final = {"32", "20", "06", "49", "54"}
"""Modes that one makes an appointment for; the others admit."""

_MAIL_BOX_SHARE, _LEVELS_ELSEWHERE = 0.4, ("01", "02", "02", "03")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the units of one synthetic establishment have in common."""

    ror_id: str
    finess: str
    town: Commune
    place: PlaceFacts
    opened: date
    closed: date | None
    university: bool


class Drawer:
    """Draws units of one ROR; ``at`` is the moment that availability is invented for."""

    def __init__(self, codebook: Codebook, ror_id: str, at: datetime) -> None:
        self._codebook = codebook
        self._ror_id = ror_id
        self._at = at
        self._known: dict[int, Offer | None] = {}
        self._has_natures = codebook.is_open(Scheme.CONTACT_NATURE, "02")

    def at_release(self, offer: Offer) -> Offer | None:
        """The offer in the codes of this release, ``None`` when it cannot be told in them."""
        key = id(offer)
        if key not in self._known:
            self._known[key] = _at_release(offer, self._codebook)
        return self._known[key]

    def unit(self, offer: Offer, number: int, house: House, random: Random) -> UnitFacts:
        """One unit of a kind that this release can tell."""
        recorded, updated = self._written(random)
        visits = offer.mode in _VISITS
        beds, places = self._capacity(offer, offer.beds, random), self._capacity(offer, offer.places, random)
        reached = contacts.of_unit(house.ror_id, random, critical=offer.critical, visits=visits)
        if not self._has_natures:
            reached = tuple(contacts.without_nature(contact, random) for contact in reached)
        team = offer.people if offer.professionals else _TEAMS.get(offer.field, ())
        return UnitFacts(
            number=number,
            name=offer.name,
            field=offer.field,
            mode=offer.mode,
            activities=offer.activities,
            ages=offer.ages,
            publics=offer.publics,
            families=offer.families,
            beds=beds,
            places=places,
            crisis=_crisis(offer, beds, random),
            housing=_rooms(offer, beds or places, random),
            professions=self._codebook.open(Scheme.PROFESSION, team),
            specialities=offer.specialities,
            specific_skills=offer.specific_skills,
            equipment=tuple((code, random.randint(1, 3)) for code in offer.equipment),
            acts=offer.acts,
            care_specialities=offer.care_specialities,
            reception_type=offer.reception,
            sequential_reception=offer.sequential,
            category=offer.category,
            management=offer.management,
            annual_opening=offer.annual_opening,
            psychiatric_sectors=_sectors(offer, house, random),
            maternity_type=_maternity(house, random) if offer.maternity else None,
            sensitive=offer.sensitive,
            zones=_zones(house, random) if offer.zone else (),
            contacts=reached,
            mail_boxes=(contacts.mail_box(house.finess, number),) if random.random() < _MAIL_BOX_SHARE else (),
            hours=PATTERNS[offer.opening] if offer.opening is not None else (),
            opened=house.opened,
            closed=house.closed or self._closed(offer, random),
            recorded=recorded,
            updated=updated,
            comments=_COMMENTS[random.randrange(len(_COMMENTS))] if random.random() < 0.1 else None,
        )

    def _written(self, random: Random) -> tuple[datetime, datetime]:
        """When the unit was first written and last changed: years ago, and mostly within one year."""
        recorded = self._at - timedelta(days=random.randint(400, 1200), minutes=random.randrange(1440))
        days = random.randint(1, 330) if random.random() < 0.85 else random.randint(366, 399)
        return recorded.replace(second=0, microsecond=0), self._at.replace(second=0, microsecond=0) - timedelta(
            days=days
        )

    def _capacity(self, offer: Offer, least_most: tuple[int, int] | None, random: Random) -> Capacity | None:
        if least_most is None:
            return None
        installed = random.randint(*least_most)
        if offer.critical or offer.rare:
            capacity = simulated(installed, random, self._at, occupied=0.85)
        elif offer.field == "04":
            capacity = simulated(installed, random, self._at, occupied=0.96)
        else:
            capacity = simulated(installed, random, self._at)
        if capacity is not None and offer.rare and random.random() < 0.85:
            available = max(1, capacity.available or 0)
            return Capacity(installed=installed, available=available, updated=told_at(random, self._at))
        return capacity

    def _closed(self, offer: Offer, random: Random) -> date | None:
        if offer.rare or random.random() >= CLOSED_SHARE:
            return None
        return self._at.date() - timedelta(days=random.randint(30, 900))


_COMMENTS: Final = (
    "Avis téléphonique avant tout transfert",
    "Admission sur dossier",
    "Accessible aux personnes à mobilité réduite",
    "Travaux en cours, capacité réduite",
)


def _at_release(offer: Offer, codebook: Codebook) -> Offer | None:
    if not codebook.is_open(Scheme.FIELD, offer.field):
        return None
    mode, activities = offer.mode, codebook.open(Scheme.ACTIVITY, offer.activities)
    if not activities or not codebook.is_open(Scheme.CARE_MODE, mode):
        for older in offer.older:
            mode, activities = older.mode, codebook.open(Scheme.ACTIVITY, older.activities)
            if activities and codebook.is_open(Scheme.CARE_MODE, mode):
                break
        else:
            return None
    category = offer.category
    if category is not None and not codebook.is_open(Scheme.ORGANISATION_CATEGORY, category):
        category = None
    return replace(
        offer,
        mode=mode,
        activities=activities,
        category=category,
        acts=codebook.open(Scheme.ACT, offer.acts),
        equipment=codebook.open(Scheme.EQUIPMENT, offer.equipment),
        specialities=codebook.open(Scheme.SPECIALITY, offer.specialities),
        specific_skills=codebook.open(Scheme.SPECIFIC_SKILL, offer.specific_skills),
        care_specialities=codebook.open(Scheme.CARE_SPECIALITY, offer.care_specialities),
        families=codebook.open(Scheme.ACTIVITY_FAMILY, offer.families),
        rooms=codebook.open(Scheme.HOUSING_TYPE, offer.rooms),
    )


def _crisis(offer: Offer, beds: Capacity | None, random: Random) -> tuple[int, int] | None:
    if beds is None or offer.field != "01" or not (offer.critical or random.random() < 0.25):
        return None
    at_once = random.randint(0, 3)
    return at_once, at_once + random.randint(1, 6)


def _rooms(offer: Offer, capacity: Capacity | None, random: Random) -> tuple[tuple[str, int], ...]:
    """Rooms that together hold what is installed, near enough; a double room (TRE_R242 01) holds two."""
    if capacity is None or not capacity.installed or not offer.rooms:
        return ()
    share = capacity.installed // len(offer.rooms)
    return tuple((kind, max(1, share // 2 if kind == "01" else share)) for kind in offer.rooms)


def _sectors(offer: Offer, house: House, random: Random) -> tuple[str, ...]:
    if offer.sector is None:
        return ()
    first = random.randint(1, 20)
    count = 2 if random.random() < 0.2 else 1
    return tuple(f"{house.town.department}{offer.sector}{first + step:02d}" for step in range(count))


def _maternity(house: House, random: Random) -> str:
    return random.choice(("03", "04", "04")) if house.university else random.choice(_LEVELS_ELSEWHERE)


def _zones(house: House, random: Random) -> tuple[tuple[str, str, str], ...]:
    """The communes that a unit goes to: its own alone, or the whole département."""
    department = DEPARTMENT_BY_CODE[house.town.department]
    if random.random() < 0.4:
        return (("2", department.code, department.label),)
    city = commune(house.place.commune)
    return (("3", house.place.commune, city.label if city is not None else house.place.commune),)
