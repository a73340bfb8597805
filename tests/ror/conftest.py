"""Values that several tests of the contract share."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from ror.coding import Code, Scheme
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
    Directory,
    Facility,
    FacilityOrganization,
    Location,
    MailBox,
    Measurement,
    OperatingHours,
    OperationalStatus,
    Organization,
    Patients,
    Person,
    PersonContact,
    PersonName,
    Provider,
    ProviderFacility,
    ProviderOrganization,
    Record,
    Service,
    ServiceLink,
    Skills,
)

AT = datetime(2019, 6, 4, 8, 12, tzinfo=UTC)
RECORD = Record(created=AT, updated=AT, status="Ok", comments="commentaire")


def _level(level: int) -> Code:
    return Code(str(level), Scheme.CONFIDENTIALITY)


def _point(level: int | None, number: str) -> ContactPoint:
    told = {} if level is None else {"confidentiality": _level(level), "record": RECORD}
    return ContactPoint(channel=Code("2", Scheme.CHANNEL), value=number, **told)


def _contact(level: int, *points: int | None) -> Contact:
    numbers = tuple(_point(point, f"contact {level}, point {point}") for point in points)
    return Contact(
        nature=Code("03", Scheme.CONTACT_NATURE), confidentiality=_level(level), points=numbers, record=RECORD
    )


CONTACTS = (_contact(1, None, 1, 2, 3), _contact(2, None, 2), _contact(3, None))
POINTS = (_point(None, "no level"), *(_point(level, f"level {level}") for level in (1, 2, 3)))
MAIL_BOXES = tuple(MailBox(point=_point(level, f"mss {level}"), record=RECORD) for level in (1, 2, 3))
NAME = PersonName(common_names=(CommonName(value="Inventée"),))
PERSON = Person(names=(NAME,), contact_points=POINTS)
HOURS = OperatingHours(open=True, effective_from=date(2019, 1, 1), type=Code("02", Scheme.HOURS_TYPE), record=RECORD)
LOCATION = Location(
    address=Address(lines=(AddressLine(city="Lyon"),), record=RECORD),
    commune=Code("69123", Scheme.COMMUNE),
    record=RECORD,
)


def _organization(entity_id: str, parent: str | None) -> Organization:
    return Organization(
        entity_id=entity_id,
        types=(Code("355", Scheme.ESTABLISHMENT_CATEGORY),),
        name=entity_id,
        person_contacts=(PersonContact(provider="p"), PersonContact(person=PERSON)),
        contact_points=POINTS,
        parent=parent,
        contacts=CONTACTS,
        location=LOCATION,
        drop_zone=True,
        family_housing=True,
        orsan_level=Code("2", Scheme.ORSAN_LEVEL),
        record=RECORD,
    )


def _facility(entity_id: str, kind: str, fields: tuple[str, ...], parent: str | None, *, sensitive: bool) -> Facility:
    age = Measurement(value=18, unit=Code("a", Scheme.UCUM))
    unit = kind == "4"
    services = (ServiceLink(entity_id=f"{entity_id}_s"),) if unit else ()
    return Facility(
        entity_id=entity_id,
        types=(Code(kind, Scheme.OI_TYPE),),
        name=entity_id,
        person_contacts=(PersonContact(provider="p"), PersonContact(person=PERSON)),
        contact_points=POINTS,
        organizations=(FacilityOrganization(entity_id="eg", services=services),),
        operating_hours=(HOURS,),
        contacts=CONTACTS,
        mail_boxes=MAIL_BOXES,
        fields=tuple(Code(field, Scheme.FIELD) for field in fields),
        care_mode=Code("28", Scheme.CARE_MODE) if unit else Code("", ""),
        patients=Patients(age_min=age, age_max=age, record=RECORD),
        accommodation=Accommodation(
            beds=Capacity(installed=8, available=2, updated=AT),
            places=Capacity(available=1, updated=AT),
            record=RECORD,
        ),
        crisis=CrisisCapacity(immediate=1, within_60_minutes=3, record=RECORD),
        skills=Skills(specialities=(Code("SM46", Scheme.SPECIALITY),), record=RECORD),
        equipment=(f"{entity_id}_d",) if unit else (),
        care_specialities=(Code("02", Scheme.CARE_SPECIALITY),),
        acts=(Code("0551", Scheme.ACT),),
        location=LOCATION,
        parent=parent,
        sensitive=sensitive,
        record=RECORD,
    )


def _provider(unit_ids: tuple[str, ...]) -> Provider:
    return Provider(
        entity_id="p",
        types=(Code("10", Scheme.PROFESSION),),
        demographic=PERSON,
        organizations=(ProviderOrganization(entity_id="eg", contact_points=POINTS),),
        facilities=tuple(
            ProviderFacility(entity_id=unit, services=(ServiceLink(entity_id=f"{unit}_s", organization="eg"),))
            for unit in unit_ids
        ),
        operational_status=OperationalStatus(
            practice_mode=Code("S", Scheme.PRACTICE_MODE),
            contact_point=_point(2, "work"),
            specific_skills=(Code("05", Scheme.SPECIFIC_SKILL),),
            record=RECORD,
        ),
        mail_box=MAIL_BOXES[1],
        record=RECORD,
    )


Unit = tuple[str, str, bool]
"""A unit to make: its id, its field of activity, whether it is sensitive."""


@pytest.fixture(scope="session")
def filled() -> Callable[..., Directory]:
    """Makes one EJ, one EG, the pôle of the given units, and all that hangs on them; everything is filled."""

    def make(*units: Unit, fields: tuple[str, ...] | None = None) -> Directory:
        told = tuple(dict.fromkeys(field for _, field, _ in units)) if fields is None else fields
        pole = _facility("pole", "1", told, None, sensitive=False)
        made = [_facility(unit, "4", (field,), "pole", sensitive=sensitive) for unit, field, sensitive in units]
        ids = [unit for unit, _, _ in units]
        activity, ecmo = Code("121", Scheme.ACTIVITY), Code("093", Scheme.EQUIPMENT)
        return Directory(
            organizations=(_organization("ej", None), _organization("eg", "ej")),
            services=tuple(Service(entity_id=f"{unit}_s", type=activity, record=RECORD) for unit in ids),
            facilities=(pole, *made),
            providers=(_provider(tuple(ids)),),
            devices=tuple(Device(entity_id=f"{unit}_d", type=ecmo, record=RECORD) for unit in ids),
        )

    return make
