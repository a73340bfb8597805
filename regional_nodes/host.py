"""All nodes in one process, on loopback: started together, stopped and broken one by one, drained at the end."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog

from certs.errors import CertsError
from certs.handshakes import HandshakeFailure
from certs.home import Home
from certs.revocation.source import RevocationSource
from certs.tls import server_context
from certs.trust import Trust, load_trust
from regional_nodes.directory import DEFAULT_BASE_PORT, Address, address_of, forget_directory, write_directory
from regional_nodes.errors import FaultSyntaxError, HostError
from regional_nodes.habits import HABITS
from regional_nodes.server import Node, NodeParts, is_down
from regional_nodes.serving.admission import Admission
from regional_nodes.serving.connections import BoundedServer, Bounds
from regional_nodes.serving.fault_plan import plan_path, read_plan
from regional_nodes.serving.faults import NodeFault
from regional_nodes.serving.warming import read_tables
from regional_nodes.store.opening import Store
from ror.territory import RORS
from whitelist.errors import WhitelistError
from whitelist.source import WhitelistSource

_log = structlog.get_logger(__name__)

_SEARCH_THREADS = 2
_BACKLOG = 512
_POSITIONS = {ror.id: position for position, ror in enumerate(RORS)}
"""A node keeps its port whether it is started alone or with all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """Where to listen (port 0: any free one), how often to look at list and faults, how long to drain (seconds)."""

    host: str = "127.0.0.1"
    base_port: int = DEFAULT_BASE_PORT
    poll_s: float = 0.5
    drain_s: float = 10.0
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(slots=True, kw_only=True)
class _Running:
    """One node with its server; ``listener`` is ``None`` while it is stopped, ``port`` stays."""

    node: Node
    server: BoundedServer
    store: Store
    context: ssl.SSLContext
    port: int
    listener: asyncio.Server | None = None


