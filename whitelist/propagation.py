"""How a follower stands to the list that must be in force: pure judgement, the same in the gateway and offline."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from whitelist.acknowledgement.statement import Acknowledgement
from whitelist.in_force import InForce


class Standing(StrEnum):
    """How a follower stands."""

    CURRENT = "current"
    BEHIND = "behind"
    """An older version, or not the stops that hold."""
    DIVERGED = "diverged"
    """A newer version than any known here, or this one with other content."""
    SILENT = "silent"
    """It does not answer, or refuses to."""
    REFUSED = "refused"
    """It answers, with what is no acknowledgement of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerState:
    """One follower: how it stands, what it said last that counts, and how the last question to it failed.

    ``versions_behind`` is ``None`` where nothing is known, negative where it is ahead. ``behind_s`` is how long it
    has not held what it must: seconds, 0 while it does. ``silent_since`` is when it last said something that counts,
    there while it is silent or refused. ``caught_up_s`` is how long it took for the last news, as far as that was
    watched.
    """

    follower: str
    standing: Standing
    said: Acknowledgement | None = None
    versions_behind: int | None = None
    behind_s: float = 0.0
    silent_since: datetime | None = None
    flaw: str | None = None
    caught_up_s: float | None = None
    is_alarm: bool = False

    @property
    def is_current(self) -> bool:
        """Whether it is known to hold what it must."""
        return self.standing is Standing.CURRENT

    @property
    def version(self) -> int | None:
        """The version that it last said to hold."""
        return self.said.in_force.version if self.said is not None else None


def standing_of(held: InForce, reference: InForce) -> Standing:
    """How a follower that holds ``held`` stands to ``reference``."""
    if held.is_same_as(reference):
        return Standing.CURRENT
    is_older = held.version < reference.version
    is_same_list = (held.version, held.digest) == (reference.version, reference.digest)
    return Standing.BEHIND if is_older or is_same_list else Standing.DIVERGED
