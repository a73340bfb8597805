"""Connections of a server that waits for nobody: bounds on a request's head and on idling, one verdict a connection.

aiohttp waits for a request's head as long as for the next request on a kept-alive connection, and answers what is no
HTTP with a page of its own. Here a head that has begun, or was never begun, has its own bound, and what is no HTTP
gets a fault. A peer that stops taking what is written loses the connection, whatever was being written. Bodies are
bounded where they are read. Nobody is invited to send one, and none is unpacked, before somebody wants to read it;
of a body that nobody wants, a little is thrown away unread, so that an honest peer gets to its end and to the fault.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from certs.verification import Verdict
from ror.faults import Fault, Reason
from ror.soap.fault import write_fault
from ror.soap.over_http import fault_headers
from ror.soap.version import SoapVersion

_log = structlog.get_logger(__name__)

_LINGER_S = 1.0
"""Seconds in which a body that nobody wants may still arrive, so that the peer gets to read why."""

_UNWANTED_BYTES = 262_144
"""Bytes of it that are thrown away meanwhile; what comes after them stays in the network."""

_NO_LINGERING = struct.pack("ii", 1, 0)
"""For ``SO_LINGER``: closing sends a reset and forgets what is in the system's buffers."""

_FRAME_BYTES = 2_097_152
"""Bytes of a body with all that frames it: the longest question in chunks of one byte has fewer."""

_BUFFER_BYTES = 65_536
"""Half of what may wait in memory for whoever reads a body."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EXPECTED = "100-continue"
_WAITS = web.RequestKey("waits-to-be-asked-for-its-body", bool)


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


async def body_blocks(request: web.BaseRequest) -> AsyncGenerator[bytes, None]:
    """The body of a request that is let in. A peer that waits to be asked for it (``Expect``) is asked now."""
    if request.get(_WAITS) and not request.content.is_eof():
        await request.writer.write(_CONTINUE)
        request.writer.output_size = 0
    async for block in request.content.iter_any():
        yield block


class BoundedConnection(RequestHandler):
    """One connection; closes itself when a request's head does not arrive in time, or its reader stalls.

    ``verdict`` is what admission found about the peer's certificate; its dates are asked again on every request.
    ``still_allowed`` says, while an answer is being written, whether its caller would be let through now.
    """

    __slots__ = (
        "_body",
        "_frame_left",
        "_head_s",
        "_head_timer",
        "_plain_request",
        "_stall_s",
        "_stall_timer",
        "_unwanted_left",
        "still_allowed",
        "verdict",
    )

    def __init__(self, server: web.Server, *, head_s: float, stall_s: float, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._head_s = head_s
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_s = stall_s
        self._stall_timer: asyncio.TimerHandle | None = None
        self._unwanted_left: int | None = None
        self._body: StreamReader | None = None
        self._frame_left = 0
        self._plain_request = self._request_factory
        self._request_factory = self._request_made
        self.verdict: Verdict | None = None
        self.still_allowed: Callable[[], bool] | None = None

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
            auto_decompress=False,
            read_bufsize=_BUFFER_BYTES,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock of the first head."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when a head is complete, start it when one begins; stop reading what nobody wants."""
        heads = self._request_count
        super().data_received(data)
        if self._unwanted_left is not None:
            self._unwanted_left -= len(data)
            self._hold_unwanted()
        if self._request_count > heads:
            self._forget_head()
            self._begin_body()
        elif self._body is not None and not self._body.is_eof():
            self._frame_left -= len(data)
            if self._frame_left < 0:
                self._break_body(self._body)
        elif data and self._head_timer is None and self._is_idle():
            self._expect_head()

    def _begin_body(self) -> None:
        """Remember the body of a new head. Bytes that are no HTTP instead break the body that is being read."""
        message, payload = self._messages[-1]
        if not isinstance(message, _ErrInfo):
            self._body, self._unwanted_left, self._frame_left = payload, None, _FRAME_BYTES
        elif self._body is not None and not self._body.is_eof():
            self._messages.pop()
            self._break_body(self._body)

    def _break_body(self, body: StreamReader) -> None:
        """End a body whose frame is broken, and the connection behind it; aiohttp would let whoever reads it wait."""
        if self._unwanted_left is None:
            body.set_exception(web.RequestPayloadError("the body's frame is broken"))
        body.feed_eof()
        self.close()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on reading, unless nobody wants what would be read."""
        super().resume_reading(resume_parser)
        self._hold_unwanted()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """End an answer; from now on nobody wants what is left of the request's body."""
        finished = await super().finish_response(request, resp, start_time)
        if not request.content.is_eof():
            self._unwanted_left = _UNWANTED_BYTES
        return finished

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

    def cut_if_disallowed(self) -> bool:
        """Cut the answer that is being written to a caller who would no longer be let through; whether it did."""
        if self.still_allowed is None or self.still_allowed():
            return False
        self.cut()
        return True

    def cut(self) -> None:
        """End the connection at once: what the peer has not been sent yet, by us or by the system, is thrown away."""
        transport = self.transport
        if transport is None:
            return
        below = transport.get_extra_info("socket")
        if below is not None:  # over TLS there is none any more once it was cut before
            with contextlib.suppress(OSError):
                below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        transport.abort()

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

    def _request_made(self, message: RawRequestMessage, *rest: Any) -> web.BaseRequest:
        """aiohttp asks for a body before anybody has looked at who sends it: it never hears that a peer waits.

        A wish for another protocol is not granted; aiohttp may lose what comes behind it, so the connection ends.
        """
        waits = message.headers.get("Expect", "").strip().lower() == _EXPECTED
        if waits:
            headers = message.headers.copy()
            del headers["Expect"]
            message = message._replace(headers=type(message.headers)(headers))
        if message.upgrade or "Upgrade" in message.headers:
            message = message._replace(should_close=True)
        assert self._plain_request is not None
        request = self._plain_request(message, *rest)
        request[_WAITS] = waits and message.version >= HttpVersion11
        return request

    def _hold_unwanted(self) -> None:
        if self._unwanted_left is not None and self._unwanted_left <= 0 and self.transport is not None:
            self.transport.pause_reading()

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
