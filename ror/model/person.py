"""Persons and professionals: ``provider`` and its parts (domain §1.9). Names in this project are invented."""

from dataclasses import dataclass
from datetime import date

from ror.coding import Code
from ror.model.common import Address, ContactPoint, MailBox, OperatingHours, OtherId, Record
from ror.model.wire import attribute, many, maybe, one, reference, text


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonName:
    """The name a professional practises under."""

    value: str = text()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name with its parts."""

    common_names: tuple[CommonName, ...] = many("commonName")
    honorific: Code | None = maybe("honorific")
    forename: str | None = maybe("forename")
    other_names: tuple[Code, ...] = many("otherName")
    surname: str | None = maybe("surname")
    suffix: str | None = maybe("suffix")
    title: Code | None = maybe("title", extension=True)
    language: str | None = attribute("xml:lang", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A natural person."""

    names: tuple[PersonName, ...] = many("name")
    contact_points: tuple[ContactPoint, ...] = many("contactPoint")
    addresses: tuple[Address, ...] = many("address")
    gender: str | None = maybe("gender")
    date_of_birth: date | None = maybe("dateOfBirth")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonContact:
    """CSD's own ``contact`` of an organization or facility: a provider's ``entityID`` or a person."""

    provider: str | None = reference("provider")
    person: Person | None = maybe("person")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A know-how of a professional."""

    type: Code = one("codedType")
    number: str = one("number")
    issuing_authority: str | None = maybe("issuingAuthority")
    issued: date | None = maybe("credentialIssueDate")
    renewal: date | None = maybe("credentialRenewalDate")
    speciality: Code | None = maybe("speciality", extension=True)
    competence: Code | None = maybe("competence", extension=True)
    exclusive_competence: Code | None = maybe("exclusiveCompetence", extension=True)
    particular_skills: Code | None = maybe("particularSkills", extension=True)
    capacity: Code | None = maybe("capacity", extension=True)
    pac_qualification: Code | None = maybe("qualificationPAC", extension=True)
    non_qualifying_desc: Code | None = maybe("DESCNonQualifiant", extension=True)
    complementary_skills: Code | None = maybe("complementarySkills", extension=True)
    record: Record | None = maybe("record", extension=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLink:
    """A pointer at an activity of the ``serviceDirectory``, with CSD's optional details."""

    entity_id: str = attribute("entityID")
    names: tuple[PersonName, ...] = many("name")
    organization: str | None = reference("organization")
    languages: tuple[Code, ...] = many("language")
    operating_hours: tuple[OperatingHours, ...] = many("operatingHours")
    free_busy_uri: str | None = maybe("freeBusyURI")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOrganization:
    """The organization a professional belongs to."""

    entity_id: str = attribute("entityID")
    addresses: tuple[Address, ...] = many("address")
    contact_points: tuple[ContactPoint, ...] = many("contactPoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacility:
    """The unit a professional works in."""

    entity_id: str = attribute("entityID")
    services: tuple[ServiceLink, ...] = many("service")
    operating_hours: tuple[OperatingHours, ...] = many("operatingHours")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationalStatus:
    """A professional's situation in a unit."""

    practice_mode: Code = one("exerciceModeInUnit")
    contact_point: ContactPoint | None = maybe("contactPoint")
    specific_skills: tuple[Code, ...] = many("specificSkills")
    operating_hours: OperatingHours | None = maybe("operatingHours")
    agreement_sector: Code | None = maybe("agreementSector")
    optam: bool | None = maybe("contractOptionHealthCareAccess")
    vitale_card: bool | None = maybe("vitaleCardAccepted")
    home_visit: bool | None = maybe("homeVisit")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A professional in his operational situation."""

    entity_id: str = attribute("entityID")
    other_ids: tuple[OtherId, ...] = many("otherID")
    types: tuple[Code, ...] = many("codedType")
    demographic: Person = one("demographic")
    languages: tuple[Code, ...] = many("language")
    organizations: tuple[ProviderOrganization, ...] = many("organization", wrapper="organizations")
    facilities: tuple[ProviderFacility, ...] = many("facility", wrapper="facilities")
    credentials: tuple[Credential, ...] = many("credential")
    speciality: Code | None = maybe("specialty")
    operational_status: OperationalStatus | None = maybe("operationalStatus", extension=True)
    mail_box: MailBox | None = maybe("mailBoxMSS", extension=True)
    record: Record = one("record")
