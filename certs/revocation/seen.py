"""The newest number taken up of each authority's lists, kept across restarts: an older list must not come back."""

import fcntl
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from certs.errors import SeenNumberError
from certs.private_files import FILE_MODE, make_private_folder, write_private
from certs.revocation.certificate_list import SeenNumber

_MAX_FILE_BYTES = 65_536


class SeenNumbers(Protocol):
    """Where they are remembered, by ``Authority.id``."""

    def newest(self, authority: str) -> SeenNumber | None:
        """The newest of that authority, ``None`` before the first. Raises ``SeenNumberError``."""

    def remember(self, authority: str, seen: SeenNumber) -> None:
        """Keep ``seen`` if it is newer. Raises ``SeenNumberError`` where it cannot be kept."""


class SeenInMemory:
    """Forgotten with the process: for readers that have no state of their own."""

    def __init__(self) -> None:
        self._numbers: dict[str, SeenNumber] = {}

    def newest(self, authority: str) -> SeenNumber | None:
        """The newest of that authority."""
        return self._numbers.get(authority)

    def remember(self, authority: str, seen: SeenNumber) -> None:
        """Keep ``seen`` if it is newer."""
        last = self._numbers.get(authority)
        if last is None or seen.number > last.number:
            self._numbers[authority] = seen


class SeenFile:
    """Kept in one small file that all readers of a state folder share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self, authority: str) -> SeenNumber | None:
        """The newest of that authority. Raises ``SeenNumberError`` for a file that is damaged or unreadable."""
        return self._read().get(authority)

    def remember(self, authority: str, seen: SeenNumber) -> None:
        """Keep ``seen`` if it is newer than what is there, whoever wrote that. Raises ``SeenNumberError``."""
        lock = self._path.with_name(f".{self._path.name}.lock")
        try:
            make_private_folder(self._path.parent)
            with lock.open("ab") as file:
                lock.chmod(FILE_MODE)
                fcntl.flock(file, fcntl.LOCK_EX)
                numbers = self._read()
                last = numbers.get(authority)
                if last is None or seen.number > last.number:
                    write_private(self._path, _written({**numbers, authority: seen}))
        except OSError as error:
            raise SeenNumberError(f"{self._path} cannot be written: {error.strerror}") from error

    def _read(self) -> dict[str, SeenNumber]:
        try:
            with self._path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SeenNumberError(f"{self._path} cannot be read: {error.strerror}") from error
        try:
            entries = _ENTRIES.validate_json(data)
        except ValidationError as error:
            raise SeenNumberError(
                f"{self._path} is damaged; restore it, or remove it once the lists are known"
            ) from error
        return {authority: SeenNumber(int(entry.number, 16), entry.digest) for authority, entry in entries.items()}


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class _Entry:
    """The number in hex: it is larger than what JSON numbers carry."""

    number: Annotated[str, Field(pattern=r"^[0-9a-f]{1,40}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_ENTRIES = TypeAdapter(dict[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], _Entry])


def _written(numbers: dict[str, SeenNumber]) -> bytes:
    entries = {authority: _Entry(f"{seen.number:x}", seen.digest) for authority, seen in numbers.items()}
    return _ENTRIES.dump_json(entries)
