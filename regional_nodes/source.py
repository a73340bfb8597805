"""What a source of data (synthetic or imported) hands to a node's store: one establishment with all it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from ror.model import Device, Facility, Organization, Provider, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class EstablishmentTree:
    """One EG with its EJ and everything that hangs on it, in the model's own form (padded codes, labels).

    ``facilities`` holds the OI and the units; every ``Service`` and ``Device`` belongs to one unit (decision 15).
    Several trees may carry the same EJ, with equal values.
    """

    legal_entity: Organization
    establishment: Organization
    facilities: tuple[Facility, ...]
    services: tuple[Service, ...] = ()
    devices: tuple[Device, ...] = ()
    providers: tuple[Provider, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdScheme:
    """How a solution names its entries (``entityID``). Numbers and FINESS are the source's own keys."""

    legal_entity: Callable[[str], str]
    establishment: Callable[[str], str]
    facility: Callable[[int], str]
    provider: Callable[[int], str]

    def service(self, facility: int, activity: str) -> str:
        """An activity's id: its unit's, then the activity's code (the pattern seen on the wire)."""
        return f"{self.facility(facility)}_{activity}"

    def device(self, facility: int, equipment: str) -> str:
        """A piece of equipment's id: its unit's, then ``e`` and the equipment's code."""
        return f"{self.facility(facility)}_e{equipment}"


def local_ids() -> IdScheme:
    """Ids of ROR-IeSS: short and local (``s_37493``, ``e_40841``, ``47045``)."""
    return IdScheme(
        legal_entity=lambda key: f"s_{key}",
        establishment=lambda key: f"e_{key}",
        facility=str,
        provider=lambda number: f"p_{number}",
    )


def uuid_ids(source_directory: str) -> IdScheme:
    """Ids of ROR-IR: URNs of version 5 UUIDs below the instance's address, stable from one load to the next."""

    def urn(kind: str, key: object) -> str:
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{source_directory}/{kind}/{key}')}"

    return IdScheme(
        legal_entity=lambda key: urn("ej", key),
        establishment=lambda key: urn("eg", key),
        facility=lambda number: urn("oi", number),
        provider=lambda number: urn("ps", number),
    )
