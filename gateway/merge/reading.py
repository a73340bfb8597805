"""One region's answer into entries: the splice where it may, the tree where it must, then the rules both obey."""

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge import splice, tree
from gateway.merge.encoding import as_utf8
from gateway.merge.entries import (
    EQUIPMENT,
    ORGANIZATION,
    PARENT,
    SERVICE,
    Entries,
    RegionEntries,
    pointers,
)
from gateway.merge.skeleton import Skeleton
from gateway.merge.values import check_values
from ror.faults import PeerFault


def read_answer(data: bytes, ror: str) -> RegionEntries | PeerFault:
    """Read what the node of ``ror`` sent. Raises ``MalformedAnswerError`` where it breaks the contract."""
    document = as_utf8(data)
    try:
        skeleton, directories = splice.cut(document, ror)
    except UnusualAnswerError:
        skeleton, directories = tree.read(document, ror)
    if skeleton.fault is not None:
        return skeleton.fault
    entries = _of_region(ror, skeleton, directories)
    check_rules(entries)
    return entries


def _of_region(ror: str, skeleton: Skeleton, directories: tuple[Entries, ...]) -> RegionEntries:
    told = skeleton.told_of(ror)
    if skeleton.told is not None and told is None:
        raise MalformedAnswerError("answer.coverage", f"it tells of other RORs, not of {ror}")
    organizations, services, facilities, providers, devices = directories
    return RegionEntries(
        ror=ror,
        announced=skeleton.announced,
        organizations=organizations,
        services=services,
        facilities=facilities,
        providers=providers,
        devices=devices,
        told=told,
        simulated=skeleton.told is not None and skeleton.told.simulated,
    )


def check_rules(entries: RegionEntries) -> None:
    """Announced number equals units (405), ids are unique, pointers lead somewhere, numbers can be read.

    Raises ``MalformedAnswerError``.
    """
    if entries.announced != len(entries.facilities):
        raise MalformedAnswerError(
            "answer.count-mismatch", f"announced {entries.announced}, sent {len(entries.facilities)}"
        )
    organizations = _ids(entries.organizations)
    services = _ids(entries.services)
    devices = _ids(entries.devices)
    _ids(entries.facilities)
    _ids(entries.providers)
    if not all(any(name == ORGANIZATION for name, _ in unit.references) for unit in entries.facilities):
        raise MalformedAnswerError("answer.dangling-reference", "a unit names no establishment")
    of_units, of_organizations = pointers(entries.facilities), pointers(entries.organizations)
    for element, pointed, targets in (
        (ORGANIZATION, of_units, organizations),
        (SERVICE, of_units, services),
        (EQUIPMENT, of_units, devices),
        (PARENT, of_organizations, organizations),
    ):
        if not targets.issuperset(pointed[element]):
            raise MalformedAnswerError("answer.dangling-reference", f"{element.decode()} points nowhere")
    check_values(entries.facilities)


def _ids(entries: Entries) -> frozenset[bytes]:
    ids = frozenset(entry.id for entry in entries)
    if len(ids) != len(entries):
        raise MalformedAnswerError("answer.duplicate-id", "an entityID stands twice")
    return ids
