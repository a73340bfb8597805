"""The officers' desk: what they do to the whitelist of a state folder, each act under one lock.

Drafting and signing are two acts. ``change_draft`` touches the draft only; ``sign_draft`` makes it the next version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from certs.private_files import make_private_folder, write_private
from whitelist.document import Whitelist
from whitelist.draft import DEFAULT_LIFE, Change, Draft, changes, next_version
from whitelist.errors import (
    AlreadyInitialisedError,
    MissingFileError,
    NoDraftError,
    NotInitialisedError,
    OfficerError,
    StorageError,
    UnusableListError,
)
from whitelist.files import WhitelistFiles, exclusive, read_trust, read_whole
from whitelist.history import publish, versions
from whitelist.jws import MAX_FILE_BYTES
from whitelist.officers import OfficerKey, OfficerTrust
from whitelist.seen import SeenFile
from whitelist.signature import Flaw, Rejected, Verdict, Verified, sign, verify

MAX_DRAFT_BYTES = 2 * MAX_FILE_BYTES
MAX_KEY_BYTES = 4096
_STILL_A_BASE = frozenset({Flaw.EXPIRED, Flaw.NOT_YET_ISSUED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The outcome of signing: the new version, what it changed, who signed it."""

    verified: Verified
    changes: tuple[Change, ...]


def found(files: WhitelistFiles, *, environment: str, officers: Sequence[str], threshold: int = 1) -> OfficerTrust:
    """Make the officers' keys and the trust file that pins them; ``AlreadyInitialisedError`` where there is one.

    A key that is there already is taken and never overwritten: a run may have been cut off before it was pinned.
    """
    with exclusive(files):
        if files.trust.exists():
            raise AlreadyInitialisedError(f"{files.trust} pins officers already")
        keys = [_existing_key(files, name) or OfficerKey.generate(name) for name in officers]
        trust = OfficerTrust(environment, threshold, tuple(key.officer for key in keys))
        for key in keys:
            path = files.officer_key(key.officer.name)
            make_private_folder(path.parent)
            if not path.exists():
                write_private(path, key.to_json())
        write_private(files.trust, trust.to_json())
        return trust


def _existing_key(files: WhitelistFiles, name: str) -> OfficerKey | None:
    try:
        return OfficerKey.from_json(name, read_whole(files.officer_key(name), MAX_KEY_BYTES))
    except MissingFileError:
        return None


def read_officer_key(files: WhitelistFiles, name: str, trust: OfficerTrust) -> OfficerKey:
    """The private key of a pinned officer; raises ``OfficerError`` for one whose key is not the pinned one."""
    key = _existing_key(files, name)
    if key is None:
        raise OfficerError(f"there is no key of officer {name} here")
    if key.officer not in trust.officers:
        raise OfficerError(f"the key of officer {name} is not the pinned one")
    return key


def judge_published(files: WhitelistFiles, now: datetime) -> Verdict:
    """Judge the published list as a gateway would. Raises ``NotInitialisedError`` where there is none."""
    trust = read_trust(files)
    try:
        data = read_whole(files.published, MAX_FILE_BYTES)
    except MissingFileError as error:
        raise NotInitialisedError(f"no list is published yet: {error}") from error
    return verify(data, trust, now=now, last=SeenFile(files.seen).newest())


def current_list(files: WhitelistFiles, now: datetime) -> Whitelist | None:
    """The authentic list in force, be it expired; ``None`` before the first. Raises ``UnusableListError``."""
    base = _base(files, now)
    return base.whitelist if base else None


def read_draft(files: WhitelistFiles) -> Draft:
    """The draft. Raises ``NoDraftError``, ``DocumentError`` or ``StorageError``."""
    try:
        return Draft.from_json(read_whole(files.draft, MAX_DRAFT_BYTES))
    except MissingFileError as error:
        raise NoDraftError("there is no draft; add or revoke begins one") from error


def change_draft(files: WhitelistFiles, now: datetime, change: Callable[[Draft], Draft]) -> Draft:
    """Apply ``change`` to the draft, begun from the published list where there is none, and keep it."""
    with exclusive(files):
        current = _base(files, now)
        try:
            draft = read_draft(files)
        except NoDraftError:
            draft = Draft.of(current.whitelist if current else None)
        changed = change(draft)
        write_private(files.draft, changed.to_json())
        return changed


def discard_draft(files: WhitelistFiles) -> None:
    """Throw the draft away. Raises ``NoDraftError``."""
    with exclusive(files):
        try:
            files.draft.unlink()
        except FileNotFoundError as error:
            raise NoDraftError("there is no draft") from error


def sign_draft(
    files: WhitelistFiles, keys: Sequence[OfficerKey], now: datetime, life: timedelta = DEFAULT_LIFE
) -> Published:
    """Publish the draft, or the list in force for another ``life`` where there is none, as the next version."""
    with exclusive(files):
        current = _base(files, now)
        try:
            draft = read_draft(files)
        except NoDraftError:
            draft = Draft.of(current.whitelist if current else None)
        published = _publish(files, draft, current, keys, now, life)
        files.draft.unlink(missing_ok=True)
        return published


def publish_changed(
    files: WhitelistFiles,
    keys: Sequence[OfficerKey],
    now: datetime,
    change: Callable[[Draft], Draft],
    life: timedelta = DEFAULT_LIFE,
) -> Published:
    """Change the list in force and publish the outcome at once, past the draft, which then is stale."""
    with exclusive(files):
        current = _base(files, now)
        draft = change(Draft.of(current.whitelist if current else None))
        return _publish(files, draft, current, keys, now, life)


def _publish(
    files: WhitelistFiles,
    draft: Draft,
    current: Verified | None,
    keys: Sequence[OfficerKey],
    now: datetime,
    life: timedelta,
) -> Published:
    trust = read_trust(files)
    before = current.whitelist if current else None
    seen = SeenFile(files.seen)
    newest = seen.newest()
    number = 1 + max(before.version if before else 0, newest.number if newest else 0, *versions(files), 0)
    whitelist = next_version(draft, before, trust, number=number, now=now, life=life)
    data = sign(whitelist, keys)
    verdict = verify(data, trust, now=now, last=newest)
    if isinstance(verdict, Rejected):
        raise UnusableListError(f"the new version would not be taken up: {verdict.flaw.value}: {verdict.detail}")
    kept = (before.version, read_whole(files.published, MAX_FILE_BYTES)) if before else None
    publish(files, number, data, before=kept)
    seen.remember(verdict.seen)
    return Published(verified=verdict, changes=changes(before.partners if before else (), verdict.whitelist.partners))


def _base(files: WhitelistFiles, now: datetime) -> Verified | None:
    """The authentic list in force, be it expired; ``None`` before the first. Raises ``UnusableListError``."""
    try:
        verdict = judge_published(files, now)
    except NotInitialisedError:
        if not files.trust.exists():
            raise
        if SeenFile(files.seen).newest() is not None or versions(files):
            raise StorageError(f"{files.published} is gone, though versions were published: restore it") from None
        return None
    if isinstance(verdict, Verified):
        return verdict
    if verdict.authentic is not None and verdict.flaw in _STILL_A_BASE:
        return verdict.authentic
    raise UnusableListError(f"the published list is refused: {verdict.flaw.value}: {verdict.detail}")
