"""Stops: what one officer alone may do, at once. A stop takes a partner's rights away for a while, and no more.

A stop is a document of its own, signed by one officer in force, laid over whatever list is in force. It therefore
wins over every list published before, beside or after it, until

- its time is over: at most ``LONGEST`` after it was made,
- or a later list, signed by the threshold, lifts it by its hash: that list's officers knew of it.

A list in which the entry is suspended or revoked makes lasting what the stop began. So that nobody alone can keep a
partner out for ever, the stops that one officer makes against one partner after the list in force was issued hold
together no longer than ``LONGEST`` from the first of them on.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime

from whitelist.document import Lifted, Partner, PartnerStatus, Whitelist, to_utc
from whitelist.document_json import Strict, moment_text, one_form, validated
from whitelist.errors import DocumentError, SignatureFormError
from whitelist.jws import SignedType, read_signed, signed
from whitelist.officers import OfficerKey, OfficerTrust
from whitelist.signature import CLOCK_SKEW
from whitelist.texts import MAX_REASON_CHARACTERS, check_id, check_text

FORMAT = 1
LONGEST_HOURS = 72
DEFAULT_HOURS = 24
LONGEST = timedelta(hours=LONGEST_HOURS)
MAX_STOP_BYTES = 8_192


class StopKind(StrEnum):
    """How a stopped partner is refused: as suspended, or as revoked. The officers' list decides what lasts."""

    SUSPEND = "suspend"
    REVOKE = "revoke"


class StopFlaw(StrEnum):
    """Why a stop is not taken up; the value is a stable code."""

    MALFORMED = "stop.malformed"
    UNKNOWN_OFFICER = "stop.unknown-officer"
    BAD_SIGNATURE = "stop.bad-signature"
    INVALID = "stop.invalid"
    WRONG_ENVIRONMENT = "stop.wrong-environment"
    NOT_YET_ISSUED = "stop.not-yet-issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop: against which partner, by which officer, why, from when until when."""

    environment: str
    partner: str
    kind: StopKind
    officer: str
    reason: str
    issued_at: datetime
    until: datetime

    def __post_init__(self) -> None:
        for value, what in ((self.environment, "environment"), (self.partner, "partner"), (self.officer, "officer")):
            check_id(value, f"the {what}")
        check_text(self.reason, "reason", MAX_REASON_CHARACTERS, required=True)
        issued, until = to_utc(self.issued_at, "issued_at"), to_utc(self.until, "until")
        if not timedelta(0) < until - issued <= LONGEST:
            raise DocumentError(f"a stop holds up to {LONGEST_HOURS} hours")
        object.__setattr__(self, "issued_at", issued)
        object.__setattr__(self, "until", until)

    @property
    def id(self) -> str:
        """SHA-256 of its content: what a list names to lift it."""
        return hashlib.sha256(write_stop(self)).hexdigest()

    @property
    def lifted(self) -> Lifted:
        """What a list says to lift it."""
        return Lifted(self.id, self.partner, self.until)


@dataclass(frozen=True, slots=True)
class RunningStop:
    """A stop that holds, and when it ends, which may be sooner than it says itself."""

    stop: Stop
    until: datetime

    def __str__(self) -> str:
        done = "revoked" if self.stop.kind is StopKind.REVOKE else "suspended"
        until = f"{self.until:%Y-%m-%d %H:%M} UTC"
        return f"{self.stop.partner} is {done} by {self.stop.officer} alone until {until}: {self.stop.reason}"


@dataclass(frozen=True, slots=True)
class RefusedStop:
    """A stop that is not taken up."""

    flaw: StopFlaw
    detail: str


class StopJson(Strict):
    """A stop as it is signed and remembered."""

    format: int
    environment: str
    partner: str
    kind: StopKind
    officer: str
    reason: str
    issued_at: AwareDatetime
    until: AwareDatetime

    def stop(self) -> Stop:
        """The stop; raises ``DocumentError``."""
        if self.format != FORMAT:
            raise DocumentError(f"the stop has format {self.format}, {FORMAT} is understood")
        return Stop(
            environment=self.environment,
            partner=self.partner,
            kind=self.kind,
            officer=self.officer,
            reason=self.reason,
            issued_at=self.issued_at,
            until=self.until,
        )


