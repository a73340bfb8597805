"""What holds of every value, wherever it stands: records (RG_EXP_020) and codes (nomenclatures)."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from regional_nodes.source import EstablishmentTree
from ror.coding import Code, Scheme
from ror.model import Device, Facility, GeoCode, Organization, Provider, Record, Service
from ror.nomenclatures import table
from ror.territory import commune, ended_commune

_RECORDS = {"record", "extension_record"}

Entry = Organization | Facility | Service | Device | Provider


def broken_records(tree: EstablishmentTree) -> Iterator[str]:
    """Values of the tree that lack a record or have one that goes backwards."""
    for owner, value in _values(tree):
        if isinstance(value, Record):
            if value.created.tzinfo is None or value.updated.tzinfo is None:
                yield f"RG_EXP_020: a record of {owner} has no time zone"
            elif value.updated < value.created:
                yield f"RG_EXP_020: a record of {owner} was updated before it was created"
            if not value.status:
                yield f"RG_EXP_020: a record of {owner} has no status"
            continue
        for name in _RECORDS.intersection(_field_names(type(value))):
            if getattr(value, name) is None and not (isinstance(value, GeoCode) and value.reliable is None):
                yield f"RG_EXP_020: {type(value).__name__} of {owner} has no record"


def broken_codes(tree: EstablishmentTree) -> Iterator[str]:
    """Codes of the tree that their table does not hold. Which of them are still open is a question of quality."""
    for owner, value in _values(tree):
        if isinstance(value, Code) and (value.scheme or value.code) and not _is_known(value.scheme, value.code):
            yield f"NOMENCLATURE: {owner} has {value.code!r}, unknown to {value.scheme}"


@cache
def _is_known(scheme: str, code: str) -> bool:
    if scheme == Scheme.COMMUNE:
        return commune(code) is not None or ended_commune(code) is not None
    known = table(scheme)
    return known is None or known.find(code) is not None


def _values(tree: EstablishmentTree) -> Iterator[tuple[str, Any]]:
    """Every value of the tree with the ``entity_id`` of the entry that it stands in, a shared one once an entry."""
    entries: tuple[Entry, ...] = (
        tree.legal_entity,
        tree.establishment,
        *tree.facilities,
        *tree.services,
        *tree.devices,
        *tree.providers,
    )
    for entry in entries:
        seen: set[int] = set()
        pending: list[Any] = [entry]
        while pending:
            value = pending.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            yield entry.entity_id, value
            for name in _field_names(type(value)):
                inner = getattr(value, name)
                if isinstance(inner, tuple):
                    pending.extend(one for one in inner if is_dataclass(one))
                elif is_dataclass(inner):
                    pending.append(inner)


def _field_names(cls: type[Any]) -> tuple[str, ...]:
    known = _NAMES.get(cls)
    if known is None:
        known = _NAMES[cls] = tuple(field.name for field in fields(cls))
    return known


_NAMES: dict[type[Any], tuple[str, ...]] = {}
"""Names of the fields of each class of the model, once asked for."""
