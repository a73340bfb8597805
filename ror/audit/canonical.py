"""The one JSON spelling of the audit log: ASCII, compact, keys of objects sorted, no fractions.

ASCII keeps control characters, bidirectional marks and look-alikes out of whoever reads the file in a terminal.
"""

import json
from typing import Never

from ror.audit.errors import AuditFormError

_SAYABLE = "text, whole numbers, booleans, null, lists and objects"
_encoder = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encoded(value: object) -> bytes:
    """The canonical bytes. Raises ``AuditFormError`` for what JSON cannot say."""
    try:
        return _encoder.encode(value).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise AuditFormError(f"a value is not made of {_SAYABLE}: {error}") from error


def decoded(data: bytes) -> object:
    """Any JSON without fractions; whether it was canonical, only encoding it again tells."""
    try:
        return json.loads(data.decode("ascii"), parse_float=_refused, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise AuditFormError("not JSON in ASCII") from error


def _refused(text: str) -> Never:
    raise ValueError(f"{text[:20]} is no whole number")
