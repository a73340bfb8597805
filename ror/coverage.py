"""Coverage: for every ROR asked, what happened. The one thing an answer may never leave out (decision 19)."""

from dataclasses import dataclass, field
from enum import StrEnum

from ror.territory.rors import ROR_BY_ID


class Outcome(StrEnum):
    """What became of one ROR's part. An open list on the wire; only ``COMPLETE`` counts as complete."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    STALE = "stale"
    LATE = "late"
    SKIPPED = "skipped"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MALFORMED = "malformed"
    FAULTY = "faulty"
    UNKNOWN_CODE = "unknown-code"
    NOT_ASKED = "not-asked"


ANSWERED = frozenset({Outcome.COMPLETE, Outcome.TRUNCATED, Outcome.STALE})
"""Which of these come with units in the answer; an outcome that a newer peer tells may do so too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Where one ROR's time went, in ms: our queue, connecting, its TLS handshake, the node itself, our reading.

    ``None`` is not measured: a connection that was open already has neither ``connect`` nor ``tls``.
    """

    queue: int | None = None
    connect: int | None = None
    tls: int | None = None
    node: int | None = None
    parse: int | None = None


NO_TIMES = Times()


class DuplicateKind(StrEnum):
    """What two regions may hold at once and that is told: an establishment, a unit."""

    EG = "EG"
    UE = "UE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The same thing in several regions: its own identifier, the entity that is kept, those that stand behind it."""

    kind: DuplicateKind | str
    code: str
    kept: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RorCoverage:
    """One ROR asked: its outcome, units found there and returned here, time in ms, nomenclature release.

    ``codes`` are the INSEE region codes it was asked for. ``outcome`` is a plain token when read from a newer peer.
    ``detail`` is a stable slug that says why, for people and logs. ``data_version`` is the node's own token for the
    state of its data. ``age_s`` says of a stale part how many seconds ago it was told. ``duplicates`` are units found
    here that are in the answer as another region's copy.
    """

    ror: str
    codes: tuple[str, ...]
    outcome: Outcome | str
    found: int | None = None
    returned: int | None = None
    duration_ms: int | None = None
    release: str | None = None
    detail: str | None = None
    data_version: str | None = None
    age_s: int | None = None
    duplicates: int | None = None
    times: Times = field(default=NO_TIMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of one answer; ``question_id`` also stands in every log line about it.

    ``simulated`` says that availability and persons are invented (decision 30). ``warnings`` are French sentences.
    ``duplicates`` are what several regions hold and the answer holds once.
    """

    question_id: str
    rors: tuple[RorCoverage, ...]
    limit: int | None = None
    simulated: bool = False
    warnings: tuple[str, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()

    @property
    def asked(self) -> int:
        """How many RORs the question was for (a ROR refused for one of its regions has a line for each part).

        Whom a widening search did not need was not asked, and lacks nothing.
        """
        return len(self._asked)

    @property
    def complete(self) -> int:
        """How many of them answered completely, for every region asked."""
        return self.asked - len(self._lacking)

    @property
    def population(self) -> float:
        """The share of the people of the RORs asked who live where it is complete, 0 to 1; 1 where nobody was asked.

        A count treats Corse as it treats Île-de-France; this tells how much of the country an answer speaks for.
        """
        asked = _people(self._asked)
        return 1.0 if asked == 0 else 1.0 - _people(self._lacking) / asked

    @property
    def _asked(self) -> set[str]:
        return {line.ror for line in self.rors if line.outcome != Outcome.NOT_ASKED}

    @property
    def _lacking(self) -> set[str]:
        return {line.ror for line in self.rors if line.outcome not in (Outcome.COMPLETE, Outcome.NOT_ASKED)}

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, cut off or stale."""
        return self.complete == self.asked

    @property
    def answered(self) -> bool:
        """Whether at least one ROR's units are in the answer."""
        return any(line.outcome in ANSWERED or line.returned is not None for line in self.rors)


def _people(rors: set[str]) -> int:
    return sum(ROR_BY_ID[ror].population for ror in rors if ror in ROR_BY_ID)
