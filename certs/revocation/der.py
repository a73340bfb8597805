"""The few lines of DER that a list of a million entries needs: the X.509 library stops everything to read one."""

from typing import Final

from certs.errors import MalformedDerError

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
BOOLEAN: Final = 0x01
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
TIMES: Final = frozenset({UTC_TIME, GENERALIZED_TIME})

Span = tuple[int, int]


def content(data: bytes, at: int, end: int, tag: int) -> Span:
    """Where the content of the element at ``at`` begins and stops; it has ``tag`` and ends by ``end``.

    Raises ``MalformedDerError`` for another tag, an indefinite or padded length, or a length beyond ``end``.
    """
    if at + 2 > end or data[at] != tag:
        raise MalformedDerError(f"no element {tag:#04x} at byte {at}")
    length = data[at + 1]
    start = at + 2
    if length >= 0x80:
        size = length & 0x7F
        start += size
        length = int.from_bytes(data[at + 2 : start])
        if not 1 <= size <= 4 or start > end or length < 0x80 or length.bit_length() <= 8 * (size - 1):
            raise MalformedDerError(f"no DER length at byte {at}")
    if start + length > end:
        raise MalformedDerError(f"the element at byte {at} is cut off")
    return start, start + length


def element(tag: int, body: bytes) -> bytes:
    """The element with this content."""
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(body).to_bytes(size) + body
