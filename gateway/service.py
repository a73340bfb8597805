"""The gateway as a running service: its parts put together, listening, drained when it stops."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

import structlog
from aiohttp import web

import ror
from certs.background import Background
from certs.connections import ConnectionBounds
from certs.credentials import Renewal
from certs.home import Home
from certs.renewing import Renewer
from certs.revocation.fetching import Fetcher
from certs.revocation.source import RevocationSource
from certs.revocation.watching import keep_fetching
from certs.watching import watch
from certs.xml_signing import LeafSigner
from gateway.admission.admission import Admission
from gateway.admission.callers import Callers
from gateway.admission.proxies import read_proxies
from gateway.admission.quota import Quotas
from gateway.admission.slots import SearchSlots
from gateway.audit.handshakes import HandshakeAudit
from gateway.audit.log import DEMONSTRATION_NAME, AuditLog, open_audit
from gateway.audit.node_witnesses import NodeWitnesses
from gateway.audit.receipts import ReceiptDesk
from gateway.audit.witness_keeping import WitnessKeeping
from gateway.audit.witness_keys import remember_witnesses
from gateway.audit.witnesses import WitnessRound
from gateway.canary.opening import Listener
from gateway.canary.rounds import Canary
from gateway.federation.messages import Voice
from gateway.federation.region_client import RegionClient
from gateway.federation.region_directory import Endpoint, read_directory
from gateway.federation.reply import RegionReply
from gateway.propagation.asking import ANSWER_WITHIN_S, NodeAsker
from gateway.propagation.news import Announced
from gateway.propagation.rounds import Means, Pace, Propagation
from gateway.resilience.breakers import GuardedRegions
from gateway.resilience.pulse import Pulse
from gateway.rules import CLIENT_LEAF, SERVER_LEAF, Rules, open_rules
from gateway.search import Asker, Search
from gateway.server.application import application
from gateway.server.bounded import BoundedRunner
from gateway.server.receipts import Receipts
from gateway.server.soap_search import SoapSearch
from gateway.server.sweeping import sweep
from gateway.settings import GatewaySettings
from gateway.telemetry.instruments import Instruments, OnReply
from gateway.telemetry.standing import Standing
from ror.audit.events import ConfigurationChanged
from ror.freshness import Window
from ror.replay import LocalMemory
from whitelist.acknowledgement.folder import AcknowledgementFolder
from whitelist.acknowledgement.signing import AcknowledgementSigner
from whitelist.decision_log import DecisionLog
from whitelist.files import WhitelistFiles
from whitelist.vihf import VihfDoor

_log = structlog.get_logger(__name__)

_HERE = MappingProxyType({"0.0.0.0": "127.0.0.1", "::": "::1"})  # noqa: S104  # nothing is bound by it
"""Where a listener on every address is reached from the same machine."""
_TLS_GOODBYE_S = 2.0
_SWEEP_S = 0.1
"""Longest between two looks for news at open connections; a look without news costs next to nothing."""


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that listens at ``url`` (without a path). ``renew`` reads its certificates again at once.

    ``propagation`` says which list it and every node go by, ``metrics_url`` where the metrics are, if anywhere.
    """

    url: str
    port: int
    propagation: Propagation
    metrics_url: str | None = None
    renew: Callable[[], None] = field(default=lambda: None, compare=False)


