"""What is put forward: the next list itself, signed by its author and waiting for the signatures of others.

Nothing is ever copied out of a proposal: what officers sign is what is published, byte for byte, so that nothing can
be changed between approval and publication. Each signature also covers the hash of the difference, the version and
the content it starts from, and where officers change the new set of officers.

The rules, all of them asked again at every approval and at publication:

1. It follows the list in force, version and content, and no other.
2. Its author is an officer in force and has signed it; every signature on it is an officer's and right.
3. The difference that it states is the one that it makes.
4. Whoever approves is an officer, in force or coming, and neither the author nor the same person.
5. It may be published once the threshold of officers has signed: of those in force, and of those coming.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from whitelist.difference import Difference, difference
from whitelist.document import Origin, Whitelist
from whitelist.document_json import read_whitelist, write_whitelist
from whitelist.errors import (
    ApprovalError,
    DocumentError,
    OfficerError,
    ProposalError,
    SignatureFormError,
    StaleDraftError,
)
from whitelist.jws import SignedFile, SignedType, read_signed, signed, with_signatures
from whitelist.officers import Officer, OfficerKey, OfficerTrust
from whitelist.rotation import read_officers, standing, write_officers
from whitelist.verdict import Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a proposal starts from: the list in force (``None`` before the first) and the officers in force."""

    verified: Verified | None
    officers: OfficerTrust

    @property
    def whitelist(self) -> Whitelist | None:
        """The list in force."""
        return self.verified.whitelist if self.verified else None

    @property
    def rotations(self) -> tuple[SignedFile, ...]:
        """The sets of officers that lead to those in force."""
        return self.verified.file.rotations if self.verified else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal that holds: its file, the list it makes, what it changes, who has signed."""

    file: SignedFile
    whitelist: Whitelist
    origin: Origin
    difference: Difference
    before: OfficerTrust
    after: OfficerTrust
    signers: tuple[Officer, ...]

    @property
    def approvers(self) -> tuple[str, ...]:
        """The officers other than the author who have signed, by name."""
        return tuple(dict.fromkeys(one.name for one in self.signers if one.name != self.origin.author))

    @property
    def missing(self) -> int:
        """How many signatures are wanting, at least, before it may be published."""
        return max(officers.threshold - len(_known(self.signers, officers)) for officers in (self.before, self.after))

    def to_bytes(self) -> bytes:
        """The file, as it will be published."""
        return self.file.to_bytes()


def put_forward(whitelist: Whitelist, base: Base, keys: Sequence[OfficerKey]) -> SignedFile:
    """The file of a proposal, signed with the author's ``keys`` (two where the author changes key)."""
    rotations = base.rotations
    if whitelist.officers_version != base.officers.version:
        following = OfficerTrust(
            whitelist.environment, whitelist.threshold, whitelist.officers, whitelist.officers_version
        )
        rotations = (*rotations, signed(write_officers(following), keys, SignedType.OFFICERS))
    return signed(write_whitelist(whitelist), keys, rotations=rotations)


def read_proposal(data: bytes, base: Base) -> Proposal:
    """The proposal, if it holds against ``base``; raises ``ProposalError`` or ``StaleDraftError``."""
    try:
        file = read_signed(data)
        whitelist = read_whitelist(file.payload)
        after = _officers_after(file, whitelist, base)
    except (SignatureFormError, DocumentError, OfficerError) as error:
        raise ProposalError(f"this is no proposal: {error}") from error
    origin = whitelist.origin
    if origin is None or whitelist.environment != base.officers.environment:
        raise ProposalError("it does not say where it comes from, or is for another environment")
    _check_base(origin, base)
    shown = difference(base.whitelist, whitelist)
    if shown.digest != origin.difference:
        raise ProposalError("the difference that it states is not the one that it makes")
    signers = _signers(file, base.officers, after)
    if base.officers.named(origin.author) not in signers:
        raise ProposalError(f"{origin.author}, who puts it forward, has not signed it as an officer in force")
    return Proposal(
        file=file,
        whitelist=whitelist,
        origin=origin,
        difference=shown,
        before=base.officers,
        after=after,
        signers=signers,
    )


