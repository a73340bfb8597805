"""The distance that a region calculated for a unit: read from its bytes, and taken out where it means nothing."""

import re

from lxml import etree

from gateway.merge.entries import Entry

_TAG = b"<calculatedDistance"
_PLAIN = re.compile(rb">[ \t\r\n]*([0-9]{1,6}(?:\.[0-9]{1,6})?)[ \t\r\n]*<")
_WHOLE = re.compile(rb"<calculatedDistance[ \t\r\n]*>[^<>&]*</calculatedDistance[ \t\r\n]*>")
_DECIMAL = re.compile(r"[ \t\r\n]*([+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?)[ \t\r\n]*")
UNKNOWN = float("inf")


def distance_of(facility: Entry) -> float:
    """Kilometres that the region calculated; infinite where it did not."""
    at = facility.xml.find(_TAG)
    if at < 0:
        return UNKNOWN
    plain = _PLAIN.match(facility.xml, at + len(_TAG))
    return float(plain[1]) if plain else _read(facility.xml)


def without_distance(xml: bytes) -> bytes:
    """A unit that tells no distance. A question with several destinations has no place to tell it from, though a
    region that is asked for one of them alone takes that one: side by side its kilometres would mislead.
    """
    if _TAG not in xml:
        return xml
    plain = _WHOLE.sub(b"", xml)
    return plain if _TAG not in plain else _rewritten(xml)


def _read(xml: bytes) -> float:
    """The first distance of an entry that writes it in an unusual way."""
    text = etree.fromstring(xml).findtext(".//calculatedDistance")
    number = _DECIMAL.fullmatch(text or "")
    return float(number[1]) if number else UNKNOWN


def _rewritten(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    for told in root.findall(".//calculatedDistance"):
        if (parent := told.getparent()) is not None:
            parent.remove(told)
    return etree.tostring(root, encoding="utf-8")
