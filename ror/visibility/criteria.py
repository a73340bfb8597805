"""Criteria that a profile may not search on: a refusal, never "no hit" (decision 1)."""

from enum import Enum

from ror.access import Profile, ProfileCode
from ror.errors import refuse
from ror.faults import Reason
from ror.question import Criteria
from ror.visibility.table import VISIBLE, Attribute, Fields


class Criterion(Enum):
    """The criteria that look at an attribute which a profile may hide; every other one is open to all.

    The value names the field of ``Criteria``, ``label`` is what a health worker reads.
    """

    ACT = "act", "acte spécifique", Attribute.ACTS
    SPECIALITY = "speciality", "spécialité", Attribute.SKILLS
    EQUIPMENT = "equipment", "équipement", Attribute.EQUIPMENT
    AVAILABLE_BEDS = "available_beds", "lits disponibles", Attribute.AVAILABILITY

    def __init__(self, field: str, label: str, attribute: Attribute) -> None:
        self.field = field
        self.label = label
        self.attribute = attribute


def searchable_fields(criterion: Criterion, profile: Profile) -> Fields:
    """The fields of activity whose units ``criterion`` may select; ``None`` is every field, empty is none.

    A unit of another field is no hit, even if it matches: criteria apply to what the caller may see.
    """
    return VISIBLE[criterion.attribute][profile]


def hidden_criteria(criteria: Criteria, profile: Profile) -> tuple[str, ...]:
    """The criteria asked that ``profile`` sees in no field, by their French label; empty when all may be asked."""
    return tuple(
        criterion.label
        for criterion in Criterion
        if getattr(criteria, criterion.field) is not None and searchable_fields(criterion, profile) == frozenset()
    )


def check_criteria(criteria: Criteria, profile_code: ProfileCode) -> None:
    """Refuse a search on what the profile hides.

    Raises:
        FaultError: ``criterion.hidden-by-profile``, with the criteria by their French label.
    """
    hidden = hidden_criteria(criteria, profile_code.profile)
    if hidden:
        raise refuse(
            Reason.CRITERION_HIDDEN,
            f"Le profil {profile_code.value} ne permet pas de chercher sur : {', '.join(hidden)}.",
        )
