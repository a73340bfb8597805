"""The canary's own client: one connection over mutual TLS, kept open, that may offer an earlier session again."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ror import namespaces as ns
from ror.g1.question import write_question
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.soap.envelope import write_envelope
from ror.soap.search_header import write_search_header
from ror.soap.version import SoapVersion

ANSWER_WITHIN_S: Final = 5.0
MAX_BODY_BYTES: Final = 1_048_576
_HEAD_END: Final = b"\r\n\r\n"
_HEAD: Final = re.compile(rb"HTTP/1\.1 (\d{3}) .*?\r\ncontent-length: (\d{1,9})\r\n", re.DOTALL | re.IGNORECASE)


class NoAnswerError(Exception):
    """The connection ended, or nothing that reads as an answer came in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the gateway listens, the name in its certificate, and with what the canary knocks."""

    host: str
    port: int
    server_name: str
    context: ssl.SSLContext


class Line:
    """One open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @property
    def tls(self) -> ssl.SSLObject:
        """What became of the handshake."""
        tls = self._writer.get_extra_info("ssl_object")
        assert isinstance(tls, ssl.SSLObject)
        return tls

    async def ask(self, message: bytes) -> int:
        """Ask and read the whole answer; its status. Raises ``NoAnswerError``."""
        status, length = await self.begin(message)
        if length > MAX_BODY_BYTES:
            raise NoAnswerError
        with _no_answer():
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._reader.readexactly(length)
        return status

    async def begin(self, message: bytes) -> tuple[int, int]:
        """Ask and read the head of the answer: its status and the length of its body. Raises ``NoAnswerError``."""
        content_type = SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)
        head = f"POST {ns.PATH_G1} HTTP/1.1\r\nHost: canary\r\nContent-Type: {content_type}\r\n"
        with _no_answer():
            async with asyncio.timeout(ANSWER_WITHIN_S):
                self._writer.write(f"{head}Content-Length: {len(message)}\r\n\r\n".encode() + message)
                answer = await self._reader.readuntil(_HEAD_END)
        found = _HEAD.match(answer)
        if found is None:
            raise NoAnswerError
        return int(found[1]), int(found[2])

    async def some(self) -> bytes:
        """What comes next of a body that is being sent; empty once the connection ended. Raises ``NoAnswerError``."""
        with _no_answer():
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._reader.read(65_536)

    def close(self) -> None:
        """End the connection; nobody waits for a goodbye."""
        self._writer.transport.abort()


async def connect(door: Door) -> Line:
    """Open a connection. Raises ``NoAnswerError`` where the handshake fails too."""
    with _no_answer():
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return Line(
                *await asyncio.open_connection(
                    door.host, door.port, ssl=door.context, server_hostname=door.server_name
                )
            )


@asynccontextmanager
async def line_to(door: Door) -> AsyncIterator[Line]:
    """A connection for one use."""
    line = await connect(door)
    try:
        yield line
    finally:
        line.close()


def question_in(region: str, lasting_s: float | None = None) -> bytes:
    """A question about one region by its INSEE code; ``lasting_s`` is how long the answer may take."""
    question = Question(
        criteria=Criteria(),
        destinations=(Destination(DestinationLevel.REGION, region),),
        limit=1,
        deadline=timedelta(seconds=lasting_s) if lasting_s is not None else None,
    )
    return write_envelope(SoapVersion.V12, headers=[write_search_header(question)], body=write_question(question))


@contextlib.contextmanager
def _no_answer() -> Iterator[None]:
    try:
        yield
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise NoAnswerError(type(error).__name__) from error
