"""The parts of one region's answer, as bytes that may be written into the merged answer as they are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

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

PARENT = b"parent"
EQUIPMENT = b"equipment"
"""Elements that point at an entry under another name: an EG at its EJ, a unit at a device."""

XML_SPACE = b" \t\r\n"
"""What XML calls white space; Python's own idea of it is wider."""


class Entry(NamedTuple):
    """One entry: scoped id, its bytes (unqualified, self-contained XML), ids it points at as ``(element, id)``.

    Ids are as they stand in the bytes, between double quotes. A tuple, since tens of thousands are made a search.
    """

    id: bytes
    xml: bytes
    references: tuple[tuple[bytes, bytes], ...]


Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionEntries:
    """What one ROR sent, scoped to it: entries by directory, each once; its own coverage if it told one.

    ``announced`` units are in it, ``repeated`` more were sent as exact copies of those.
    """

    ror: str
    announced: int
    organizations: Entries
    services: Entries
    facilities: Entries
    providers: Entries
    devices: Entries
    repeated: int = 0
    told: RorCoverage | None = None
    simulated: bool = False


def pointers(entries: Iterable[Entry]) -> dict[bytes, set[bytes]]:
    """What ``entries`` point at, by the element that points; an element that does not is empty."""
    found: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for entry in entries:
        for element, id_ in entry.references:
            found[element].add(id_)
    return found
