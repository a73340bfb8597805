"""The revoked certificates of one list, found by serial at once; an entry is read when somebody asks for it.

A list may hold more than a million entries: what is kept is its bytes and one offset for each serial.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache

from certs.errors import MalformedDerError
from certs.revocation.der import (
    BOOLEAN,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    TIMES,
    UTC_TIME,
    content,
)
from certs.revocation.flaws import Flaw, Rejected

_OID_REASON = bytes.fromhex("551d15")
_OID_CERTIFICATE_ISSUER = bytes.fromhex("551d1d")
_MAX_SERIAL_BYTES = 32
_REMOVE_FROM_CRL = 8
_MEMO_SIZE = 4096


class RevocationReason(Enum):
    """Why an authority withdrew a certificate (RFC 5280 §5.3.1); the value is what officers type and read."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key-compromise"
    CA_COMPROMISE = "ca-compromise"
    AFFILIATION_CHANGED = "affiliation-changed"
    SUPERSEDED = "superseded"
    CESSATION = "cessation"
    HOLD = "hold"
    PRIVILEGE_WITHDRAWN = "privilege-withdrawn"
    AA_COMPROMISE = "aa-compromise"


_REASONS = {
    0: RevocationReason.UNSPECIFIED,
    1: RevocationReason.KEY_COMPROMISE,
    2: RevocationReason.CA_COMPROMISE,
    3: RevocationReason.AFFILIATION_CHANGED,
    4: RevocationReason.SUPERSEDED,
    5: RevocationReason.CESSATION,
    6: RevocationReason.HOLD,
    9: RevocationReason.PRIVILEGE_WITHDRAWN,
    10: RevocationReason.AA_COMPROMISE,
}


@dataclass(frozen=True, slots=True)
class Revocation:
    """When a certificate was withdrawn and why. A certificate on hold is refused like any other.

    ``since`` is ``None`` where the authority wrote no date that can be read; revoked it is all the same.
    """

    since: datetime | None
    reason: RevocationReason


@dataclass(frozen=True, slots=True)
class RevokedIndex:
    """Serial to revocation, in one step. ``read_entries`` makes it."""

    _data: bytes = field(repr=False)
    _offsets: dict[int, int] = field(repr=False)

    def __len__(self) -> int:
        return len(self._offsets)

    def __contains__(self, serial: int) -> bool:
        return serial in self._offsets

    def __iter__(self) -> Iterator[int]:
        return iter(self._offsets)

    def get(self, serial: int) -> Revocation | None:
        """The revocation of that certificate, or ``None``."""
        offset = self._offsets.get(serial)
        return None if offset is None else self._read(offset)

    def _read(self, offset: int) -> Revocation:
        data = self._data
        start, stop = content(data, offset, len(data), SEQUENCE)
        _, time_at = content(data, start, stop, INTEGER)
        time = content(data, time_at, stop, data[time_at])
        return Revocation(_moment(data[time_at], data[slice(*time)]), _reason_of(data[time[1] : stop]))


def read_entries(data: bytes, start: int, stop: int) -> RevokedIndex | Rejected:
    """Index the entries that stand between ``start`` and ``stop``, each checked as far as a list can be wrong.

    Raises ``MalformedDerError``.
    """
    offsets: dict[int, int] = {}
    judged: dict[bytes, Rejected | None] = {}
    at = start
    while at < stop:
        body, end = content(data, at, stop, SEQUENCE)
        serial_start, serial_end = content(data, body, end, INTEGER)
        if not 0 < serial_end - serial_start <= _MAX_SERIAL_BYTES:
            raise MalformedDerError(f"the serial number at byte {body} has no sensible length")
        time_end = _time_end(data, serial_end, end)
        if time_end != end:
            flaw = _judged(data, time_end, end, judged)
            if flaw is not None:
                return flaw
        offsets[int.from_bytes(data[serial_start:serial_end], signed=True)] = at
        at = end
    return RevokedIndex(data, offsets)


def _time_end(data: bytes, at: int, end: int) -> int:
    if at >= end or data[at] not in TIMES:
        raise MalformedDerError(f"no date at byte {at}")
    return content(data, at, end, data[at])[1]


def _judged(data: bytes, at: int, end: int, judged: dict[bytes, Rejected | None]) -> Rejected | None:
    """The same few extensions stand in nearly every entry: each spelling is read once."""
    spelling = data[at:end]
    if spelling not in judged:
        if len(judged) >= _MEMO_SIZE:
            judged.clear()
        judged[spelling] = _flaw_of(_extensions(data, at, end))
    return judged[spelling]


@dataclass(frozen=True, slots=True)
class _Extensions:
    reason: int
    indirect: bool
    unknown_critical: bool


@lru_cache(maxsize=256)
def _reason_of(spelling: bytes) -> RevocationReason:
    return _REASONS.get(_extensions(spelling, 0, len(spelling)).reason, RevocationReason.UNSPECIFIED)


def _flaw_of(extensions: _Extensions) -> Rejected | None:
    if extensions.indirect:
        return Rejected(Flaw.INDIRECT, "an entry names another issuer")
    if extensions.unknown_critical:
        return Rejected(Flaw.UNSUPPORTED_EXTENSION, "an entry has an unknown critical extension")
    if extensions.reason == _REMOVE_FROM_CRL:
        return Rejected(Flaw.DELTA, "an entry says removeFromCRL, which belongs into a delta list")
    return None


def _extensions(data: bytes, at: int, end: int) -> _Extensions:
    reason, indirect, unknown_critical = 0, False, False
    if at == end:
        return _Extensions(reason, indirect, unknown_critical)
    at, stop = content(data, at, end, SEQUENCE)
    if stop != end:
        raise MalformedDerError(f"something follows the extensions that end at byte {stop}")
    while at < stop:
        body, next_one = content(data, at, stop, SEQUENCE)
        oid_start, oid_end = content(data, body, next_one, OBJECT_IDENTIFIER)
        oid, critical, at = data[oid_start:oid_end], False, oid_end
        if at < next_one and data[at] == BOOLEAN:
            critical, at = data[at + 2] != 0, content(data, at, next_one, BOOLEAN)[1]
        value_start, value_end = content(data, at, next_one, OCTET_STRING)
        if value_end != next_one:
            raise MalformedDerError(f"something follows the extension that ends at byte {value_end}")
        if oid == _OID_REASON:
            reason = _enumerated(data[value_start:value_end])
        elif oid == _OID_CERTIFICATE_ISSUER:
            indirect = True
        else:
            unknown_critical |= critical
        at = next_one
    return _Extensions(reason, indirect, unknown_critical)


def _enumerated(value: bytes) -> int:
    if len(value) != 3 or value[:2] != b"\x0a\x01":
        raise MalformedDerError("a reason is no reason")
    return value[2]


def _moment(tag: int, text: bytes) -> datetime | None:
    """RFC 5280 §4.1.2.5: to the second, in UTC; two digits below 50 are years of this century."""
    year = 2 if tag == UTC_TIME else 4
    if len(text) != year + 11 or text[-1:] != b"Z" or not text[:-1].isdigit():
        return None
    century = 0 if year == 4 else 2000 if text[:2] < b"50" else 1900
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(year, year + 10, 2))
    try:
        return datetime(century + int(text[:year]), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
