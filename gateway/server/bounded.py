"""The gateway's application on bounded connections (``certs.connections``), drained when it stops."""

import asyncio

from aiohttp import web

from certs.connections import BoundedConnection, ConnectionBounds, closing_fault
from ror.faults import Reason


class _BoundedServer(web.Server):
    def __init__(self, application: web.Application, bounds: ConnectionBounds) -> None:
        self._bounds = bounds
        self._application = application
        super().__init__(
            self._handle,  # type: ignore[arg-type]  # an application takes the requests it makes
            request_factory=application._make_request,
            handler_cancellation=True,
        )

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        """The application's answer; aiohttp refuses an expectation before any of its middlewares, in plain text."""
        try:
            return await self._application._handle(request)
        except web.HTTPExpectationFailed:
            return closing_fault(Reason.HTTP_INVALID)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # aiohttp's own signature
        """Finish what runs within ``timeout`` seconds, then leave no peer the choice to linger."""
        transports = list(self._connections.values())
        await super().shutdown(timeout)
        for transport in transports:
            transport.abort()
        await asyncio.sleep(0)

    def __call__(self) -> BoundedConnection:
        return BoundedConnection.of(self, self._bounds)


class BoundedRunner(web.AppRunner):
    """Runs an application on bounded connections."""

    __slots__ = ("_connection_bounds",)

    def __init__(self, application: web.Application, bounds: ConnectionBounds, *, drain_s: float) -> None:
        super().__init__(application, shutdown_timeout=drain_s)
        self._connection_bounds = bounds

    @property
    def connections(self) -> list[BoundedConnection]:
        """The open connections."""
        server = self.server
        return [each for each in server.connections if isinstance(each, BoundedConnection)] if server else []

    async def _make_server(self) -> web.Server:
        await super()._make_server()
        return _BoundedServer(self.app, self._connection_bounds)
