"""Establishments made by hand, small enough to know by heart."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from regional_nodes.habits import HABITS, Habits
from regional_nodes.source import EstablishmentTree
from regional_nodes.store.loading import Recipe
from regional_nodes.store.opening import SourceKind, Store
from ror.ages import age_classes_of, interval
from ror.coding import Authority, Code, Scheme
from ror.csd import ROR_IESS
from ror.model import (
    Accommodation,
    Address,
    AddressLine,
    Capacity,
    CommonName,
    Contact,
    ContactPoint,
    CrisisCapacity,
    Device,
    Facility,
    FacilityOrganization,
    GeoCode,
    Location,
    Measurement,
    Organization,
    OtherId,
    Patients,
    Person,
    PersonName,
    Provider,
    ProviderFacility,
    Record,
    Service,
    ServiceLink,
    Skills,
)
from ror.territory import ROR_BY_ID, commune

MADE_AT = datetime(2019, 6, 4, 8, 0, tzinfo=UTC)
TODAY = date(2019, 6, 4)
RECORD = Record(created=datetime(2016, 3, 14, 9, tzinfo=UTC), updated=MADE_AT, status="Ok")
TOLD_RECORD = replace(RECORD, comments="Remarque interne")
LEVELS = ("1", "2", "3")


def code(scheme: Scheme, value: str, label: str | None = None) -> Code:
    return Code(value, scheme.value, label)


def point(level: str, number: str) -> ContactPoint:
    return ContactPoint(
        channel=code(Scheme.CHANNEL, "2", "Téléphone fixe"),
        value=number,
        confidentiality=code(Scheme.CONFIDENTIALITY, level),
        record=RECORD,
    )


def contacts_of_every_level(name: str, *, levels: tuple[str, ...] = LEVELS) -> tuple[Contact, ...]:
    """One contact a level; its number reads ``<name>-L<level>``."""
    return tuple(
        Contact(
            nature=code(Scheme.CONTACT_NATURE, "06", "Standard"),
            confidentiality=code(Scheme.CONFIDENTIALITY, level),
            points=(point(level, f"{name}-L{level}"),),
            record=RECORD,
        )
        for level in levels
    )


def place_in(
    insee: str, *, at: tuple[float, float] | None = None, coordinates: bool = True, post_code: str | None = None
) -> Location:
    """A place in a commune, at its own point unless ``at`` says another, or without any."""
    known = commune(insee)
    assert known is not None
    latitude, longitude = at or (known.latitude, known.longitude)
    line = AddressLine(city=known.name, post_code=post_code)
    geocode = GeoCode(
        latitude=Decimal(f"{latitude:.6f}"), longitude=Decimal(f"{longitude:.6f}"), system="WGS84", record=RECORD
    )
    return Location(
        address=Address(lines=(line,), record=RECORD),
        coordinates=geocode if coordinates else None,
        commune=Code(insee, Scheme.COMMUNE.value, known.name),
        record=RECORD,
    )


class TreeFactory:
    """Makes establishments; every unit is an intensive-care unit of field 01 in mode 28 unless told otherwise."""

    def __init__(self) -> None:
        self._number = 0

    def unit(self, **wishes: object) -> dict[str, object]:
        """What a unit shall be: ``activities``, ``acts``, ``equipment``, ``specialities``, ``mode``, ``ages``,
        ``beds``, ``field``, ``sensitive``, ``closed``, ``location``, ``name``, ``provider``."""
        return wishes

    def tree(
        self,
        finess: str,
        *units: dict[str, object],
        insee: str = "69123",
        name: str | None = None,
        use_name: str | None = None,
        legal_entity: str = "690000001",
        legal_entity_name: str = "Hospices du Val",
        location: Location | None = None,
        closed: date | None = None,
    ) -> EstablishmentTree:
        above = Organization(
            entity_id=f"s_{legal_entity}",
            other_ids=self._other_ids(legal_entity),
            types=(
                code(Scheme.LEGAL_STATUS, "14", "Etablissement public intercommunal d'hospitalisation"),
                code(Scheme.LEGAL_STATUS_AGGREGATE, "1200", "Etablissement public"),
            ),
            name=legal_entity_name,
            contacts=contacts_of_every_level(f"EJ{legal_entity}"),
            record=TOLD_RECORD,
        )
        establishment = Organization(
            entity_id=f"e_{finess}",
            other_ids=self._other_ids(finess),
            types=(code(Scheme.ESTABLISHMENT_CATEGORY, "355", "Centre hospitalier (CH)"),),
            name=name or f"Hôpital {finess}",
            use_name=use_name,
            parent=above.entity_id,
            contacts=contacts_of_every_level(f"EG{finess}"),
            location=location or place_in(insee),
            drop_zone=True,
            orsan_level=code(Scheme.ORSAN_LEVEL, "2"),
            closed=closed,
            record=TOLD_RECORD,
        )
        pole = self._pole(establishment, units)
        parts = [self._unit(establishment, pole, dict(wishes)) for wishes in units]
        return EstablishmentTree(
            legal_entity=above,
            establishment=establishment,
            facilities=(pole, *(facility for facility, *_ in parts)),
            services=tuple(service for _, services, *_ in parts for service in services),
            devices=tuple(device for *_, devices, _ in parts for device in devices),
            providers=tuple(provider for *_, providers in parts for provider in providers),
        )

    def _other_ids(self, finess: str) -> tuple[OtherId, ...]:
        return (
            OtherId(code=f"1{finess}", authority=Authority.STRUCTURE.value),
            OtherId(code=finess, authority=Authority.FINESS.value),
        )

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _pole(self, establishment: Organization, units: tuple[dict[str, object], ...]) -> Facility:
        fields = sorted({str(wishes.get("field", "01")) for wishes in units})
        return Facility(
            entity_id=f"o_{establishment.entity_id}",
            other_ids=(OtherId(code=f"84/{self._next()}", authority=Authority.UNIT.value),),
            types=(code(Scheme.OI_TYPE, "1", "Pôle"),),
            name="Pôle",
            organizations=(FacilityOrganization(entity_id=establishment.entity_id),),
            fields=tuple(code(Scheme.FIELD, field) for field in fields),
            care_mode=Code("", ""),
            patients=self._patients((0, 130)),
            sensitive=False,
            record=RECORD,
        )

    def _unit(
        self, establishment: Organization, pole: Facility, wishes: dict[str, object]
    ) -> tuple[Facility, tuple[Service, ...], tuple[Device, ...], tuple[Provider, ...]]:
        entity_id = str(wishes.pop("id", f"u{self._next():04d}"))
        sensitive = bool(wishes.pop("sensitive", False))
        services = tuple(
            Service(entity_id=f"{entity_id}_{activity}", type=code(Scheme.ACTIVITY, activity), record=TOLD_RECORD)
            for activity in wishes.pop("activities", ("121",))
        )
        devices = tuple(
            Device(entity_id=f"{entity_id}_e{kind}", type=code(Scheme.EQUIPMENT, kind), record=RECORD)
            for kind in wishes.pop("equipment", ())
        )
        links = tuple(ServiceLink(entity_id=service.entity_id) for service in services)
        beds = wishes.pop("beds", None)
        specialities = wishes.pop("specialities", ())
        facility = Facility(
            entity_id=entity_id,
            other_ids=(OtherId(code=f"84/{entity_id}", authority=Authority.UNIT.value),),
            types=(code(Scheme.OI_TYPE, "4", "Unité élémentaire"),),
            name=str(wishes.pop("name", f"Unité {entity_id}")),
            organizations=(FacilityOrganization(entity_id=establishment.entity_id, services=links),),
            contacts=contacts_of_every_level(f"UE{entity_id}", levels=("3",) if sensitive else LEVELS),
            closed=wishes.pop("closed", None),
            fields=(code(Scheme.FIELD, str(wishes.pop("field", "01"))),),
            care_mode=code(Scheme.CARE_MODE, str(wishes.pop("mode", "28")), "Hospitalisation complète (HC)"),
            patients=self._patients(wishes.pop("ages", (18, 120))),
            accommodation=self._accommodation(beds),
            crisis=CrisisCapacity(immediate=1, within_60_minutes=3, record=RECORD) if beds else None,
            skills=self._skills(specialities),
            equipment=tuple(device.entity_id for device in devices),
            care_specialities=(code(Scheme.CARE_SPECIALITY, "02"),),
            acts=tuple(code(Scheme.ACT, act) for act in wishes.pop("acts", ())),
            location=wishes.pop("location", establishment.location),
            parent=pole.entity_id,
            sensitive=sensitive,
            record=TOLD_RECORD,
        )
        providers = (self._provider(entity_id),) if wishes.pop("provider", False) else ()
        assert not wishes, f"unknown wishes: {sorted(wishes)}"
        return facility, services, devices, providers

    def _patients(self, ages: tuple[int, int]) -> Patients:
        classes = age_classes_of(interval((ages[0], "a"), (ages[1], "a")))
        bounds = [Measurement(value=value, unit=code(Scheme.UCUM, "a", "année")) for value in ages]
        return Patients(
            age_classes=tuple(code(Scheme.AGE_CLASS, value) for value in classes),
            age_min=bounds[0],
            age_max=bounds[1],
            record=RECORD,
        )

    def _accommodation(self, beds: tuple[int | None, int | None] | None) -> Accommodation | None:
        if beds is None:
            return None
        installed, available = beds
        told = None if available is None else MADE_AT
        return Accommodation(beds=Capacity(installed=installed, available=available, updated=told), record=RECORD)

    def _skills(self, specialities: tuple[str, ...]) -> Skills | None:
        if not specialities:
            return None
        return Skills(specialities=tuple(code(Scheme.SPECIALITY, value) for value in specialities), record=RECORD)

    def _provider(self, unit: str) -> Provider:
        name = PersonName(common_names=(CommonName(value="Dr Camille Exemple"),), surname="Exemple")
        return Provider(
            entity_id=f"p_{unit}",
            types=(code(Scheme.PROFESSION, "10", "Médecin"),),
            demographic=Person(names=(name,)),
            facilities=(ProviderFacility(entity_id=unit),),
            record=RECORD,
        )


StoreMaker = Callable[..., Store]


def recipe_for(ror: str, *, release: date | None = None, habits: Habits | None = None) -> Recipe:
    habits = habits or HABITS[ror]
    return Recipe(
        ror=ROR_BY_ID[ror],
        style=replace(ROR_IESS, padded=True),
        release=release or habits.release,
        name="by-hand",
        source=SourceKind.SYNTHETIC,
        simulated=True,
        made_at=MADE_AT,
    )
