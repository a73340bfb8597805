"""What can happen in the audit log: a closed vocabulary. No person's name, no envelope; a certificate is its digest.

An officer is the thumbprint of a signing key, a reader of the log the number of an account: who is behind them
stands in lists kept elsewhere, which data protection may empty while the log stays whole.
"""

from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple

from ror.audit.canonical import encoded
from ror.audit.errors import AuditFormError
from ror.audit.governance import (
    ConfigurationChanged,
    FollowerBehind,
    FollowerCaughtUp,
    GovernanceEvent,
    GraceEnded,
    GraceGiven,
    ListRefused,
    ListTakenUp,
    OfficerActed,
    OfficersChanged,
    OperatorActed,
    PartnerStopped,
    RevocationTakenUp,
    StopEnded,
)
from ror.audit.kinds import Kind
from ror.audit.upkeep import (
    LogArchived,
    LogPruned,
    LogRead,
    LogRecovered,
    LogResumed,
    LogSetAside,
    LogUnwitnessed,
    ServiceStarted,
    ServiceStopped,
    SlipRefused,
    UpkeepEvent,
)

__all__ = [
    "MAX_EVENT_BYTES",
    "ConfigurationChanged",
    "DecisionTaken",
    "DecisionsCounted",
    "Event",
    "FollowerBehind",
    "FollowerCaughtUp",
    "GovernanceEvent",
    "GraceEnded",
    "GraceGiven",
    "HandshakeRefused",
    "Kind",
    "ListRefused",
    "ListTakenUp",
    "LogArchived",
    "LogPruned",
    "LogRead",
    "LogRecovered",
    "LogResumed",
    "LogSetAside",
    "LogUnwitnessed",
    "OfficerActed",
    "OfficersChanged",
    "OperatorActed",
    "PartnerStopped",
    "ReceiptAsked",
    "RegionAsked",
    "RequestEvent",
    "RequestProxied",
    "RevocationTakenUp",
    "SearchAnswered",
    "ServiceStarted",
    "ServiceStopped",
    "SlipRefused",
    "StopEnded",
    "UpkeepEvent",
    "check_vocabulary",
    "event_bytes",
]

MAX_EVENT_BYTES = 32_768


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
class DecisionsCounted:
    """Refusals of one cause that came in a flood and are told together: of whom, why, how many."""

    kind: ClassVar[Kind] = Kind.DECISIONS_COUNTED
    transaction: str
    reason: str | None
    partner: str | None
    certificate: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAsked:
    """A partner asked for the receipt of a question; ``reason`` is the fault's slug where it got none."""

    kind: ClassVar[Kind] = Kind.RECEIPT
    granted: bool
    question: str | None
    reason: str | None = None
    partner: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeRefused:
    """TLS handshakes that failed for one cause; ``count`` is above 1 when a flood of them is told together."""

    kind: ClassVar[Kind] = Kind.HANDSHAKE
    problem: str
    reason: str | None = None
    detail: str | None = None
    count: int = 1


RequestEvent = DecisionTaken | DecisionsCounted | SearchAnswered | RequestProxied | ReceiptAsked | HandshakeRefused
Event = RequestEvent | GovernanceEvent | UpkeepEvent
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
