"""What was ever accepted, kept across restarts: the newest version, the newest set of officers, the stops.

An older list signed in its day must not come back, nor officers who have gone, nor a partner by taking its stop away.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from certs.kept_file import KeptFile
from whitelist.document import MAX_VERSION
from whitelist.document_json import one_form
from whitelist.errors import DocumentError, SeenVersionError
from whitelist.officers import MAX_OFFICERS_VERSION
from whitelist.stops import Stop, StopJson, stop_view
from whitelist.verdict import SeenVersion


@dataclass(frozen=True, slots=True)
class Seen:
    """What was accepted: the newest version and the newest set of officers (``None`` before the first), the stops."""

    version: SeenVersion | None = None
    officers: SeenVersion | None = None
    stops: tuple[Stop, ...] = ()

    def with_version(self, version: SeenVersion, officers: SeenVersion | None) -> "Seen":
        """What is known once a list is accepted: nothing ever goes back."""
        return replace(self, version=_newer(self.version, version), officers=_newer(self.officers, officers))

    def with_stops(self, stops: Iterable[Stop], forget: Iterable[Stop] = ()) -> "Seen":
        """What is known once ``stops`` are beside those there are, less those to ``forget``."""
        gone = frozenset(forget)
        return replace(self, stops=tuple(one for one in dict.fromkeys((*self.stops, *stops)) if one not in gone))

    def with_all(self, other: "Seen", forget: Iterable[Stop] = ()) -> "Seen":
        """What both know together, less the stops to ``forget``."""
        versions = Seen(_newer(self.version, other.version), _newer(self.officers, other.officers), self.stops)
        return versions.with_stops(other.stops, forget)


class SeenVersions(Protocol):
    """Where what was accepted is remembered."""

    def all(self) -> Seen:
        """What was accepted. Raises ``SeenVersionError`` where it cannot be told."""

    def newest(self) -> SeenVersion | None:
        """The newest accepted version. Raises ``SeenVersionError`` where it cannot be told."""

    def remember(self, seen: SeenVersion, officers: SeenVersion | None = None) -> None:
        """Keep what is newer. Raises ``SeenVersionError`` where it cannot be kept."""

    def remember_stops(self, stops: Iterable[Stop], forget: Iterable[Stop] = ()) -> None:
        """Keep ``stops`` beside those there are, less those to ``forget``. Raises ``SeenVersionError``."""

    def remember_all(self, seen: Seen, forget: Iterable[Stop] = ()) -> None:
        """Keep what is newer in ``seen``, and its stops, less those to ``forget``. Raises ``SeenVersionError``."""

    def doubt(self) -> bool:
        """Have nobody start from what is kept, for more was accepted; whether that is certain."""


class SeenFile:
    """Kept in one small file that the gateway and the nodes of a state folder share. Reading needs no lock."""

    def __init__(self, path: Path) -> None:
        self._file = KeptFile(path)

    def all(self) -> Seen:
        """What was accepted, all of it. Raises ``SeenVersionError``."""
        return self._read(doubted=False)

    def at_least(self) -> Seen:
        """What was accepted, though perhaps more was: enough for officers, who must not wait for a disk to be well.

        Readers refuse what an officer makes from too little. Raises ``SeenVersionError``.
        """
        return self._read(doubted=True)

    def newest(self) -> SeenVersion | None:
        """The newest accepted version, ``None`` before the first. Raises ``SeenVersionError``."""
        return self.all().version

    def remember(self, seen: SeenVersion, officers: SeenVersion | None = None) -> None:
        """Keep what is newer than what is there, whoever wrote that. Raises ``SeenVersionError``."""
        self._change(lambda known: known.with_version(seen, officers))

    def remember_stops(self, stops: Iterable[Stop], forget: Iterable[Stop] = ()) -> None:
        """Keep ``stops`` beside those there are, less those to ``forget``. Raises ``SeenVersionError``."""
        added, gone = tuple(stops), frozenset(forget)
        self._change(lambda known: known.with_stops(added, gone))

    def remember_all(self, seen: Seen, forget: Iterable[Stop] = ()) -> None:
        """Keep what is newer in ``seen``, and its stops, less those to ``forget``. Raises ``SeenVersionError``."""
        gone = frozenset(forget)
        self._change(lambda known: known.with_all(seen, gone))

    def doubt(self) -> bool:
        """Put the file aside until somebody who knows more has written it; whether that was possible."""
        return self._file.doubt()

    def _change(self, change: Callable[[Seen], Seen]) -> None:
        try:
            data = self._file.read()
            if data is not None and change(known := self._told(data)) == known:
                return
        except OSError:
            pass  # doubted or unreadable: whether it can be mended shows below
        try:
            self._file.change(lambda data: _written(change(self._told(data))))
        except OSError as error:
            raise SeenVersionError(f"{self._file.path} cannot be written: {error.strerror}") from error

    def _read(self, *, doubted: bool) -> Seen:
        try:
            data = self._file.read(doubted=doubted)
        except OSError as error:
            raise SeenVersionError(f"{self._file.path} cannot be read: {error.strerror}") from error
        return self._told(data)

    def _told(self, data: bytes | None) -> Seen:
        if data is None:
            return Seen()
        try:
            return _SeenJson.model_validate_json(data).seen()
        except (ValidationError, DocumentError) as error:
            raise SeenVersionError(
                f"{self._file.path} is damaged; restore it, or remove it once the list is known"
            ) from error


class SeenInMemory:
    """Forgotten with the process: for readers that have no state of their own."""

    def __init__(self) -> None:
        self._seen = Seen()

    def all(self) -> Seen:
        """What was accepted."""
        return self._seen

    def newest(self) -> SeenVersion | None:
        """The newest accepted version."""
        return self._seen.version

    def remember(self, seen: SeenVersion, officers: SeenVersion | None = None) -> None:
        """Keep what is newer."""
        self._seen = self._seen.with_version(seen, officers)

    def remember_stops(self, stops: Iterable[Stop], forget: Iterable[Stop] = ()) -> None:
        """Keep ``stops`` beside those there are, less those to ``forget``."""
        self._seen = self._seen.with_stops(stops, forget)

    def remember_all(self, seen: Seen, forget: Iterable[Stop] = ()) -> None:
        """Keep what is newer in ``seen``, and its stops, less those to ``forget``."""
        self._seen = self._seen.with_all(seen, forget)

    def doubt(self) -> bool:
        """Nobody starts from it anyway."""
        return True


def _newer(known: SeenVersion | None, fresh: SeenVersion | None) -> SeenVersion | None:
    if known is None or (fresh is not None and fresh.number > known.number):
        return fresh
    return known


def _written(seen: Seen) -> bytes:
    return _SeenJson.of(seen).model_dump_json(exclude_defaults=True).encode()


class _OfficersJson(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    version: int = Field(ge=1, le=MAX_OFFICERS_VERSION)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class _SeenJson(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    version: int = Field(ge=1, le=MAX_VERSION)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    officers: _OfficersJson | None = None
    stops: tuple[StopJson, ...] = ()

    @classmethod
    def of(cls, seen: Seen) -> "_SeenJson":
        """The file's content. Stops are only ever judged beside a list, so that there is a version."""
        if seen.version is None:
            raise SeenVersionError("a stop was accepted before any list")
        officers = seen.officers
        return cls(
            version=seen.version.number,
            digest=seen.version.digest,
            officers=_OfficersJson(version=officers.number, digest=officers.digest) if officers else None,
            stops=tuple(StopJson.model_validate_json(one_form(stop_view(stop))) for stop in seen.stops),
        )

    def seen(self) -> Seen:
        """What the file says; raises ``DocumentError``."""
        officers = SeenVersion(self.officers.version, self.officers.digest) if self.officers else None
        return Seen(SeenVersion(self.version, self.digest), officers, tuple(one.stop() for one in self.stops))
