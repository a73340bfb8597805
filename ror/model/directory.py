"""Activities, equipment, and the five directories of a CSD document (domain §1.0, §1.17)."""

from dataclasses import dataclass

from ror.coding import Code
from ror.model.common import OtherId, Record
from ror.model.facility import Facility
from ror.model.organization import Organization
from ror.model.person import Provider
from ror.model.wire import attribute, many, maybe, one


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An activity of one unit (TRE_R211). It belongs to that unit alone (decision 15)."""

    entity_id: str = attribute("entityID")
    type: Code = one("codedType")
    families: tuple[Code, ...] = many("actFamily", extension=True)
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A piece of equipment of one unit (TRE_R212)."""

    entity_id: str = attribute("entityID")
    other_ids: tuple[OtherId, ...] = many("otherID")
    type: Code = one("codedType")
    in_service: int | None = maybe("nbInService", extension=True)
    record: Record = one("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The five directories; entries point at each other by ``entity_id``. EJ stand before their EG."""

    organizations: tuple[Organization, ...] = many("organization", wrapper="organizationDirectory")
    services: tuple[Service, ...] = many("service", wrapper="serviceDirectory")
    facilities: tuple[Facility, ...] = many("facility", wrapper="facilityDirectory")
    providers: tuple[Provider, ...] = many("provider", wrapper="providerDirectory")
    devices: tuple[Device, ...] = many("device", wrapper="deviceDirectory")

    @property
    def units(self) -> tuple[Facility, ...]:
        """The operational offers (UE), without the OI above them."""
        return tuple(facility for facility in self.facilities if facility.is_unit)
