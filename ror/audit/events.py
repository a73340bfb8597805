"""What can happen in the audit log: a closed vocabulary. No person's name, no envelope; a certificate is its digest.

An officer is the thumbprint of a signing key, a reader of the log the number of an account: who is behind them
stands in lists kept elsewhere, which data protection may empty while the log stays whole.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, NamedTuple

from ror.audit.canonical import encoded
from ror.audit.errors import AuditFormError

MAX_EVENT_BYTES = 32_768


class Kind(StrEnum):
    """Every kind of event; the value is stable."""

    DECISION = "decision.taken"
    SEARCH = "search.answered"
    PROXIED = "request.proxied"
    HANDSHAKE = "handshake.refused"
    OFFICER = "officer.acted"
    CONFIGURATION = "configuration.changed"
    LIST_TAKEN_UP = "list.taken-up"
    LIST_REFUSED = "list.refused"
    FOLLOWER_BEHIND = "propagation.behind"
    FOLLOWER_CAUGHT_UP = "propagation.caught-up"
    STARTED = "service.started"
    STOPPED = "service.stopped"
    READ = "log.read"
    RECOVERED = "log.recovered"
    RESUMED = "log.resumed"
    SET_ASIDE = "log.set-aside"
    SLIP_REFUSED = "slip.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTaken:
    """A door opened or stayed shut; ``reason`` is the fault's slug when refused. What was not known yet is
    ``None``.
    """

    kind: ClassVar[Kind] = Kind.DECISION
    granted: bool
    transaction: str
    question: str
    reason: str | None = None
    partner: str | None = None
    profile: str | None = None
    certificate: str | None = None
    list_version: int | None = None


class RegionAsked(NamedTuple):
    """One ROR in an answered search, in the order in which it stands in the record."""

    ror: str
    codes: tuple[str, ...]
    outcome: str
    found: int | None
    returned: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswered:
    """A search went out: for whom, under which profile, what every region said, how many units left."""

    kind: ClassVar[Kind] = Kind.SEARCH
    question: str
    partner: str
    profile: str
    regions: tuple[RegionAsked, ...]
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestProxied:
    """A pinned proxy brought a question and told whose it is: digests of its own certificate and of the caller's."""

    kind: ClassVar[Kind] = Kind.PROXIED
    question: str
    proxy: str
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeRefused:
    """TLS handshakes that failed for one cause; ``count`` is above 1 when a flood of them is told together."""

    kind: ClassVar[Kind] = Kind.HANDSHAKE
    problem: str
    reason: str | None = None
    detail: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerActed:
    """An officer changed the whitelist or its draft; ``officer`` is the key's thumbprint, ``digest`` what was
    signed.
    """

    kind: ClassVar[Kind] = Kind.OFFICER
    act: str
    officer: str | None = None
    partner: str | None = None
    list_version: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged:
    """A setting took another value. Secrets are no settings; ``digest`` stands for what is long."""

    kind: ClassVar[Kind] = Kind.CONFIGURATION
    setting: str
    value: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTakenUp:
    """A version of the whitelist is in force here from now on."""

    kind: ClassVar[Kind] = Kind.LIST_TAKEN_UP
    version: int
    partners: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRefused:
    """A whitelist that was not taken up; ``flaw`` says why, the last good one stays."""

    kind: ClassVar[Kind] = Kind.LIST_REFUSED
    flaw: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerBehind:
    """A node, or the gateway itself, does not go by the list in force, or cannot show it: how it stands, ``seconds``
    behind, and the flaw where it answers nothing that counts.
    """

    kind: ClassVar[Kind] = Kind.FOLLOWER_BEHIND
    follower: str
    standing: str
    expected: int
    version: int | None = None
    seconds: int = 0
    flaw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerCaughtUp:
    """It is in step again, ``seconds`` after it was told to be behind."""

    kind: ClassVar[Kind] = Kind.FOLLOWER_CAUGHT_UP
    follower: str
    version: int
    seconds: int


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
class SlipRefused:
    """A slip that another process left cannot be read; ``digest`` is the SHA-256 of its bytes."""

    kind: ClassVar[Kind] = Kind.SLIP_REFUSED
    digest: str


Event = (
    DecisionTaken
    | SearchAnswered
    | RequestProxied
    | HandshakeRefused
    | OfficerActed
    | ConfigurationChanged
    | ListTakenUp
    | ListRefused
    | FollowerBehind
    | FollowerCaughtUp
    | ServiceStarted
    | ServiceStopped
    | LogRead
    | LogRecovered
    | LogResumed
    | LogSetAside
    | SlipRefused
)
_NAMES: dict[type[Event], tuple[str, ...]] = {
    cls: tuple(sorted(field.name for field in fields(cls))) for cls in Event.__args__
}
_BY_KIND: dict[str, type[Event]] = {cls.kind.value: cls for cls in _NAMES}


def event_bytes(event: Event) -> bytes:
    """The event's fields as canonical JSON. Raises ``AuditFormError`` for what no record may hold."""
    data = encoded({name: getattr(event, name) for name in _NAMES[type(event)]})
    if len(data) > MAX_EVENT_BYTES:
        raise AuditFormError(f"an event is larger than {MAX_EVENT_BYTES} bytes")
    return data


def check_vocabulary(kind: str, event: dict[str, object]) -> None:
    """Raise ``AuditFormError`` unless ``event`` has exactly the fields of a known ``kind``."""
    cls = _BY_KIND.get(kind)
    if cls is None or tuple(sorted(event)) != _NAMES[cls]:
        raise AuditFormError("an event outside the vocabulary")
