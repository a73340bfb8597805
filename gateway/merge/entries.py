"""The parts of one region's answer, as bytes that may be written into the merged answer as they are."""

from dataclasses import dataclass

from ror.coverage import RorCoverage

ORGANIZATION = b"organization"
SERVICE = b"service"
FACILITY = b"facility"
PROVIDER = b"provider"
DEVICE = b"device"

DIRECTORIES = (
    (b"organizationDirectory", ORGANIZATION),
    (b"serviceDirectory", SERVICE),
    (b"facilityDirectory", FACILITY),
    (b"providerDirectory", PROVIDER),
    (b"deviceDirectory", DEVICE),
)
"""Directories and their entries, in the order of the contract."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: scoped id, its bytes (unqualified, self-contained XML), ids it points at as ``(element, id)``."""

    id: bytes
    xml: bytes
    references: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionEntries:
    """What one ROR sent, scoped to it: entries by directory, number announced, its own coverage if it told one."""

    ror: str
    announced: int
    organizations: tuple[Entry, ...]
    services: tuple[Entry, ...]
    facilities: tuple[Entry, ...]
    providers: tuple[Entry, ...]
    devices: tuple[Entry, ...]
    told: RorCoverage | None = None
    simulated: bool = False
