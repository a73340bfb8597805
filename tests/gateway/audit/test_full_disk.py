"""A real disk that is full: what cannot be recorded is refused, and all goes on once there is room."""

import asyncio
from collections import Counter

import pytest

from certs.audit.inbox import AuditFiles
from certs.home import Home
from gateway.audit.bounds import AuditBounds
from gateway.audit.errors import AuditUnavailableError
from gateway.audit.log import AuditLog
from ror.audit.events import DecisionTaken
from tests.gateway.audit.crash_acts import recorded

BOUNDS = AuditBounds(segment_bytes=65_536, retry_s=0.02, head_s=0.05)
WITHIN_S = 20


def event(number: int) -> DecisionTaken:
    return DecisionTaken(granted=True, transaction="recherche", question=f"q{number}", partner="p" * 63)


async def one(log: AuditLog, number: int) -> bool:
    """Whether it was acknowledged."""
    trail = log.trail()
    try:
        trail.append(event(number))
        await trail.settled()
    except AuditUnavailableError:
        return False
    return True


async def until_recorded(log: AuditLog, numbers: list[int]) -> None:
    """Hand events in, one after the other, until one is acknowledged again."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            numbers.append(max(numbers) + 1)
            if await one(log, numbers[-1]):
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("lack", ["bytes", "inodes"])
async def test_a_full_disk_refuses_service_and_forgets_nothing(small_disk, lack):
    files = AuditFiles(Home(small_disk.root / "home"))
    log = await asyncio.to_thread(AuditLog.open, files, name="passerelle.test", version="1", bounds=BOUNDS)
    numbers, acknowledged = [0], []
    try:
        acknowledged += [number for number in range(1, 50) if await one(log, number)]
        numbers += range(1, 50)
        for _ in range(2):
            await asyncio.to_thread(small_disk.fill if lack == "bytes" else small_disk.use_up_names)
            async with asyncio.timeout(WITHIN_S):
                while log.failure is None:
                    numbers.append(max(numbers) + 1)
                    acknowledged += [numbers[-1]] if await one(log, numbers[-1]) else []
            assert not await one(log, max(numbers))
            assert "space" in log.failure
            small_disk.free()
            await until_recorded(log, numbers)
            acknowledged.append(numbers[-1])
            assert log.failure is None
    finally:
        await asyncio.to_thread(log.close)
    found = recorded(files.folder)
    times = Counter(record.event["question"] for record in found if record.kind == "decision.taken")
    assert {f"q{number}" for number in acknowledged} <= set(times)
    assert set(times.values()) == {1}
    assert [record.kind for record in found].count("log.resumed") == 2
