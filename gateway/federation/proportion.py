"""How large an answer may be for what was asked, so that one region's bytes cannot take the time of all others.

A region may know nothing of our limit (decision 11): it is believed as long as it sends no more than a few times as
much. The largest synthetic unit, alone in an answer with all that hangs on it, takes 27 kB and 1,300 marks; among
others a unit takes 8 kB and 400.
"""

from dataclasses import dataclass

from gateway.errors import MalformedAnswerError
from gateway.federation.body import LARGEST_BODY, BodyTooLargeError

_FEWEST_UNITS = 500
_BYTES_A_UNIT = 48 * 1024
_MARKS_A_UNIT = 2_000
_NEVER_COUNTED_BYTES = 256 * 1024
"""An answer of this size cannot hold marks enough to matter: ten milliseconds' work, ninety at the very worst."""
_QUICK_MARKS = 60_000
"""Marks that are read in passing; more of them take long enough for others to notice."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """Bounds of one region's answer: bytes, and marks (``<`` and ``=``: tags, attributes, declarations)."""

    max_bytes: int
    max_marks: int

    @classmethod
    def to(cls, units: int | None) -> "Proportion":
        """The bounds for a question of at most ``units`` units."""
        counted = max(units or 0, _FEWEST_UNITS)
        return cls(min(LARGEST_BODY, counted * _BYTES_A_UNIT), counted * _MARKS_A_UNIT)

    def takes_long(self, body: bytes) -> bool:
        """Whether reading ``body`` takes long enough to do it beside the loop.

        Raises ``MalformedAnswerError`` (``answer.too-large``) where it is out of all proportion.
        """
        if len(body) > self.max_bytes:
            raise BodyTooLargeError(self.max_bytes)
        if len(body) <= _NEVER_COUNTED_BYTES:
            return False
        marks = body.count(b"<") + body.count(b"=")
        if marks > self.max_marks:
            raise MalformedAnswerError("answer.too-large", f"{marks} tags and attributes")
        return marks > _QUICK_MARKS
