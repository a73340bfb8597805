"""Refused TLS handshakes in the log: each one, until they come in floods; then so many together each second.

Anybody on the network can fail a handshake. One line each would let a stranger fill the disk, and a full disk stops
the service; a count forgets nothing that a line would have told, for a failed handshake has no name.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

import structlog

from certs.handshakes import HandshakeFailure
from ror.audit.events import Event, HandshakeRefused

_log = structlog.get_logger(__name__)

EACH_PER_S = 20
_Cause = tuple[str, str | None, str | None]


class HandshakeAudit:
    """A callback for ``certs.tls``; call it on the loop that serves."""

    def __init__(self, note: Callable[[Event], None]) -> None:
        self._note = note
        self._told = 0
        self._more: Counter[_Cause] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, failure: HandshakeFailure) -> None:
        """Tell one failed handshake. Never raises."""
        cause = (
            failure.problem.value,
            failure.reason.slug if failure.reason is not None else None,
            failure.openssl_reason,
        )
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1.0, self.flush)
        if self._told < EACH_PER_S:
            self._told += 1
            self._tell(cause, 1)
        else:
            self._more[cause] += 1

    def flush(self) -> None:
        """Tell what was only counted; call it before the log closes, too."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        more, self._more, self._told = self._more, Counter(), 0
        for cause, count in more.items():
            self._tell(cause, count)

    def _tell(self, cause: _Cause, count: int) -> None:
        problem, reason, detail = cause
        _log.warning("handshake.refused", problem=problem, reason=reason, detail=detail, count=count)
        self._note(HandshakeRefused(problem=problem, reason=reason, detail=detail, count=count))
