"""Where the time of one call to a node went: our queue, connecting, its TLS handshake, the node, our reading."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic

from ror.coverage import Times


@dataclass(slots=True)
class Stopwatch:
    """Moments of one call, in seconds of ``clock``; the connector and the client note them as they come.

    Of a call that was sent again, the last attempt is told.
    """

    clock: Callable[[], float] = monotonic
    _connection_s: float | None = None
    _opening_s: float = 0.0
    _tls_s: float | None = None
    _sent_s: float | None = None
    _heard_s: float | None = None
    _read_s: float | None = None

    def opened(self, began_s: float, tls_s: float | None) -> None:
        """A new connection is there, begun at ``began_s``; its handshake took ``tls_s`` seconds of that."""
        self._opening_s = self.clock() - began_s
        self._tls_s = tls_s

    def connected(self, began_s: float) -> None:
        """A connection, new or kept, asked for at ``began_s``, is ours: the request goes out."""
        self._sent_s = self.clock()
        self._connection_s = self._sent_s - began_s
        self._heard_s = self._read_s = None

    def heard(self) -> None:
        """The whole answer is there."""
        self._heard_s = self.clock()

    def read(self) -> None:
        """It is checked and cut into entries."""
        self._read_s = self.clock()

    def times(self) -> Times:
        """What is known by now; a node that has not answered yet has taken until now."""
        new = self._tls_s is not None
        queued_s = None if self._connection_s is None else max(0.0, self._connection_s - self._opening_s)
        node_s = None if self._sent_s is None else (self._heard_s or self.clock()) - self._sent_s
        read = self._read_s is not None and self._heard_s is not None
        return Times(
            queue=_ms(queued_s),
            connect=_ms(self._opening_s - (self._tls_s or 0.0)) if new else None,
            tls=_ms(self._tls_s),
            node=_ms(node_s),
            parse=_ms((self._read_s or 0.0) - (self._heard_s or 0.0)) if read else None,
        )


RUNNING: ContextVar[Stopwatch | None] = ContextVar("running_stopwatch", default=None)
"""The stopwatch of the call that the current task makes."""


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1_000)
