"""What judging a signed list comes to, and what a reader remembers of it."""

from dataclasses import dataclass
from enum import Enum

from whitelist.document import Whitelist
from whitelist.jws import SignedFile
from whitelist.officers import OfficerTrust


class Flaw(Enum):
    """Why a list is not taken up; the value is the stable code of logs and of the command."""

    TOO_LARGE = "whitelist.too-large"
    MALFORMED = "whitelist.malformed"
    ROTATION_REFUSED = "whitelist.rotation-refused"
    OFFICERS_ROLLBACK = "whitelist.officers-rollback"
    OFFICERS_REUSED = "whitelist.officers-reused"
    UNKNOWN_OFFICER = "whitelist.unknown-officer"
    BAD_SIGNATURE = "whitelist.bad-signature"
    BELOW_THRESHOLD = "whitelist.below-threshold"
    INVALID = "whitelist.invalid"
    WRONG_ENVIRONMENT = "whitelist.wrong-environment"
    OTHER_OFFICERS = "whitelist.other-officers"
    AUTHOR_MISSING = "whitelist.author-missing"
    ROLLBACK = "whitelist.rollback"
    VERSION_REUSED = "whitelist.version-reused"
    VERSION_LEAP = "whitelist.version-leap"
    NOT_YET_ISSUED = "whitelist.not-yet-issued"
    EXPIRED = "whitelist.expired"


@dataclass(frozen=True, slots=True)
class SeenVersion:
    """A version once accepted, and the SHA-256 (hex) of its content."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A list that may be taken up: its content and hash, who signed it, the officers in force with it, the file."""

    whitelist: Whitelist
    digest: str
    signers: tuple[str, ...]
    officers: OfficerTrust
    file: SignedFile

    @property
    def seen(self) -> SeenVersion:
        """What to remember of it."""
        return SeenVersion(self.whitelist.version, self.digest)

    @property
    def officers_seen(self) -> SeenVersion:
        """What to remember of its officers."""
        return SeenVersion(self.officers.version, self.officers.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A list that may not. ``authentic`` is there where only version or dates stand against it (rules 8, 9)."""

    flaw: Flaw
    detail: str
    authentic: Verified | None = None


Verdict = Verified | Rejected


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A list or a stop that a running reader would not take up: the stable code of why, the version where known."""

    flaw: str
    version: int | None = None
