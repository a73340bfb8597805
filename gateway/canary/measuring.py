"""One revocation timed over every path at once: the control first, then the clock, then each path on its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic

from gateway.canary.line import NoAnswerError
from gateway.canary.paths import Path, PathName

PACE_S = 0.05


async def first_shut(paths: Sequence[Path]) -> PathName | None:
    """The control: go in by every path; the first that is shut already, ``None`` where all are open."""
    for path in paths:
        try:
            admitted = await path.admitted()
        except NoAnswerError:
            admitted = False
        if not admitted:
            return path.name
    return None


async def timed(
    paths: Sequence[Path], revoke: Callable[[], Awaitable[object]], within_s: float
) -> Mapping[PathName, float | None]:
    """Revoke, and tell after how many seconds each path was shut; ``None`` for one open after ``within_s``.

    The clock starts before the revocation is written, so that what the disk takes counts too.
    """
    began_s = monotonic()
    await revoke()
    async with asyncio.TaskGroup() as group:
        tasks = {
            path.name: group.create_task(_shut_after(path, began_s, within_s), name=f"canary-{path.name}")
            for path in paths
        }
    return {name: task.result() for name, task in tasks.items()}


async def _shut_after(path: Path, began_s: float, within_s: float) -> float | None:
    while monotonic() - began_s < within_s:
        if await path.refused():
            return monotonic() - began_s
        await asyncio.sleep(PACE_S)
    return None
