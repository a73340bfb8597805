"""Internal organisations (OI) and units (UE): ``facility`` and its capacities (domain §1.3, §1.4, §1.6, §1.8)."""

from dataclasses import dataclass
from datetime import date, datetime

from ror.coding import Code
from ror.model.common import (
    Address,
    Contact,
    ContactPoint,
    GeoCode,
    Location,
    MailBox,
    OperatingHours,
    OtherId,
    OtherName,
    Record,
    TerritorialDivision,
)
from ror.model.person import PersonContact, ServiceLink
from ror.model.wire import Generation, attribute, many, maybe, one, reference, references

UNIT_TYPE = "4"
"""TRE_R207 code of a unit (UE), the operational offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number with its unit (UCUM ``a``, ``mo`` or ``d``)."""

    value: int = one("value")
    unit: Code = one("unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """Whom a unit takes: ages with both bounds inclusive, publics; G1 also writes every age class it takes."""

    age_classes: tuple[Code, ...] = many("ageGroup", generation=Generation.G1)
    publics: tuple[Code, ...] = many("supportedPatient")
    age_min: Measurement = one("patientTypeAgeMin")
    age_max: Measurement = one("patientTypeAgeMax")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Beds or places: installed, available, and when availability was told. Unknown is absent, never 0."""

    installed: int | None = attribute("total", optional=True)
    available: int | None = attribute("avaible", optional=True)
    updated: datetime | None = attribute("updateDate", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accommodation:
    """Beds and places of a unit."""

    beds: Capacity | None = maybe("beds")
    places: Capacity | None = maybe("space")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisCapacity:
    """Crisis beds at once and within 60 minutes."""

    immediate: int = one("crisisCapacityT0")
    within_60_minutes: int = one("crisisCapacityT60")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class HousingCapacity:
    """Rooms of one kind (TRE_R242)."""

    type: Code = one("residentialType")
    number: int | None = maybe("residentialNumber")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """Discriminating skills of a unit."""

    professions: tuple[Code, ...] = many("profession")
    specialities: tuple[Code, ...] = many("medicalSpeciality")
    specific: tuple[Code, ...] = many("specificSkills")
    record: Record | None = maybe("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityOrganization:
    """The EG of an OI, and the activities of a UE."""

    entity_id: str = attribute("entityID")
    services: tuple[ServiceLink, ...] = many("service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """An internal organisation (pôle, service, UF) or a unit (UE, type 4)."""

    entity_id: str = attribute("entityID")
    other_ids: tuple[OtherId, ...] = many("otherID")
    types: tuple[Code, ...] = many("codedType")
    name: str = one("primaryName")
    other_names: tuple[OtherName, ...] = many("otherName")
    addresses: tuple[Address, ...] = many("address")
    person_contacts: tuple[PersonContact, ...] = many("contact")
    geocode: GeoCode | None = maybe("geocode")
    languages: tuple[Code, ...] = many("language")
    contact_points: tuple[ContactPoint, ...] = many("contactPoint")
    organizations: tuple[FacilityOrganization, ...] = many("organization", wrapper="organizations")
    operating_hours: tuple[OperatingHours, ...] = many("operatingHours")
    contacts: tuple[Contact, ...] = many("contact", extension=True)
    mail_boxes: tuple[MailBox, ...] = many("mailBoxMSS", extension=True)
    closed: date | None = maybe("finalClosingDate", extension=True)
    created: date | None = maybe("creationDate", extension=True)
    fields: tuple[Code, ...] = many("typeActivity", extension=True)
    care_mode: Code = one("careMode", extension=True)
    patients: Patients = one("patientsType", extension=True)
    accommodation: Accommodation | None = maybe("accommodationCapacity", extension=True)
    crisis: CrisisCapacity | None = maybe("crisisAccomodationCapacity", extension=True)
    housing: tuple[HousingCapacity, ...] = many("residentialCapactity", extension=True)
    skills: Skills | None = maybe("resourcesSkills", extension=True)
    equipment: tuple[str, ...] = references("equipment", extension=True)
    reception_type: Code | None = maybe("receptionType", extension=True)
    sequential_reception: bool | None = maybe("receptionMode", extension=True)
    care_specialities: tuple[Code, ...] = many("takingCareSpeciality", extension=True)
    category: Code | None = maybe("facilityType", extension=True)
    location: Location | None = maybe("location", extension=True)
    intervention_zones: tuple[TerritorialDivision, ...] = many("interventionZone", extension=True)
    annual_opening: Code | None = maybe("annualOpenning", extension=True)
    psychiatric_sectors: tuple[str, ...] = many("psychiatricSector", extension=True)
    acts: tuple[Code, ...] = many("specificAct", extension=True)
    parent: str | None = reference("parentFacility", extension=True)
    management: tuple[Code, ...] = many("managementType", extension=True)
    maternity_type: Code | None = maybe("maternityHospitalType", extension=True)
    sensitive: bool = one("sensitiveUnit", extension=True)
    record: Record = one("record")

    @property
    def is_unit(self) -> bool:
        """Whether this is a UE, the operational offer."""
        return any(code.code == UNIT_TYPE for code in self.types)
