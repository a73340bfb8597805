"""CSD elements as values of the model, in both generations; the other direction of ``ror.csd.writing``.

Names are matched without their namespace, in any order. What real senders do is forgiven (domain §2.7): identifiers
with empty or absent attributes, coded elements without label, empty elements in place of absent ones, unknown
elements and attributes, ``xsi:type``, several ``extension``, both places of G1 (decision 14; the first one found
counts). What is mandatory and missing, and what cannot be read as its type, is an ``UnreadableAnswerError`` that says
where; no other exception leaves this module.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar

from ror import namespaces
from ror.coding import Code
from ror.csd.acts import ActingService, gather, not_acting
from ror.csd.elements import (
    ABSENT,
    ReadElement,
    attribute_of,
    children,
    convert,
    is_empty,
    read_code,
    read_code_if_any,
    read_other_id,
    read_reference,
    scalar_reader,
    text_of,
    unreadable,
)
from ror.csd.shape import EXTENSION, Slot, shape
from ror.model import Directory, OperatingHours, OtherId
from ror.model.wire import Form, Generation
from ror.xml_parser import Element, local_name

Value = TypeVar("Value")


def read(element: Element, cls: type[Value], generation: Generation) -> Value:
    """Read ``element`` as ``cls``: an entry, a part of one, or a ``Directory`` (the parent of the five directories).

    Raises ``UnreadableAnswerError``.
    """
    if cls is Directory:
        return _read_directory(element, generation)  # type: ignore[return-value]
    value = _plan(generation).value(cls)(element)
    assert isinstance(value, cls)
    return value


def _read_directory(element: Element, generation: Generation) -> Directory:
    plan = _plan(generation)
    g1 = generation is Generation.G1
    found: dict[str, tuple[Any, ...]] = {}
    for slot in shape(Directory, generation):
        cls = ActingService if g1 and slot.attribute == "services" else slot.kind
        entry = plan.value(cls)
        found[slot.attribute] = tuple(
            entry(child)
            for wrapper in children(element, slot.wrapper or "")
            for child in children(wrapper, slot.name)
        )
    if g1:
        found["facilities"] = gather(found["facilities"], found["services"])
        found["services"] = tuple(not_acting(service) for service in found["services"])
    return Directory(**found)


@cache
def _plan(generation: Generation) -> "_Plan":
    return _Plan(generation)


class _Plan:
    """The compiled readers of one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._values: dict[type, ReadElement] = {}

    def value(self, cls: type) -> ReadElement:
        """The reader of ``cls``."""
        known = self._values.get(cls)
        if known is None:
            known = self._values[cls] = _Reader(cls, self._generation, self)
        return known

    def element(self, slot: Slot) -> ReadElement:
        """The reader of one element of ``slot``; returns ``ABSENT`` for one that may be ignored."""
        forgiving = slot.many or slot.optional
        if slot.form is Form.REFERENCE:
            return read_reference
        if slot.kind is Code:
            return read_code_if_any if forgiving else read_code
        if slot.kind is OtherId:
            return read_other_id
        if slot.is_scalar:
            return scalar_reader(slot.kind, forgiving=forgiving)
        read_value = self.value(slot.kind)
        if not (forgiving and _has_mandatory(slot.kind, self._generation)):
            return read_value
        return lambda element: ABSENT if is_empty(element) else read_value(element)


class _Reader:
    """Reads one class: a single pass over the element's children."""

    def __init__(self, cls: type, generation: Generation, plan: _Plan) -> None:
        self._cls = cls
        self._attributes: list[tuple[Slot, str]] = []
        self._text: Slot | None = None
        self._direct: dict[str, tuple[Slot, ReadElement]] = {}
        self._extension: dict[str, tuple[Slot, ReadElement]] = {}
        self._wrapped: dict[str, dict[str, tuple[Slot, ReadElement]]] = {}
        self._slots = [slot for slot in shape(cls, generation) if slot.form is not Form.ATTRIBUTE]
        for slot in shape(cls, generation):
            if slot.form is Form.ATTRIBUTE:
                self._attributes.append((slot, slot.name.replace("xml:", f"{{{namespaces.XML}}}")))
            elif slot.form is Form.TEXT:
                self._text = slot
            else:
                self._add(slot, plan)

    def _add(self, slot: Slot, plan: _Plan) -> None:
        found = slot, plan.element(slot)
        for name, in_extension in ((slot.name, slot.extension), *slot.also):
            (self._extension if in_extension else self._direct).setdefault(name, found)
        if slot.wrapper is not None:
            del self._direct[slot.name]
            self._wrapped[slot.wrapper] = {slot.name: found}

    def __call__(self, element: Element) -> Any:
        values: dict[str, Any] = {}
        for slot, key in self._attributes:
            values[slot.attribute] = _attribute(element, slot, key)
        if self._text is not None:
            text = text_of(element)
            values[self._text.attribute] = None if self._text.optional and not text else text
        self._collect(element, values)
        for slot in self._slots:
            if slot.many:
                values[slot.attribute] = tuple(values.get(slot.attribute, ()))
            elif slot.attribute not in values and not slot.optional:
                if (self._cls, slot.attribute) not in _DEFAULTS:
                    raise unreadable(element, f"{slot.name} is missing")
                values[slot.attribute] = _DEFAULTS[self._cls, slot.attribute]
        return _MAKERS.get(self._cls, self._cls)(**values)

    def _collect(self, element: Element, values: dict[str, Any]) -> None:
        direct, wrapped = self._direct, self._wrapped
        for child in element:
            name = local_name(child)
            found = direct.get(name)
            if found is not None:
                _take(child, found, values)
            elif name == EXTENSION:
                _take_all(child, self._extension, values)
            elif name in wrapped:
                _take_all(child, wrapped[name], values)


def _take_all(element: Element, known: dict[str, tuple[Slot, ReadElement]], values: dict[str, Any]) -> None:
    for child in element:
        found = known.get(local_name(child))
        if found is not None:
            _take(child, found, values)


def _take(element: Element, found: tuple[Slot, ReadElement], values: dict[str, Any]) -> None:
    slot, read_element = found
    if not slot.many and slot.attribute in values:
        return
    value = read_element(element)
    if value is ABSENT:
        return
    if slot.many:
        values.setdefault(slot.attribute, []).append(value)
    else:
        values[slot.attribute] = value


def _attribute(element: Element, slot: Slot, key: str) -> Any:
    raw = attribute_of(element, key)
    if not raw:
        if slot.optional:
            return None
        if slot.name == "entityID" or element.get(key) is None:
            raise unreadable(element, f"@{slot.name} is missing")
    return convert(element, slot.kind, raw, f"@{slot.name}")


@cache
def _has_mandatory(cls: type, generation: Generation) -> bool:
    return any(not slot.many and not slot.optional for slot in shape(cls, generation))


def _hours(*, days: tuple[int, ...], **values: Any) -> OperatingHours:
    """CSD's own profile counts Sunday as 0, the ROR as 7 (domain §1.15)."""
    return OperatingHours(days=tuple(day or 7 for day in days), **values)


_MAKERS: Final[dict[type, Callable[..., Any]]] = {OperatingHours: _hours}
"""Classes whose values need more than their shape says."""

_DEFAULTS: Final[dict[tuple[type, str], Any]] = {(OperatingHours, "open"): True}
"""Mandatory fields that may be missing all the same: hours without ``openFlag`` (gone in 3.0) are opening hours."""
