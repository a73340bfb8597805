"""Refused questions in the log: each one, until they come in floods (``gateway.audit.flood``)."""

from collections.abc import Callable

from gateway.audit.flood import Flood
from ror.audit.events import DecisionsCounted, Event

Cause = tuple[str, str | None, str | None, str | None]
"""Transaction, reason, partner, certificate's fingerprint."""
_OTHER: Cause = ("*", None, None, None)


class RefusalAudit:
    """Decides which refusal is a record of its own."""

    def __init__(self, note: Callable[[Event], None]) -> None:
        self._note = note
        self._flood: Flood[Cause] = Flood(self._tell, _OTHER)

    def passes(self, cause: Cause) -> bool:
        """Whether this refusal is to be recorded by itself; if not, it is counted and told with others."""
        return self._flood.passes(cause)

    def flush(self) -> None:
        """Record what was only counted."""
        self._flood.flush()

    def _tell(self, cause: Cause, count: int) -> None:
        transaction, reason, partner, certificate = cause
        self._note(
            DecisionsCounted(
                transaction=transaction, reason=reason, partner=partner, certificate=certificate, count=count
            )
        )
