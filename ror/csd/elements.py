"""Single elements and attributes as values, or as nothing; shared by the readers of all classes."""

from collections.abc import Callable
from typing import Any, Final

from ror.coding import Code
from ror.csd.lexical import READERS, XML_WHITESPACE
from ror.errors import UnreadableAnswerError
from ror.model import OtherId
from ror.xml_parser import Element, local_name

ReadElement = Callable[[Element], Any]

ABSENT: Final = object()
"""What an element that says nothing is read as: as if it were not there."""

_QUOTED: Final = 60
"""Characters of a value that an error quotes."""


def children(element: Element, name: str) -> list[Element]:
    """The children of that name, whatever their namespace."""
    return [child for child in element if local_name(child) == name]


def unreadable(element: Element, problem: str) -> UnreadableAnswerError:
    """Build the error that says where ``problem`` stands: names from the root, entries with their ``entityID``."""
    path = [element, *element.iterancestors()]
    return UnreadableAnswerError(f"{'/'.join(_step(step) for step in reversed(path))}: {problem}")


def _step(element: Element) -> str:
    entity_id = element.get("entityID")
    return local_name(element) if entity_id is None else f"{local_name(element)}[{entity_id[:_QUOTED]}]"


def text_of(element: Element) -> str:
    """The element's own text without the white space around it; a comment within does not end it."""
    if len(element) == 0:
        return (element.text or "").strip(XML_WHITESPACE)
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip(XML_WHITESPACE)


def attribute_of(element: Element, name: str) -> str:
    """The attribute without the white space around it, ``""`` when absent."""
    return (element.get(name) or "").strip(XML_WHITESPACE)


def is_empty(element: Element) -> bool:
    """Whether the element has neither attributes nor content."""
    return len(element) == 0 and not element.attrib and not text_of(element)


def convert(element: Element, kind: type, raw: str, what: str) -> Any:
    """Read ``raw`` as the scalar type ``kind``; ``what`` names it in the error."""
    try:
        return READERS[kind](raw)
    except (ValueError, ArithmeticError):
        raise unreadable(element, f"{what} is no {kind.__name__}: {raw[:_QUOTED]!r}") from None


def scalar_reader(kind: type, *, forgiving: bool) -> ReadElement:
    """The reader of an element's text as ``kind``; ``forgiving`` takes an empty element for an absent one."""

    def read_scalar(element: Element) -> Any:
        raw = text_of(element)
        if not raw and forgiving:
            return ABSENT
        return convert(element, kind, raw, "text")

    return read_scalar


def read_code(element: Element) -> Code:
    """Read a coded element; both attributes must be there, and may be empty (the ``careMode`` of a non-UE)."""
    code, scheme = element.get("code"), element.get("codingScheme")
    if code is None or scheme is None:
        raise unreadable(element, f"@{'code' if code is None else 'codingScheme'} is missing")
    return Code(code.strip(XML_WHITESPACE), scheme.strip(XML_WHITESPACE), text_of(element) or None)


def read_code_if_any(element: Element) -> Any:
    """Read a coded element that may be left out; one without a code says nothing."""
    return read_code(element) if attribute_of(element, "code") else ABSENT


def read_reference(element: Element) -> Any:
    """Read a pointer at another entry."""
    return attribute_of(element, "entityID") or ABSENT


def read_other_id(element: Element) -> Any:
    """Read an identifier; one with an empty or absent attribute identifies nothing."""
    code, authority = attribute_of(element, "code"), attribute_of(element, "assigningAuthorityName")
    return OtherId(code=code, authority=authority) if code and authority else ABSENT
