"""What is in force at one reader: which list, under which stops, since when. Readers in step say the same."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from whitelist.document import MAX_VERSION, to_precise_utc
from whitelist.document_json import one_form
from whitelist.errors import DocumentError
from whitelist.index import WhitelistIndex
from whitelist.stops import RunningStop
from whitelist.texts import check_id, check_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A list's version and content (SHA-256), the officers' stops over it (one hash), and when both were taken up."""

    environment: str
    version: int
    digest: str
    stops: str
    taken_up_at: datetime

    def __post_init__(self) -> None:
        check_id(self.environment, "the environment")
        check_sha256(self.digest, "the list's hash")
        check_sha256(self.stops, "the stops' hash")
        if not 1 <= self.version <= MAX_VERSION:
            raise DocumentError(f"version {self.version} is no list's")
        object.__setattr__(self, "taken_up_at", to_precise_utc(self.taken_up_at, "taken_up_at"))

    def is_same_as(self, other: "InForce") -> bool:
        """Whether both hold the same list under the same stops, whenever they took it up."""
        mine = (self.environment, self.version, self.digest, self.stops)
        return mine == (other.environment, other.version, other.digest, other.stops)


@dataclass(frozen=True, slots=True)
class Held:
    """A list ready for deciding, and what to say of it to whoever asks."""

    index: WhitelistIndex
    in_force: InForce

    def at(self, now: datetime) -> "Held | None":
        """Itself while the list has not expired."""
        return self if now < self.index.expires_at else None


def stops_digest(stops: Iterable[RunningStop]) -> str:
    """One SHA-256 over the officers' stops that hold, in whatever order they were found."""
    return hashlib.sha256(one_form(sorted(running.stop.id for running in stops))).hexdigest()
