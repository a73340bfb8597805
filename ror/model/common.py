"""Parts that several entries share: identifiers, records, contacts, addresses, places, hours (domain §1.10-1.15)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from ror.coding import Code
from ror.model.wire import attribute, many, maybe, one, text


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherId:
    """An identifier with the OID of the authority that assigned it."""

    code: str = attribute("code")
    authority: str = attribute("assigningAuthorityName")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """When and where a datum was written (RG_EXP_020); times are aware UTC."""

    created: datetime = attribute("created")
    updated: datetime = attribute("updated")
    status: str = attribute("status")
    source: str | None = attribute("sourceDirectory", optional=True)
    recognation: str | None = maybe("recognation", extension=True)
    comments: str | None = maybe("comments", extension=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherName:
    """A further name, with its language."""

    value: str = text()
    language: str | None = attribute("xml:lang", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLine:
    """One address as attributes (domain §1.12); ``value`` is the element's own text, usually empty."""

    value: str | None = text(optional=True)
    in_house_mail: str | None = attribute("inHouseMail", optional=True)
    room: str | None = attribute("room", optional=True)
    floor: str | None = attribute("floor", optional=True)
    stair: str | None = attribute("stair", optional=True)
    building_name: str | None = attribute("buildingName", optional=True)
    building_number: str | None = attribute("buildingNumber", optional=True)
    block_name: str | None = attribute("blockName", optional=True)
    street_prefix: str | None = attribute("streetPrefix", optional=True)
    street_type: str | None = attribute("streetType", optional=True)
    street_suffix: str | None = attribute("streetSuffix", optional=True)
    street_name: str | None = attribute("streetName", optional=True)
    plot: str | None = attribute("plotIdentification", optional=True)
    post_office_box: str | None = attribute("postOfficeBox", optional=True)
    post_code: str | None = attribute("postCode", optional=True)
    city: str | None = attribute("cityName", optional=True)
    city_sub_division: str | None = attribute("citySubDivisionName", optional=True)
    country_sub_division: str | None = attribute("countrySubDivisionName", optional=True)
    line_one: str | None = attribute("lineOne", optional=True)
    line_two: str | None = attribute("lineTwo", optional=True)
    line_three: str | None = attribute("lineThree", optional=True)
    line_four: str | None = attribute("lineFour", optional=True)
    line_five: str | None = attribute("lineFive", optional=True)
    line_six: str | None = attribute("lineSix", optional=True)
    country: str | None = attribute("countryName", optional=True)
    component: str | None = attribute("component", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address."""

    lines: tuple[AddressLine, ...] = many("addressLine")
    record: Record | None = maybe("record", extension=True)
    type: str | None = attribute("type", optional=True)
    language: str | None = attribute("language", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """A telephone, a mail address …; at least as confidential as its contact (RG_EXP_034)."""

    channel: Code = one("codedType")
    value: str | None = maybe("equipment")
    purpose: str | None = maybe("purpose")
    certificate: str | None = maybe("certificate")
    confidentiality: Code | None = maybe("confidentialityLevel", extension=True)
    record: Record | None = maybe("record", extension=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to reach: by nature (no name) or by function (with a name), RG_EXP_040 and 041."""

    name: str | None = maybe("name")
    function: Code | None = maybe("function")
    nature: Code | None = maybe("nature")
    description: str | None = maybe("description")
    confidentiality: Code = one("confidentialityLevel")
    points: tuple[ContactPoint, ...] = many("contactPoint")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBox:
    """A secure health mail box (MSS)."""

    point: ContactPoint | None = maybe("contactPoint")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoCode:
    """Coordinates in degrees; ``system`` is ``WGS84``; ``reliable`` is false for an approximate point."""

    latitude: Decimal = one("latitude")
    longitude: Decimal = one("longitude")
    system: str = one("coordinateSystem")
    reliable: bool | None = maybe("coordonneesFiables", extension=True)
    extension_record: Record | None = maybe("record", extension=True)
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place; ``distance_km`` is only ever filled by a search."""

    name: str | None = maybe("name")
    description: str | None = maybe("description")
    status: Code | None = maybe("status")
    address: Address | None = maybe("address")
    coordinates: GeoCode | None = maybe("geoCoordinates")
    commune: Code = one("cityNumber")
    distance_km: Decimal | None = maybe("calculatedDistance")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritorialDivision:
    """A territory: its level (TRE_R201) and its code at that level."""

    type: Code = one("type")
    code: Code = one("codedType")
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingHours:
    """Opening hours; days by ISO 8601, 1 is Monday."""

    open: bool = one("openFlag")
    days: tuple[int, ...] = many("dayOfTheWeek")
    begins: time | None = maybe("beginningHour")
    ends: time | None = maybe("endingHour")
    effective_from: date = one("beginEffectiveDate")
    effective_to: date | None = maybe("endEffectiveDate")
    type: Code | None = maybe("operatingHoursType", extension=True)
    record: Record | None = maybe("record", extension=True)
