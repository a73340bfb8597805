"""Compiled writers: one tree of closures for a generation and a style, over the metadata of the model's fields."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, Final

from ror.coding import Code
from ror.csd.acts import ActingService
from ror.csd.lexical import WRITERS, escape
from ror.csd.shape import Slot, is_value, shape
from ror.csd.style import UNPADDED_TABLES, Style
from ror.model import Device, Facility, Location, Organization, Provider, Service
from ror.model.wire import Form, Generation

Render = Callable[[Any], str]

DISTANCE_MARK: Final = "\x00"
"""Stands where the distance goes while a unit is rendered; ``escape`` lets no such character through."""

_EXTENSION_ATTRIBUTES: Final = ' type="Type1" urn="Urn0"'

_ENTRY_TAGS: Final[dict[type, str]] = {
    Organization: "organization",
    Service: "service",
    ActingService: "service",
    Facility: "facility",
    Provider: "provider",
    Device: "device",
}


def prefix_of(generation: Generation, style: Style) -> str:
    """What stands before each element's name, colon included."""
    return f"{style.prefix}:" if generation is Generation.G2 and style.prefix else ""


@cache
def writing_plan(generation: Generation, style: Style, *, mark_distance: bool = False) -> "WritingPlan":
    """The plan of a generation and style; ``mark_distance`` leaves a mark instead of the distance."""
    return WritingPlan(generation, style, mark_distance=mark_distance)


