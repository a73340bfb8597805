"""The text form of a distinguished name: escaping, and cutting it into attributes (RFC 4514, RFC 2253 §4 quotes)."""

import re

from certs.errors import DistinguishedNameError

MAX_TEXT_CHARACTERS = 8192
_SPECIAL = frozenset('"+,;<>\\')
_ESCAPABLE = _SPECIAL | frozenset(" #=")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_NAME = re.compile(r" *([A-Za-z0-9.-]+) *= *")


def escape(value: str) -> str:
    """The value as RFC 4514 writes it: specials, a leading ``#`` or space and a trailing space are escaped."""
    text = "".join(f"\\{character}" if character in _SPECIAL else character for character in value)
    if text[0] in " #":
        text = f"\\{text}"
    if value[-1] == " " and len(value) > 1:
        text = f"{text[:-1]}\\ "
    return text


def split_attributes(text: str) -> list[tuple[str, str]]:
    """Cut the text into (name, unescaped value) pairs, in the order written."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise DistinguishedNameError(f"the name is longer than {MAX_TEXT_CHARACTERS} characters")
    pairs = []
    position = 0
    while True:
        match = _NAME.match(text, position)
        if match is None:
            raise DistinguishedNameError("an attribute has no name")
        value, position = _read_value(text, match.end())
        pairs.append((match.group(1), value))
        if position == len(text):
            return pairs
        position += 1


def _read_value(text: str, start: int) -> tuple[str, int]:
    """The unescaped value that begins at ``start``, and the index of the comma or end that closes it."""
    if text[start : start + 1] == '"':
        return _read_quoted(text, start + 1)
    if text[start : start + 1] == "#":
        raise DistinguishedNameError("hexadecimal values are not accepted")
    raw = bytearray()
    kept = 0
    position = start
    while position < len(text) and text[position] != ",":
        if text[position] == "\\":
            octets, position = _read_escape(text, position + 1)
            raw += octets
            kept = len(raw)
            continue
        if text[position] in _SPECIAL:
            raise DistinguishedNameError(f"the character {text[position]!r} must be escaped")
        raw += _encoded(text[position])
        if text[position] != " ":
            kept = len(raw)
        position += 1
    return _decoded(raw[:kept]), position


def _read_quoted(text: str, start: int) -> tuple[str, int]:
    raw = bytearray()
    position = start
    while text[position : position + 1] != '"':
        if position >= len(text):
            raise DistinguishedNameError("a quoted value is not closed")
        if text[position] == "\\":
            octets, position = _read_escape(text, position + 1)
            raw += octets
        else:
            raw += _encoded(text[position])
            position += 1
    position += 1
    while text[position : position + 1] == " ":
        position += 1
    if position < len(text) and text[position] != ",":
        raise DistinguishedNameError("text follows a quoted value")
    return _decoded(raw), position


def _read_escape(text: str, position: int) -> tuple[bytes, int]:
    pair = text[position : position + 2]
    if _HEX_PAIR.fullmatch(pair):
        return bytes.fromhex(pair), position + 2
    if pair[:1] in _ESCAPABLE and pair:
        return pair[0].encode(), position + 1
    raise DistinguishedNameError("an escape is not one")


def _encoded(character: str) -> bytes:
    try:
        return character.encode()
    except UnicodeEncodeError as error:
        raise DistinguishedNameError("the name holds a lone surrogate") from error


def _decoded(raw: bytes | bytearray) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise DistinguishedNameError("the escaped octets are no UTF-8") from error
