"""An aiohttp server that waits for nobody: bounds on the request head and on idle connections.

aiohttp itself waits for a request's head as long as for the next request on a kept-alive connection. Here a head that
has begun, or was never begun, has its own bound; bodies and answers are bounded where they are read and written.
"""

import asyncio
from dataclasses import dataclass

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from certs.verification import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """Seconds for a request's head and between requests; bytes of a request line and of all its headers."""

    head_s: float = 10.0
    idle_s: float = 360.0
    line_bytes: int = 4096
    header_bytes: int = 8192


class BoundedHandler(RequestHandler):
    """One connection; closes itself when a request's head does not arrive in time."""

    __slots__ = ("_head_s", "_head_timer", "judged")

    def __init__(self, manager: web.Server, *, head_s: float, **kwargs: object) -> None:
        super().__init__(manager, **kwargs)  # type: ignore[arg-type]  # aiohttp's own keywords, passed through
        self._head_s = head_s
        self._head_timer: asyncio.TimerHandle | None = None
        self.judged: Verdict | None = None
        """The verdict on this connection's certificate; its dates are asked again on every request."""

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
        elif self._head_timer is None and not self._request_in_progress:
            self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the clock with the connection."""
        self._forget_head()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._forget_head()
        self._head_timer = asyncio.get_running_loop().call_later(self._head_s, self.force_close)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _BoundedServer(web.Server):
    def __init__(self, application: web.Application, bounds: ConnectionBounds) -> None:
        self._head_s = bounds.head_s
        self._bounds = {
            "keepalive_timeout": bounds.idle_s,
            "max_line_size": bounds.line_bytes,
            "max_field_size": bounds.header_bytes,
            "access_log": None,
            "lingering_time": 2.0,
        }
        super().__init__(
            application._handle,  # type: ignore[arg-type]  # an application takes the requests it makes
            request_factory=application._make_request,
            handler_cancellation=True,
        )

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # aiohttp's own signature
        """Finish what runs within ``timeout`` seconds, then leave no peer the choice to linger."""
        transports = list(self._connections.values())
        await super().shutdown(timeout)
        for transport in transports:
            transport.abort()
        await asyncio.sleep(0)

    def __call__(self) -> RequestHandler:
        return BoundedHandler(self, head_s=self._head_s, loop=asyncio.get_running_loop(), **self._bounds)


class BoundedRunner(web.AppRunner):
    """Runs an application on bounded connections."""

    __slots__ = ("_connection_bounds",)

    def __init__(self, application: web.Application, bounds: ConnectionBounds, *, drain_s: float) -> None:
        super().__init__(application, shutdown_timeout=drain_s)
        self._connection_bounds = bounds

    async def _make_server(self) -> web.Server:
        await super()._make_server()
        return _BoundedServer(self.app, self._connection_bounds)
