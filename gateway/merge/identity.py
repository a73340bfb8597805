"""Who an entry is across regions, where it lies and how new it is, read from its bytes.

Usual forms are found by a byte search, unusual ones are read as XML: both say the same.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from gateway.merge.entries import Entry
from ror.coding import Authority
from ror.territory import commune, ror_of_region

_STRUCTURE: Final = frozenset({Authority.STRUCTURE.encode(), Authority.STRUCTURE_2016.encode()})
_UNIT: Final = frozenset({Authority.UNIT.encode()})
_FINESS_PREFIX = "1"
_OTHER_ID = b"<otherID"
_PLAIN_OTHER_ID = re.compile(
    rb'<otherID(?: code="([^"&<\t\r\n]*)"| assigningAuthorityName="([^"&<\t\r\n]*)"){2} ?/?>'
)
_USUAL_FIRST = re.compile(
    rb'<(?:facility|organization) entityID="[^"]*">[ \t\r\n]*'
    rb'<otherID code="([^"&<\t\r\n ]+)" assigningAuthorityName="([^"&<\t\r\n ]+)" ?/?>'
)
"""Most entries begin with the identifier that is looked for: no more than their first bytes is read."""
_COMMUNE = re.compile(rb'<cityNumber(?: [A-Za-z]+="[^"&<]*")*? code="([^"&<]*)"')
_UPDATED = re.compile(rb'updated="([^"&<]{10,40})"')
_NEVER = datetime.min.replace(tzinfo=UTC)


def structure_id_of(organization: Entry) -> str | None:
    """Its idNat_Struct, under either assigning authority (decision 26)."""
    return _identifier(organization.xml, _STRUCTURE)


def unit_id_of(facility: Entry) -> str | None:
    """Its ``<region>/<local number>``; ``None`` where the region tells none."""
    return _identifier(facility.xml, _UNIT)


def finess_of(organization: Entry) -> str:
    """Its FINESS number, or an empty text."""
    structure = structure_id_of(organization) or ""
    return structure[1:] if structure.startswith(_FINESS_PREFIX) else ""


def ror_where_it_lies(entry: Entry) -> str | None:
    """The ROR of the commune that it says it lies in; ``None`` where it says none that exists."""
    found = _COMMUNE.search(entry.xml)
    code = found[1].decode(errors="replace").strip() if found else _odd_commune(entry.xml)
    place = commune(code) if code else None
    ror = ror_of_region(place.region) if place else None
    return ror.id if ror else None


def updated_of(entry: Entry) -> datetime:
    """When its own record, the last one in it, was changed; the beginning of time where it cannot be read."""
    moments = _UPDATED.findall(entry.xml)
    try:
        moment = datetime.fromisoformat(moments[-1].decode())
    except (IndexError, ValueError):
        return _NEVER
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _identifier(xml: bytes, authorities: frozenset[bytes]) -> str | None:
    usual = _USUAL_FIRST.match(xml)
    if usual and usual[2] in authorities:
        return usual[1].decode()
    for code, authority in _other_ids(xml):
        if code and authority.encode() in authorities:
            return code
    return None


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


def _odd_commune(xml: bytes) -> str | None:
    if b"<cityNumber" not in xml:
        return None
    element = etree.fromstring(xml).find(".//cityNumber")
    return (element.get("code") or "").strip() or None if element is not None else None
