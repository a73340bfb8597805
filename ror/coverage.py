"""Coverage: for every ROR asked, what happened. The one thing an answer may never leave out (decision 19)."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one ROR's part. An open list on the wire; only ``COMPLETE`` counts as complete."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    LATE = "late"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MALFORMED = "malformed"
    FAULTY = "faulty"
    UNKNOWN_CODE = "unknown-code"


ANSWERED = frozenset({Outcome.COMPLETE, Outcome.TRUNCATED})
"""Which of these come with units in the answer; an outcome that a newer peer tells may do so too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RorCoverage:
    """One ROR asked: its outcome, units found there and returned here, time in ms, nomenclature release.

    ``codes`` are the INSEE region codes it was asked for. ``outcome`` is a plain token when read from a newer peer.
    ``detail`` is a stable slug that says why, for people and logs.
    """

    ror: str
    codes: tuple[str, ...]
    outcome: Outcome | str
    found: int | None = None
    returned: int | None = None
    duration_ms: int | None = None
    release: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of one answer; ``question_id`` also stands in every log line about it.

    ``simulated`` says that availability and persons are invented (decision 30). ``warnings`` are French sentences.
    """

    question_id: str
    rors: tuple[RorCoverage, ...]
    limit: int | None = None
    simulated: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """How many RORs the question was for (a ROR refused for one of its regions has a line for each part)."""
        return len({line.ror for line in self.rors})

    @property
    def complete(self) -> int:
        """How many of them answered completely, for every region asked."""
        lacking = {line.ror for line in self.rors if line.outcome != Outcome.COMPLETE}
        return self.asked - len(lacking)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, cut off or stale."""
        return self.complete == self.asked

    @property
    def answered(self) -> bool:
        """Whether at least one ROR's units are in the answer."""
        return any(line.outcome in ANSWERED or line.returned is not None for line in self.rors)
