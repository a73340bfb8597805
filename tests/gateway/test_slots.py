"""Admission to work: at most so many searches at once, the rest refused early."""

import asyncio

import pytest

from gateway.admission.slots import SearchSlots
from ror.errors import FaultError
from ror.faults import Reason

PARTNER = "samu-rhone"


async def test_a_full_line_is_refused_at_once() -> None:
    slots = SearchSlots(running=1, waiting=0, patience_s=5.0)
    async with slots.slot(PARTNER):
        with pytest.raises(FaultError) as refused:
            async with slots.slot(PARTNER):
                pass

    assert refused.value.fault.reason is Reason.OVERLOADED
    assert refused.value.fault.retry_after_s == 1


async def test_a_waiting_search_runs_when_a_slot_is_free() -> None:
    slots = SearchSlots(running=1, waiting=1, patience_s=5.0)
    order = []

    async def search(name: str) -> None:
        async with slots.slot(PARTNER):
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(search("first"), search("second"))

    assert order == ["first", "second"]


async def test_patience_ends() -> None:
    slots = SearchSlots(running=1, waiting=1, patience_s=0.01)
    async with slots.slot(PARTNER):
        with pytest.raises(FaultError):
            async with slots.slot(PARTNER):
                pass


async def test_a_failed_search_gives_its_slot_back() -> None:
    slots = SearchSlots(running=1, waiting=0, patience_s=1.0)
    with pytest.raises(RuntimeError):
        async with slots.slot(PARTNER):
            raise RuntimeError

    async with slots.slot(PARTNER):
        pass


async def hold(slots: SearchSlots, partner: str, until: asyncio.Event) -> None:
    async with slots.slot(partner):
        await until.wait()


async def test_a_partner_who_floods_does_not_shut_out_the_others() -> None:
    slots, done = SearchSlots(running=8, waiting=64, patience_s=5.0), asyncio.Event()
    flood = [asyncio.create_task(hold(slots, PARTNER, done)) for _ in range(200)]
    await asyncio.sleep(0)

    async with asyncio.timeout(1), slots.slot("portail-public"), slots.slot("coordination-pdl"):
        pass

    done.set()
    refused = [end for end in await asyncio.gather(*flood, return_exceptions=True) if end is not None]
    assert len(refused) == 200 - 8 - 64


async def test_whoever_is_alone_has_as_many_as_one_may_have() -> None:
    slots, done = SearchSlots(running=3, waiting=0, patience_s=5.0), asyncio.Event()
    searches = [asyncio.create_task(hold(slots, PARTNER, done)) for _ in range(4)]
    await asyncio.sleep(0)
    done.set()

    ends = await asyncio.gather(*searches, return_exceptions=True)

    assert [type(end) for end in ends] == [type(None)] * 3 + [FaultError]


async def test_nothing_is_kept_of_partners_who_left() -> None:
    slots = SearchSlots(running=2, waiting=2, patience_s=0.01)
    done = asyncio.Event()
    searches = [asyncio.create_task(hold(slots, f"partner-{number}", done)) for number in range(6)]
    await asyncio.sleep(0.05)
    searches[0].cancel()
    done.set()
    await asyncio.gather(*searches, return_exceptions=True)

    async with asyncio.timeout(1), slots.slot("a"), slots.slot("b"):
        pass
    assert not slots.partners
