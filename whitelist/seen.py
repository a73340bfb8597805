"""The newest version ever accepted, kept across restarts: an older list signed in its day must not come back."""

import fcntl
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from certs.private_files import FILE_MODE, write_private
from whitelist.document import MAX_VERSION
from whitelist.errors import SeenVersionError
from whitelist.signature import SeenVersion


class SeenVersions(Protocol):
    """Where the newest accepted version is remembered."""

    def newest(self) -> SeenVersion | None:
        """The newest accepted version. Raises ``SeenVersionError`` where it cannot be told."""

    def remember(self, seen: SeenVersion) -> None:
        """Keep ``seen`` if it is newer. Raises ``SeenVersionError`` where it cannot be kept."""


class SeenFile:
    """Kept in one small file that the gateway and the nodes of a state folder share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self) -> SeenVersion | None:
        """The newest accepted version, ``None`` before the first. Raises ``SeenVersionError``."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SeenVersionError(f"{self._path} cannot be read: {error.strerror}") from error
        try:
            file = _SeenJson.model_validate_json(data)
        except ValidationError as error:
            raise SeenVersionError(
                f"{self._path} is damaged; restore it, or remove it once the list is known"
            ) from error
        return SeenVersion(file.version, file.digest)

    def remember(self, seen: SeenVersion) -> None:
        """Keep ``seen`` if it is newer than what is there, whoever wrote that. Raises ``SeenVersionError``."""
        lock = self._path.with_name(f".{self._path.name}.lock")
        try:
            with lock.open("ab") as file:
                lock.chmod(FILE_MODE)
                fcntl.flock(file, fcntl.LOCK_EX)
                newest = self.newest()
                if newest is None or seen.number > newest.number:
                    write_private(
                        self._path, _SeenJson(version=seen.number, digest=seen.digest).model_dump_json().encode()
                    )
        except OSError as error:
            raise SeenVersionError(f"{self._path} cannot be written: {error.strerror}") from error


class SeenInMemory:
    """Forgotten with the process: for readers that have no state of their own."""

    def __init__(self, seen: SeenVersion | None = None) -> None:
        self._seen = seen

    def newest(self) -> SeenVersion | None:
        """The newest accepted version."""
        return self._seen

    def remember(self, seen: SeenVersion) -> None:
        """Keep ``seen`` if it is newer."""
        if self._seen is None or seen.number > self._seen.number:
            self._seen = seen


class _SeenJson(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    version: int = Field(ge=1, le=MAX_VERSION)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