class WritingPlan:
    """The compiled writers of one generation and style, each compiled when first asked for."""

    def __init__(self, generation: Generation, style: Style, *, mark_distance: bool) -> None:
        self.prefix = prefix_of(generation, style)
        self._generation = generation
        self._style = style
        self._mark_distance = mark_distance
        self._elements: dict[tuple[type, str], Render] = {}

    def entry(self, cls: type) -> Render:
        """The writer of an entry of class ``cls``."""
        return self._element(cls, _ENTRY_TAGS[cls])

    def _element(self, cls: type, name: str) -> Render:
        known = self._elements.get((cls, name))
        if known is None:
            known = self._elements[cls, name] = self._compile(cls, name)
        return known

    def _compile(self, cls: type, name: str) -> Render:
        tag = f"{self.prefix}{name}"
        slots = shape(cls, self._generation)
        attributes = self._attributes([slot for slot in slots if slot.form is Form.ATTRIBUTE])
        parts = self._content(cls, [slot for slot in slots if slot.form is not Form.ATTRIBUTE])
        opening, closing = f"<{tag}", f"</{tag}>"
        if not parts:
            return lambda value: f"{opening}{attributes(value)}/>"
        if len(parts) == 1:
            (only,) = parts

            def render_one(value: Any) -> str:
                content = only(value)
                return (
                    f"{opening}{attributes(value)}>{content}{closing}"
                    if content
                    else f"{opening}{attributes(value)}/>"
                )

            return render_one

        def render(value: Any) -> str:
            content = "".join([part(value) for part in parts])
            return (
                f"{opening}{attributes(value)}>{content}{closing}" if content else f"{opening}{attributes(value)}/>"
            )

        return render

    def _attributes(self, slots: list[Slot]) -> Render:
        if not slots:
            return lambda value: ""
        values = _getter(slots)
        pairs = [(f' {slot.name}="', WRITERS[slot.kind]) for slot in slots]

        def render(value: Any) -> str:
            return "".join(
                [
                    f'{opening}{text(found)}"'
                    for found, (opening, text) in zip(values(value), pairs, strict=True)
                    if found is not None
                ]
            )

        return render

    def _content(self, cls: type, slots: list[Slot]) -> list[Render]:
        """What stands in the element: fields, the extension among them in its place, or the element's own text."""
        first = next((index for index, slot in enumerate(slots) if slot.extension), len(slots))
        extension = [slot for slot in slots if slot.extension]
        groups = (slots[:first], slots[first + len(extension) :])
        before, after = (self._fields(cls, group, empties=self._style.empty_elements) for group in groups)
        parts = [before] if groups[0] else []
        if extension:
            parts.append(self._extension(cls, extension))
        if groups[1]:
            parts.append(after)
        return parts

    def _extension(self, cls: type, slots: list[Slot]) -> Render:
        """The ``extension`` wrapper, absent when none of its fields is known: an empty text alone opens none."""
        values = _getter(slots)
        content = self._fields(cls, slots, empties=self._style.empty_elements)
        opening = f"<{self.prefix}extension{_EXTENSION_ATTRIBUTES}>"
        closing = f"</{self.prefix}extension>"

        def render(value: Any) -> str:
            for found in values(value):
                if found is not None and found != ():
                    return f"{opening}{content(value)}{closing}"
            return ""

        return render

    def _fields(self, cls: type, slots: list[Slot], *, empties: bool) -> Render:
        values = _getter(slots)
        renders = [self._field(cls, slot) for slot in slots]
        absent = [f"<{self.prefix}{slot.name}/>" if empties and _may_be_empty(slot) else "" for slot in slots]
        if any(absent):
            both = list(zip(renders, absent, strict=True))
            return lambda value: "".join(
                [
                    empty if found is None else render(found)
                    for found, (render, empty) in zip(values(value), both, strict=True)
                ]
            )
        return lambda value: "".join(
            [render(found) for found, render in zip(values(value), renders, strict=True) if found is not None]
        )

    def _field(self, cls: type, slot: Slot) -> Render:
        render = self._repeated(slot) if slot.many else self._single(slot)
        if cls is Organization and slot.attribute == "other_ids" and self._style.empty_other_id:
            empty = f'<{self.prefix}otherID code="" assigningAuthorityName=""/>'
            return lambda values: render(values) + empty
        if cls is Location and self._mark_distance:
            if slot.attribute == "commune":
                return lambda value: render(value) + DISTANCE_MARK
            if slot.attribute == "distance_km":
                return lambda value: ""
        return render

    def _repeated(self, slot: Slot) -> Render:
        render = self._single(slot)
        if slot.wrapper is None:
            return lambda values: "".join([render(value) for value in values]) if values else ""
        opening, closing = f"<{self.prefix}{slot.wrapper}>", f"</{self.prefix}{slot.wrapper}>"
        return lambda values: f"{opening}{''.join([render(value) for value in values])}{closing}" if values else ""

    def _single(self, slot: Slot) -> Render:
        tag = f"{self.prefix}{slot.name}"
        if slot.form is Form.TEXT:
            return WRITERS[slot.kind]
        if slot.form is Form.REFERENCE:
            return lambda entity_id: f'<{tag} entityID="{escape(entity_id)}"/>'
        if slot.kind is Code:
            return self._code(tag)
        if is_value(slot.kind):
            return self._element(slot.kind, slot.name)
        text = WRITERS[slot.kind]
        opening, closing = f"<{tag}>", f"</{tag}>"
        return lambda value: f"{opening}{text(value)}{closing}"

    def _code(self, tag: str) -> Render:
        opening, closing = f'<{tag} code="', f"</{tag}>"
        labels, padded = self._style.labels, self._style.padded

        def render(value: Code) -> str:
            code = value.code if padded else _unpadded(value)
            head = f'{opening}{escape(code)}" codingScheme="{escape(value.scheme)}"'
            if labels and value.label:
                return f"{head}>{escape(value.label)}{closing}"
            return f"{head}/>"

        return render


def _getter(slots: list[Slot]) -> Callable[[Any], tuple[Any, ...]]:
    """Fetch the values of ``slots`` at once, always as a tuple."""
    names = [slot.attribute for slot in slots]
    if len(names) == 1:
        get_one = attrgetter(names[0])
        return lambda value: (get_one(value),)
    return attrgetter(*names) if names else lambda value: ()


def _may_be_empty(slot: Slot) -> bool:
    """Whether the schema admits the element without content: optional texts."""
    return slot.optional and slot.form is Form.ELEMENT and slot.kind is str


def _unpadded(value: Code) -> str:
    code = value.code
    if code[:1] == "0" and code.isdigit() and value.scheme.startswith(UNPADDED_TABLES):
        return code.lstrip("0") or "0"
    return code
