"""Numbers that no reader could take: one such value would spoil the whole merged answer for its caller.

Looked for where they hurt (beds, places, coordinates) by a few byte searches a unit. What looks odd is read by the
model before it is called malformed: a text may hold the same bytes and mean nothing.
"""

from gateway.errors import MalformedAnswerError
from gateway.merge.entries import Entry
from ror.csd import Generation, read
from ror.errors import RorError
from ror.model import Facility
from ror.xml_parser import ANSWER_LIMITS, parse

_COUNTS = ((b' total="', b'"'), (b' avaible="', b'"'))
_DEGREES = ((b"<latitude>", b"<"), (b"<longitude>", b"<"))
_LONGEST_COUNT = 9
_LONGEST_DEGREES = 24
_DECIMAL = b"0123456789.-"


def check_values(facilities: tuple[Entry, ...]) -> None:
    """Raise ``MalformedAnswerError`` for a unit whose numbers cannot be read."""
    for facility in facilities:
        if _looks_odd(facility.xml):
            _read(facility.xml)


def _looks_odd(xml: bytes) -> bool:
    return any(
        len(value) > _LONGEST_COUNT or not value.isdigit() for key, end in _COUNTS for value in _values(xml, key, end)
    ) or any(
        not 0 < len(value) <= _LONGEST_DEGREES or value.translate(None, _DECIMAL)
        for key, end in _DEGREES
        for value in _values(xml, key, end)
    )


def _values(xml: bytes, key: bytes, end: bytes) -> list[bytes]:
    return [part[: part.find(end)] for part in xml.split(key)[1:]] if key in xml else []


def _read(xml: bytes) -> None:
    try:
        read(parse(xml, ANSWER_LIMITS), Facility, Generation.G1)
    except RorError as error:
        raise MalformedAnswerError("answer.value", "a number of a unit cannot be read") from error
