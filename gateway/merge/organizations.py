"""EJ and EG across regions: an EJ that several hold appears once (decision 16)."""

import re
from collections.abc import Callable, Iterable

from gateway.merge.entries import Entry, RegionEntries

_OTHER_ID = re.compile(rb"<otherID\b([^>]*)>")
_CODE = re.compile(rb"""\bcode=["']([^"']*)["']""")
_AUTHORITY = re.compile(rb"""\bassigningAuthorityName=["']([^"']*)["']""")
_STRUCTURE = frozenset({b"1.2.250.1.71.4.2.2", b"1.2.250.1.71.1.2.14"})
_FINESS_PREFIX = b"1"


def parent_of(organization: Entry) -> bytes | None:
    """The id of its EJ; ``None`` for an EJ."""
    return next((target for element, target in organization.references if element == b"parent"), None)


def structure_id_of(organization: Entry) -> bytes | None:
    """Its idNat_Struct, under either assigning authority (decision 26)."""
    for attributes in _OTHER_ID.findall(organization.xml):
        authority, code = _AUTHORITY.search(attributes), _CODE.search(attributes)
        if authority and code and authority[1] in _STRUCTURE and code[1]:
            return bytes(code[1])
    return None


def finess_of(organization: Entry) -> bytes:
    """Its FINESS number, or an empty value."""
    structure = structure_id_of(organization) or b""
    return structure[1:] if structure.startswith(_FINESS_PREFIX) else b""


def shared_legal_entities(
    regions: Iterable[RegionEntries], home_ror: Callable[[str], str | None]
) -> dict[bytes, bytes]:
    """Which EJ stand for which: ``{id of a copy: id of the one kept}``.

    The copy of its own département's region is kept (``home_ror`` maps an idNat_Struct to that ROR), else that of
    the first ROR by id.
    """
    holders: dict[bytes, list[tuple[str, bytes]]] = {}
    for region in regions:
        for organization in region.organizations:
            structure = structure_id_of(organization) if parent_of(organization) is None else None
            if structure is not None:
                holders.setdefault(structure, []).append((region.ror, organization.id))
    replaced = {}
    for structure, copies in holders.items():
        if len({ror for ror, _ in copies}) < 2:
            continue
        home = home_ror(structure.decode(errors="replace"))
        kept = min(copies, key=lambda copy: (copy[0] != home, copy))
        replaced.update({id_: kept[1] for _, id_ in copies if id_ != kept[1]})
    return replaced