def stop_view(stop: Stop) -> dict[str, object]:
    """The stop as JSON-ready values."""
    return {
        "format": FORMAT,
        "environment": stop.environment,
        "partner": stop.partner,
        "kind": stop.kind.value,
        "officer": stop.officer,
        "reason": stop.reason,
        "issued_at": moment_text(stop.issued_at),
        "until": moment_text(stop.until),
    }


def write_stop(stop: Stop) -> bytes:
    """The stop in its one form."""
    return one_form(stop_view(stop))


def sign_stop(stop: Stop, key: OfficerKey) -> bytes:
    """The stop, signed by its officer."""
    return signed(write_stop(stop), [key], SignedType.STOP).to_bytes()


def judge_stop(data: bytes, officers: OfficerTrust, now: datetime) -> Stop | RefusedStop:
    """Judge a signed stop against the officers in force. Whether it still holds is for ``in_force``."""
    try:
        file = read_signed(data, SignedType.STOP)
    except SignatureFormError as error:
        return RefusedStop(StopFlaw.MALFORMED, str(error))
    if len(file.signatures) != 1:
        return RefusedStop(StopFlaw.MALFORMED, "a stop is signed by one officer")
    officer = officers.officer_of(file.signatures[0].kid)
    if officer is None:
        return RefusedStop(StopFlaw.UNKNOWN_OFFICER, "the signature is no trusted officer's")
    if not file.is_signed_by(file.signatures[0], officer.key):
        return RefusedStop(StopFlaw.BAD_SIGNATURE, f"the signature of officer {officer.name} is wrong")
    try:
        stop = validated(StopJson, file.payload).stop()
    except DocumentError as error:
        return RefusedStop(StopFlaw.INVALID, str(error))
    if write_stop(stop) != file.payload or stop.officer != officer.name:
        return RefusedStop(StopFlaw.INVALID, "it is not written in its one form, or names another officer")
    if stop.environment != officers.environment:
        return RefusedStop(StopFlaw.WRONG_ENVIRONMENT, f"it is for {stop.environment}, not {officers.environment}")
    if stop.issued_at > now + CLOCK_SKEW:
        return RefusedStop(StopFlaw.NOT_YET_ISSUED, f"it is made at {stop.issued_at.isoformat()}, in the future")
    return stop


def in_force(stops: Iterable[Stop], whitelist: Whitelist, now: datetime) -> tuple[RunningStop, ...]:
    """The stops that hold at ``now`` over ``whitelist``, their end shortened where one officer's pile up."""
    lifted = {one.stop for one in whitelist.lifted}
    known = sorted(set(stops), key=lambda stop: (stop.issued_at, stop.until, stop.id))
    first: dict[tuple[str, str], datetime] = {}
    holding = []
    for stop in known:
        until = stop.until
        if stop.issued_at >= whitelist.issued_at:
            until = min(until, first.setdefault((stop.officer, stop.partner), stop.issued_at) + LONGEST)
        if stop.id not in lifted and now < until:
            holding.append(RunningStop(stop, until))
    return tuple(holding)


def worth_keeping(stops: Iterable[Stop], whitelist: Whitelist, now: datetime) -> tuple[Stop, ...]:
    """The stops to remember: those that hold, and those past that still count against their officer."""
    return tuple(stop for stop in stops if now < stop.until or stop.issued_at >= whitelist.issued_at)


def stopped(partner: Partner, stops: Sequence[Stop]) -> Partner:
    """The entry as ``stops``, those against it that hold, leave it: never with more than it had."""
    if not stops or partner.status is PartnerStatus.REVOKED:
        return partner
    gravest = next((stop for stop in stops if stop.kind is StopKind.REVOKE), stops[0])
    if gravest.kind is StopKind.REVOKE:
        return replace(partner, status=PartnerStatus.REVOKED, comment=gravest.reason)
    return replace(partner, status=PartnerStatus.SUSPENDED, comment=gravest.reason)
