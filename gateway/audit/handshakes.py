"""Refused TLS handshakes in the log: each one, until they come in floods (``gateway.audit.flood``)."""

from collections.abc import Callable

import structlog

from certs.handshakes import HandshakeFailure
from gateway.audit.flood import Flood
from ror.audit.events import Event, HandshakeRefused

_log = structlog.get_logger(__name__)

_Cause = tuple[str, str | None, str | None]
_OTHER: _Cause = ("other", None, None)


class HandshakeAudit:
    """A callback for ``certs.tls``; call it on the loop that serves."""

    def __init__(self, note: Callable[[Event], None]) -> None:
        self._note = note
        self._flood: Flood[_Cause] = Flood(self._tell, _OTHER)

    def __call__(self, failure: HandshakeFailure) -> None:
        """Tell one failed handshake. Never raises."""
        cause = (
            failure.problem.value,
            failure.reason.slug if failure.reason is not None else None,
            failure.openssl_reason,
        )
        if self._flood.passes(cause):
            self._tell(cause, 1)

    def flush(self) -> None:
        """Tell what was only counted; call it before the log closes, too."""
        self._flood.flush()

    def _tell(self, cause: _Cause, count: int) -> None:
        problem, reason, detail = cause
        _log.warning("handshake.refused", problem=problem, reason=reason, detail=detail, count=count)
        self._note(HandshakeRefused(problem=problem, reason=reason, detail=detail, count=count))
