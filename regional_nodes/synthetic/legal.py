"""Who runs the synthetic establishments, and the fictional FINESS numbers that they and their houses have."""

from collections import Counter
from datetime import UTC, date, datetime
from random import Random
from typing import Final

from regional_nodes.building import LegalEntityFacts, PlaceFacts
from regional_nodes.building.finess import fictional_finess, fictional_siren
from regional_nodes.synthetic import names
from regional_nodes.synthetic.kinds import COMMERCIAL, PUBLIC, Kind
from ror.territory import commune

_NATIONAL_ORDERS: Final = range(990, 1000)
"""Numbers kept in each département for bodies that are known in several regions."""

_RECORDED: Final = datetime(2016, 1, 4, 8, tzinfo=UTC)

NATIONAL_SHARE: Final = 0.12
"""How often a non-profit establishment outside the hospitals belongs to a national body."""

_NATIONAL: Final = (
    ("75", "75112", "63", "Fondation nationale des Lucioles"),
    ("69", "69383", "47", "Mutuelle nationale des Deux Rives"),
    ("13", "13205", "61", "Association nationale Belle Étape"),
)


class Numbering:
    """Deals out the FINESS numbers of one ROR's départements."""

    def __init__(self) -> None:
        self._next: Counter[str] = Counter()

    def finess(self, department: str) -> str:
        """The next fictional number of a département; the two islands served with Guadeloupe share its series."""
        key = "971" if department in ("977", "978") else department
        order = self._next[key]
        if order == _NATIONAL_ORDERS.start:
            order = _NATIONAL_ORDERS.stop
        self._next[key] = order + 1
        return fictional_finess(key, order)


class LegalEntities:
    """The EJ of one ROR; hospitals may run several houses, national bodies have houses in several regions."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._hospitals: list[LegalEntityFacts] = []

    def of(
        self, kind: Kind, name: str, place: PlaceFacts, department: str, opened: date, random: Random
    ) -> LegalEntityFacts:
        """The EJ of a new establishment of that kind and name."""
        if kind.own < 1 and self._hospitals and random.random() >= kind.own:
            return random.choice(self._hospitals)
        if (
            kind.category not in ("101", "355", "365")
            and kind.statuses[0] == "60"
            and random.random() < NATIONAL_SHARE
        ):
            return random.choice(national_bodies())
        status = random.choice(kind.statuses)
        own = self._entity(kind, status, name, place, department, opened, random)
        if kind.emergency:
            self._hospitals.append(own)
        return own

    def _entity(
        self, kind: Kind, status: str, name: str, place: PlaceFacts, department: str, opened: date, random: Random
    ) -> LegalEntityFacts:
        finess = self._numbering.finess(department)
        if kind.emergency or status in PUBLIC:
            title = name
        elif status in COMMERCIAL:
            title = f"SAS {name}"
        else:
            title = names.group(random)
        return LegalEntityFacts(
            finess=finess,
            name=title,
            legal_status=status,
            siren=fictional_siren(finess),
            place=place,
            created=opened,
            recorded=_RECORDED,
            comments=names.NOTICE,
        )


def national_bodies() -> tuple[LegalEntityFacts, ...]:
    """The same few bodies for every ROR, each at home in one (decision 16)."""
    return tuple(
        _national(department, insee, status, name, _NATIONAL_ORDERS[order])
        for order, (department, insee, status, name) in enumerate(_NATIONAL)
    )


def _national(department: str, insee: str, status: str, name: str, order: int) -> LegalEntityFacts:
    town = commune(insee)
    if town is None:
        raise LookupError(f"no commune {insee}")
    finess = fictional_finess(department, order)
    seat = PlaceFacts(
        commune=town.city or town.code,
        arrondissement=town.code,
        point=town.place,
        number="1",
        street_type="PL",
        street="de la Passerelle",
        city=town.name.partition(" ")[0],
    )
    return LegalEntityFacts(
        finess=finess,
        name=f"{name} {names.FICTIONAL}",
        legal_status=status,
        siren=fictional_siren(finess),
        complement="Siège",
        place=seat,
        created=date(1975, 1, 1),
        recorded=_RECORDED,
        comments=names.NOTICE,
    )
