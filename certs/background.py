"""Work beside the requests: it has an owner, is cancelled and awaited, and its end before its time is loud."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping

import structlog

_log = structlog.get_logger(__name__)


class Background:
    """Tasks that run until ``stop``. One that breaks off is told at once, and ``failure`` names it from then on."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self.failure: str | None = None

    def start(self, works: Mapping[str, Coroutine[None, None, None]]) -> None:
        """Begin each work under its name. One that comes to its end by itself has done what it had to."""
        for name, work in works.items():
            task = asyncio.create_task(work, name=name)
            task.add_done_callback(self._ended)
            self._tasks.append(task)

    async def stop(self) -> None:
        """Cancel what still runs, the newest first, and wait for it."""
        while self._tasks:
            task = self._tasks.pop()
            task.remove_done_callback(self._ended)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):  # told when it broke off
                await task

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.failure = f"{task.get_name()} has failed"
            _log.error("background.failed", work=task.get_name(), exc_info=error)
