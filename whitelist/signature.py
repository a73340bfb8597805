"""Whether a signed list may be taken up: a pure function of its bytes, the pinned officers, the time, what was seen.

The rules, in the order in which they are asked; the first that fails gives the flaw. They are those of TUF where it
has one, and nothing of the payload is read before the signatures hold:

1. The file is not too large and has the one signed form, algorithm and header pinned (``whitelist.jws``).
2. The officers in force follow from the pinned ones by the sets that the file carries (``whitelist.rotation``), and
   they are not older than, nor others than, those already seen.
3. At least one signature is an officer's in force, and none of theirs is wrong. Any other key counts for nothing.
4. Their threshold is met.
5. The payload is a list in its one form (``whitelist.document_json``).
6. It is for this environment: a demonstration list opens no production.
7. It was made with these officers (no mix and match). Those who signed stand on it with the same key and meet the
   threshold that it states. Where it says who put it forward, that officer has signed, and the officers it states are
   those in force, all of them.
8. Its version is not below the newest ever accepted (rollback), not the same with other content, and no leap.
9. It was issued at the latest five minutes from now, and has not expired (freeze).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from whitelist.document import Whitelist
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.errors import DocumentError, SignatureFormError
from whitelist.jws import MAX_FILE_BYTES, SignedFile, read_signed, signed
from whitelist.officers import Officer, OfficerKey, OfficerTrust
from whitelist.rotation import follow, standing
from whitelist.verdict import Flaw, Rejected, SeenVersion, Verdict, Verified

__all__ = ["Flaw", "Rejected", "SeenVersion", "Verdict", "Verified", "sign", "verify"]

CLOCK_SKEW = timedelta(minutes=5)
MAX_LEAP = 10_000
"""A signer who jumps near the end of all versions would leave no room for a successor (fast-forward)."""


def sign(whitelist: Whitelist, keys: Sequence[OfficerKey], rotations: tuple[SignedFile, ...] = ()) -> bytes:
    """The list with the signature of every key, and the sets of officers that lead to it."""
    return signed(write_whitelist(whitelist), keys, rotations=rotations).to_bytes()


def verify(
    data: bytes,
    trust: OfficerTrust,
    *,
    now: datetime,
    last: SeenVersion | None,
    officers_seen: SeenVersion | None = None,
) -> Verdict:
    """Judge a signed list at the aware moment ``now``, from the pinned officers ``trust``.

    ``last`` is the newest version ever accepted here, ``officers_seen`` the newest set of officers.
    """
    if len(data) > MAX_FILE_BYTES:
        return Rejected(flaw=Flaw.TOO_LARGE, detail=f"{len(data)} bytes, {MAX_FILE_BYTES} are allowed")
    try:
        file = read_signed(data)
    except SignatureFormError as error:
        return Rejected(flaw=Flaw.MALFORMED, detail=str(error))
    officers = follow(trust, file.rotations, officers_seen)
    if isinstance(officers, Rejected):
        return officers
    signers = _signers(file, officers)
    if isinstance(signers, Rejected):
        return signers
    try:
        whitelist = read_whitelist(file.payload)
    except DocumentError as error:
        return Rejected(flaw=Flaw.INVALID, detail=str(error))
    verified = Verified(
        whitelist=whitelist,
        digest=file.digest,
        signers=tuple(officer.name for officer in signers),
        officers=officers,
        file=file,
    )
    return (
        _statement_flaw(whitelist, signers, officers)
        or _version_flaw(verified, last)
        or _time_flaw(verified, now)
        or verified
    )


def _signers(file: SignedFile, officers: OfficerTrust) -> tuple[Officer, ...] | Rejected:
    found = standing(file, officers)
    if found.forged is not None:
        return Rejected(flaw=Flaw.BAD_SIGNATURE, detail=f"the signature of officer {found.forged.name} is wrong")
    if not found.signers:
        return Rejected(flaw=Flaw.UNKNOWN_OFFICER, detail="no signature is a trusted officer's")
    return _below_threshold(len(found.signers), officers.threshold) or found.signers


def _statement_flaw(whitelist: Whitelist, signers: tuple[Officer, ...], officers: OfficerTrust) -> Rejected | None:
    if whitelist.environment != officers.environment:
        detail = f"the list is for {whitelist.environment}, this is {officers.environment}"
        return Rejected(flaw=Flaw.WRONG_ENVIRONMENT, detail=detail)
    if whitelist.officers_version != officers.version:
        detail = f"it was made with set {whitelist.officers_version} of officers, set {officers.version} is in force"
        return Rejected(flaw=Flaw.OTHER_OFFICERS, detail=detail)
    stated = sum(officer in whitelist.officers for officer in signers)
    if not stated:
        return Rejected(flaw=Flaw.UNKNOWN_OFFICER, detail="those who signed do not stand on the list as officers")
    below = _below_threshold(stated, max(officers.threshold, whitelist.threshold))
    return below or _origin_flaw(whitelist, signers, officers)


def _origin_flaw(whitelist: Whitelist, signers: tuple[Officer, ...], officers: OfficerTrust) -> Rejected | None:
    if whitelist.origin is None:
        return None
    if (whitelist.officers, whitelist.threshold) != (officers.officers, officers.threshold):
        return Rejected(flaw=Flaw.OTHER_OFFICERS, detail="it states other officers than those in force")
    if whitelist.origin.author not in {officer.name for officer in signers}:
        detail = f"{whitelist.origin.author}, who put it forward, has not signed it"
        return Rejected(flaw=Flaw.AUTHOR_MISSING, detail=detail)
    return None


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
