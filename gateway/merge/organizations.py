"""EJ and EG across regions: an EJ that several hold appears once (decision 16)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lxml import etree

from gateway.merge.entries import ORGANIZATION, PARENT, Entry, RegionEntries
from ror.coding import Authority

Replacements = Mapping[bytes, bytes]
"""Which EJ stands for which: the id of a copy to the id of the one that is kept."""

_STRUCTURE: Final = frozenset({Authority.STRUCTURE, Authority.STRUCTURE_2016})
_FINESS_PREFIX = "1"
_OTHER_ID = b"<otherID"
_PLAIN_OTHER_ID = re.compile(
    rb'<otherID(?: code="([^"&<\t\r\n]*)"| assigningAuthorityName="([^"&<\t\r\n]*)"){2} ?/?>'
)


def parent_of(organization: Entry) -> bytes | None:
    """The id of its EJ; ``None`` for an EJ."""
    return next((target for element, target in organization.references if element == PARENT), None)


def structure_id_of(organization: Entry) -> str | None:
    """Its idNat_Struct, under either assigning authority (decision 26)."""
    for code, authority in _other_ids(organization.xml):
        if code and authority in _STRUCTURE:
            return code
    return None


def finess_of(organization: Entry) -> str:
    """Its FINESS number, or an empty text."""
    structure = structure_id_of(organization) or ""
    return structure[1:] if structure.startswith(_FINESS_PREFIX) else ""


def shared_legal_entities(regions: Iterable[RegionEntries], home_ror: Callable[[str], str | None]) -> Replacements:
    """Which copies of an EJ give way to which.

    The copy of its own département's region is kept (``home_ror`` maps an idNat_Struct to that ROR), else that of
    the first ROR by id.
    """
    holders: dict[str, list[tuple[str, bytes]]] = {}
    for region in regions:
        for organization in region.organizations:
            structure = structure_id_of(organization) if parent_of(organization) is None else None
            if structure is not None:
                holders.setdefault(structure, []).append((region.ror, organization.id))
    replaced = {}
    for structure, copies in holders.items():
        if len({ror for ror, _ in copies}) < 2:
            continue
        home = home_ror(structure)
        kept = min(copies, key=lambda copy: (copy[0] != home, copy))
        replaced.update({id_: kept[1] for _, id_ in copies if id_ != kept[1]})
    return replaced


def repointed(entry: Entry, replaced: Replacements) -> bytes:
    """The entry's bytes, pointing at the EJ that are kept."""
    xml = entry.xml
    for element, target in entry.references:
        if target in replaced and element in (PARENT, ORGANIZATION):
            xml = pointer(element, target).sub(rb"\g<1>" + replaced[target].replace(b"\\", rb"\\") + rb"\g<2>", xml)
    return xml


def pointer(element: bytes, target: bytes) -> re.Pattern[bytes]:
    """How a pointer stands in an entry, by whichever path it came: declarations, then the ``entityID``."""
    return re.compile(
        b"(<" + element + rb"""(?: xmlns[^= <>]*=(?:"[^"<]*"|'[^'<]*'))* entityID=")""" + re.escape(target) + b'(")'
    )


def _other_ids(xml: bytes) -> Iterable[tuple[str, str]]:
    """Code and authority of every ``otherID``; those of unusual form are read as XML."""
    plain = _PLAIN_OTHER_ID.findall(xml)
    if len(plain) == xml.count(_OTHER_ID):
        return ((code.decode().strip(), authority.decode().strip()) for code, authority in plain)
    found = etree.fromstring(xml).iter("otherID")
    return [
        ((element.get("code") or "").strip(), (element.get("assigningAuthorityName") or "").strip())
        for element in found
    ]
