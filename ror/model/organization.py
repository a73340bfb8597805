"""EJ and EG: ``organization`` without and with ``parent`` (domain §1.1, §1.2)."""

from dataclasses import dataclass
from datetime import date

from ror.coding import Authority, Code
from ror.identifiers import StructurePrefix, is_structure_authority
from ror.model.common import Address, Contact, ContactPoint, Location, OtherId, OtherName, Record, TerritorialDivision
from ror.model.person import Credential, PersonContact
from ror.model.price import Price
from ror.model.wire import attribute, many, maybe, one, reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A legal entity (EJ, no ``parent``) or an establishment (EG, ``parent`` is its EJ's ``entity_id``)."""

    entity_id: str = attribute("entityID")
    other_ids: tuple[OtherId, ...] = many("otherID")
    types: tuple[Code, ...] = many("codedType")
    name: str = one("primaryName")
    other_names: tuple[OtherName, ...] = many("otherName")
    addresses: tuple[Address, ...] = many("address")
    person_contacts: tuple[PersonContact, ...] = many("contact")
    credentials: tuple[Credential, ...] = many("credential")
    languages: tuple[Code, ...] = many("language")
    specializations: tuple[Code, ...] = many("specialization")
    contact_points: tuple[ContactPoint, ...] = many("contactPoint")
    parent: str | None = reference("parent")
    contacts: tuple[Contact, ...] = many("contact", extension=True)
    use_name: str | None = maybe("useName", extension=True)
    health_territories: tuple[TerritorialDivision, ...] = many("healthCareTerritorial", extension=True)
    location: Location | None = maybe("location", extension=True)
    prices: tuple[Price, ...] = many("price", extension=True)
    drop_zone: bool | None = maybe("dropZone", extension=True)
    financial_help: tuple[Code, ...] = many("financialHelpType", extension=True)
    family_housing: bool | None = maybe("accomodationFamily", extension=True)
    temporary_help_places: int | None = maybe("nbTemporarySocialeHelpPlace", extension=True)
    permanent_help_places: int | None = maybe("nbPermanentSocialHelpPlace", extension=True)
    care_without_consent: bool | None = maybe("careWithoutPatientApproval", extension=True)
    created: date | None = maybe("creationDate", extension=True)
    closed: date | None = maybe("closingDate", extension=True)
    closing_reason: Code | None = maybe("closingReason", extension=True)
    accessibility: Code | None = maybe("accessibilityLocation", extension=True)
    orsan_level: Code | None = maybe("levelRecourseORSAN", extension=True)
    record: Record = one("record")

    @property
    def is_establishment(self) -> bool:
        """Whether this is an EG."""
        return self.parent is not None

    @property
    def structure_id(self) -> str | None:
        """Its idNat_Struct, under either assigning authority (decision 26)."""
        return next((other.code for other in self.other_ids if is_structure_authority(other.authority)), None)

    @property
    def finess(self) -> str | None:
        """Its FINESS number: as it stands under FINESS's own authority, else within the idNat_Struct."""
        bare = next((other.code for other in self.other_ids if other.authority == Authority.FINESS), None)
        if bare is not None:
            return bare
        structure = self.structure_id or ""
        return structure[1:] if structure.startswith(StructurePrefix.FINESS) else None
