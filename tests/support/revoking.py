"""The ways by which officers and authorities revoke, each with its way back, and delays taken many times."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from certs.demonstration_revocation import publisher_of
from certs.home import Home
from certs.identity import identity_from_pem
from certs.private_files import write_private
from certs.revocation.publishing import lift, revoke
from certs.revocation.revoked import RevocationReason
from gateway.canary.line import NoAnswerError
from gateway.canary.measuring import first_shut, timed
from gateway.canary.paths import PathName
from tests.support.canary import Aviary
from whitelist import office
from whitelist.demonstration import CANARY
from whitelist.files import WhitelistFiles, read_trust
from whitelist.stop_folder import keep_stop
from whitelist.stops import Stop, StopKind, sign_stop

BOUND_S = 5.0
_HELD = timedelta(seconds=3)


class Channel(Protocol):
    """One way. All of it blocks; only ``bring`` is timed: it puts one file in its place."""

    def prepare(self) -> None:
        """Do at the desk what shuts the canary out."""

    def bring(self) -> None:
        """Bring it to the gateway."""

    def restore(self) -> None:
        """Let the canary in again, or leave that to time."""


class ByList:
    """The officers publish at their desk a list that suspends it, then one that does not."""

    def __init__(self, home: Home, desk: Home) -> None:
        self._gateways, self._desks = WhitelistFiles(home), WhitelistFiles(desk)
        self._keys = office.keys_here(self._desks, read_trust(self._desks))

    def prepare(self) -> None:
        office.publish_changed(self._desks, self._keys, _now(), lambda draft: draft.with_suspended(CANARY, "essai"))

    def bring(self) -> None:
        write_private(self._gateways.published, self._desks.published.read_bytes())

    def restore(self) -> None:
        office.publish_changed(self._desks, self._keys, _now(), lambda draft: draft.with_resumed(CANARY, "essai"))
        self.bring()


class ByStop:
    """One officer stops it for seconds, which is up to the file: the command only knows hours."""

    def __init__(self, home: Home, desk: Home) -> None:
        self._gateways, files = WhitelistFiles(home), WhitelistFiles(desk)
        self._trust = read_trust(files)
        self._key = office.keys_here(files, self._trust)[0]
        self._signed = b""

    def prepare(self) -> None:
        stop = Stop(
            environment=self._trust.environment,
            partner=CANARY,
            kind=StopKind.REVOKE,
            officer=self._key.officer.name,
            reason="essai",
            issued_at=_now(),
            until=_now() + _HELD,
        )
        self._signed = sign_stop(stop, self._key)

    def bring(self) -> None:
        keep_stop(self._gateways.stops, self._signed)

    def restore(self) -> None:
        """It ends by itself."""


class ByCertificate:
    """The authority publishes a list on which its certificate is on hold, then one on which it is not."""

    def __init__(self, home: Home, desk: Home) -> None:
        self._publisher = publisher_of(desk, "organisations")
        self._serial = identity_from_pem(home.leaf(f"partner-{CANARY}").certificate.read_bytes()).serial
        self._lists = [of.revocation_list("organisations") for of in (desk, home)]

    def prepare(self) -> None:
        revoke(self._publisher, self._serial, RevocationReason.HOLD, at=datetime.now(UTC))

    def bring(self) -> None:
        published, taken_up = self._lists
        write_private(taken_up, published.read_bytes())

    def restore(self) -> None:
        lift(self._publisher, self._serial, at=datetime.now(UTC))
        self.bring()


CHANNELS = {"list": ByList, "stop": ByStop, "crl": ByCertificate}


async def revoked_once(nest: Aviary, channel: Channel) -> dict[PathName, float]:
    """Let in by every path, revoked, refused by every path, restored, let in again: the delay by each path."""
    paths = nest.paths(lasting_s=2 * BOUND_S)
    try:
        assert await first_shut(paths) is None
        await asyncio.to_thread(channel.prepare)
        delays = await timed(paths, lambda: asyncio.to_thread(channel.bring), BOUND_S)
    finally:
        for path in paths:
            path.close()
    await asyncio.to_thread(channel.restore)
    async with asyncio.timeout(2 * BOUND_S):
        while not await _let_in(nest):
            await asyncio.sleep(0.05)
    assert None not in delays.values(), delays
    return {path: delay_s for path, delay_s in delays.items() if delay_s is not None}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000 * len(ordered)) // 1000) - 1))]


async def _let_in(nest: Aviary) -> bool:
    try:
        return await nest.paths()[0].admitted()
    except NoAnswerError:
        return False


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
