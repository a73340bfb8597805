"""Moments in the audit log: UTC to the microsecond, in one spelling."""

from datetime import UTC, datetime

from ror.audit.errors import AuditFormError


def moment_text(at: datetime) -> str:
    """``2026-03-01T08:15:00.000000Z``; ``at`` must be aware."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read_moment(text: object) -> datetime:
    """Read that spelling and no other. Raises ``AuditFormError``."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is not UTC or moment_text(at) != text:
        raise AuditFormError("not a moment in UTC to the microsecond")
    return at
