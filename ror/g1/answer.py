"""The answer of the inter-ROR search: ``careServicesResponse`` of 2016 (decisions 14 and 15).

It holds units only, their number in ``OInumber``, and what they point at. A node or the gateway that has entries as
bytes assembles one from ``answer_prefix``, ``directories`` and ``answer_suffix`` without any value of the model.

What a reader holds an answer to, and what it forgives:

- ``OInumber`` is the number of units: else ``FaultError`` 405. Internal organisations above units are not counted.
- An entry that comes twice with the same content counts once; the same ``entityID`` with other content is unreadable.
- What the official checks read must be there: each unit's establishment, each establishment's EJ, each unit's
  activities. A pointer of another kind may lead nowhere (``parentFacility`` always does: its target is no unit).
- Missing directories are empty; their order and namespace do not matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from ror import namespaces
from ror.csd import Generation, Style, read, write
from ror.csd.elements import children, convert, text_of, unreadable
from ror.errors import UnreadableAnswerError, refuse
from ror.faults import Reason
from ror.model import Device, Directory, Facility, Organization, Provider, Service
from ror.xml_parser import Element, local_name

_ENTRY = TypeVar("_ENTRY", Organization, Service, Facility, Provider, Device)

DIRECTORY_NAMES: Final = (
    "organizationDirectory",
    "serviceDirectory",
    "facilityDirectory",
    "providerDirectory",
    "deviceDirectory",
)
"""The five directories in their order; all are always written."""

_WRAPPERS: Final = tuple(
    (f"<{name}>".encode(), f"</{name}>".encode(), f"<{name}/>".encode()) for name in DIRECTORY_NAMES
)


def answer_prefix(unit_count: int) -> bytes:
    """What stands before the directories; ``unit_count`` is the number of units that follow."""
    return (
        f'<ror:careServicesResponse xmlns:ror="{namespaces.G1}"><result>'
        f"<resultNumber><OInumber>{unit_count}</OInumber></resultNumber>"
    ).encode()


def answer_suffix() -> bytes:
    """What stands behind the directories."""
    return b"</result></ror:careServicesResponse>"


def directories(
    *,
    organizations: Sequence[bytes] = (),
    services: Sequence[bytes] = (),
    facilities: Sequence[bytes] = (),
    providers: Sequence[bytes] = (),
    devices: Sequence[bytes] = (),
) -> Iterator[bytes]:
    """The five directories around entries that are already written in G1, part by part."""
    parts = (organizations, services, facilities, providers, devices)
    for (opening, closing, empty), entries in zip(_WRAPPERS, parts, strict=True):
        if entries:
            yield opening
            yield from entries
            yield closing
        else:
            yield empty


def write_answer(directory: Directory, style: Style) -> bytes:
    """Write the answer with the units of ``directory``; internal organisations above them stay out."""
    units = directory.units
    content = replace(directory, facilities=units) if len(units) != len(directory.facilities) else directory
    return answer_prefix(len(units)) + write(content, Generation.G1, style) + answer_suffix()


def read_answer(body_element: Element) -> Directory:
    """Read ``careServicesResponse``, by the rules above.

    Raises ``UnreadableAnswerError``, or ``FaultError`` of reason ``COUNT_MISMATCH`` (405).
    """
    if local_name(body_element) != "careServicesResponse":
        raise unreadable(body_element, "careServicesResponse is expected")
    result = _only(body_element, "result")
    number_element = _only(_only(result, "resultNumber"), "OInumber")
    announced: int = convert(number_element, int, text_of(number_element), "text")
    directory = _each_once(read(result, Directory, Generation.G1))
    received = len(directory.units)
    if announced != received:
        raise refuse(Reason.COUNT_MISMATCH, announced=announced, received=received)
    _check_pointers(directory)
    return directory


def _only(element: Element, name: str) -> Element:
    found = children(element, name)
    if len(found) != 1:
        raise unreadable(element, f"one {name} is expected, {len(found)} found")
    return found[0]


def _each_once(directory: Directory) -> Directory:
    return Directory(
        organizations=_distinct("organization", directory.organizations),
        services=_distinct("service", directory.services),
        facilities=_distinct("facility", directory.facilities),
        providers=_distinct("provider", directory.providers),
        devices=_distinct("device", directory.devices),
    )


def _distinct(kind: str, entries: tuple[_ENTRY, ...]) -> tuple[_ENTRY, ...]:
    by_id: dict[str, _ENTRY] = {}
    for entry in entries:
        if by_id.setdefault(entry.entity_id, entry) != entry:
            raise UnreadableAnswerError(f"{kind}[{entry.entity_id[:60]}] comes twice with different content")
    return entries if len(by_id) == len(entries) else tuple(by_id.values())


def _check_pointers(directory: Directory) -> None:
    organizations = _ids(directory.organizations)
    services = _ids(directory.services)
    for organization in directory.organizations:
        if organization.parent is not None:
            _check(organizations, organization.parent, f"organization[{organization.entity_id[:60]}]/parent")
    for unit in directory.units:
        if not unit.organizations:
            raise UnreadableAnswerError(f"facility[{unit.entity_id[:60]}] belongs to no establishment")
        for link in unit.organizations:
            _check(organizations, link.entity_id, f"facility[{unit.entity_id[:60]}]/organizations/organization")
            for service in link.services:
                _check(services, service.entity_id, f"facility[{unit.entity_id[:60]}]/organizations/…/service")


def _ids(entries: Iterable[Organization | Service]) -> frozenset[str]:
    return frozenset(entry.entity_id for entry in entries)


def _check(known: frozenset[str], entity_id: str, where: str) -> None:
    if entity_id not in known:
        raise UnreadableAnswerError(f"{where} points at {entity_id[:60]!r}, which is not in the answer")
