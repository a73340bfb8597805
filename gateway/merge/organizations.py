"""EJ and EG: which is below which, and pointers that follow a copy to the one that is kept."""

import re
from collections.abc import Mapping

from gateway.merge.entries import ORGANIZATION, PARENT, Entry

Replacements = Mapping[bytes, bytes]
"""Which copy stands for which: the id of one that gives way to the id of the one that is kept."""


def parent_of(organization: Entry) -> bytes | None:
    """The id of its EJ; ``None`` for an EJ."""
    return next((target for element, target in organization.references if element == PARENT), None)


def repointed(entry: Entry, replaced: Replacements) -> bytes:
    """The entry's bytes, pointing at the organizations that are kept."""
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
