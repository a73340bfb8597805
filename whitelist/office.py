"""The officers' desk: what they do to the whitelist of a state folder, each act under one lock.

Here are the beginning, the draft, and what officers who all sit at one desk do at once. Putting a draft forward to
other officers, approving and publishing it is ``whitelist.approvals``; one officer's stop is ``whitelist.emergency``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import structlog

from certs.private_files import make_private_folder, sync_folder, write_private
from whitelist.acts import Act, record
from whitelist.document import Whitelist
from whitelist.draft import DEFAULT_LIFE, Change, Draft, changes, next_version
from whitelist.errors import (
    AlreadyInitialisedError,
    MissingFileError,
    NoDraftError,
    NotInitialisedError,
    OfficerError,
    SeenVersionError,
    StorageError,
    UnusableListError,
)
from whitelist.files import WhitelistFiles, exclusive, read_trust, read_whole
from whitelist.history import publish, versions
from whitelist.jws import MAX_FILE_BYTES
from whitelist.officers import OfficerKey, OfficerTrust
from whitelist.proposal import Base, put_forward
from whitelist.seen import SeenFile
from whitelist.signature import verify
from whitelist.verdict import Flaw, Rejected, Verdict, Verified

_log = structlog.get_logger(__name__)

MAX_DRAFT_BYTES = 2 * MAX_FILE_BYTES
MAX_KEY_BYTES = 4096
AT_ONE_DESK = "signed by all officers at one desk"
_STILL_A_BASE = frozenset({Flaw.EXPIRED, Flaw.NOT_YET_ISSUED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The outcome of publishing: the new version, what it changed, who signed it."""

    verified: Verified
    changes: tuple[Change, ...]


def found(
    files: WhitelistFiles,
    *,
    environment: str,
    officers: Sequence[str],
    threshold: int = 1,
    persons: Mapping[str, str] | None = None,
) -> OfficerTrust:
    """Make the officers' keys and the trust file that pins them; ``AlreadyInitialisedError`` where there is one.

    ``persons`` says by name who is behind an officer, where a certificate was shown (``holders.person_digest``). A
    key that is there already is taken and never overwritten: a run may have been cut off before it was pinned.
    """
    with exclusive(files):
        if files.trust.exists():
            raise AlreadyInitialisedError(f"{files.trust} pins officers already")
        keys = [_first_key(files, name) or OfficerKey.generate(name) for name in officers]
        known = persons or {}
        pinned = tuple(replace(key.officer, person=known.get(key.officer.name, "")) for key in keys)
        trust = OfficerTrust(environment, threshold, pinned)
        record(files, Act.FOUNDED)
        for key in keys:
            keep_key(files, key)
        write_private(files.trust, trust.to_json())
        return trust


def keep_key(files: WhitelistFiles, key: OfficerKey) -> Path:
    """Put a private key into the folder, beside those that are there; none is ever overwritten."""
    path = files.officer_key(key.officer.name)
    make_private_folder(path.parent)
    if path.exists():
        if read_whole(path, MAX_KEY_BYTES) == key.to_json():
            sync_folder(path.parent)
            return path
        path = files.next_officer_key(key.officer.name, key.officer.kid)
    if not path.exists():
        record(files, Act.KEY_MADE, officer=key.officer.kid)
        write_private(path, key.to_json())
    return path


def read_officer_key(files: WhitelistFiles, name: str, trust: OfficerTrust) -> OfficerKey:
    """The private key of an officer of ``trust``; raises ``OfficerError`` for one whose key is not the one listed."""
    officer = trust.named(name)
    found_one = False
    for path in files.officer_keys(name):
        try:
            key = OfficerKey.from_json(name, read_whole(path, MAX_KEY_BYTES))
        except MissingFileError:
            continue
        found_one = True
        if officer is not None and key.officer.kid == officer.kid:
            return OfficerKey(officer, key.private)
    if not found_one:
        raise OfficerError(f"there is no key of officer {name} here")
    raise OfficerError(f"the key of officer {name} is not the pinned one")