@asynccontextmanager
async def running(
    home: Home,
    settings: GatewaySettings,
    *,
    on_reply: Callable[[RegionReply], None] | None = None,
) -> AsyncIterator[RunningGateway]:
    """Run the gateway. Where it cannot start: ``GatewayError``, or the errors of ``certs`` and ``whitelist``."""
    directory = read_directory(settings.directory or home.nodes_directory, here=settings.nodes_may_be_here)
    async with (
        open_audit(home, name=_log_name(settings), version=ror.__version__) as audit,
        contextlib.AsyncExitStack() as stack,
    ):
        rules, instruments = await open_rules(home, audit, settings), Instruments()
        proxies = read_proxies(settings.proxies)
        handshakes = HandshakeAudit(audit.note)
        stack.callback(handshakes.flush)
        client_side = rules.client_side()
        client = RegionClient(directory, client_side)
        stack.push_async_callback(client.close)
        pulse = Pulse()
        guarded = GuardedRegions(client, pulse, slow_s=settings.slow_s) if settings.breakers else None
        admission = Admission(rules.credentials, rules.revocation, rules.whitelist, Quotas())
        callers = Callers(admission, proxies)
        renewer = Renewer(rules.credentials, rules.revocation, lambda renewal: _renewed(renewal, audit))
        slots = SearchSlots(settings.searches, settings.waiting, settings.patience_s)
        regions = _asking(guarded or client, rules, settings, instruments.replies(on_reply))
        decisions, counted = instruments.decisions(DecisionLog(), rules.canary), instruments.counters.searched
        search = SoapSearch(admission, callers, slots, regions, decisions, audit, _vihf_door(settings), counted)
        desk = ReceiptDesk(audit.folder, audit.key)
        stack.callback(desk.close)
        address: list[str] = []
        background = Background()
        app = application(
            search,
            Receipts(admission, callers, audit, desk),
            public_url=lambda: settings.public_url or address[0],
            ready=lambda: audit.failure or rules.trouble or background.failure,
        )
        server_side = rules.server_side(instruments.handshakes(handshakes), settings.head_s)
        runner, port = await _listen(app, settings, server_side, stack)
        address.append(f"https://{settings.host}:{port}")
        asker = NodeAsker(client_side, within_s=ANSWER_WITHIN_S)
        stack.push_async_callback(asker.close)
        propagation = Propagation(_means(home, rules, directory, asker, audit), _pace(settings))
        served = instruments.served(_standing(rules, audit, slots, propagation, guarded), settings)
        metrics_url = await stack.enter_async_context(served)
        watchers = _canary(home, rules, settings, port, instruments)
        watchers |= _watchers(rules, renewer, propagation, settings) | {
            "sweep": sweep(runner, callers.may_stay, rules.news, min(_SWEEP_S, settings.whitelist_poll_s)),
            "warm-up": client.warm(),
            "pulse": pulse.beat(),
            "receipts": desk.keep_up(),
        }
        watchers |= await _witnessed(audit, directory, client_side, settings, stack)
        stack.push_async_callback(background.stop)
        background.start(watchers)
        _log.info("gateway.started", url=address[0], nodes=len(directory), proxies=len(proxies))
        yield RunningGateway(address[0], port, propagation, metrics_url, renewer.hurry)
        _log.info("gateway.stopping")


def _watchers(
    rules: Rules, renewer: Renewer, propagation: Propagation, settings: GatewaySettings
) -> dict[str, Coroutine[None, None, None]]:
    return {
        "whitelist-watch": watch(Announced(rules.lists, propagation.tell_news), settings.whitelist_poll_s),
        "propagation": propagation.run(),
        "revocation-watch": watch(rules.revocation, settings.revocation_poll_s),
        "revocation-audit": rules.revocations.watch(settings.revocation_poll_s),
        "certificates-watch": renewer.watch(settings.certificates_poll_s),
        "revocation-fetch": _fetching(rules.revocation, settings),
    }


async def _witnessed(
    audit: AuditLog,
    directory: Mapping[str, Endpoint],
    tls: ssl.SSLContext,
    settings: GatewaySettings,
    stack: contextlib.AsyncExitStack,
) -> dict[str, Coroutine[None, None, None]]:
    """The nodes co-sign the audit log's heads; a search never waits for it."""
    nodes = await stack.enter_async_context(NodeWitnesses(directory, tls, audit.key))
    await asyncio.to_thread(remember_witnesses, audit.folder, [one.key for one in nodes.all])
    if not settings.witnesses:
        return {}
    round_ = WitnessRound(audit, nodes.all)
    keeping = WitnessKeeping(audit, round_, wanted=settings.witnesses, every_s=settings.witness_s)
    return {"witnesses": keeping.run()}


