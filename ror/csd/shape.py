"""The wire shape of a class: its fields' metadata, as each generation places them (decision 14).

The model stands in the order of 2.4, which is G2. What G1 writes elsewhere or under another name is the table
``_G1``; everything else is common to both.
"""

import types
import typing
from dataclasses import Field, dataclass, fields, replace
from functools import cache

from ror.coding import Code
from ror.csd.lexical import WRITERS
from ror.model import Device, Facility
from ror.model.wire import METADATA_KEY, Form, Generation, Wire

EXTENSION = "extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where one field of a class stands.

    ``attribute`` is its Python name, ``name`` its XML name, ``kind`` a scalar type, ``Code`` or a class of the model.
    ``also`` are other places where it may be read: name, and whether inside ``extension``.
    """

    attribute: str
    name: str
    form: Form
    kind: type
    many: bool
    optional: bool
    wrapper: str | None
    extension: bool
    also: tuple[tuple[str, bool], ...] = ()

    @property
    def is_scalar(self) -> bool:
        """Whether it is text rather than structure."""
        return self.kind in WRITERS


@dataclass(frozen=True, slots=True)
class _Place:
    """Where G1 writes a field: under which name, before which field (``None``: where it stands)."""

    name: str
    before: str | None = None


_G1: dict[type, dict[str, _Place]] = {
    Facility: {
        "care_mode": _Place("typeOfCare", before="organizations"),
        "patients": _Place("patientsType", before="organizations"),
    },
    Device: {"type": _Place("type")},
}


@cache
def shape(cls: type, generation: Generation) -> tuple[Slot, ...]:
    """The slots of ``cls`` in the order of the wire, those of ``extension`` contiguous."""
    hints = typing.get_type_hints(cls)
    slots = [_slot(field, hints[field.name]) for field in fields(cls) if _exists(field, generation)]
    if generation is Generation.G1:
        for attribute, place in _G1.get(cls, {}).items():
            slots = _moved(slots, attribute, place)
    return tuple(slots)


def _exists(field: Field[object], generation: Generation) -> bool:
    wire: Wire = field.metadata[METADATA_KEY]
    return wire.generation is None or wire.generation is generation


def _slot(field: Field[object], hint: object) -> Slot:
    wire: Wire = field.metadata[METADATA_KEY]
    kind, many, optional = _kind(hint)
    return Slot(
        attribute=field.name,
        name=wire.name,
        form=wire.form,
        kind=kind,
        many=many,
        optional=optional,
        wrapper=wire.wrapper,
        extension=wire.extension,
    )


def _kind(hint: object) -> tuple[type, bool, bool]:
    """Take ``tuple[X, ...]``, ``X | None`` or ``X`` apart: X, repeated, optional."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return arguments[0], True, False
    if origin in (types.UnionType, typing.Union):
        (kind,) = (argument for argument in arguments if argument is not type(None))
        return kind, False, True
    if not isinstance(hint, type):
        raise TypeError(f"no wire form for {hint!r}")
    return hint, False, False


def _moved(slots: list[Slot], attribute: str, place: _Place) -> list[Slot]:
    index = next(index for index, slot in enumerate(slots) if slot.attribute == attribute)
    slot = slots[index]
    moved = replace(slot, name=place.name, also=((slot.name, slot.extension),))
    rest = slots[:index] + slots[index + 1 :]
    if place.before is not None:
        moved = replace(moved, extension=False)
        index = next(index for index, other in enumerate(rest) if other.attribute == place.before)
    return [*rest[:index], moved, *rest[index:]]


def is_value(kind: type) -> bool:
    """Whether ``kind`` is a class of the model rather than a scalar or a ``Code``."""
    return kind is not Code and kind not in WRITERS
