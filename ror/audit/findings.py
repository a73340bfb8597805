"""What the verification of a log finds, and the report of it."""

from dataclasses import dataclass
from enum import StrEnum

from ror.audit.record import Record
from ror.audit.tree_head import TreeHead


class Flaw(StrEnum):
    """What was done to a log."""

    EDITED = "record-edited"
    MISSING = "records-missing"
    MOVED = "record-moved"
    REWRITTEN = "records-rewritten"
    TRUNCATED = "log-truncated"
    FORKED = "log-forked"
    TORN = "tail-torn"
    HEADER = "segment-header"
    HEAD = "head-not-authentic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One flaw: the records it touches, first and last, and where it was seen (file and line)."""

    flaw: Flaw
    first: int | None
    last: int | None
    where: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome: records ``first`` to ``last`` were read, those up to ``signed_up_to`` are covered by a matching
    head.

    Without findings, nothing up to ``signed_up_to`` was changed since it was signed; what follows is only chained.
    ``contradicted`` are the authentic heads that the records do not match; ``moved`` the signed records that say
    which earlier ones were archived or pruned.
    """

    origin: str | None
    first: int | None
    last: int | None
    heads: int
    signed_up_to: int
    findings: tuple[Finding, ...]
    contradicted: tuple[TreeHead, ...] = ()
    moved: tuple[Record, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
