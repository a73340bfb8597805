"""What the audit's readers cannot accept."""

from ror.errors import RorError


class AuditFormError(RorError):
    """Bytes or values that are not in the audit log's one form; ``args[0]`` says what is wrong, for the log."""
