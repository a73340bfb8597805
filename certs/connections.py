"""Connections of a server that waits for nobody: bounds on a request's head and on idling, one verdict a connection.

aiohttp waits for a request's head as long as for the next request on a kept-alive connection, and answers what is no
HTTP with a page of its own. Here a head that has begun, or was never begun, has its own bound, and what is no HTTP
gets a fault. A peer that stops taking what is written loses the connection, whatever was being written. Bodies are
bounded where they are read.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from certs.verification import Verdict
from ror.faults import Fault, Reason
from ror.soap.fault import write_fault
from ror.soap.over_http import fault_headers
from ror.soap.version import SoapVersion

_log = structlog.get_logger(__name__)

_LINGER_S = 1.0
"""Seconds in which a body that nobody wants may still arrive, so that the peer gets to read why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """Seconds for a request's head, between requests, and without a reader taking anything; bytes of a request line
    and of all its headers.
    """

    head_s: float = 10.0
    idle_s: float = 360.0
    stall_s: float = 30.0
    line_bytes: int = 4_096
    header_bytes: int = 8_192


def closing_fault(reason: Reason) -> web.Response:
    """A fault that quotes nothing, for a request of which no version can be told; the connection ends behind it."""
    fault, version = Fault(reason=reason, message=reason.message), SoapVersion.V12
    response = web.Response(
        status=reason.http_status(soap_11=False),
        body=write_fault(version, fault),
        headers=fault_headers(version, fault),
    )
    response.force_close()
    return response


class BoundedConnection(RequestHandler):
    """One connection; closes itself when a request's head does not arrive in time, or its reader stalls.

    ``verdict`` is what admission found about the peer's certificate; its dates are asked again on every request.
    """

    __slots__ = ("_head_s", "_head_timer", "_stall_s", "_stall_timer", "verdict")

    def __init__(self, server: web.Server, *, head_s: float, stall_s: float, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._head_s = head_s
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_s = stall_s
        self._stall_timer: asyncio.TimerHandle | None = None
        self.verdict: Verdict | None = None

    @classmethod
    def of(cls, server: web.Server, bounds: ConnectionBounds) -> "BoundedConnection":
        """A connection of ``server`` within ``bounds``, for the running loop."""
        return cls(
            server,
            head_s=bounds.head_s,
            stall_s=bounds.stall_s,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=bounds.idle_s,
            max_line_size=bounds.line_bytes,
            max_field_size=bounds.header_bytes,
            access_log=None,
            lingering_time=_LINGER_S,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock of the first head."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when a head is complete, start it when one begins."""
        heads = self._request_count
        super().data_received(data)
        if self._request_count > heads:
            self._forget_head()
        elif data and self._head_timer is None and self._is_idle():
            self._expect_head()

    def pause_writing(self) -> None:
        """Start the clock of a reader: more is written than it takes."""
        super().pause_writing()
        self._stall_timer = asyncio.get_running_loop().call_later(self._stall_s, self._give_up, self.transport)

    def resume_writing(self) -> None:
        """Stop the clock of a reader that goes on."""
        self._forget_stall()
        super().resume_writing()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the clocks with the connection."""
        self._forget_head()
        self._forget_stall()
        super().connection_lost(exc)

    def close_if_idle(self) -> bool:
        """Close the connection where it only waits for its next request; whether it did."""
        if not self._is_idle():
            return False
        self.force_close()
        return True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP with a fault that quotes nothing, and close.

        Behind an answer that has begun nothing can be said: raises ``ConnectionError``, which ends the connection.
        """
        if request.writer.output_size > 0:
            raise ConnectionError("the answer broke off")
        _log.warning("http.unreadable", status=status, error=type(exc).__name__)
        return closing_fault(Reason.HTTP_INVALID if status < 500 else Reason.INTERNAL)

    def _is_idle(self) -> bool:
        """Whether the next request is waited for. Between a head and its handler neither is this so, nor is a
        request in progress: a body that comes then must not be taken for a head that begins.
        """
        return self._waiter is not None and not self._waiter.done()

    def _expect_head(self) -> None:
        self._forget_head()
        self._head_timer = asyncio.get_running_loop().call_later(self._head_s, self.force_close)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self, transport: asyncio.Transport | None) -> None:
        """End the connection at once, though it be closing: what its reader has not taken would be waited for."""
        self._stall_timer = None
        _log.info("http.reader_stalled")
        if transport is not None:
            transport.abort()

    def _forget_stall(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
