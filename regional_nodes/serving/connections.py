"""An HTTP server that waits for nobody: a request's head has a bound in time and size, so has an idle connection.

aiohttp waits for a head as long as for the next request, and answers what is no HTTP with a page of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from certs.verification import Verdict
from ror.faults import Fault, Reason
from ror.soap.fault import write_fault
from ror.soap.version import SoapVersion

_log = structlog.get_logger(__name__)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

SERVER = "ror"
"""What the Server header says: no product, no version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Seconds for a head, a body, one block of an answer, an idle connection; bytes of a line and of a header."""

    head_s: float = 10.0
    body_s: float = 10.0
    block_s: float = 30.0
    idle_s: float = 360.0
    line_bytes: int = 4_096
    header_bytes: int = 8_192


class NodeConnection(RequestHandler):
    """One connection. ``verdict`` is what admission found about its certificate, once for all its requests."""

    __slots__ = ("_head_s", "_head_timer", "verdict")

    def __init__(self, manager: web.Server, *, head_s: float, **kwargs: Any) -> None:
        super().__init__(manager, **kwargs)
        self._head_s = head_s
        self._head_timer: asyncio.TimerHandle | None = None
        self.verdict: Verdict | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first head is due."""
        super().connection_made(transport)
        self._head_is_due()

    def data_received(self, data: bytes) -> None:
        """A head that is whole stops the clock; the first bytes of the next one start it."""
        seen = self._request_count
        super().data_received(data)
        if self._request_count > seen:
            self._head_is_there()
        elif self._head_timer is None and not self._request_in_progress:
            self._head_is_due()

    def connection_lost(self, exc: BaseException | None) -> None:
        """No clock outlives its connection."""
        self._head_is_there()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP with a fault that quotes nothing, and close."""
        reason = Reason.HTTP_INVALID if status < 500 else Reason.INTERNAL
        _log.warning("http.unreadable", status=status, error=type(exc).__name__)
        body = write_fault(SoapVersion.V12, Fault(reason=reason, message=reason.message))
        response = web.Response(
            status=reason.http_status(soap_11=False),
            body=body,
            headers={"Content-Type": SoapVersion.V12.content_type, "Server": SERVER},
        )
        response.force_close()
        return response

    def _head_is_due(self) -> None:
        self._head_is_there()
        self._head_timer = asyncio.get_running_loop().call_later(self._head_s, self.force_close)

    def _head_is_there(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class BoundedServer(web.Server):
    """Makes ``NodeConnection``s; what asyncio calls for each accepted socket."""

    def __init__(self, handler: Handler, bounds: Bounds) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._bounds = bounds

    def __call__(self) -> RequestHandler:
        """A handler for one connection."""
        return NodeConnection(
            self,
            loop=asyncio.get_running_loop(),
            head_s=self._bounds.head_s,
            keepalive_timeout=self._bounds.idle_s,
            max_line_size=self._bounds.line_bytes,
            max_field_size=self._bounds.header_bytes,
            access_log=None,
            lingering_time=1.0,
        )

    def drop_all(self) -> None:
        """Cut every connection, in the middle of whatever it does."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
