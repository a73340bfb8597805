"""Every decision is recorded: who asked, what for, what was decided and why. Never an envelope, never a person."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from ror.access import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision. ``reason`` is the fault's slug when refused; what was not known yet is ``None``.

    ``fingerprint`` is the SHA-256 of the certificate shown, ``list_version`` the whitelist that was asked.
    """

    granted: bool
    transaction: Transaction
    question_id: str
    reason: str | None = None
    partner: str | None = None
    profile: str | None = None
    fingerprint: str | None = None
    list_version: int | None = None


class DecisionSink(Protocol):
    """Where decisions go: the log here, the audit chain where there is one. ``record`` must not block."""

    def record(self, decision: Decision) -> None:
        """Keep one decision."""


class DecisionLog:
    """Writes ``decision.taken`` to the structured log; a refusal as a warning."""

    def __init__(self) -> None:
        self._log = structlog.get_logger(__name__)

    def record(self, decision: Decision) -> None:
        """Log one decision."""
        write = self._log.info if decision.granted else self._log.warning
        write(
            "decision.taken",
            outcome="granted" if decision.granted else "refused",
            reason=decision.reason,
            partner=decision.partner,
            transaction=decision.transaction.value,
            profile=decision.profile,
            question_id=decision.question_id,
            certificate=decision.fingerprint,
            list_version=decision.list_version,
        )
