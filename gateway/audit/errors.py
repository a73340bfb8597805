"""When the audit log cannot do its duty. Service is refused rather than a deed forgotten."""

from typing import ClassVar

from gateway.errors import GatewayError


class AuditError(GatewayError):
    """Root of the audit's errors. ``code`` is stable; ``args[0]`` is a sentence for the operator."""

    code: ClassVar[str] = "audit.error"


class AuditUnavailableError(AuditError):
    """An event could not be recorded durably (disk full, read-only, failing, too slow): answer 503."""

    code: ClassVar[str] = "audit.unavailable"


class AuditAlarmError(AuditError):
    """What is on disk is not what was written: no crash explains it. The log is not opened; a person must look."""

    code: ClassVar[str] = "audit.alarm"


class AuditBusyError(AuditError):
    """Another process writes this log."""

    code: ClassVar[str] = "audit.busy"


class RetentionError(AuditError):
    """What was to leave the log may not: too young, not told by the log, or the log does not hold."""

    code: ClassVar[str] = "audit.retention"


class UnreadableLogError(AuditError):
    """A folder or export that holds no log that can be read."""

    code: ClassVar[str] = "audit.unreadable"
