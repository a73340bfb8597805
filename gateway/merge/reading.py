"""One region's answer into entries: the splice where it may, the tree where it must, then the rules both obey."""

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge import splice, tree
from gateway.merge.encoding import as_utf8
from gateway.merge.entries import Entry, RegionEntries
from ror.faults import PeerFault


def read_answer(data: bytes, ror: str) -> RegionEntries | PeerFault:
    """Read what the node of ``ror`` sent. Raises ``MalformedAnswerError`` where it breaks the contract."""
    document = as_utf8(data)
    try:
        skeleton, entries = splice.cut(document, ror)
    except UnusualAnswerError:
        skeleton, entries = tree.read(document, ror)
    if skeleton.fault is not None:
        return skeleton.fault
    if entries is None:
        raise MalformedAnswerError("answer.structure", "neither fault nor result")
    check_rules(entries)
    return entries


def check_rules(entries: RegionEntries) -> None:
    """Announced number equals units (405), ids are unique, every pointer of a unit or EG has its entry."""
    if entries.announced != len(entries.facilities):
        raise MalformedAnswerError(
            "answer.count-mismatch", f"announced {entries.announced}, sent {len(entries.facilities)}"
        )
    organizations = _unique(entries.organizations)
    services = _unique(entries.services)
    _unique(entries.facilities)
    _unique(entries.providers)
    devices = _unique(entries.devices)
    for facility in entries.facilities:
        for element, target in facility.references:
            known = _TARGETS.get(element)
            if known is None:
                continue
            if target not in (organizations, services, devices)[known]:
                raise MalformedAnswerError("answer.dangling-reference", f"{element!r} points nowhere")
        if not any(element == b"organization" for element, _ in facility.references):
            raise MalformedAnswerError("answer.dangling-reference", "a unit names no establishment")
    for organization in entries.organizations:
        for element, target in organization.references:
            if element == b"parent" and target not in organizations:
                raise MalformedAnswerError("answer.dangling-reference", "an establishment's EJ is missing")


_TARGETS = {b"organization": 0, b"service": 1, b"equipment": 2}


def _unique(entries: tuple[Entry, ...]) -> frozenset[bytes]:
    ids = frozenset(entry.id for entry in entries)
    if len(ids) != len(entries):
        raise MalformedAnswerError("answer.duplicate-id", "an entityID stands twice")
    return ids
