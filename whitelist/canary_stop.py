"""The canary's stops: signed by the key that the list names for it, against the canary only, for a minute at most.

Such a stop is a document of its own kind, so that its signature counts for nothing else. It lies in one file that is
replaced each time, beside the officers' stops and read as they are, and crowds none of them out. It is not
remembered, counts in nobody's hours and needs no lifting: it ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from whitelist.document import Whitelist, to_utc
from whitelist.document_json import Strict, moment_text, one_form, validated
from whitelist.errors import DocumentError, SignatureFormError
from whitelist.jws import SignedType, read_signed, signed
from whitelist.officers import OfficerKey
from whitelist.stops import RefusedStop, StopFlaw
from whitelist.texts import check_id

FORMAT = 1
LONGEST = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryStop:
    """Keeps the canary out from ``issued_at`` until just before ``until``."""

    environment: str
    partner: str
    issued_at: datetime
    until: datetime

    def __post_init__(self) -> None:
        check_id(self.environment, "the environment")
        check_id(self.partner, "the canary")
        issued, until = to_utc(self.issued_at, "issued_at"), to_utc(self.until, "until")
        if not timedelta(0) < until - issued <= LONGEST:
            raise DocumentError(f"a stop of the canary holds up to {LONGEST.seconds} seconds")
        object.__setattr__(self, "issued_at", issued)
        object.__setattr__(self, "until", until)

    def holds(self, now: datetime) -> bool:
        """Whether the canary is out at ``now``; a stop of the future waits for its time."""
        return self.issued_at <= now < self.until


class _CanaryStopJson(Strict):
    format: int
    environment: str
    partner: str
    issued_at: AwareDatetime
    until: AwareDatetime


def write_canary_stop(stop: CanaryStop) -> bytes:
    """The stop in its one form."""
    return one_form(
        {
            "format": FORMAT,
            "environment": stop.environment,
            "partner": stop.partner,
            "issued_at": moment_text(stop.issued_at),
            "until": moment_text(stop.until),
        }
    )


def sign_canary_stop(stop: CanaryStop, key: OfficerKey) -> bytes:
    """The stop, signed by the canary's key."""
    return signed(write_canary_stop(stop), [key], SignedType.CANARY_STOP).to_bytes()


def judge_canary_stop(data: bytes, whitelist: Whitelist) -> CanaryStop | RefusedStop:
    """Judge a signed stop against the canary that the list names. Whether it holds is for ``CanaryStop.holds``."""
    try:
        file = read_signed(data, SignedType.CANARY_STOP)
    except SignatureFormError as error:
        return RefusedStop(StopFlaw.MALFORMED, str(error))
    canary = whitelist.canary
    if canary is None or file.kids != {canary.kid}:
        return RefusedStop(StopFlaw.UNKNOWN_OFFICER, "the signature is not of the canary's key that the list names")
    if not file.is_signed_by(file.signatures[0], canary.signer.key):
        return RefusedStop(StopFlaw.BAD_SIGNATURE, "the signature of the canary's key is wrong")
    try:
        stop = _read(file.payload)
    except DocumentError as error:
        return RefusedStop(StopFlaw.INVALID, str(error))
    if stop.partner != canary.partner:
        return RefusedStop(StopFlaw.INVALID, f"it is against {stop.partner}, not the canary {canary.partner}")
    if stop.environment != whitelist.environment:
        return RefusedStop(StopFlaw.WRONG_ENVIRONMENT, f"it is for {stop.environment}, not {whitelist.environment}")
    return stop


def _read(payload: bytes) -> CanaryStop:
    file = validated(_CanaryStopJson, payload)
    if file.format != FORMAT:
        raise DocumentError(f"the stop has format {file.format}, {FORMAT} is understood")
    stop = CanaryStop(environment=file.environment, partner=file.partner, issued_at=file.issued_at, until=file.until)
    if write_canary_stop(stop) != payload:
        raise DocumentError("it is not written in its one form")
    return stop
