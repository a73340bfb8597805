"""Idle connections of holders who would no longer be let through are closed as soon as the news is there."""

import asyncio
from collections.abc import Callable

import structlog

from certs.connections import BoundedConnection
from certs.verification import Verdict
from gateway.server.bounded import BoundedRunner

_log = structlog.get_logger(__name__)


async def sweep_idle(
    runner: BoundedRunner,
    may_stay: Callable[[Verdict], bool],
    news: Callable[[], tuple[object, ...]],
    every_s: float,
) -> None:
    """Look for news every ``every_s`` seconds until cancelled; ``news`` gives new objects when something changed."""
    seen = news()
    while True:
        await asyncio.sleep(every_s)
        current = news()
        if all(new is old for new, old in zip(current, seen, strict=True)):
            continue
        seen = current
        closed = sum(_close_stranger(connection, may_stay) for connection in runner.connections)
        if closed:
            _log.info("connections.closed", idle=closed)


def _close_stranger(connection: BoundedConnection, may_stay: Callable[[Verdict], bool]) -> bool:
    verdict = connection.verdict
    return verdict is not None and not may_stay(verdict) and connection.close_if_idle()
