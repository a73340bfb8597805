"""The newest number taken up of each authority's lists, kept across restarts: an older list must not come back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from certs.errors import SeenNumberError
from certs.kept_file import KeptFile
from certs.revocation.certificate_list import SeenNumber


class SeenNumbers(Protocol):
    """Where they are remembered, by ``Authority.id``."""

    def newest(self, authority: str) -> SeenNumber | None:
        """The newest of that authority, ``None`` before the first. Raises ``SeenNumberError``."""

    def remember(self, authority: str, seen: SeenNumber) -> None:
        """Keep ``seen`` if it is newer. Raises ``SeenNumberError`` where it cannot be kept."""

    def doubt(self) -> bool:
        """Have nobody start from what is kept, for newer lists were taken up; whether that is certain."""


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

    def doubt(self) -> bool:
        """Nobody starts from it anyway."""
        return True


class SeenFile:
    """Kept in one small file that all readers of a state folder share. Reading needs no lock."""

    def __init__(self, path: Path) -> None:
        self._file = KeptFile(path)

    def newest(self, authority: str) -> SeenNumber | None:
        """The newest of that authority. Raises ``SeenNumberError`` for one that cannot be told, or is doubted."""
        try:
            data = self._file.read()
        except OSError as error:
            raise SeenNumberError(f"{self._file.path} cannot be read: {error.strerror}") from error
        return self._told(data).get(authority)

    def remember(self, authority: str, seen: SeenNumber) -> None:
        """Keep ``seen`` if it is newer than what is there, whoever wrote that. Raises ``SeenNumberError``."""
        try:
            data = self._file.read()
            if data is not None and _with(known := self._told(data), authority, seen) == known:
                return
        except OSError:
            pass  # doubted or unreadable: whether it can be mended shows below
        try:
            self._file.change(lambda data: _written(_with(self._told(data), authority, seen)))
        except OSError as error:
            raise SeenNumberError(f"{self._file.path} cannot be written: {error.strerror}") from error

    def doubt(self) -> bool:
        """Put the file aside until a newer number has been written; whether that was possible."""
        return self._file.doubt()

    def _told(self, data: bytes | None) -> dict[str, SeenNumber]:
        if data is None:
            return {}
        try:
            entries = _ENTRIES.validate_json(data)
        except ValidationError as error:
            raise SeenNumberError(
                f"{self._file.path} is damaged; restore it, or remove it once the lists are known"
            ) from error
        return {authority: SeenNumber(int(entry.number, 16), entry.digest) for authority, entry in entries.items()}


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class _Entry:
    """The number in hex: it is larger than what JSON numbers carry."""

    number: Annotated[str, Field(pattern=r"^[0-9a-f]{1,40}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_ENTRIES = TypeAdapter(dict[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], _Entry])


def _with(numbers: dict[str, SeenNumber], authority: str, seen: SeenNumber) -> dict[str, SeenNumber]:
    last = numbers.get(authority)
    return numbers if last is not None and last.number >= seen.number else {**numbers, authority: seen}


def _written(numbers: Mapping[str, SeenNumber]) -> bytes:
    entries = {authority: _Entry(f"{seen.number:x}", seen.digest) for authority, seen in numbers.items()}
    return _ENTRIES.dump_json(entries)
