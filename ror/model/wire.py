"""How a field of the model stands on the wire: the one place where Python names meet the official spellings.

Every class of the model mirrors one type of ``csd-ror-2.4.xsd``: its fields stand in the schema's order and each
says its official name. The ``extension`` wrapper of CSD is not a class: a field marked ``extension=True`` is written
inside it. Fields marked with a ``generation`` exist on that generation's wire only.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

METADATA_KEY = "wire"


class Form(Enum):
    """The XML construct of a field."""

    ATTRIBUTE = "attribute"
    TEXT = "text"
    ELEMENT = "element"
    REFERENCE = "reference"
    """An empty element whose ``entityID`` points at an entry of another directory; a ``str`` in Python."""


class Generation(Enum):
    """The two generations of the contract."""

    G1 = 1
    G2 = 2


@dataclass(frozen=True, slots=True)
class Wire:
    """Wire form of one field: official name, construct, wrapper element, place in ``extension``, generation."""

    name: str
    form: Form
    wrapper: str | None = None
    extension: bool = False
    generation: Generation | None = None


def attribute(name: str, *, optional: bool = False) -> Any:
    """Declare an XML attribute."""
    return _field(Wire(name, Form.ATTRIBUTE), optional=optional)


def text(*, optional: bool = False) -> Any:
    """Declare the element's own text."""
    return _field(Wire("", Form.TEXT), optional=optional)


def one(name: str, *, extension: bool = False) -> Any:
    """Declare a mandatory child element."""
    return _field(Wire(name, Form.ELEMENT, extension=extension), optional=False)


def maybe(name: str, *, extension: bool = False) -> Any:
    """Declare an optional child element, ``None`` when absent."""
    return _field(Wire(name, Form.ELEMENT, extension=extension), optional=True)


def many(
    name: str, *, wrapper: str | None = None, extension: bool = False, generation: Generation | None = None
) -> Any:
    """Declare a repeated child element, a tuple; with ``wrapper``, inside one element of that name."""
    return field(default=(), metadata={METADATA_KEY: Wire(name, Form.ELEMENT, wrapper, extension, generation)})


def reference(name: str, *, extension: bool = False) -> Any:
    """Declare an optional pointer to another entry, by ``entityID``."""
    return _field(Wire(name, Form.REFERENCE, extension=extension), optional=True)


def references(name: str, *, extension: bool = False) -> Any:
    """Declare repeated pointers to other entries, by ``entityID``."""
    return field(default=(), metadata={METADATA_KEY: Wire(name, Form.REFERENCE, extension=extension)})


def _field(wire: Wire, *, optional: bool) -> Any:
    if optional:
        return field(default=None, metadata={METADATA_KEY: wire})
    return field(metadata={METADATA_KEY: wire})
