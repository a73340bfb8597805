"""The page of metrics, on a listener of its own: plain HTTP, for the monitoring system on the same machine."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ror.soap.over_http import SERVER

PATH = "/metrics"
_log = structlog.get_logger(__name__)


class WithoutCreated(Collector):
    """The same metrics without the time at which each counter began, which nobody asks for and doubles the page."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        """Every metric."""
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


@asynccontextmanager
async def metrics_served(registry: CollectorRegistry, host: str, port: int) -> AsyncIterator[str]:
    """Serve ``registry`` at the address that is given back. Raises ``OSError`` where the port is taken."""
    page = WithoutCreated(registry)

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(page), headers={"Content-Type": content_type, "Server": SERVER})

    app = web.Application(client_max_size=0)
    app.router.add_get(PATH, metrics)
    async with contextlib.AsyncExitStack() as stack:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=60.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, host, port)
        await site.start()
        taken: int = runner.addresses[0][1]
        url = f"http://{f'[{host}]' if ':' in host else host}:{taken}{PATH}"
        _log.info("metrics.served", url=url)
        yield url
