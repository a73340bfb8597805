"""A batch: events that reach the disk together, and those who wait for it."""

import asyncio
from datetime import datetime
from enum import Enum, auto
from typing import Any

from gateway.audit.errors import AuditUnavailableError
from ror.audit.events import Event

Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class BatchState(Enum):
    """``OPEN`` until it is known whether the disk has it."""

    OPEN = auto()
    DURABLE = auto()
    FAILED = auto()


class Batch:
    """Filled and finished under the writer's lock."""

    __slots__ = ("cause", "events", "state", "waiters")

    def __init__(self) -> None:
        self.events: list[tuple[datetime, Event]] = []
        self.state = BatchState.OPEN
        self.cause = ""
        self.waiters: list[Waiter] = []

    def check(self) -> bool:
        """Whether it is durable. Raises ``AuditUnavailableError`` if it never will be."""
        if self.state is BatchState.FAILED:
            raise AuditUnavailableError(self.cause)
        return self.state is BatchState.DURABLE


def wake(waiters: list[Waiter], cause: str | None) -> None:
    """Tell those who wait, each on its own loop: durable, or not because of ``cause``."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for loop, future in waiters:
        by_loop.setdefault(loop, []).append(future)
    for loop, futures in by_loop.items():
        _post(loop, _resolve, futures, cause)


def _post(loop: asyncio.AbstractEventLoop, *call: Any) -> None:
    try:
        loop.call_soon_threadsafe(*call)
    except RuntimeError:
        return  # the loop is closed: nobody waits there any more


def _resolve(futures: "list[asyncio.Future[None]]", cause: str | None) -> None:
    for future in futures:
        if future.done():
            continue
        if cause is None:
            future.set_result(None)
        else:
            future.set_exception(AuditUnavailableError(cause))
