"""What a source knows about an establishment, before it has the form of the model: plain codes, numbers, names."""

from dataclasses import dataclass
from datetime import date, datetime, time

from regional_nodes.building.ages import AgeRange
from ror.model import Capacity
from ror.territory import Place

ALL_AGES = AgeRange(0, 130)
ADULTS = AgeRange(18, 130)
CHILDREN = AgeRange(0, 17)

FREE = "1"
RESTRICTED = "2"
VERY_RESTRICTED = "3"


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach a contact: a code of TRE_R200 and its value; ``level`` as in TRE_R283."""

    code: str
    value: str
    level: str = FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """Whom to reach: a ``nature`` (TRE_R287), or a ``function`` (TRE_R251) with a ``name`` (RG_EXP_040, 041)."""

    nature: str | None = None
    function: str | None = None
    name: str | None = None
    description: str | None = None
    level: str = FREE
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursFacts:
    """Opening hours; days by ISO 8601, 1 is Monday; ``type`` of TRE_R252."""

    days: tuple[int, ...]
    begins: time
    ends: time
    type: str = "01"
    open: bool = True
    since: date = date(2016, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """Where something is: INSEE commune (the whole city for Paris, Lyon, Marseille), point and postal address.

    ``arrondissement`` is the code of the municipal arrondissement, where one is known (decision 13). ``reliable`` is
    false when the point is only near (decision 32).
    """

    commune: str
    point: Place
    reliable: bool = True
    arrondissement: str | None = None
    name: str | None = None
    number: str | None = None
    street_type: str | None = None
    street: str | None = None
    post_code: str | None = None
    city: str | None = None
    post_box: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntityFacts:
    """An EJ. ``siren`` and ``place`` where known; ``comments`` says what was derived."""

    finess: str
    name: str
    legal_status: str
    siren: str | None = None
    complement: str | None = None
    place: PlaceFacts | None = None
    created: date | None = None
    recorded: datetime
    comments: str | None = None
    contacts: tuple[ContactFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """A UE: one field of activity, one mode, its activities, whom it takes, and what is known of it.

    Codes are as in the tables (padded). ``capacities_simulated`` marks invented availability (decision 30).
    """

    number: int
    name: str
    field: str
    mode: str
    activities: tuple[str, ...]
    ages: AgeRange = ALL_AGES
    publics: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    beds: Capacity | None = None
    places: Capacity | None = None
    crisis: tuple[int, int] | None = None
    housing: tuple[tuple[str, int], ...] = ()
    professions: tuple[str, ...] = ()
    specialities: tuple[str, ...] = ()
    specific_skills: tuple[str, ...] = ()
    equipment: tuple[tuple[str, int | None], ...] = ()
    acts: tuple[str, ...] = ()
    care_specialities: tuple[str, ...] = ()
    reception_type: str | None = None
    sequential_reception: bool | None = None
    category: str | None = None
    management: tuple[str, ...] = ()
    annual_opening: str | None = None
    psychiatric_sectors: tuple[str, ...] = ()
    maternity_type: str | None = None
    sensitive: bool = False
    has_location: bool = True
    zones: tuple[tuple[str, str, str], ...] = ()
    contacts: tuple[ContactFacts, ...] = ()
    mail_boxes: tuple[str, ...] = ()
    hours: tuple[HoursFacts, ...] = ()
    opened: date | None = None
    closed: date | None = None
    recorded: datetime
    updated: datetime | None = None
    comments: str | None = None
    capacities_simulated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DivisionFacts:
    """An OI above units: ``type`` 1 pôle, 2 service, 3 unité fonctionnelle (TRE_R207), and what it holds."""

    number: int
    name: str
    type: str
    members: tuple["DivisionFacts | UnitFacts", ...]
    contacts: tuple[ContactFacts, ...] = ()
    mail_boxes: tuple[str, ...] = ()
    opened: date | None = None
    recorded: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EstablishmentFacts:
    """An EG with its EJ, its OI and all that is told at its level."""

    legal_entity: LegalEntityFacts
    finess: str
    name: str
    category: str
    espic: str | None = None
    siret: str | None = None
    use_name: str | None = None
    complement: str | None = None
    place: PlaceFacts
    contacts: tuple[ContactFacts, ...] = ()
    divisions: tuple[DivisionFacts, ...] = ()
    health_territory: tuple[str, str] | None = None
    drop_zone: bool | None = None
    orsan_level: str | None = None
    financial_help: tuple[str, ...] = ()
    family_housing: bool | None = None
    help_places: tuple[int, int] | None = None
    care_without_consent: bool | None = None
    accessibility: str | None = None
    opened: date | None = None
    closed: date | None = None
    closing_reason: str | None = None
    recorded: datetime
    comments: str | None = None
    prices: tuple["PriceFacts", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacts:
    """A price of an EG: type (TRE_R246), unit (TRE_R228), euros, and the codes of its detail.

    ``housing`` TRE_R242, ``reception`` TRE_R240, ``dependency`` TRE_R237, ``condition`` TRE_R250, ``management``
    TRE_R236, ``included`` TRE_R264; which of them count depends on the type (domain §1.16).
    """

    type: str
    unit: str
    euros: float
    name: str | None = None
    housing: str = "02"
    reception: str = "02"
    dependency: str = "01"
    condition: str | None = None
    management: str = "01"
    included: tuple[str, ...] = ()
    others_included: tuple[str, ...] = ()
    under_60: bool = False
    updated: date | None = None
