"""Scalars as XML text and back. Writing is canonical; reading forgives what real senders do (domain §2.7).

Readers raise ``ValueError`` or ``ArithmeticError``; ``ror.csd.reading`` turns those into the contract's own error.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

XML_WHITESPACE: Final = " \t\r\n"

_UNSAFE = re.compile('[&<>"\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_REPLACEMENTS: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")
_FRACTION = re.compile(r"\.([0-9]+)")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def escape(value: str) -> str:
    """Escape text or an attribute's value; a character that XML cannot carry is left out."""
    return _UNSAFE.sub(_replace, value) if _UNSAFE.search(value) else value


def _replace(match: re.Match[str]) -> str:
    return _REPLACEMENTS.get(match.group(), "")


@lru_cache(maxsize=4096)
def write_datetime(value: datetime) -> str:
    """Write an aware time in UTC: ``2021-03-04T05:06:07Z``."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


@lru_cache(maxsize=4096)
def write_date(value: date) -> str:
    """Write a day: ``2021-03-04``."""
    return value.isoformat()


def write_boolean(value: bool) -> str:
    """Write ``true`` or ``false``."""
    return "true" if value else "false"


def write_decimal(value: Decimal) -> str:
    """Write a decimal without exponent."""
    return format(value, "f")


WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    str: escape,
    bool: write_boolean,
    int: str,
    float: repr,
    Decimal: write_decimal,
    date: write_date,
    time: time.isoformat,
    datetime: write_datetime,
}
"""How a value of each scalar type is written; the result needs no further escaping."""


def read_boolean(raw: str) -> bool:
    """Read ``true``, ``false``, ``1`` or ``0``."""
    try:
        return _BOOLEANS[raw.lower()]
    except KeyError:
        raise ValueError(raw) from None


def read_integer(raw: str) -> int:
    """Read an integer of at most 18 digits."""
    if not _INTEGER.match(raw):
        raise ValueError(raw)
    return int(raw)


def read_decimal(raw: str) -> Decimal:
    """Read a decimal without exponent."""
    if not _DECIMAL.match(raw):
        raise ValueError(raw)
    return Decimal(raw)


def read_double(raw: str) -> float:
    """Read a finite number."""
    if not _DOUBLE.match(raw):
        raise ValueError(raw)
    value = float(raw)
    if value in (float("inf"), float("-inf")):
        raise ValueError(raw)
    return value


def read_date(raw: str) -> date:
    """Read a day; a time zone or a time behind it is dropped, the day stands as written."""
    return date.fromisoformat(raw[:10]) if _ZONE.fullmatch(raw[10:]) or raw[10:11] in ("", "T") else _refuse(raw)


def read_time(raw: str) -> time:
    """Read an hour of the day on the spot: seconds and offset may stand there, ``24:00`` is midnight."""
    bare = _ZONE.sub("", raw)
    if bare in ("24:00", "24:00:00"):
        return time(0)
    return time.fromisoformat(_microseconds(bare)).replace(tzinfo=None)


def read_datetime(raw: str) -> datetime:
    """Read a time with or without offset; without one it is UTC."""
    value = datetime.fromisoformat(_microseconds(raw))
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


READERS: Final[dict[type, Callable[[str], Any]]] = {
    str: str,
    bool: read_boolean,
    int: read_integer,
    float: read_double,
    Decimal: read_decimal,
    date: read_date,
    time: read_time,
    datetime: read_datetime,
}
"""How stripped text is read as each scalar type."""


def _microseconds(raw: str) -> str:
    """Cut or fill a fraction of seconds to six digits, all that Python keeps."""
    return _FRACTION.sub(lambda match: "." + match.group(1)[:6].ljust(6, "0"), raw)


def _refuse(raw: str) -> date:
    raise ValueError(raw)
