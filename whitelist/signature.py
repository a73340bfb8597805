"""Whether a signed list may be taken up: a pure function of its bytes, the pinned officers, the time, what was seen.

The rules, in the order in which they are asked; the first that fails gives the flaw. They are those of TUF where it
has one, and nothing of the payload is read before the signatures hold:

1. The file is not too large and has the one signed form, algorithm and header pinned (``whitelist.jws``).
2. At least one signature is a pinned officer's, and no pinned officer's signature is wrong. A key that is not pinned
   counts for nothing.
3. The pinned threshold of officers is met.
4. The payload is a list in its one form (``whitelist.document_json``).
5. It is for this environment: a demonstration list opens no production.
6. Those who signed stand on the list with the same key, and meet the threshold that the list itself states.
7. Its version is not below the newest ever accepted (rollback), not the same with other content, and no leap.
8. It was issued at the latest five minutes from now, and has not expired (freeze).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from whitelist.document import Whitelist
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.errors import DocumentError, SignatureFormError
from whitelist.jws import MAX_FILE_BYTES, SignedFile, read_signed, write_signed
from whitelist.officers import Officer, OfficerKey, OfficerTrust

CLOCK_SKEW = timedelta(minutes=5)
MAX_LEAP = 10_000
"""A signer who jumps near the end of all versions would leave no room for a successor (fast-forward)."""


class Flaw(Enum):
    """Why a list is not taken up; the value is the stable code of logs and of the command."""

    TOO_LARGE = "whitelist.too-large"
    MALFORMED = "whitelist.malformed"
    UNKNOWN_OFFICER = "whitelist.unknown-officer"
    BAD_SIGNATURE = "whitelist.bad-signature"
    BELOW_THRESHOLD = "whitelist.below-threshold"
    INVALID = "whitelist.invalid"
    WRONG_ENVIRONMENT = "whitelist.wrong-environment"
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
    """A list that may be taken up, the hash of its content, the names of the officers who signed it."""

    whitelist: Whitelist
    digest: str
    signers: tuple[str, ...]

    @property
    def seen(self) -> SeenVersion:
        """What to remember of it."""
        return SeenVersion(self.whitelist.version, self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A list that may not. ``authentic`` is there where only version or dates stand against it (rules 7, 8)."""

    flaw: Flaw
    detail: str
    authentic: Verified | None = None


Verdict = Verified | Rejected


def sign(whitelist: Whitelist, keys: Sequence[OfficerKey]) -> bytes:
    """The list with the signature of every key."""
    return write_signed(write_whitelist(whitelist), keys)


def verify(data: bytes, trust: OfficerTrust, *, now: datetime, last: SeenVersion | None) -> Verdict:
    """Judge a signed list at the aware moment ``now``; ``last`` is the newest version ever accepted here."""
    if len(data) > MAX_FILE_BYTES:
        return Rejected(flaw=Flaw.TOO_LARGE, detail=f"{len(data)} bytes, {MAX_FILE_BYTES} are allowed")
    try:
        file = read_signed(data)
    except SignatureFormError as error:
        return Rejected(flaw=Flaw.MALFORMED, detail=str(error))
    signers = _signers(file, trust)
    if isinstance(signers, Rejected):
        return signers
    try:
        whitelist = read_whitelist(file.payload)
    except DocumentError as error:
        return Rejected(flaw=Flaw.INVALID, detail=str(error))
    verified = Verified(
        whitelist=whitelist,
        digest=hashlib.sha256(file.payload).hexdigest(),
        signers=tuple(officer.name for officer in signers),
    )
    return (
        _statement_flaw(whitelist, signers, trust)
        or _version_flaw(verified, last)
        or _time_flaw(verified, now)
        or verified
    )


def _signers(file: SignedFile, trust: OfficerTrust) -> tuple[Officer, ...] | Rejected:
    signers: list[Officer] = []
    for signature in file.signatures:
        officer = trust.officer_of(signature.kid)
        if officer is None:
            continue
        if not file.is_signed_by(signature, officer.key):
            return Rejected(flaw=Flaw.BAD_SIGNATURE, detail=f"the signature of officer {officer.name} is wrong")
        signers.append(officer)
    if not signers:
        return Rejected(flaw=Flaw.UNKNOWN_OFFICER, detail="no signature is a trusted officer's")
    return _below_threshold(len(signers), trust.threshold) or tuple(signers)


def _statement_flaw(whitelist: Whitelist, signers: tuple[Officer, ...], trust: OfficerTrust) -> Rejected | None:
    if whitelist.environment != trust.environment:
        detail = f"the list is for {whitelist.environment}, this is {trust.environment}"
        return Rejected(flaw=Flaw.WRONG_ENVIRONMENT, detail=detail)
    stated = sum(officer in whitelist.officers for officer in signers)
    if not stated:
        return Rejected(flaw=Flaw.UNKNOWN_OFFICER, detail="those who signed do not stand on the list as officers")
    return _below_threshold(stated, max(trust.threshold, whitelist.threshold))


def _below_threshold(count: int, threshold: int) -> Rejected | None:
    if count >= threshold:
        return None
    return Rejected(flaw=Flaw.BELOW_THRESHOLD, detail=f"{count} of the {threshold} officers needed have signed")


def _version_flaw(verified: Verified, last: SeenVersion | None) -> Rejected | None:
    version = verified.whitelist.version
    if last is None:
        return None
    if version < last.number:
        flaw, detail = Flaw.ROLLBACK, f"version {version} is older than {last.number}, already seen"
    elif version == last.number and verified.digest != last.digest:
        flaw, detail = Flaw.VERSION_REUSED, f"version {version} was seen with other content"
    elif version > last.number + MAX_LEAP:
        flaw, detail = Flaw.VERSION_LEAP, f"version {version} is more than {MAX_LEAP} above {last.number}"
    else:
        return None
    return Rejected(flaw=flaw, detail=detail, authentic=verified)


def _time_flaw(verified: Verified, now: datetime) -> Rejected | None:
    whitelist = verified.whitelist
    if now < whitelist.issued_at - CLOCK_SKEW:
        flaw, detail = Flaw.NOT_YET_ISSUED, f"it is issued at {whitelist.issued_at.isoformat()}, in the future"
    elif now >= whitelist.expires_at:
        flaw, detail = Flaw.EXPIRED, f"it expired at {whitelist.expires_at.isoformat()}"
    else:
        return None
    return Rejected(flaw=flaw, detail=detail, authentic=verified)
