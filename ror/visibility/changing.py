"""Changing values only where they differ: what stays the same stays the same object, so that stores share it."""

from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from ror.csd.shape import Slot, is_value, shape
from ror.model import Record
from ror.model.wire import Generation

_Value = TypeVar("_Value")


def changed(value: _Value, **parts: Any) -> _Value:
    """``value`` with ``parts``; ``value`` itself when it has those very parts."""
    new = {name: part for name, part in parts.items() if getattr(value, name) is not part}
    return replace(value, **new) if new else value  # type: ignore[type-var]


def without_comments(value: _Value) -> _Value:
    """``value`` with no ``comments`` in any record within it; ``value`` itself when there are none."""
    new: dict[str, Any] = {}
    cls: type = type(value)
    for slot in _ways_to_records(cls):
        part = getattr(value, slot.attribute)
        if not part:
            continue
        if slot.many:
            bare: Any = tuple([without_comments(item) for item in part])
            if all(item is old for item, old in zip(bare, part, strict=True)):
                continue
        else:
            bare = without_comments(part)
            if bare is part:
                continue
        new[slot.attribute] = bare
    if isinstance(value, Record) and value.comments is not None:
        new["comments"] = None
    return replace(value, **new) if new else value  # type: ignore[type-var]


@cache
def _ways_to_records(cls: type) -> tuple[Slot, ...]:
    """The fields of ``cls`` that may hold a record, at any depth."""
    return tuple(slot for slot in shape(cls, Generation.G2) if _leads_to_record(slot))


def _leads_to_record(slot: Slot) -> bool:
    return is_value(slot.kind) and (slot.kind is Record or bool(_ways_to_records(slot.kind)))
