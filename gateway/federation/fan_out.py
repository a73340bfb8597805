"""All regions at once, each on its own. A task has an owner, is cancelled and awaited."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from gateway.federation.reply import RegionReply
from gateway.routing import Route

Ask = Callable[[Route], Awaitable[RegionReply]]


async def ask_all(routes: Sequence[Route], ask: Ask) -> list[RegionReply]:
    """Ask every route concurrently; one reply each, in the routes' order.

    ``ask`` turns every failure of a region into a reply; an exception is a defect of ours and ends the question.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_asked(ask, route), name=f"ask-{route.ror}") for route in routes]
    return [task.result() for task in tasks]


async def _asked(ask: Ask, route: Route) -> RegionReply:
    return await ask(route)
