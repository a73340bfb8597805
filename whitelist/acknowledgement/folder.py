"""The last acknowledgement of each follower, signed as it came, and beside them whom the gateway asks.

``followers.json`` is unsigned: it says who should be there, by which name each is known, and how the last question
to it ended. What each has in force only its own signed file says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, Field

from certs.private_files import make_private_folder, write_private
from ror.audit.moments import moment_text
from whitelist.acknowledgement.signing import MAX_BYTES
from whitelist.acknowledgement.statement import GATEWAY
from whitelist.document import to_precise_utc
from whitelist.document_json import Strict, one_form, validated
from whitelist.errors import DocumentError, MissingFileError, StorageError
from whitelist.files import read_whole

_FOLLOWERS_FILE = "followers.json"
_MAX_FOLLOWERS_BYTES = 65_536
_MAX_FOLLOWERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """One who must follow: its id, a node's DNS name (``None`` for the gateway), the flaw of the last question."""

    id: str
    server_name: str | None
    flaw: str | None = None
    flaw_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followers:
    """All of them; one whose last word is older than ``silent_after_s`` has fallen silent."""

    silent_after_s: float
    followers: tuple[Follower, ...]


class AcknowledgementFolder:
    """Reads and writes one folder; every write is whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, follower: str, data: bytes) -> None:
        """Put a signed acknowledgement in the place of the one before. Raises ``OSError``."""
        make_private_folder(self._path)
        write_private(self._path / f"{follower}.jws", data)

    def read(self, follower: str) -> bytes | None:
        """What was kept, at most a byte more than any acknowledgement has. Raises ``StorageError``."""
        try:
            return read_whole(self._path / f"{follower}.jws", MAX_BYTES)
        except MissingFileError:
            return None

    def keep_followers(self, followers: Followers) -> None:
        """Say who must follow. Raises ``OSError``."""
        make_private_folder(self._path)
        view = {
            "silent_after_s": followers.silent_after_s,
            "followers": [
                {
                    "id": one.id,
                    "server_name": one.server_name,
                    "flaw": one.flaw,
                    "flaw_at": moment_text(one.flaw_at) if one.flaw_at is not None else None,
                }
                for one in followers.followers
            ],
        }
        write_private(self._path / _FOLLOWERS_FILE, one_form(view))

    def read_followers(self) -> Followers:
        """Who must follow. Raises ``MissingFileError`` before the gateway has ever asked, ``StorageError``."""
        path = self._path / _FOLLOWERS_FILE
        try:
            return validated(_FollowersJson, read_whole(path, _MAX_FOLLOWERS_BYTES)).value()
        except DocumentError as error:
            raise StorageError(f"{path} is damaged; the gateway writes it anew when it starts: {error}") from error


class _FollowerJson(Strict):
    id: str
    server_name: str | None
    flaw: str | None
    flaw_at: AwareDatetime | None

    def value(self) -> Follower:
        at = None if self.flaw_at is None else to_precise_utc(self.flaw_at, "flaw_at")
        return Follower(id=self.id, server_name=self.server_name, flaw=self.flaw, flaw_at=at)


class _FollowersJson(Strict):
    silent_after_s: float = Field(gt=0)
    followers: tuple[_FollowerJson, ...] = Field(max_length=_MAX_FOLLOWERS)

    def value(self) -> Followers:
        """The followers; raises ``DocumentError``."""
        followers = tuple(one.value() for one in self.followers)
        _check(followers)
        return Followers(silent_after_s=self.silent_after_s, followers=followers)


def _check(followers: Sequence[Follower]) -> None:
    from_ids = {one.id for one in followers}
    if len(from_ids) != len(followers):
        raise DocumentError("a follower stands there twice")
    for one in followers:
        if (one.id == GATEWAY) != (one.server_name is None):
            raise DocumentError("every node has a name, the gateway has none")
