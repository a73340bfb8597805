"""What runs beside the requests ends when it is told to, and is heard when it ends before."""

import asyncio

from structlog.testing import capture_logs

from certs.background import Background


async def broken() -> None:
    raise ValueError("a defect")


async def test_work_that_breaks_off_is_told_at_once_and_remembered() -> None:
    background = Background()
    with capture_logs() as logs:
        background.start({"sweep": broken(), "watch": asyncio.sleep(60)})
        await asyncio.sleep(0.01)
    assert [(line["event"], line["work"]) for line in logs] == [("background.failed", "sweep")]
    assert background.failure == "sweep has failed"
    await background.stop()


async def test_work_that_comes_to_its_end_is_no_failure() -> None:
    background = Background()
    with capture_logs() as logs:
        background.start({"warm-up": asyncio.sleep(0)})
        await asyncio.sleep(0.01)
        await background.stop()
    assert (logs, background.failure) == ([], None)


async def test_stopping_ends_and_awaits_everything_and_is_no_failure() -> None:
    ended = []

    async def until_told(name: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    background = Background()
    background.start({"one": until_told("one"), "two": until_told("two")})
    await asyncio.sleep(0)
    await background.stop()
    assert ended == ["two", "one"]
    assert background.failure is None