def approve(proposal: Proposal, key: OfficerKey, difference_digest: str) -> SignedFile:
    """The proposal with one more signature; ``difference_digest`` is the hash that the officer was shown, whole.

    Raises ``ApprovalError``.
    """
    officer = key.officer
    if difference_digest != proposal.difference.digest:
        raise ApprovalError("this is not the hash of what is put forward: look at `ror whitelist diff` again")
    if officer not in proposal.before.officers and officer not in proposal.after.officers:
        raise ApprovalError(f"the key of {officer.name} is not an officer's")
    author = next(one for one in proposal.signers if one.name == proposal.origin.author)
    if officer.is_same_person(author):
        raise ApprovalError(f"{officer.name} put it forward, and does not approve it")
    for signer in proposal.signers:
        if signer.kid == officer.kid:
            raise ApprovalError(f"{officer.name} has approved it already")
        if signer.name != officer.name and signer.is_same_person(officer):
            raise ApprovalError(f"{officer.name} is the same person as {signer.name}, who has approved it")
    return _signed_too(proposal.file, [key], changed=proposal.before != proposal.after)


def _signed_too(file: SignedFile, keys: Sequence[OfficerKey], *, changed: bool) -> SignedFile:
    rotations = file.rotations
    if changed:
        rotations = (*rotations[:-1], with_signatures(rotations[-1], keys, SignedType.OFFICERS))
    fresh = with_signatures(file, keys, SignedType.WHITELIST)
    return SignedFile(fresh.payload, fresh.encoded_payload, fresh.signatures, rotations)


def _officers_after(file: SignedFile, whitelist: Whitelist, base: Base) -> OfficerTrust:
    """The officers that the proposal leads to: those in force, or the one set more that it carries."""
    officers = base.officers
    stated = (whitelist.officers, whitelist.threshold)
    if whitelist.officers_version == officers.version:
        if file.rotations != base.rotations or stated != (officers.officers, officers.threshold):
            raise ProposalError("it states other officers than those in force")
        return officers
    if file.rotations[:-1] != base.rotations or not file.rotations:
        raise ProposalError("its officers do not follow from those in force")
    following = read_officers(file.rotations[-1].payload)
    expected = OfficerTrust(officers.environment, whitelist.threshold, whitelist.officers, officers.version + 1)
    if following != expected or whitelist.officers_version != following.version:
        raise ProposalError("its officers are not those that it states")
    return following


def _check_base(origin: Origin, base: Base) -> None:
    verified = base.verified
    version, digest = (verified.whitelist.version, verified.digest) if verified else (0, "")
    if (origin.base_version, origin.base_digest) != (version, digest):
        raise StaleDraftError(
            f"it was put forward against version {origin.base_version}, version {version} is in force: its approvals "
            "are void"
        )


def _signers(file: SignedFile, before: OfficerTrust, after: OfficerTrust) -> tuple[Officer, ...]:
    """Everybody who signed. Where officers change, the list and the new set carry the same signatures."""
    everybody = {officer.kid: officer for officers in (before, after) for officer in officers.officers}
    files = (file,) if before == after else (file, file.rotations[-1])
    for one in files:
        if one.kids != file.kids or not one.kids <= everybody.keys():
            raise ProposalError(
                "it carries a signature that is no officer's, or signatures that do not belong together"
            )
        for officers in (before, after):
            forged = standing(one, officers).forged
            if forged is not None:
                raise ProposalError(f"the signature of officer {forged.name} is wrong")
    return tuple(everybody[signature.kid] for signature in file.signatures)


def _known(signers: Sequence[Officer], officers: OfficerTrust) -> set[str]:
    return {signer.name for signer in signers if officers.officer_of(signer.kid) is not None}
