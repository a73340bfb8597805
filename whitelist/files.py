"""Where the whitelist lies in the state folder, and the lock under which officers change it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certs.home import Home
from certs.private_files import exclusive as locked
from certs.private_files import make_private_folder, sync_folder
from whitelist.errors import MissingFileError, NotInitialisedError, StorageError
from whitelist.officers import OfficerTrust

MAX_TRUST_BYTES = 65_536
CANARY_FILE = "canary.jws"


@dataclass(frozen=True, slots=True)
class WhitelistFiles:
    """The files of one state folder. Readers need ``published``, ``stops``, ``trust`` and ``seen`` only."""

    home: Home

    @property
    def published(self) -> Path:
        """The signed list in force."""
        return self.home.whitelist_published

    @property
    def draft(self) -> Path:
        """What officers are working on, unsigned."""
        return self.home.whitelist_draft

    @property
    def proposal(self) -> Path:
        """What an officer has put forward and others are to approve."""
        return self.home.whitelist / "proposal.jws"

    @property
    def stops(self) -> Path:
        """Folder of the stops, each signed by one officer."""
        return self.home.whitelist / "stops"

    @property
    def canary_stop(self) -> Path:
        """The canary's newest stop, replaced each time."""
        return self.stops / CANARY_FILE

    @property
    def canary_key(self) -> Path:
        """The private key that stops the canary; the one such key that belongs on a gateway."""
        return self.home.whitelist / "canary.json"

    @property
    def acknowledgements(self) -> Path:
        """Folder of what the followers said last, as the gateway keeps it."""
        return self.home.whitelist / "acknowledgements"

    @property
    def trust(self) -> Path:
        """The officers whose signatures count: the root of trust."""
        return self.home.whitelist / "officers.json"

    @property
    def seen(self) -> Path:
        """The newest version ever accepted here."""
        return self.home.whitelist / "seen.json"

    @property
    def history(self) -> Path:
        """Every version once published."""
        return self.home.whitelist_version(1).parent

    def version(self, number: int) -> Path:
        """The file of a version once published."""
        return self.home.whitelist_version(number)

    def officer_key(self, name: str) -> Path:
        """The first private key of an officer who signs from here."""
        return self.home.officer_key(name)

    def next_officer_key(self, name: str, kid: str) -> Path:
        """A later private key of that officer, told from the others by its thumbprint."""
        return self.officer_key(name).with_name(f"{name}.{kid}.json")

    def officer_keys(self, name: str) -> tuple[Path, ...]:
        """Every private key of that officer that may lie here; the first one first."""
        first = self.officer_key(name)
        return (first, *sorted(first.parent.glob(f"{name}.*.json")))

    @property
    def officers_here(self) -> tuple[str, ...]:
        """The officers of whom a private key lies here."""
        return tuple(sorted({path.name.partition(".")[0] for path in self.officer_key("x").parent.glob("*.json")}))


@contextmanager
def exclusive(files: WhitelistFiles) -> Iterator[None]:
    """Hold the whitelist alone: officers wait for each other, a minute at most. Raises ``StorageError``.

    What one finds inside will not go away by a power cut, even where whoever did it was killed before that was sure.
    """
    try:
        make_private_folder(files.home.whitelist)
        with locked(files.home.whitelist / ".lock"):
            sync_folder(files.home.whitelist)
            yield
    except OSError as error:
        raise StorageError(f"{files.home.whitelist} cannot be used: {error.strerror or error}") from error


def read_whole(path: Path, most_bytes: int) -> bytes:
    """The file's bytes, at most one more than ``most_bytes``; raises ``MissingFileError`` or ``StorageError``."""
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise MissingFileError(f"{path} is not there") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error


def read_trust(files: WhitelistFiles) -> OfficerTrust:
    """The pinned officers. Raises ``NotInitialisedError``, ``OfficerError`` or ``StorageError``."""
    try:
        return OfficerTrust.from_json(read_whole(files.trust, MAX_TRUST_BYTES))
    except MissingFileError as error:
        raise NotInitialisedError(f"no officers are pinned: {error}; `ror whitelist init` makes them") from error
