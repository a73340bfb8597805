"""Who may see what, as one table: attribute by profile by field of activity (contract, "Who may see what").

The meaning of the table counts, not the names that the official checks misspell (domain §6.4): ``@avaible`` is the
number of available beds, and hidden with it.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Final

from ror.access import Profile
from ror.coding import Code
from ror.model import Facility

Fields = frozenset[str] | None
"""Fields of activity (TRE_R227, two digits) in which something is visible; ``None`` is every field, told or not."""

EVERY: Final[Fields] = None
NONE: Final[Fields] = frozenset()
MEDICO_SOCIAL: Final[Fields] = frozenset({"04"})
AMBULATORY: Final[Fields] = frozenset({"05"})


class Attribute(Enum):
    """What a profile may hide."""

    CONTACT_FREE = "contacts of level 1"
    CONTACT_RESTRICTED = "contacts of level 2"
    CONTACT_VERY_RESTRICTED = "contacts of level 3"
    SENSITIVE_UNIT = "sensitive units, whole"
    DROP_ZONE = "dropZone"
    ORSAN_LEVEL = "levelRecourseORSAN"
    CRISIS_CAPACITY = "crisisAccomodationCapacity"
    AVAILABILITY = "available beds and places, and their date"
    SKILLS = "resourcesSkills, specificSkills of a professional"
    EQUIPMENT = "equipment and devices"
    ACTS = "specificAct"
    CARE_SPECIALITIES = "takingCareSpeciality"
    COMMENTS = "comments of every record"
    PROFESSIONAL = "professionals"


def _row(public: Fields, regulation: Fields, orientation: Fields, medico_social: Fields) -> Mapping[Profile, Fields]:
    return {
        Profile.PUBLIC: public,
        Profile.REGULATION: regulation,
        Profile.ORIENTATION: orientation,
        Profile.MEDICO_SOCIAL: medico_social,
    }


VISIBLE: Final[Mapping[Attribute, Mapping[Profile, Fields]]] = {
    Attribute.CONTACT_FREE: _row(EVERY, EVERY, EVERY, EVERY),
    Attribute.CONTACT_RESTRICTED: _row(NONE, EVERY, EVERY, MEDICO_SOCIAL),
    Attribute.CONTACT_VERY_RESTRICTED: _row(NONE, EVERY, NONE, NONE),
    Attribute.SENSITIVE_UNIT: _row(NONE, EVERY, NONE, NONE),
    Attribute.DROP_ZONE: _row(NONE, EVERY, NONE, NONE),
    Attribute.ORSAN_LEVEL: _row(NONE, EVERY, NONE, NONE),
    Attribute.CRISIS_CAPACITY: _row(NONE, EVERY, NONE, NONE),
    Attribute.AVAILABILITY: _row(NONE, EVERY, EVERY, NONE),
    Attribute.SKILLS: _row(NONE, EVERY, EVERY, MEDICO_SOCIAL),
    Attribute.EQUIPMENT: _row(NONE, EVERY, EVERY, MEDICO_SOCIAL),
    Attribute.ACTS: _row(NONE, EVERY, EVERY, MEDICO_SOCIAL),
    Attribute.CARE_SPECIALITIES: _row(NONE, EVERY, EVERY, MEDICO_SOCIAL),
    Attribute.COMMENTS: _row(NONE, EVERY, EVERY, MEDICO_SOCIAL),
    Attribute.PROFESSIONAL: _row(AMBULATORY, EVERY, EVERY, frozenset({"04", "05"})),
}
"""In which fields each profile sees each attribute."""

Seen = frozenset[Attribute]
"""The attributes that one profile sees on one entry."""


@cache
def seen_by(profile: Profile, fields: frozenset[str]) -> Seen:
    """What ``profile`` sees on an entry of these fields: what it sees in at least one of them."""
    return frozenset(
        attribute
        for attribute, row in VISIBLE.items()
        if row[profile] is None or not fields.isdisjoint(row[profile] or ())
    )


def field_of(code: Code) -> str:
    """A field of activity as two digits, whether its sender pads codes or not."""
    return code.code.lstrip("0").rjust(2, "0")


def fields_of(facility: Facility) -> frozenset[str]:
    """The fields of a facility, as ``01`` to ``05``.

    A unit has exactly one (RG_EXP_010); one that breaks this has none here, so that only what is visible in every
    field remains.
    """
    fields = frozenset(field_of(code) for code in facility.fields)
    return frozenset() if facility.is_unit and len(fields) != 1 else fields
