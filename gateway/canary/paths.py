"""The four ways by which a partner's next byte can reach it. A stop must close every one."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.canary.line import Door, Line, NoAnswerError, connect, line_to


class PathName(StrEnum):
    """The value goes into logs and metrics."""

    NEW = "new-handshake"
    RESUMED = "resumed-handshake"
    OPEN = "open-connection"
    STREAM = "answer-being-sent"


REFUSED = frozenset({401, 403})
"""Statuses that say that the door is shut to this partner; being overloaded, or over its quota, is something else."""


class Path(Protocol):
    """One way in. ``close`` gives back what ``admitted`` opened."""

    @property
    def name(self) -> PathName:
        """Which it is."""

    async def admitted(self) -> bool:
        """The control: go in this way, and keep open what stays open. Raises ``NoAnswerError``."""

    async def refused(self) -> bool:
        """Try once: whether this way is shut now."""

    def close(self) -> None:
        """End what is open."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: for an answer at once, and for one that takes longer than any stop may need."""

    short: bytes
    lasting: bytes


class NewHandshake:
    """A new connection each time."""

    name = PathName.NEW

    def __init__(self, door: Door, questions: Questions, refusing: frozenset[int] = REFUSED) -> None:
        self._door, self._questions, self._refusing = door, questions, refusing

    async def admitted(self) -> bool:
        """Connect and ask."""
        async with line_to(self._door) as line:
            return await line.ask(self._questions.short) == 200

    async def refused(self) -> bool:
        """Connect and ask; a connection that breaks off proves nothing."""
        try:
            async with line_to(self._door) as line:
                return await line.ask(self._questions.short) in self._refusing
        except NoAnswerError:
            return False

    def close(self) -> None:
        """Nothing stays open."""


class ResumedHandshake:
    """A new connection that offers the session of an earlier one, which nobody here ever takes up.

    Over TLS 1.2, where a session can be offered without a ticket. ``taken_up`` says whether it ever was.
    """

    name = PathName.RESUMED

    def __init__(self, door: Door, questions: Questions, refusing: frozenset[int] = REFUSED) -> None:
        self._door, self._questions, self._refusing = door, questions, refusing
        self._session: ssl.SSLSession | None = None
        self.taken_up = False
        door.context.maximum_version = ssl.TLSVersion.TLSv1_2
        door.context.sslobject_class = _offering(door.context.sslobject_class, lambda: self._session)

    async def admitted(self) -> bool:
        """Connect, ask, keep the session; connect again, offering it, and ask."""
        async with line_to(self._door) as line:
            first = await line.ask(self._questions.short)
            self._session = line.tls.session
        return first == 200 and self._session is not None and await self._asked() == 200

    async def refused(self) -> bool:
        """Connect, offering the session, and ask."""
        try:
            return await self._asked() in self._refusing
        except NoAnswerError:
            return False

    def close(self) -> None:
        """Nothing stays open."""

    async def _asked(self) -> int:
        async with line_to(self._door) as line:
            self.taken_up = self.taken_up or bool(line.tls.session_reused)
            return await line.ask(self._questions.short)


class OpenConnection:
    """The next request on a connection that is kept open; that it is closed while idle is as good."""

    name = PathName.OPEN

    def __init__(self, door: Door, questions: Questions, refusing: frozenset[int] = REFUSED) -> None:
        self._door, self._questions, self._refusing = door, questions, refusing
        self._line: Line | None = None

    async def admitted(self) -> bool:
        """Connect, ask twice."""
        self._line = await connect(self._door)
        return [await self._line.ask(self._questions.short) for _ in range(2)] == [200, 200]

    async def refused(self) -> bool:
        """Ask again."""
        if self._line is None:
            return False
        try:
            return await self._line.ask(self._questions.short) in self._refusing
        except NoAnswerError:
            return True

    def close(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._line.close()


class AnswerBeingSent:
    """An answer that is being read as it comes."""

    name = PathName.STREAM

    def __init__(self, door: Door, questions: Questions) -> None:
        self._door, self._questions = door, questions
        self._line: Line | None = None
        self._left = 0

    async def admitted(self) -> bool:
        """Ask for an answer that takes long, and read its beginning."""
        self._line = await connect(self._door)
        status, self._left = await self._line.begin(self._questions.lasting)
        self._left -= len(await self._line.some())
        return status == 200 and self._left > 0

    async def refused(self) -> bool:
        """Read on; whether the answer was cut short."""
        if self._line is None or self._left <= 0:
            return False
        try:
            read = len(await self._line.some())
        except NoAnswerError:
            return True
        self._left -= read
        return read == 0

    def close(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._line.close()


def _offering(base: type[ssl.SSLObject], session: Callable[[], ssl.SSLSession | None]) -> type[ssl.SSLObject]:
    """``base`` that offers a session in its handshake, where there is one."""

    class Offering(base):  # type: ignore[misc,valid-type]
        _begun = False

        def do_handshake(self) -> None:
            offered = session()
            if not self._begun and offered is not None:
                self.session = offered
            self._begun = True
            super().do_handshake()

    return Offering
