"""The gateway's instruments together: one registry, made with the gateway and gone with it."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, ProcessCollector

from certs.handshakes import FailureCallback, HandshakeFailure
from gateway.canary.figures import CanaryFigures
from gateway.federation.reply import RegionReply
from gateway.settings import GatewaySettings
from gateway.telemetry.counting import PREFIX, Counters
from gateway.telemetry.decisions import CountedDecisions
from gateway.telemetry.listener import metrics_served
from gateway.telemetry.standing import Standing
from whitelist.decision_log import DecisionSink

OnReply = Callable[[RegionReply], None]


class Instruments:
    """Counts from the start, whether anybody asks or not."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.counters = Counters(self.registry)
        self.canary = CanaryFigures(self.registry)
        ProcessCollector(namespace=PREFIX, registry=self.registry)

    def replies(self, on_reply: OnReply | None) -> OnReply:
        """A callback that counts a region's part and hands it on."""
        if on_reply is None:
            return self.counters.replied

        def counted(reply: RegionReply) -> None:
            self.counters.replied(reply)
            on_reply(reply)

        return counted

    def handshakes(self, on_failure: FailureCallback) -> FailureCallback:
        """A callback that counts a failed handshake and hands it on."""

        def counted(failure: HandshakeFailure) -> None:
            self.counters.handshake_failed(failure)
            on_failure(failure)

        return counted

    def decisions(self, sink: DecisionSink, canary: Callable[[], str | None]) -> DecisionSink:
        """A sink that counts a decision and hands it on; ``canary`` is whom to leave out."""
        return CountedDecisions(sink, self.counters, canary)

    @asynccontextmanager
    async def served(self, standing: Standing, settings: GatewaySettings) -> AsyncIterator[str | None]:
        """Serve the page with how the gateway stands; nothing without a port. Raises ``OSError``."""
        self.registry.register(standing)
        async with contextlib.AsyncExitStack() as stack:
            url = None
            if settings.metrics_port is not None:
                listener = metrics_served(self.registry, settings.metrics_host, settings.metrics_port)
                url = await stack.enter_async_context(listener)
            yield url
