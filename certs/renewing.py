"""The asynchronous edge of renewal: look, make ready, let everything that trusts take the same step."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from certs.credentials import Credentials, Renewal
from certs.revocation.source import RevocationSource

_log = structlog.get_logger(__name__)


class Renewer:
    """Keeps credentials up to date, and the revocations of whom they trust. ``taken_up`` hears of each renewal."""

    def __init__(
        self,
        credentials: Credentials,
        revocation: RevocationSource,
        taken_up: Callable[[Renewal], None] = lambda _: None,
    ) -> None:
        self._credentials = credentials
        self._revocation = revocation
        self._taken_up = taken_up
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Read every file again now: for SIGHUP. Call it on the loop."""
        self._hurry.set()

    async def watch(self, interval_s: float) -> None:
        """Look every ``interval_s`` seconds, and whenever told to hurry, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval_s):
                    await self._hurry.wait()
            hurried = self._hurry.is_set()
            self._hurry.clear()
            try:
                await self.look(hurried=hurried)
            except Exception:
                # A defect of ours must not end the looking: an authority taken out later would be trusted for ever.
                _log.exception("certificates.failed")

    async def look(self, *, hurried: bool = False) -> None:
        """Look once.

        Lists of a new authority are read before anybody is judged by it, so that nobody is refused for want of them;
        those of one that is gone are no use to anybody whom it issued a certificate.
        """
        renewal = await asyncio.to_thread(self._credentials.look, hurried=hurried)
        if renewal is None:
            if hurried:
                _log.info("certificates.unchanged")
            return
        if renewal.trust is not self._credentials.trust:
            await asyncio.to_thread(self._revocation.follow, renewal.trust)
        renewal.adopt()
        self._taken_up(renewal)
