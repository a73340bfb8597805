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

from certs.background import Background
from certs.credentials import Credentials
from certs.errors import CertsError
from certs.handshakes import HandshakeFailure
from certs.hearing import Hearing
from certs.home import Home
from certs.profiles import Purpose
from certs.renewing import Renewer
from certs.revocation.source import RevocationSource
from regional_nodes.directory import DEFAULT_BASE_PORT, Address, address_of, forget_directory, write_directory
from regional_nodes.errors import FaultSyntaxError, HostError
from regional_nodes.habits import HABITS
from regional_nodes.server import Node, NodeParts, is_down, keeps_its_list
from regional_nodes.serving.acknowledging import Acknowledging
from regional_nodes.serving.admission import Admission
from regional_nodes.serving.connections import BoundedServer, Bounds
from regional_nodes.serving.fault_plan import plan_path, read_plan
from regional_nodes.serving.faults import NodeFault
from regional_nodes.serving.held_list import HeldList
from regional_nodes.serving.warming import read_tables
from regional_nodes.store.opening import Store
from regional_nodes.witness.desk import WitnessDesk
from regional_nodes.witness.opening import open_witness
from ror import namespaces
from ror.audit import witnessing
from ror.freshness import Window
from ror.replay import LocalMemory
from ror.territory import RORS
from whitelist.acknowledgement.signing import AcknowledgementSigner
from whitelist.errors import WhitelistError
from whitelist.source import WhitelistSource
from whitelist.vihf import VihfDoor

_log = structlog.get_logger(__name__)

_SEARCH_THREADS = 2
_BACKLOG = 512
_POSITIONS = {ror.id: position for position, ror in enumerate(RORS)}
"""A node keeps its port whether it is started alone or with all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """Where to listen (port 0: any free one), how often to look at list and faults, for how long list, stops and
    revocation lists may go unread until nobody is let in, how long to drain (seconds), and how old a VIHF may be.
    """

    host: str = "127.0.0.1"
    base_port: int = DEFAULT_BASE_PORT
    poll_s: float = 0.5
    unheard_s: float = 4.0
    drain_s: float = 10.0
    bounds: Bounds = field(default_factory=Bounds)
    window: Window = field(default_factory=Window)


@dataclass(slots=True, kw_only=True)
class _Running:
    """One node with its server; ``listener`` is ``None`` while it is stopped, ``port`` stays; ``witness`` is its
    key.
    """

    node: Node
    held_list: HeldList
    server: BoundedServer
    store: Store
    context: ssl.SSLContext
    port: int
    witness: str | None
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
        self._renewer: Renewer | None = None

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

    def renew(self) -> None:
        """Read the certificates and the authorities again at once, not only when their files change."""
        if self._renewer is not None:
            self._renewer.hurry()

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
            running.held_list.is_stale = keeps_its_list(fault)
            running.held_list.follow()
            if is_down(fault):
                await self._stop(running)
            elif was_down:
                await self._start(running)
        _log.info("node.fault_set", ror=ror, fault=str(fault) if fault is not None else None)

    async def _start_all(self, stack: contextlib.AsyncExitStack) -> None:
        credentials, revocation, whitelist = await asyncio.to_thread(self._read_trust_material)
        await asyncio.to_thread(read_tables)
        executor = ThreadPoolExecutor(_SEARCH_THREADS, thread_name_prefix="node-search")
        stack.callback(executor.shutdown, wait=True)
        for ror in self._rors:
            held_list = HeldList(whitelist, self._now)
            held_list.follow()
            admission = Admission(credentials, revocation, held_list, self._now)
            running = await self._prepare(ror, credentials, held_list, admission, executor)
            stack.callback(running.store.close)
            self._running[ror] = running
        stack.push_async_callback(self._drain)
        for look in (whitelist.refresh, revocation.refresh):
            await asyncio.to_thread(look)  # opening the stores may have taken longer than is forgiven
        for running in self._running.values():
            await self._start(running)
        addresses = {ror: self._address(ror) for ror in self._rors}
        written = await asyncio.to_thread(write_directory, self._home, addresses)
        stack.push_async_callback(asyncio.to_thread, forget_directory, self._home, written)
        self._renewer = Renewer(credentials, revocation)
        background = Background()
        stack.push_async_callback(background.stop)
        background.start(
            {
                "node-host-watch": self._watch(revocation, whitelist),
                "node-certificates-watch": self._renewer.watch(self._settings.poll_s),
            }
        )
        _log.info("nodes.started", nodes=len(self._rors))

    def _read_trust_material(self) -> tuple[Credentials, RevocationSource, WhitelistSource]:
        try:
            unheard_s = self._settings.unheard_s
            whitelist = WhitelistSource.of_home(self._home, self._now, Hearing(unheard_s))
            whitelist.refresh()
            self._plan = {}
            plan_path(self._home).unlink(missing_ok=True)
            purposes = {f"node-{ror}": Purpose.SERVER for ror in self._rors}
            credentials = Credentials(self._home, purposes, self._now)
            revocation = RevocationSource.of_home(self._home, credentials.trust, self._now, Hearing(unheard_s))
            revocation.refresh()
        except (CertsError, WhitelistError, OSError) as error:
            raise HostError(f"the nodes cannot start: {error}") from error
        return credentials, revocation, whitelist

    async def _prepare(
        self,
        ror: str,
        credentials: Credentials,
        held_list: HeldList,
        admission: Admission,
        executor: ThreadPoolExecutor,
    ) -> _Running:
        settings = self._settings
        context = await asyncio.to_thread(_context, ror, credentials, settings.bounds.head_s)
        signer = AcknowledgementSigner(lambda: credentials.material(f"node-{ror}"))
        acknowledging = Acknowledging(ror, held_list, signer, admission, self._now)
        witness = await asyncio.to_thread(open_witness, self._home, ror)
        desk = WitnessDesk(ror, witness, admission, settings.bounds, self._now)
        store = await asyncio.to_thread(Store, self._home.node_store(ror))
        if store.meta.ror != ror:
            store.close()
            raise HostError(f"{store.path} holds the data of {store.meta.ror}, not of {ror}")
        parts = NodeParts(
            habits=HABITS[ror],
            store=store,
            admission=admission,
            vihf=VihfDoor(settings.window, LocalMemory()),
            executor=executor,
            url=lambda: self.url(ror),
            now=self._now,
            bounds=settings.bounds,
            services={namespaces.PATH_LIST: acknowledging.answer, witnessing.PATH: desk.answer},
        )
        node = Node(parts)
        return _Running(
            node=node,
            held_list=held_list,
            server=BoundedServer(node.handle, settings.bounds),
            store=store,
            context=context,
            port=settings.base_port + _POSITIONS[ror] if settings.base_port else 0,
            witness=witness.key.text if witness is not None else None,
        )

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
            for running in self._running.values():
                running.held_list.follow()
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
        running = self._running[ror]
        return address_of(ror, self._settings.host, running.port, running.witness)


def _context(ror: str, credentials: Credentials, handshake_s: float) -> ssl.SSLContext:
    def audit(failure: HandshakeFailure) -> None:
        _log.info(
            "handshake.refused",
            ror=ror,
            problem=failure.problem.value,
            reason=failure.reason.slug if failure.reason is not None else None,
        )

    try:
        return credentials.server_context(
            f"node-{ror}", client_certificate="optional", on_failure=audit, handshake_s=handshake_s
        )
    except CertsError as error:
        raise HostError(f"the node {ror} has no usable certificate: {error}") from error
