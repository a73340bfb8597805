"""Putting forward, approving, publishing: the acts of officers who check each other, each under one lock.

A crash at any instant leaves the list in force as it was or the next one, and never an approval of anything else than
what its officer signed: every file is written whole, and a proposal is the list to come itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from certs.private_files import write_private
from whitelist.acts import Act, record
from whitelist.document import PartnerStatus
from whitelist.draft import DEFAULT_LIFE, next_officers, next_version
from whitelist.emergency import running_stops
from whitelist.errors import (
    MissingFileError,
    NoProposalError,
    NotApprovedError,
    ProposalError,
    ProposalStandsError,
    StaleDraftError,
)
from whitelist.files import WhitelistFiles, exclusive, read_whole
from whitelist.jws import MAX_FILE_BYTES
from whitelist.office import Published, base_of, draft_or_new, next_number, put_away, put_in_force, read_officer_key
from whitelist.officers import OfficerKey, OfficerTrust
from whitelist.proposal import Base, Proposal, approve, put_forward, read_proposal


def propose(
    files: WhitelistFiles, keys: Sequence[OfficerKey], now: datetime, *, reason: str, life: timedelta = DEFAULT_LIFE
) -> Proposal:
    """Put the draft forward, or the list in force for another ``life`` where there is none, under the author's key.

    ``keys`` are the author's: the one in force and, where the draft changes it, the new one. Raises
    ``ProposalStandsError`` while another proposal waits, ``DraftError`` for a draft that no list can follow.
    """
    with exclusive(files):
        base = base_of(files, now)
        if _standing(files.proposal, base) is not None:
            raise ProposalStandsError("a proposal waits already: publish it, or discard it and the approvals it has")
        draft = draft_or_new(files, base)
        whitelist = next_version(
            draft,
            base.whitelist,
            base.officers,
            number=next_number(files, base),
            now=now,
            author=keys[0].officer.name,
            reason=reason,
            life=life,
        )
        proposal = read_proposal(put_forward(whitelist, base, keys).to_bytes(), base)
        _record(files, Act.PROPOSED, keys, proposal, now)
        write_private(files.proposal, proposal.to_bytes())
        put_away(files.draft)
        return proposal


def proposal_of(files: WhitelistFiles, now: datetime, path: Path | None = None) -> tuple[Proposal, Base]:
    """What is put forward (in the folder, or in the file at ``path``) and what it starts from.

    Raises ``NoProposalError``, ``ProposalError`` or ``StaleDraftError``.
    """
    base = base_of(files, now)
    return read_proposal(_read(path or files.proposal), base), base


def approve_proposal(
    files: WhitelistFiles, keys: Sequence[OfficerKey], now: datetime, *, difference: str, path: Path | None = None
) -> Proposal:
    """Add an officer's signature to what is put forward; ``difference`` is the hash that the officer was shown.

    ``keys`` are that officer's: two where the proposal changes the key. Raises as ``proposal_of``, and
    ``ApprovalError``.
    """
    with exclusive(files):
        proposal, base = proposal_of(files, now, path)
        _check_number(files, proposal, base)
        for key in keys:
            proposal = read_proposal(approve(proposal, key, difference).to_bytes(), base)
        _record(files, Act.APPROVED, keys, proposal, now)
        write_private(path or files.proposal, proposal.to_bytes())
        return proposal


def publish_proposal(files: WhitelistFiles, now: datetime, path: Path | None = None) -> Published:
    """Put what was approved in force. Whoever does it needs no key: the signatures are there, or they are not.

    Raises ``NotApprovedError``, and as ``proposal_of``; ``ProposalError`` where a partner that it changes was stopped
    after it was put forward: its officers did not know.
    """
    with exclusive(files):
        proposal, base = proposal_of(files, now, path)
        _check_number(files, proposal, base)
        if proposal.missing > 0:
            raise NotApprovedError(f"{proposal.missing} more of the officers must approve it")
        _check_stops(files, proposal, base, now)
        published = put_in_force(files, proposal.to_bytes(), base, now)
        put_away(path or files.proposal)
        return published


def author_keys(files: WhitelistFiles, name: str, now: datetime) -> tuple[OfficerKey, ...]:
    """The keys with which an officer puts the draft forward: the one in force, and the new one that it brings in.

    Raises ``OfficerError`` where one of them does not lie here.
    """
    base = base_of(files, now)
    following = next_officers(draft_or_new(files, base), base.officers, name)
    return _keys_of(files, name, (base.officers, following))


def approver_keys(
    files: WhitelistFiles, name: str, now: datetime, path: Path | None = None
) -> tuple[OfficerKey, ...]:
    """The keys with which an officer approves what is put forward, as ``author_keys``."""
    proposal, _ = proposal_of(files, now, path)
    return _keys_of(files, name, (proposal.before, proposal.after))


def _keys_of(files: WhitelistFiles, name: str, sets: Sequence[OfficerTrust]) -> tuple[OfficerKey, ...]:
    """The officer's key of each set that names it; where no set does, ``OfficerError``."""
    wanted = [officers for officers in sets if officers.named(name) is not None] or sets[:1]
    keys = {key.officer.kid: key for key in (read_officer_key(files, name, officers) for officers in wanted)}
    return tuple(keys.values())


def _record(files: WhitelistFiles, act: Act, keys: Sequence[OfficerKey], proposal: Proposal, now: datetime) -> None:
    version, digest = proposal.whitelist.version, proposal.difference.digest
    record(files, act, now, officer=keys[0].officer.kid, version=version, digest=digest)


def _standing(path: Path, base: Base) -> Proposal | None:
    """The proposal there, unless it is over or void: then it stands in nobody's way."""
    try:
        return read_proposal(_read(path), base)
    except (NoProposalError, ProposalError, StaleDraftError):
        return None


def _read(path: Path) -> bytes:
    try:
        return read_whole(path, MAX_FILE_BYTES)
    except MissingFileError as error:
        raise NoProposalError("nothing is put forward; `ror whitelist draft` does") from error


def _check_number(files: WhitelistFiles, proposal: Proposal, base: Base) -> None:
    number = next_number(files, base)
    if proposal.whitelist.version != number:
        raise StaleDraftError(f"it is version {proposal.whitelist.version}, the next one here is {number}")


def _check_stops(files: WhitelistFiles, proposal: Proposal, base: Base, now: datetime) -> None:
    """A stop made since the proposal wins: what was approved without knowing of it is not published."""
    changed = set(proposal.difference.partners)
    lifted = {one.stop for one in proposal.whitelist.lifted}
    for running in running_stops(files, base, now):
        stop = running.stop
        partner = proposal.whitelist.partner(stop.partner)
        if stop.partner not in changed or partner is None or stop.id in lifted:
            continue
        if stop.issued_at >= proposal.whitelist.issued_at and partner.status is PartnerStatus.ACTIVE:
            raise ProposalError(f"{running}: this was not known when the proposal was made; discard it, draft again")
