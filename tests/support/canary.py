"""A gateway that looks at its files as one in service does, and a canary that is let in; no node at all."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from certs.home import Home
from gateway.canary.opening import Listener, four_paths
from gateway.canary.paths import REFUSED
from gateway.canary.paths import Path as WayIn
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from whitelist.demonstration import CANARY

REGION = "84"
UNSURE = REFUSED | {503}
"""Where a gateway cannot tell whether somebody was revoked, it says that it cannot."""


@dataclass(frozen=True)
class Aviary:
    """The gateway, its state folder, and where it listens."""

    home: Home
    gateway: RunningGateway
    listener: Listener

    def paths(self, *, lasting_s: float = 20.0, refusing: frozenset[int] = REFUSED) -> tuple[WayIn, ...]:
        """The canary's four paths."""
        return four_paths(self.home, self.listener, CANARY, REGION, lasting_s=lasting_s, refusing=refusing)


def own_home(of: Home, place: Path) -> Home:
    """A copy of a state folder that the test may change."""
    shutil.copytree(of.root, place)
    return Home(place)


@asynccontextmanager
async def aviary(home: Home, **settings: object) -> AsyncIterator[Aviary]:
    """Run a gateway on ``home``."""
    directory = home.root / "no-nodes.json"
    directory.write_text(json.dumps({}))
    told = GatewaySettings(port=0, directory=directory, drain_s=0.2, **settings)  # type: ignore[arg-type]
    async with running(home, told) as gateway:
        yield Aviary(home, gateway, Listener(host="127.0.0.1", port=gateway.port, server_name="localhost"))
