"""Events of the log itself and of the services that write it."""

from dataclasses import dataclass
from typing import ClassVar

from ror.audit.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStarted:
    """A service began to write this log."""

    kind: ClassVar[Kind] = Kind.STARTED
    service: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStopped:
    """It ended in order; a start without a stop before it was a crash."""

    kind: ClassVar[Kind] = Kind.STOPPED
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRead:
    """Somebody read the log: how, looking for what, from which account (its number)."""

    kind: ClassVar[Kind] = Kind.READ
    command: str
    account: int
    question: str | None = None
    partner: str | None = None
    officer: str | None = None
    kinds: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecovered:
    """An interrupted write was cut off at start: how many bytes, and their SHA-256. Nobody was promised them."""

    kind: ClassVar[Kind] = Kind.RECOVERED
    cut_bytes: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogResumed:
    """The log could not be written for a while and service was refused; so many events could not be recorded."""

    kind: ClassVar[Kind] = Kind.RESUMED
    cause: str
    unrecorded: int
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSetAside:
    """This log follows another one that was put away because it could not be trusted any more."""

    kind: ClassVar[Kind] = Kind.SET_ASIDE
    origin: str | None
    signed_up_to: int | None
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogUnwitnessed:
    """For so many seconds too few witnesses have co-signed the newest head."""

    kind: ClassVar[Kind] = Kind.UNWITNESSED
    cosigned: int
    wanted: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchived:
    """The records ``first`` to ``last`` were moved into an archive, a file of that SHA-256, by that account."""

    kind: ClassVar[Kind] = Kind.ARCHIVED
    first: int
    last: int
    file: str
    digest: str
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPruned:
    """The records ``first`` to ``last`` were deleted with their archives, after so many months, and why.

    ``restates`` is the record that said so first, where that was archived since.
    """

    kind: ClassVar[Kind] = Kind.PRUNED
    first: int
    last: int
    archives: tuple[str, ...]
    questions: int
    months: int
    reason: str
    account: int
    restates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipRefused:
    """A slip that another process left cannot be read; ``digest`` is the SHA-256 of its bytes."""

    kind: ClassVar[Kind] = Kind.SLIP_REFUSED
    digest: str


UpkeepEvent = (
    ServiceStarted
    | ServiceStopped
    | LogRead
    | LogRecovered
    | LogResumed
    | LogSetAside
    | LogUnwitnessed
    | LogArchived
    | LogPruned
    | SlipRefused
)
