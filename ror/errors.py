"""The error tree of the contract. Whatever a reader cannot accept is a ``FaultError`` with its ``Fault``."""

from ror.faults import Fault, Reason


class RorError(Exception):
    """Root of every error that this package raises."""


class FaultError(RorError):
    """A message that cannot be accepted or a refusal on its way out; ``fault`` is what the caller is told."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason.slug}: {fault.message}")
        self.fault = fault


class UnreadableAnswerError(RorError):
    """An answer that breaks the contract. ``args[0]`` says how, for the log; it is never shown to a caller."""


def refuse(reason: Reason, message: str | None = None, /, **evidence: object) -> FaultError:
    """Build the exception for ``reason``; ``message`` (French) replaces the catalogue's sentence."""
    return FaultError(Fault(reason=reason, message=message or reason.message, evidence=evidence))