def keys_here(files: WhitelistFiles, trust: OfficerTrust) -> tuple[OfficerKey, ...]:
    """The private keys that lie here of officers of ``trust``, in its order."""
    here = frozenset(files.officers_here)
    return tuple(read_officer_key(files, one.name, trust) for one in trust.officers if one.name in here)


def judge_published(files: WhitelistFiles, now: datetime) -> Verdict:
    """Judge the published list as a gateway would. Raises ``NotInitialisedError`` where there is none."""
    trust = read_trust(files)
    try:
        data = read_whole(files.published, MAX_FILE_BYTES)
    except MissingFileError as error:
        raise NotInitialisedError(f"no list is published yet: {error}") from error
    seen = SeenFile(files.seen).at_least()
    return verify(data, trust, now=now, last=seen.version, officers_seen=seen.officers)


def base_of(files: WhitelistFiles, now: datetime) -> Base:
    """What the next version starts from: the authentic list in force, be it expired, and its officers.

    Raises ``UnusableListError`` where the published list is not authentic, ``StorageError`` where it is gone.
    """
    try:
        verdict = judge_published(files, now)
    except NotInitialisedError:
        if not files.trust.exists():
            raise
        if SeenFile(files.seen).at_least().version is not None or versions(files):
            raise StorageError(f"{files.published} is gone, though versions were published: restore it") from None
        return Base(verified=None, officers=read_trust(files))
    if isinstance(verdict, Verified):
        return Base(verified=verdict, officers=verdict.officers)
    if verdict.authentic is not None and verdict.flaw in _STILL_A_BASE:
        return Base(verified=verdict.authentic, officers=verdict.authentic.officers)
    raise UnusableListError(f"the published list is refused: {verdict.flaw.value}: {verdict.detail}")


def current_list(files: WhitelistFiles, now: datetime) -> Whitelist | None:
    """The authentic list in force, be it expired; ``None`` before the first. Raises ``UnusableListError``."""
    return base_of(files, now).whitelist


def next_number(files: WhitelistFiles, base: Base) -> int:
    """The number of the next version: above everything ever published from here or seen here."""
    newest = SeenFile(files.seen).at_least().version
    before = base.whitelist
    return 1 + max(before.version if before else 0, newest.number if newest else 0, *versions(files), 0)


def read_draft(files: WhitelistFiles) -> Draft:
    """The draft. Raises ``NoDraftError``, ``DocumentError`` or ``StorageError``."""
    try:
        return Draft.from_json(read_whole(files.draft, MAX_DRAFT_BYTES))
    except MissingFileError as error:
        raise NoDraftError("there is no draft; add, change or revoke begins one") from error


def draft_or_new(files: WhitelistFiles, base: Base) -> Draft:
    """The draft, or one that changes nothing yet: that is one, too, which a publication left behind."""
    try:
        draft = read_draft(files)
    except NoDraftError:
        return Draft.of(base.whitelist)
    if base.whitelist is not None and _is_published(draft, base.whitelist):
        return Draft.of(base.whitelist)
    return draft


def change_draft(files: WhitelistFiles, now: datetime, change: Callable[[Draft], Draft]) -> Draft:
    """Apply ``change`` to the draft, begun from the published list where there is none, and keep it."""
    return change_draft_of(files, now, lambda draft, _: change(draft))


def change_draft_of(files: WhitelistFiles, now: datetime, change: Callable[[Draft, Base], Draft]) -> Draft:
    """As ``change_draft``, for a change that must know what is in force."""
    with exclusive(files):
        base = base_of(files, now)
        changed = change(draft_or_new(files, base), base)
        data = changed.to_json()
        record(files, Act.DRAFTED, now, version=changed.base_version, digest=sha256(data).hexdigest())
        write_private(files.draft, data)
        return changed


