"""Connections of holders who would no longer be let through end as soon as the news is there, idle or being answered.

An answer that waits for a slow reader asks for nobody's leave meanwhile: this is what cuts it.
"""

import asyncio
from collections.abc import Callable

import structlog

from certs.connections import BoundedConnection
from certs.verification import Verdict
from gateway.server.bounded import BoundedRunner

_log = structlog.get_logger(__name__)


async def sweep(
    runner: BoundedRunner,
    may_stay: Callable[[Verdict], bool],
    news: Callable[[], tuple[object, ...]],
    every_s: float,
) -> None:
    """Look for news every ``every_s`` seconds until cancelled; ``news`` gives new objects when something changed.

    A look without news costs a handful of comparisons.
    """
    seen = news()
    while True:
        await asyncio.sleep(every_s)
        current = news()
        if all(new is old for new, old in zip(current, seen, strict=True)):
            continue
        seen = current
        connections = runner.connections
        cut = sum(connection.cut_if_disallowed() for connection in connections)
        closed = sum(_close_stranger(connection, may_stay) for connection in connections)
        if closed or cut:
            _log.info("connections.closed", idle=closed, answering=cut)


def _close_stranger(connection: BoundedConnection, may_stay: Callable[[Verdict], bool]) -> bool:
    verdict = connection.verdict
    return verdict is not None and not may_stay(verdict) and connection.close_if_idle()
