"""The rounds go on, and nobody counts as in step, whatever one follower brings about in them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from yarl import URL

from certs.home import Home
from gateway.federation.region_directory import Endpoint
from gateway.propagation.asking import NodeAsker, Silence
from gateway.propagation.rounds import Means, Pace, Propagation
from ror.audit.events import Event, FollowerBehind
from tests.support.acknowledgements import Followers, acknowledgement
from whitelist.acknowledgement.folder import AcknowledgementFolder
from whitelist.acknowledgement.signing import AcknowledgementSigner
from whitelist.propagation import FollowerState, Standing
from whitelist.source import WhitelistSource

WITHIN_S = 10.0
ARA = Endpoint(URL("https://127.0.0.1:1"), "ror-ara.demo.inter-ror.fr")


class Node:
    """A node in step, until it is told what else to bring about."""

    def __init__(self, followers: Followers, lists: WhitelistSource) -> None:
        self._followers, self._lists = followers, lists
        self.trouble: Exception | None = None

    async def ask(self, _: Endpoint, nonce: str) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        assert self._lists.held is not None
        said = acknowledgement(in_force=self._lists.held.in_force, said_at=datetime.now(UTC))
        return self._followers.sign("node-ara", replace(said, nonce=nonce))


async def until(propagation: Propagation, holds: Callable[[FollowerState], bool]) -> FollowerState:
    """The state of ara once that holds."""
    give_up = time.monotonic() + WITHIN_S
    while time.monotonic() < give_up:
        state = next(one for one in propagation.followers if one.follower == "ara")
        if holds(state):
            return state
        await asyncio.sleep(0.01)
    raise AssertionError(state)


@pytest.mark.parametrize("trouble", [OverflowError("date value out of range"), RuntimeError("a defect of ours")])
async def test_a_follower_that_makes_us_fail_is_silent_and_an_alarm(
    pki_home: Home, tmp_path: Path, trouble: Exception
) -> None:
    lists, followers, noted = WhitelistSource.of_home(pki_home), Followers(pki_home), list[Event]()
    lists.refresh()
    node = Node(followers, lists)
    means = Means(
        lists=lists,
        directory={"ara": ARA},
        asker=cast(NodeAsker, node),
        signer=AcknowledgementSigner(lambda: followers.material("gateway-client")),
        judge=followers.judge(),
        folder=AcknowledgementFolder(tmp_path / "acknowledgements"),
        note=noted.append,
    )
    propagation = Propagation(means, Pace(every_s=0.02, alarm_after_s=0.2))
    task = asyncio.create_task(propagation.run())
    try:
        await until(propagation, lambda state: state.is_current)
        node.trouble = trouble
        found = await until(propagation, lambda state: state.is_alarm)
        assert (found.standing, found.flaw) == (Standing.SILENT, Silence.BROKEN)
        assert [one.follower for one in noted if isinstance(one, FollowerBehind)] == ["ara"]
        node.trouble = None
        await until(propagation, lambda state: state.is_current)
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