class NodeHost:
    """Runs nodes for the time of an ``async with`` block; inside it every one of them listens.

    Raises on entry:
        HostError: port taken, certificate or whitelist missing.
        StoreError: a node's database is missing, damaged or of another format.
    """

    def __init__(
        self,
        home: Home,
        rors: Sequence[str] | None = None,
        settings: HostSettings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._home = home
        self._rors = tuple(ror.id for ror in RORS) if rors is None else tuple(rors)
        self._settings = settings or HostSettings()
        self._now = now
        self._running: dict[str, _Running] = {}
        self._stack = contextlib.AsyncExitStack()
        self._plan: dict[str, NodeFault] = {}
        self._change = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await self._start_all(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def rors(self) -> tuple[str, ...]:
        """The RORs whose nodes this host runs."""
        return self._rors

    def url(self, ror: str) -> str:
        """Where the node of ``ror`` listens, or did before it was stopped."""
        return self._address(ror).url

    def fault(self, ror: str) -> NodeFault | None:
        """The fault that the node of ``ror`` has, if any."""
        return self._running[ror].node.fault

    async def stop(self, ror: str) -> None:
        """Kill a node: no new connections, the open ones cut in the middle of whatever they do."""
        async with self._change:
            await self._stop(self._running[ror])

    async def start(self, ror: str) -> None:
        """Start a stopped node again, at its old port. One that runs is left alone."""
        async with self._change:
            await self._start(self._running[ror])

    async def set_fault(self, ror: str, fault: NodeFault | None) -> None:
        """Give a node a fault, or mend it with ``None``."""
        async with self._change:
            running = self._running[ror]
            was_down = is_down(running.node.fault)
            running.node.fault = fault
            if is_down(fault):
                await self._stop(running)
            elif was_down:
                await self._start(running)
        _log.info("node.fault_set", ror=ror, fault=str(fault) if fault is not None else None)

    async def _start_all(self, stack: contextlib.AsyncExitStack) -> None:
        trust, revocation, whitelist = await asyncio.to_thread(self._read_trust_material)
        await asyncio.to_thread(read_tables)
        admission = Admission(trust, revocation, whitelist, self._now)
        executor = ThreadPoolExecutor(_SEARCH_THREADS, thread_name_prefix="node-search")
        stack.callback(executor.shutdown, wait=True)
        for ror in self._rors:
            running = await self._prepare(ror, admission, executor)
            stack.callback(running.store.close)
            self._running[ror] = running
        stack.push_async_callback(self._drain)
        for running in self._running.values():
            await self._start(running)
        addresses = {ror: self._address(ror) for ror in self._rors}
        written = await asyncio.to_thread(write_directory, self._home, addresses)
        stack.push_async_callback(asyncio.to_thread, forget_directory, self._home, written)
        watcher = asyncio.create_task(self._watch(revocation, whitelist), name="node-host-watch")
        stack.push_async_callback(_cancelled, watcher)
        _log.info("nodes.started", nodes=len(self._rors))

    def _read_trust_material(self) -> tuple[Trust, RevocationSource, WhitelistSource]:
        try:
            whitelist = WhitelistSource.of_home(self._home, self._now)
            whitelist.refresh()
            self._plan = {}
            plan_path(self._home).unlink(missing_ok=True)
            trust = load_trust(self._home.trust)
            revocation = RevocationSource.of_home(self._home, trust, self._now)
            revocation.refresh()
        except (CertsError, WhitelistError, OSError) as error:
            raise HostError(f"the nodes cannot start: {error}") from error
        return trust, revocation, whitelist

    async def _prepare(self, ror: str, admission: Admission, executor: ThreadPoolExecutor) -> _Running:
        settings = self._settings
        context = await asyncio.to_thread(self._context, ror)
        store = await asyncio.to_thread(Store, self._home.node_store(ror))
        if store.meta.ror != ror:
            store.close()
            raise HostError(f"{store.path} holds the data of {store.meta.ror}, not of {ror}")
        parts = NodeParts(
            habits=HABITS[ror],
            store=store,
            admission=admission,
            executor=executor,
            url=lambda: self.url(ror),
            now=self._now,
            bounds=settings.bounds,
        )
        node = Node(parts)
        return _Running(
            node=node,
            server=BoundedServer(node.handle, settings.bounds),
            store=store,
            context=context,
            port=settings.base_port + _POSITIONS[ror] if settings.base_port else 0,
        )

    def _context(self, ror: str) -> ssl.SSLContext:
        leaf = self._home.leaf(f"node-{ror}")

        def audit(failure: HandshakeFailure) -> None:
            _log.info(
                "handshake.refused",
                ror=ror,
                problem=failure.problem.value,
                reason=failure.reason.slug if failure.reason is not None else None,
            )

        try:
            return server_context(
                leaf.chain, leaf.key, self._home.trust, client_certificate="optional", on_failure=audit
            )
        except CertsError as error:
            raise HostError(f"the node {ror} has no usable certificate: {error}") from error

    async def _start(self, running: _Running) -> None:
        if running.listener is not None:
            return
        bounds = self._settings.bounds
        try:
            running.listener = await asyncio.get_running_loop().create_server(
                running.server,
                self._settings.host,
                running.port,
                ssl=running.context,
                ssl_handshake_timeout=bounds.head_s,
                ssl_shutdown_timeout=1.0,
                backlog=_BACKLOG,
                reuse_address=True,
            )
        except OSError as error:
            raise HostError(f"port {running.port} cannot be listened on: {error.strerror or error}") from error
        running.port = running.listener.sockets[0].getsockname()[1]

    async def _stop(self, running: _Running) -> None:
        if running.listener is not None:
            running.listener.close()
            running.listener = None
        running.node.release()
        running.server.drop_all()
        await asyncio.sleep(0)

    async def _drain(self) -> None:
        """No new connections; what is being answered is finished, within ``drain_s``."""
        for running in self._running.values():
            if running.listener is not None:
                running.listener.close()
                running.listener = None
            running.node.fault = None
        await asyncio.gather(*(running.server.shutdown(self._settings.drain_s) for running in self._running.values()))
        _log.info("nodes.stopped", nodes=len(self._running))

    async def _watch(self, revocation: RevocationSource, whitelist: WhitelistSource) -> None:
        """Look at the revocation lists, the whitelist and at the plan of faults, again and again."""
        while True:
            await asyncio.sleep(self._settings.poll_s)
            await asyncio.to_thread(whitelist.refresh)
            await asyncio.to_thread(revocation.refresh)
            try:
                plan = await asyncio.to_thread(read_plan, plan_path(self._home))
            except FaultSyntaxError as error:
                _log.warning("faults.unreadable", error=str(error))
                continue
            before, self._plan = self._plan, plan
            for ror in sorted(before.keys() | plan.keys()):
                if before.get(ror) != plan.get(ror) and ror in self._running:
                    await self._try_fault(ror, plan.get(ror))

    async def _try_fault(self, ror: str, fault: NodeFault | None) -> None:
        try:
            await self.set_fault(ror, fault)
        except HostError as error:
            _log.error("node.not_mended", ror=ror, error=str(error))

    def _address(self, ror: str) -> Address:
        return address_of(ror, self._settings.host, self._running[ror].port)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