def discard_draft(files: WhitelistFiles) -> None:
    """Throw away the draft, and what was put forward. Raises ``NoDraftError`` where there is neither."""
    with exclusive(files):
        if not files.draft.exists() and not files.proposal.exists():
            raise NoDraftError("there is no draft, and nothing is put forward")
        record(files, Act.DISCARDED)
        files.draft.unlink(missing_ok=True)
        files.proposal.unlink(missing_ok=True)
        sync_folder(files.home.whitelist)


def sign_draft(
    files: WhitelistFiles,
    keys: Sequence[OfficerKey],
    now: datetime,
    life: timedelta = DEFAULT_LIFE,
    *,
    reason: str = AT_ONE_DESK,
) -> Published:
    """Publish the draft, or the list in force for another ``life`` where there is none, signed by ``keys`` at once.

    For officers who sit together: the first key is the author's, the others approve. ``UnusableListError`` where they
    are fewer than must sign.
    """
    with exclusive(files):
        base = base_of(files, now)
        published = _publish_signed(files, draft_or_new(files, base), base, keys, now, life, reason)
        put_away(files.draft)
        return published


def publish_changed(
    files: WhitelistFiles,
    keys: Sequence[OfficerKey],
    now: datetime,
    change: Callable[[Draft], Draft],
    life: timedelta = DEFAULT_LIFE,
    *,
    reason: str = AT_ONE_DESK,
) -> Published:
    """Change the list in force and publish the outcome at once, past the draft, which then is stale."""
    with exclusive(files):
        base = base_of(files, now)
        return _publish_signed(files, change(Draft.of(base.whitelist)), base, keys, now, life, reason)


def put_in_force(files: WhitelistFiles, data: bytes, base: Base, now: datetime) -> Published:
    """Publish a signed list, if a reader would take it up. Call it under ``exclusive``."""
    trust = read_trust(files)
    seen = SeenFile(files.seen)
    known = seen.at_least()
    verdict = verify(data, trust, now=now, last=known.version, officers_seen=known.officers)
    if isinstance(verdict, Rejected):
        raise UnusableListError(f"the new version would not be taken up: {verdict.flaw.value}: {verdict.detail}")
    record(files, Act.PUBLISHED, now, version=verdict.whitelist.version, digest=verdict.digest)
    before = base.whitelist
    kept = (before.version, read_whole(files.published, MAX_FILE_BYTES)) if before else None
    publish(files, verdict.whitelist.version, data, before=kept)
    try:
        seen.remember(verdict.seen, verdict.officers_seen)
    except SeenVersionError as error:
        # It is in force. Those who go by it remember it themselves.
        _log.error("whitelist.seen_not_kept", version=verdict.whitelist.version, cause=str(error))
    return Published(verified=verdict, changes=changes(before.partners if before else (), verdict.whitelist.partners))


def _publish_signed(
    files: WhitelistFiles,
    draft: Draft,
    base: Base,
    keys: Sequence[OfficerKey],
    now: datetime,
    life: timedelta,
    reason: str,
) -> Published:
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
    return put_in_force(files, put_forward(whitelist, base, keys).to_bytes(), base, now)


def put_away(path: Path) -> None:
    """Remove what was published. That is done, whether its draft goes or not; one that stays is recognised."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.error("whitelist.draft_stays", file=path.name, cause=error.strerror or type(error).__name__)


def _is_published(draft: Draft, whitelist: Whitelist) -> bool:
    """Whether the list in force says already all that the draft says."""
    now = Draft.of(whitelist)
    return (
        draft.base_version < whitelist.version
        and (draft.partners, draft.canary) == (now.partners, now.canary)
        and draft.officers in (None, whitelist.officers)
        and draft.threshold in (None, whitelist.threshold)
        and all(one in whitelist.lifted or one.until <= whitelist.issued_at for one in draft.lifted)
    )


def _first_key(files: WhitelistFiles, name: str) -> OfficerKey | None:
    try:
        return OfficerKey.from_json(name, read_whole(files.officer_key(name), MAX_KEY_BYTES))
    except MissingFileError:
        return None
