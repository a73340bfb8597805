"""Access profiles as a filter on the model: who may see what (contract; decisions 1 and 6; domain §6.4)."""

from ror.visibility.criteria import Criterion, check_criteria, hidden_criteria, searchable_fields
from ror.visibility.directory import visible_directory
from ror.visibility.entries import (
    visible_device,
    visible_facility,
    visible_organization,
    visible_provider,
    visible_service,
)
from ror.visibility.table import VISIBLE, Attribute, fields_of, seen_by

__all__ = [
    "VISIBLE",
    "Attribute",
    "Criterion",
    "check_criteria",
    "fields_of",
    "hidden_criteria",
    "searchable_fields",
    "seen_by",
    "visible_device",
    "visible_directory",
    "visible_facility",
    "visible_organization",
    "visible_provider",
    "visible_service",
]
