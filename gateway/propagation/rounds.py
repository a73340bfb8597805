"""Every follower asked again and again, each in a task of its own: at once when there is news, else now and then.

Who is late delays nobody. Who is found behind is asked again soon, until it has caught up or the alarm was given.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from gateway.federation.region_directory import Endpoint
from gateway.propagation.alarm import Alarms
from gateway.propagation.asking import NodeAsker, Silence
from gateway.propagation.follower import FollowerWatch
from ror.audit.events import Event
from whitelist.acknowledgement.checking import (
    Expected,
    GatewayHolder,
    Judge,
    NodeHolder,
    RefusedAcknowledgement,
    check,
)
from whitelist.acknowledgement.folder import AcknowledgementFolder, Followers
from whitelist.acknowledgement.signing import AcknowledgementSigner
from whitelist.acknowledgement.statement import GATEWAY, Acknowledgement
from whitelist.errors import StorageError
from whitelist.in_force import Held
from whitelist.propagation import FollowerState, Standing

_log = structlog.get_logger(__name__)

HURRY_S = 0.25
"""Nodes look at their list about twice a second: asking more often brings nothing sooner."""
_SOON_CURRENT = frozenset({Standing.BEHIND, Standing.DIVERGED})


class Lists(Protocol):
    """What the gateway itself goes by."""

    @property
    def held(self) -> Held | None:
        """The list in force; ``None`` without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: between questions to one follower, and until one that is behind or silent is an alarm."""

    every_s: float
    alarm_after_s: float

    @property
    def silent_after_s(self) -> float:
        """How old the word of a follower in step may be, for whoever reads the folder."""
        return self.every_s + self.alarm_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What asking, checking and keeping needs. ``signer`` is the gateway's own, ``note`` for the audit log."""

    lists: Lists
    directory: Mapping[str, Endpoint]
    asker: NodeAsker
    signer: AcknowledgementSigner
    judge: Judge
    folder: AcknowledgementFolder
    note: Callable[[Event], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Propagation:
    """The state of every follower, the gateway first; ``run`` keeps it up to date."""

    def __init__(self, means: Means, pace: Pace) -> None:
        self._means = means
        self._pace = pace
        self._news = asyncio.Event()
        self._keeping = asyncio.Lock()
        self._alarms = Alarms(means.note)
        self._held = means.lists.held
        self._not_kept: str | None = None
        names: dict[str, str | None] = {GATEWAY: None}
        names |= {ror: endpoint.server_name for ror, endpoint in sorted(means.directory.items())}
        self._watches = tuple(
            FollowerWatch(follower, name, begun_at=means.now(), alarm_after_s=pace.alarm_after_s)
            for follower, name in names.items()
        )

    @property
    def followers(self) -> tuple[FollowerState, ...]:
        """How each stands now, to what the gateway holds."""
        reference, now = self._reference(), self._means.now()
        in_force = reference.in_force if reference is not None else None
        return tuple(watch.state(in_force, now) for watch in self._watches)

    def tell_news(self) -> None:
        """Something new is in force here: ask everybody now. Call it on the loop."""
        reference = self._reference()
        if reference is not None:
            for watch in self._watches:
                watch.compare(reference.in_force, self._means.now())
        self._news.set()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Ask until cancelled."""
        await self._recall()
        await self._keep_followers()
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(self._follow(watch), name=f"propagation-{watch.id}")

    async def _follow(self, watch: FollowerWatch) -> None:
        while True:
            news = self._news
            try:
                await self._ask(watch)
            except Exception:
                # A defect of ours about one follower must not end the watch over it, nor over the others; nor must
                # a follower that knows how to cause it go on counting as in step.
                _log.exception("propagation.failed", follower=watch.id)
                watch.failed(Silence.BROKEN, self._means.now())
                self._look(watch)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s(watch)):
                    await news.wait()

    def _pause_s(self, watch: FollowerWatch) -> float:
        held = self._reference()
        state = watch.state(held.in_force if held is not None else None, self._means.now())
        hurried = state.standing in _SOON_CURRENT and not state.is_alarm
        return min(HURRY_S, self._pace.every_s) if hurried else self._pace.every_s

    async def _ask(self, watch: FollowerWatch) -> None:
        nonce, before = secrets.token_hex(16), watch.entry
        answer = await self._answer(watch, nonce)
        held, now = self._reference(), self._means.now()
        if held is None:
            watch.failed(Silence.NO_LIST, now)
        elif isinstance(answer, Silence):
            watch.failed(answer, now)
        else:
            said = check(answer, self._expected(watch, held, nonce), self._means.judge, now)
            if isinstance(said, RefusedAcknowledgement):
                watch.failed(said.flaw, now)
                _log.warning("propagation.refused", follower=watch.id, flaw=said.flaw.value, detail=said.detail)
            else:
                watch.heard(said, held.in_force, now)
                await self._keep(lambda: self._means.folder.keep(watch.id, answer))
        self._look(watch)
        if watch.entry != before:
            await self._keep_followers()

    def _look(self, watch: FollowerWatch) -> None:
        """Tell what is new about a follower."""
        held, now = self._reference(), self._means.now()
        if held is not None:
            self._alarms.look(watch.state(held.in_force, now), held.in_force.version, now)

    async def _answer(self, watch: FollowerWatch, nonce: str) -> bytes | Silence:
        if watch.id != GATEWAY:
            return await self._means.asker.ask(self._means.directory[watch.id], nonce)
        held = self._means.lists.held
        if held is None:
            return Silence.NO_LIST
        said = Acknowledgement(follower=GATEWAY, in_force=held.in_force, said_at=self._means.now(), nonce=nonce)
        return self._means.signer.sign(said)

    def _expected(self, watch: FollowerWatch, held: Held, nonce: str | None) -> Expected:
        holder = GatewayHolder(held.index) if watch.server_name is None else NodeHolder(watch.server_name)
        return Expected(follower=watch.id, environment=held.in_force.environment, holder=holder, nonce=nonce)

    def _reference(self) -> Held | None:
        """What must be in force: the gateway's list, be it expired since."""
        self._held = self._means.lists.held or self._held
        return self._held

    async def _recall(self) -> None:
        """Know again what was said before this process, so that silence counts from then."""
        held = self._reference()
        if held is None:
            return
        for watch in self._watches:
            try:
                data = await asyncio.to_thread(self._means.folder.read, watch.id)
            except StorageError:
                continue
            if data is not None:
                said = check(data, self._expected(watch, held, None), self._means.judge, self._means.now())
                if isinstance(said, Acknowledgement):
                    watch.recall(said)

    async def _keep_followers(self) -> None:
        async with self._keeping:
            entries = tuple(watch.entry for watch in self._watches)
            followers = Followers(silent_after_s=self._pace.silent_after_s, followers=entries)
            await self._keep(lambda: self._means.folder.keep_followers(followers))

    async def _keep(self, write: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(write)
        except OSError as error:
            trouble = error.strerror or str(error)
            if trouble != self._not_kept:
                self._not_kept = trouble
                _log.error("propagation.not_kept", error=trouble)
        else:
            self._not_kept = None
