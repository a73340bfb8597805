"""Faults that a node can be told to have, for tests and demonstration: a closed list, each with at most one number.

A fault is written ``kind`` or ``kind:number`` (``slow:800``, ``status:503``). ``misbehaviour`` says what each does.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from regional_nodes.errors import FaultSyntaxError


class FaultKind(Enum):
    """Name on the command line, what the number means (``""``: it takes none), its default, and a line of help."""

    DOWN = "down", "", None, "refuse every connection, as after a kill"
    HANG = "hang", "", None, "accept the question and never answer"
    SLOW = "slow", "milliseconds", 2_000, "answer correctly, later"
    DRIP = "drip", "bytes a second", 20, "answer correctly, a few bytes at a time"
    RESET = "reset", "", None, "cut the connection instead of answering"
    RESET_LATE = "reset-late", "percent", 50, "cut the connection in the middle of the answer"
    TRUNCATED = "truncated", "percent", 50, "end an answer early, in good order"
    EMPTY = "empty", "", None, "answer 200 without a body"
    GARBAGE = "garbage", "bytes", 4_096, "answer 200 with bytes that mean nothing"
    MALFORMED = "malformed", "", None, "break the XML of a correct answer"
    HTML = "html", "", None, "answer 200 with a page in HTML"
    STATUS = "status", "HTTP status", 500, "answer that status with a page in HTML"
    REDIRECT = "redirect", "HTTP status", 307, "redirect to another host"
    OVERSIZED = "oversized", "bytes", 200_000_000, "answer with far too much"
    GZIP_BOMB = "gzip-bomb", "bytes", 500_000_000, "answer with gzip that swells to that size"
    WRONG_COUNT = "wrong-count", "difference", 1, "announce another number of units than there are"
    DOCTYPE = "doctype", "", None, "put a DOCTYPE before a correct answer"
    COMMENTS = "comments", "", None, "put comments, CDATA and instructions into a correct answer"
    FAULT_444 = "fault-444", "", None, "answer the bare fault 444 of an older ROR"
    UNKNOWN_CODE = "unknown-code", "", None, "say that a code is not known here"
    FAULT = "fault", "number", 500, "answer a SOAP fault of that number"
    STALE_LIST = "stale-list", "", None, "answer correctly, by the whitelist it has now, and take up no other"

    def __init__(self, name: str, unit: str, default: int | None, help_text: str) -> None:
        self.label = name
        self.unit = unit
        self.default = default
        self.help_text = help_text


_BY_LABEL: Final = {kind.label: kind for kind in FaultKind}
_LARGEST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class NodeFault:
    """One fault of one node; ``number`` as its kind understands it."""

    kind: FaultKind
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> "NodeFault":
        """Read ``kind`` or ``kind:number``; anything else is a ``FaultSyntaxError`` that names the choices."""
        label, colon, number = text.strip().partition(":")
        kind = _BY_LABEL.get(label)
        if kind is None:
            raise FaultSyntaxError(f"{label[:40]!r} is no fault; there are: {', '.join(_BY_LABEL)}")
        if not colon:
            return cls(kind, kind.default or 0)
        if not kind.unit:
            raise FaultSyntaxError(f"the fault {label} takes no number")
        if not (number.isascii() and number.isdigit() and int(number) <= _LARGEST):
            raise FaultSyntaxError(f"the fault {label} takes a number ({kind.unit}), not {number[:20]!r}")
        return cls(kind, int(number))

    @property
    def is_on_the_wire(self) -> bool:
        """Whether it shows in how requests are answered."""
        return self.kind is not FaultKind.STALE_LIST

    def __str__(self) -> str:
        return f"{self.kind.label}:{self.number}" if self.kind.unit else self.kind.label
