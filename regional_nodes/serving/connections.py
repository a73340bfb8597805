"""A node's HTTP server on bounded connections (``certs.connections``), which can be cut all at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from certs.connections import BoundedConnection, ConnectionBounds

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds(ConnectionBounds):
    """A connection's bounds, and seconds for a request's body and for one block of an answer."""

    body_s: float = 10.0
    block_s: float = 30.0


class BoundedServer(web.Server):
    """What asyncio calls for each accepted socket."""

    def __init__(self, handler: Handler, bounds: Bounds) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._bounds = bounds

    def __call__(self) -> BoundedConnection:
        """A handler for one connection."""
        return BoundedConnection.of(self, self._bounds)

    def drop_all(self) -> None:
        """Cut every connection, in the middle of whatever it does."""
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