def _canary(
    home: Home, rules: Rules, settings: GatewaySettings, port: int, instruments: Instruments
) -> dict[str, Coroutine[None, None, None]]:
    """The canary's task, where it is wanted. Raises ``GatewayError`` where it cannot begin."""
    if settings.canary_every_s is None:
        return {}
    names = rules.credentials.identity(SERVER_LEAF).server_names
    host = _HERE.get(settings.host, settings.host)
    listener = Listener(host=host, port=port, server_name=names[0] if names else host)
    canary = Canary(home, rules.whitelist, listener, instruments.canary)
    canary.check()
    return {"canary": canary.run(settings.canary_every_s)}


async def _listen(
    app: web.Application, settings: GatewaySettings, tls: ssl.SSLContext, stack: contextlib.AsyncExitStack
) -> tuple[BoundedRunner, int]:
    bounds = ConnectionBounds(head_s=settings.head_s, idle_s=settings.idle_s)
    runner = BoundedRunner(app, bounds, drain_s=settings.drain_s)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    server = await asyncio.get_running_loop().create_server(
        runner.server,  # type: ignore[arg-type]  # aiohttp's server is the protocol factory
        settings.host,
        settings.port,
        ssl=tls,
        ssl_handshake_timeout=settings.head_s,
        ssl_shutdown_timeout=_TLS_GOODBYE_S,
        backlog=512,
    )
    stack.callback(server.close)
    port: int = server.sockets[0].getsockname()[1]
    return runner, port


def _asking(asker: Asker, rules: Rules, settings: GatewaySettings, on_reply: OnReply) -> Search:
    return Search(asker, _voice(rules, settings), on_reply=on_reply, sea_links=settings.sea_links)


def _standing(
    rules: Rules, audit: AuditLog, slots: SearchSlots, propagation: Propagation, guarded: GuardedRegions | None
) -> Standing:
    return Standing(
        whitelist=rules.whitelist,
        revocation=rules.revocation,
        audit=audit,
        slots=slots,
        followers=lambda: propagation.followers,
        suspended=lambda: guarded.held if guarded is not None else {},
    )


def _voice(rules: Rules, settings: GatewaySettings) -> Voice:
    sign = LeafSigner(lambda: rules.credentials.material(CLIENT_LEAF)) if settings.sign_vihf else None
    return Voice(issuer=rules.own_name, sign=sign)


def _vihf_door(settings: GatewaySettings) -> VihfDoor:
    window = Window(max_age=timedelta(seconds=settings.vihf_max_age_s), skew=timedelta(seconds=settings.vihf_skew_s))
    return VihfDoor(window, LocalMemory())


def _means(home: Home, rules: Rules, directory: Mapping[str, Endpoint], asker: NodeAsker, audit: AuditLog) -> Means:
    return Means(
        lists=rules.whitelist,
        directory=directory,
        asker=asker,
        signer=AcknowledgementSigner(lambda: rules.credentials.material(CLIENT_LEAF)),
        judge=rules.judge,
        folder=AcknowledgementFolder(WhitelistFiles(home).acknowledgements),
        note=audit.note,
    )


def _pace(settings: GatewaySettings) -> Pace:
    return Pace(every_s=settings.propagation_s, alarm_after_s=settings.propagation_alarm_s)


def _renewed(renewal: Renewal, audit: AuditLog) -> None:
    """Record what was taken up. No older connection to a node is used again (``NodeConnector``)."""
    for what, digest in renewal.changed.items():
        audit.note(ConfigurationChanged(setting=f"certificates.{what}", digest=digest))


async def _fetching(revocation: RevocationSource, settings: GatewaySettings) -> None:
    await keep_fetching(
        revocation,
        Fetcher(),
        lists_every_s=settings.revocation_lists_s,
        answers_every_s=settings.revocation_answers_s,
    )


def _log_name(settings: GatewaySettings) -> str:
    """The host in whose name a new audit log signs; a log that exists keeps its own."""
    return (urlsplit(settings.public_url or "").hostname or "").strip("[]") or DEMONSTRATION_NAME
