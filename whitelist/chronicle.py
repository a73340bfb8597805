"""The history told: what every version changed, who put it forward, who approved it, why; every stop beside them.

Nothing of it is a note that somebody keeps: it is read out of the signed versions and stops themselves, each verified
again, so that a history that was edited says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from whitelist.difference import Difference, difference
from whitelist.document import Whitelist
from whitelist.emergency import known_stops
from whitelist.errors import MissingFileError, UnusableListError
from whitelist.files import WhitelistFiles, read_trust
from whitelist.history import read_version, versions
from whitelist.proposal import Base
from whitelist.signature import verify
from whitelist.stops import Stop
from whitelist.verdict import Rejected, Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version of the history. ``flaw`` says what is wrong with its file; then nothing else is known of it.

    ``difference`` is ``None`` where the version before it is not kept here; ``tallies`` says whether it is the one
    that its officers signed.
    """

    version: int
    verified: Verified | None = None
    flaw: str | None = None
    difference: Difference | None = None
    tallies: bool = True

    @property
    def author(self) -> str | None:
        """Who put it forward."""
        origin = self.verified.whitelist.origin if self.verified else None
        return origin.author if origin else None

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who else signed it."""
        return tuple(name for name in self.verified.signers if name != self.author) if self.verified else ()

    @property
    def reason(self) -> str:
        """Why."""
        origin = self.verified.whitelist.origin if self.verified else None
        return origin.reason if origin else ""


def entry_of(files: WhitelistFiles, number: int, now: datetime) -> Entry:
    """One version, verified and compared with the one that it followed."""
    verdict = _judged(files, number, now)
    if not isinstance(verdict, Verified):
        return Entry(version=number, flaw=verdict)
    whitelist = verdict.whitelist
    origin = whitelist.origin
    before: Whitelist | None = None
    if origin is None:
        return Entry(version=number, verified=verdict)
    if origin.base_version:
        base = _judged(files, origin.base_version, now)
        if not isinstance(base, Verified) or base.digest != origin.base_digest:
            return Entry(version=number, verified=verdict)
        before = base.whitelist
    shown = difference(before, whitelist)
    return Entry(version=number, verified=verdict, difference=shown, tallies=shown.digest == origin.difference)


def entries(files: WhitelistFiles, now: datetime, *, most: int) -> Iterator[Entry]:
    """The versions kept here, the newest first, at most ``most``."""
    for number in reversed(versions(files)[-most:]):
        yield entry_of(files, number, now)


def list_of(files: WhitelistFiles, number: int, now: datetime) -> Whitelist:
    """The list that was version ``number``. Raises ``MissingFileError``, ``UnusableListError`` for a forgery."""
    if number not in versions(files):
        raise MissingFileError(f"version {number} is not in the history")
    verdict = _judged(files, number, now)
    if isinstance(verdict, Verified):
        return verdict.whitelist
    raise UnusableListError(f"version {number} of the history is refused: {verdict}")


def stops_of(files: WhitelistFiles, base: Base, now: datetime) -> tuple[Stop, ...]:
    """Every stop known here, the newest first."""
    return tuple(sorted(known_stops(files, base, now), key=lambda stop: stop.issued_at, reverse=True))


def _judged(files: WhitelistFiles, number: int, now: datetime) -> Verified | str:
    """The version, be it over by now; or what is wrong with it."""
    try:
        verdict = verify(read_version(files, number), read_trust(files), now=now, last=None)
    except MissingFileError:
        return "file.missing"
    if isinstance(verdict, Rejected):
        if verdict.authentic is None:
            return verdict.flaw.value
        verdict = verdict.authentic
    return verdict if verdict.whitelist.version == number else "another version under this number"
