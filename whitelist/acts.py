"""What officers do, handed to the audit log of the state folder before it is done.

Where no gateway keeps a log here (an officer's own machine) there is nothing to hand it to: what was done then stands
in the signed files themselves.
"""

from datetime import UTC, datetime
from enum import StrEnum

from certs.audit.inbox import AuditFiles, hand_in
from ror.audit.events import OfficerActed
from whitelist.errors import StorageError
from whitelist.files import WhitelistFiles


class Act(StrEnum):
    """Every act of an officer that changes what holds, or leads there; the value is stable."""

    FOUNDED = "officers.founded"
    KEY_MADE = "officers.key-made"
    DRAFTED = "draft.changed"
    DISCARDED = "draft.discarded"
    PROPOSED = "list.proposed"
    APPROVED = "list.approved"
    PUBLISHED = "list.published"
    SUSPENDED = "partner.suspended"
    REVOKED = "partner.revoked"


def record(
    files: WhitelistFiles,
    act: Act,
    at: datetime | None = None,
    *,
    officer: str | None = None,
    partner: str | None = None,
    version: int | None = None,
    digest: str | None = None,
) -> None:
    """Hand an act in; when this returns it is on disk. Raises ``StorageError``: then it is not done.

    ``officer`` is the thumbprint of the key that signs, ``digest`` the SHA-256 of what it signs.
    """
    audit = AuditFiles(files.home)
    if not audit.folder.is_dir():
        return
    event = OfficerActed(act=act.value, officer=officer, partner=partner, list_version=version, digest=digest)
    try:
        hand_in(audit, event, at or datetime.now(UTC))
    except OSError as error:
        raise StorageError(f"the act cannot be handed to the audit log: {error.strerror or error}") from error
