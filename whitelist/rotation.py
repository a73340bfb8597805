"""Sets of officers, each vouched for by the one before it: the rules of TUF for its root.

A gateway pins one set. A list carries every later one, in order; a set is followed when

1. its version is one more than that of the set before, for the same environment,
2. the threshold of the officers before has signed it: nobody comes in past those who are there,
3. its own threshold of its own officers has signed it: the new keys exist, and can go on.

A set that was pinned, or accepted before, is never replaced by another one of its version, nor gone back behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from whitelist.document_json import OfficerJson, Strict, officers_of, one_form, validated
from whitelist.errors import DocumentError, OfficerError
from whitelist.jws import SignedFile
from whitelist.officers import Officer, OfficerTrust, officer_view
from whitelist.verdict import Flaw, Rejected, SeenVersion

FORMAT = 1


class _OfficersJson(Strict):
    format: int
    environment: str
    version: int
    threshold: int
    officers: tuple[OfficerJson, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Which officers of a set have signed a file."""

    signers: tuple[Officer, ...]
    forged: Officer | None = None


def write_officers(officers: OfficerTrust) -> bytes:
    """A set of officers as it is signed, in its one form."""
    return one_form(
        {
            "format": FORMAT,
            "environment": officers.environment,
            "version": officers.version,
            "threshold": officers.threshold,
            "officers": [officer_view(one) for one in officers.officers],
        }
    )


def read_officers(payload: bytes) -> OfficerTrust:
    """Read a set of officers in its one form; raises ``DocumentError``."""
    file = validated(_OfficersJson, payload)
    if file.format != FORMAT:
        raise DocumentError(f"the set of officers has format {file.format}, {FORMAT} is understood")
    try:
        officers = OfficerTrust(file.environment, file.threshold, officers_of(file.officers), file.version)
    except OfficerError as error:
        raise DocumentError(str(error)) from error
    if write_officers(officers) != payload:
        raise DocumentError("the set of officers is not written in its one form")
    return officers


def standing(file: SignedFile, officers: OfficerTrust) -> Standing:
    """Who of ``officers`` has signed ``file``; ``forged`` is one under whose key a wrong signature stands."""
    signers = []
    for signature in file.signatures:
        officer = officers.officer_of(signature.kid)
        if officer is None:
            continue
        if not file.is_signed_by(signature, officer.key):
            return Standing((), officer)
        signers.append(officer)
    return Standing(tuple(signers))


def follow(
    pinned: OfficerTrust, rotations: Sequence[SignedFile], seen: SeenVersion | None = None
) -> OfficerTrust | Rejected:
    """The officers in force at the end of ``rotations``; ``seen`` is the newest set ever accepted here."""
    current, number = pinned, 1
    digests = {pinned.version: pinned.digest}
    for rotation in rotations:
        number += 1
        try:
            following = read_officers(rotation.payload)
        except DocumentError as error:
            return _refused(f"set {number} of officers: {error}")
        if following.version != number or following.environment != pinned.environment:
            return _refused(f"set {number} of officers is another's, or out of order")
        if number == pinned.version and following.digest != pinned.digest:
            return Rejected(flaw=Flaw.OFFICERS_REUSED, detail=f"set {number} of officers is not the pinned one")
        if number > pinned.version:
            missing = _missing(rotation, current, following)
            if missing:
                return _refused(f"set {number} of officers: {missing}")
            current = following
            digests[number] = following.digest
    newest = max(pinned.version, seen.number if seen else 0)
    if number < newest:
        detail = f"the list knows {number} sets of officers, set {newest} was seen"
        return Rejected(flaw=Flaw.OFFICERS_ROLLBACK, detail=detail)
    if seen is not None and digests.get(seen.number, seen.digest) != seen.digest:
        return Rejected(
            flaw=Flaw.OFFICERS_REUSED, detail=f"set {seen.number} of officers was seen with other content"
        )
    return current


def _missing(rotation: SignedFile, before: OfficerTrust, after: OfficerTrust) -> str | None:
    known = {officer.kid for officers in (before, after) for officer in officers.officers}
    if not rotation.kids <= known:
        return "a signature is by nobody of the set before, nor of this one"
    for officers, which in ((before, "before"), (after, "of the new set")):
        found = standing(rotation, officers)
        if found.forged is not None:
            return f"the signature of officer {found.forged.name} is wrong"
        if len(found.signers) < officers.threshold:
            return f"{len(found.signers)} of the {officers.threshold} officers needed {which} have signed"
    return None


def _refused(detail: str) -> Rejected:
    return Rejected(flaw=Flaw.ROTATION_REFUSED, detail=detail)
