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
    Entry,
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
    organizations, services, facilities, providers, devices = map(_each_once, directories)
    sent = len(directories[2])
    if skeleton.announced not in (sent, len(facilities)):
        raise MalformedAnswerError("answer.count-mismatch", f"announced {skeleton.announced}, sent {sent}")
    return RegionEntries(
        ror=ror,
        announced=len(facilities),
        repeated=sent - len(facilities),
        organizations=organizations,
        services=services,
        facilities=facilities,
        providers=providers,
        devices=devices,
        told=told,
        simulated=skeleton.told is not None and skeleton.told.simulated,
    )


def check_rules(entries: RegionEntries) -> None:
    """Pointers lead somewhere, numbers can be read. Raises ``MalformedAnswerError``."""
    organizations, services, devices = map(_ids, (entries.organizations, entries.services, entries.devices))
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
    return frozenset(entry.id for entry in entries)


def _each_once(entries: Entries) -> Entries:
    """Without what is said twice in the same bytes; two entries that differ under one id are a contradiction.

    Some directories write an establishment again for each of its units: that is long-winded, not wrong.
    """
    first: dict[bytes, Entry] = {}
    for entry in entries:
        if first.setdefault(entry.id, entry).xml != entry.xml:
            raise MalformedAnswerError("answer.duplicate-id", "an entityID stands for two things")
    return entries if len(first) == len(entries) else tuple(first.values())
