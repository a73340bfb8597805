"""Admission to work: at most so many searches at once, the rest refused early."""

import asyncio

import pytest

from gateway.admission.slots import SearchSlots
from ror.errors import FaultError
from ror.faults import Reason


async def test_a_full_line_is_refused_at_once() -> None:
    slots = SearchSlots(running=1, waiting=0, patience_s=5.0)
    async with slots.slot():
        with pytest.raises(FaultError) as refused:
            async with slots.slot():
                pass

    assert refused.value.fault.reason is Reason.OVERLOADED
    assert refused.value.fault.retry_after_s == 1


async def test_a_waiting_search_runs_when_a_slot_is_free() -> None:
    slots = SearchSlots(running=1, waiting=1, patience_s=5.0)
    order = []

    async def search(name: str) -> None:
        async with slots.slot():
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(search("first"), search("second"))

    assert order == ["first", "second"]


async def test_patience_ends() -> None:
    slots = SearchSlots(running=1, waiting=1, patience_s=0.01)
    async with slots.slot():
        with pytest.raises(FaultError):
            async with slots.slot():
                pass


async def test_a_failed_search_gives_its_slot_back() -> None:
    slots = SearchSlots(running=1, waiting=0, patience_s=1.0)
    with pytest.raises(RuntimeError):
        async with slots.slot():
            raise RuntimeError

    async with slots.slot():
        pass
