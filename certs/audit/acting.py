"""What commands of an operator do, handed to the audit log of the state folder before it is done.

Where no gateway keeps a log here there is nothing to hand it to.
"""

import hashlib
import os
from datetime import UTC, datetime
from enum import StrEnum

from certs.audit.inbox import AuditFiles, hand_in
from certs.home import Home
from ror.audit.events import OperatorActed


class OperatorAct(StrEnum):
    """Every act that changes what holds, outside the whitelist; the value is stable."""

    CERTIFICATES_MADE = "certificates.made"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_REVOKED = "certificate.revoked"
    HOLD_LIFTED = "certificate.hold-lifted"
    GRACE_GIVEN = "revocation.grace-given"
    GRACE_TAKEN_BACK = "revocation.grace-taken-back"
    REVOCATION_PUBLISHED = "revocation.list-published"
    REVOCATION_INSTALLED = "revocation.list-installed"
    DATA_PREPARED = "nodes.data-prepared"
    DATA_IMPORTED = "nodes.data-imported"
    FAULT_SET = "nodes.fault-set"


def record_act(
    home: Home,
    act: OperatorAct,
    *,
    target: str | None = None,
    officer: str | None = None,
    digest: str | None = None,
    at: datetime | None = None,
) -> None:
    """Hand an act in; when this returns it is on disk. Raises ``OSError``: then it is not done.

    ``officer`` is whatever name was told: it may be a person's, so that only its digest is kept.
    """
    audit = AuditFiles(home)
    if not audit.folder.is_dir():
        return
    event = OperatorActed(
        act=act.value,
        account=os.getuid(),
        target=target,
        officer=unlisted(officer) if officer is not None else None,
        digest=digest,
    )
    hand_in(audit, event, at or datetime.now(UTC))


def unlisted(name: str) -> str:
    """How a name is told that no list knows."""
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()[:32]
