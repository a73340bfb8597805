"""TLS sessions and protocols: nothing proven once counts again, and nothing weaker than agreed is spoken.

The controls make the same attempt against a server that is lenient in that one thing, and there it succeeds.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec

from certs.demonstration_revocation import publisher_of
from certs.handshakes import HandshakeHooks
from certs.home import Home, LeafFiles
from certs.identity import identity_from_pem
from certs.revocation.publishing import revoke
from certs.revocation.revoked import RevocationReason
from certs.tls import ServerContext
from gateway.admission import admission
from regional_nodes.habits import HABITS
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.store.loading import build_store
from ror.audit.events import Kind
from tests.regional_nodes.hand_made import TreeFactory, recipe_for
from tests.support.attacked import (
    PARTNER,
    Attacked,
    Outcome,
    attacked,
    copied,
    plain_question,
    publish,
    reckless,
    request,
    say,
)
from tests.support.openssl import borrow_session, s_client, s_server
from tests.support.scripted_node import answering

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOLDERS = 12
TICKET, CERTIFICATE_REQUEST = "NEWSESSION_TICKET", "CERTIFICATE_REQUEST"


@dataclass(frozen=True)
class Holder:
    """A partner of a test's own, to be revoked, outlived or struck off."""

    id: str
    leaf: LeafFiles


@dataclass
class Servers:
    """The gateway as it is, one that resumes whatever it can, and partners known to both."""

    gateway: Attacked
    lenient: Attacked
    holders: Iterator[Holder]

    def context(self, leaf: LeafFiles, mechanism: "Mechanism") -> ssl.SSLContext:
        context = reckless(self.gateway.home.trust, leaf)
        mechanism(context)
        return context


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    home = copied(pki_home, tmp_path_factory.mktemp("sessions") / "home")
    maker = Attacked(home, None, b"")  # type: ignore[arg-type]  # for its certificates only
    holders = []
    for number in range(HOLDERS):
        leaf = maker.leaf(
            key=ec.generate_private_key(ec.SECP256R1()), not_after=datetime.now(UTC) + timedelta(hours=1)
        )
        holders.append(Holder(f"porteur-{number}", leaf))
    publish(home, lambda draft: with_holders(draft, holders))
    other = copied(home, tmp_path_factory.mktemp("lenient") / "home", without=("audit", "nodes", "attackers"))
    answer, question = answering((golden / "g1_answer.xml").read_bytes()), plain_question(golden)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(attacked(home, answer, question))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ServerContext, "_configure", leniently(ServerContext._configure))
            lenient = await stack.enter_async_context(attacked(other, answer, question))
        yield Servers(gateway, lenient, iter(holders))


def with_holders(draft, holders):
    partner = draft.partner(PARTNER)
    for holder in holders:
        spki = identity_from_pem(holder.leaf.certificate.read_bytes()).spki
        draft = draft.with_partner(replace(partner, id=holder.id, spki=spki))
    return draft


def leniently(configure: Callable[..., None]) -> Callable[..., None]:
    """Configures a server's context as ever, and then takes away what forbids a session to be resumed."""

    def lenient(self: ServerContext, context: ssl.SSLContext, *rest: object) -> None:
        configure(self, context, *rest)
        context.options &= ~ssl.OP_NO_TICKET
        context.num_tickets = 2
        kind = context.sslobject_class
        hooks = HandshakeHooks(kind.hooks.on_failure)
        context.sslobject_class = type("Lenient", (kind,), {"session_reused": False, "hooks": hooks})

    return lenient


# Resumption


Mechanism = Callable[[ssl.SSLContext], None]


def session_id(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET


def ticket(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2


def psk(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3


End = Callable[[Attacked, Holder, pytest.MonkeyPatch], str]


def revoked(target: Attacked, holder: Holder, _: pytest.MonkeyPatch) -> str:
    serial = identity_from_pem(holder.leaf.certificate.read_bytes()).serial
    publisher = publisher_of(target.home, "organisations")
    revoke(publisher, serial, RevocationReason.KEY_COMPROMISE, at=datetime.now(UTC))
    return "certificate.revoked"


def expired(_target: Attacked, _holder: Holder, patch: pytest.MonkeyPatch) -> str:
    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=2)

    patch.setattr(admission, "datetime", Later)
    return "certificate.expired"


def struck_off(target: Attacked, holder: Holder, _: pytest.MonkeyPatch) -> str:
    publish(target.home, lambda draft: draft.with_revoked(holder.id, "fin"))
    return "partner.revoked"


async def ended(target: Attacked, holder: Holder, end: End, patch: pytest.MonkeyPatch) -> str:
    """End a holder's right and wait until a full handshake brings a refusal; its slug."""
    slug = end(target, holder, patch)
    async with asyncio.timeout(10):
        while (await target.attempt(holder.leaf)).slug != slug:
            await asyncio.sleep(0.01)
    return slug


async def assert_nothing_is_resumed(
    servers: Servers, mechanism: Mechanism, end: End, patch: pytest.MonkeyPatch
) -> None:
    """Neither the session that the gateway gave, nor one that a lenient server of the same name would take up."""
    holder = next(servers.holders)
    context = servers.context(holder.leaf, mechanism)
    sessions = []
    for server in (servers.gateway, servers.lenient):
        outcome = await server.attempt(context)
        assert outcome.status == 200
        sessions.append(outcome.session)
    slug = await ended(servers.gateway, holder, end, patch)

    for session in sessions:
        again = await servers.gateway.attempt(context, session=session)
        assert not again.reused
        assert again.slug == slug
        [decision] = again.events(Kind.DECISION)
        assert (decision["granted"], decision["reason"]) == (False, slug)


async def test_a_session_id_after_a_revocation(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, session_id, revoked, monkeypatch)


async def test_a_session_id_after_the_expiry(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, session_id, expired, monkeypatch)


async def test_a_session_id_after_the_entry_is_struck_off(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, session_id, struck_off, monkeypatch)


async def test_a_ticket_after_a_revocation(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, ticket, revoked, monkeypatch)


async def test_a_ticket_after_the_expiry(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, ticket, expired, monkeypatch)


async def test_a_ticket_after_the_entry_is_struck_off(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, ticket, struck_off, monkeypatch)


async def test_a_psk_after_a_revocation(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, psk, revoked, monkeypatch)


async def test_a_psk_after_the_expiry(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, psk, expired, monkeypatch)


async def test_a_psk_after_the_entry_is_struck_off(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    await assert_nothing_is_resumed(servers, psk, struck_off, monkeypatch)


@pytest.mark.parametrize("mechanism", [session_id, ticket, psk])
async def test_the_control_a_lenient_server_resumes_it(servers: Servers, mechanism: Mechanism) -> None:
    context = servers.context(servers.lenient.leaf(), mechanism)
    first = await servers.lenient.attempt(context)

    again = await servers.lenient.attempt(context, session=first.session)

    assert (first.reused, again.reused, again.status) == (False, True, 200)


@pytest.mark.parametrize("end", [revoked, expired, struck_off])
async def test_even_where_a_session_is_resumed_its_holder_is_judged_anew(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, end: End
) -> None:
    holder = next(servers.holders)
    context = servers.context(holder.leaf, psk)
    first = await servers.lenient.attempt(context)
    slug = await ended(servers.lenient, holder, end, monkeypatch)

    again = await servers.lenient.attempt(context, session=first.session)

    assert (again.reused, again.slug) == (True, slug)


# Tickets, and other listeners


async def test_no_ticket_is_ever_given_so_that_there_is_no_ticket_key_to_share(servers: Servers) -> None:
    for mechanism in (ticket, psk):
        context, seen = listening(servers.context(servers.gateway.leaf(), mechanism))
        assert (await servers.gateway.attempt(context)).status == 200
        assert TICKET not in seen


async def test_the_control_a_lenient_server_gives_tickets(servers: Servers) -> None:
    for mechanism in (ticket, psk):
        context, seen = listening(servers.context(servers.lenient.leaf(), mechanism))
        assert (await servers.lenient.attempt(context)).status == 200
        assert TICKET in seen


def listening(context: ssl.SSLContext) -> tuple[ssl.SSLContext, list[str]]:
    """The context, and the names of the handshake messages that come to it."""
    seen: list[str] = []

    def heard(_connection, direction, _version, _content, message, _data):
        if direction == "read":
            seen.append(getattr(message, "name", str(message)))

    context._msg_callback = heard  # type: ignore[attr-defined]
    return context, seen


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(servers: Servers) -> AsyncIterator[int]:
    """A real node of the same state folder; gives its port."""
    home, make = servers.gateway.home, TreeFactory()
    recipe = replace(recipe_for("ara"), style=HABITS["ara"].style)
    build_store(home.node_store("ara"), [make.tree("690000010", make.unit(id="u1"))], recipe)
    async with NodeHost(home, ["ara"], HostSettings(base_port=0, drain_s=0.2)) as host:
        yield int(host.url("ara").rsplit(":", 1)[1].split("/")[0])


@pytest.mark.parametrize("mechanism", [session_id, ticket, psk])
async def test_a_session_of_the_gateway_opens_no_node(servers: Servers, node: int, mechanism: Mechanism) -> None:
    leaf = servers.gateway.home.leaf("gateway-client")
    context = servers.context(leaf, mechanism)
    data = request(servers.gateway.question)
    for server in (servers.gateway, servers.lenient):
        session = (await server.attempt(context)).session

        outcome = await asyncio.to_thread(say, node, context, data, session)

        assert outcome.status is not None
        assert not outcome.reused


@pytest.mark.parametrize("mechanism", [session_id, ticket, psk])
async def test_a_session_of_a_node_opens_no_gateway(servers: Servers, node: int, mechanism: Mechanism) -> None:
    context = servers.context(servers.gateway.home.leaf("gateway-client"), mechanism)
    asked = await asyncio.to_thread(say, node, context, request(servers.gateway.question))
    assert asked.session is not None

    outcome = await servers.gateway.attempt(context, session=asked.session)

    assert (outcome.reused, outcome.slug) == (False, "transaction.not-allowed")


@pytest.mark.parametrize("mechanism", [session_id, ticket, psk])
async def test_the_control_listeners_that_share_a_lenient_context_resume_each_others_sessions(
    servers: Servers, mechanism: Mechanism
) -> None:
    leaf = servers.gateway.home.leaf("gateway-server")
    shared = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shared.load_cert_chain(leaf.chain, leaf.key)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n<Envelope><Body><x/></Body></Envelope>"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"</env:Envelope>")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    context = servers.context(servers.gateway.leaf(), mechanism)
    data = request(servers.gateway.question)
    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0, ssl=shared) as one,
        await asyncio.start_server(serve, "127.0.0.1", 0, ssl=shared) as other,
    ):
        ports = [server.sockets[0].getsockname()[1] for server in (one, other)]
        first = await asyncio.to_thread(say, ports[0], context, data)
        again = await asyncio.to_thread(say, ports[1], context, data, first.session)

    assert (first.reused, again.reused) == (False, True)


# Early data, renegotiation, authentication after the handshake


async def test_early_data_is_not_read(servers: Servers, tmp_path: Path) -> None:
    told, recorded = await with_early_data(servers, tmp_path, servers.gateway.gateway.port)

    assert "Early data was rejected" in told
    assert recorded == []


async def test_the_control_a_server_that_allows_it_reads_early_data(servers: Servers, tmp_path: Path) -> None:
    told, _ = await with_early_data(servers, tmp_path, None)

    assert "Early data was accepted" in told


async def with_early_data(servers: Servers, folder: Path, port: int | None) -> tuple[str, list[dict[str, object]]]:
    """Offer a session of another server that allows early data, and a whole question in it, to the server at
    ``port`` or to that one itself; what was told, what was decided.
    """
    gateway, session, early = servers.gateway, folder / "session", folder / "early"
    early.write_bytes(request(gateway.question))
    leaf = gateway.leaf()
    async with s_server(gateway.home.leaf("gateway-server"), "-tls1_3", "-early_data") as lender:
        await borrow_session(lender, gateway.home.trust, leaf, session)
        before = len(gateway.records())
        offered = ("-tls1_3", "-sess_in", str(session), "-early_data", str(early))
        told = await s_client(port or lender, gateway.home.trust, *offered, leaf=leaf, until="Early data was")
    recorded = [record.event for record in gateway.records()[before:] if record.kind == Kind.DECISION]
    return told, recorded


async def test_renegotiation_is_refused(servers: Servers) -> None:
    told = await renegotiating(servers, servers.gateway.gateway.port)

    assert "RENEGOTIATING" in told
    assert "no renegotiation" in told


async def test_the_control_a_server_that_allows_it_renegotiates(servers: Servers) -> None:
    leaf = servers.gateway.home.leaf("gateway-server")
    async with s_server(leaf, "-tls1_2", "-client_renegotiation") as port:
        told = await renegotiating(servers, port)

    assert "RENEGOTIATING" in told
    assert "no renegotiation" not in told
    assert "verify return:1" in told.partition("RENEGOTIATING")[2]


async def renegotiating(servers: Servers, port: int) -> str:
    """What a client is told that asks for a new handshake in an open connection."""
    gateway = servers.gateway
    until = r"RENEGOTIATING(?s:.)*(no renegotiation|verify return:1)"
    return await s_client(port, gateway.home.trust, "-tls1_2", leaf=gateway.leaf(), until=until, say="R\n")


async def test_no_certificate_is_asked_for_after_the_handshake(servers: Servers) -> None:
    context, seen = listening(reckless(servers.gateway.home.trust))
    context.post_handshake_auth = True

    outcome = await servers.gateway.attempt(context)

    assert outcome.slug == "certificate.missing"
    assert seen.count(CERTIFICATE_REQUEST) == 1
    assert seen.index(CERTIFICATE_REQUEST) < seen.index("FINISHED")


async def test_the_control_a_server_that_asks_later_gets_the_certificate_later(servers: Servers) -> None:
    leaf = servers.gateway.home.leaf("gateway-server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.chain, leaf.key)
    context.load_verify_locations(servers.gateway.home.trust)
    context.post_handshake_auth, context.verify_mode = True, ssl.CERT_REQUIRED
    client, seen = listening(reckless(servers.gateway.home.trust, servers.gateway.leaf()))
    client.post_handshake_auth = True
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            plain, _ = listener.accept()
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.verify_client_post_handshake()
                connection.sendall(b"x")
                connection.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        await asyncio.to_thread(exchange, listener.getsockname()[1], client)
        await asyncio.to_thread(thread.join)

    assert seen.index(CERTIFICATE_REQUEST) > seen.index("FINISHED")


def exchange(port: int, context: ssl.SSLContext) -> None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.recv(1)
        connection.sendall(b"x")


# Older and weaker


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
async def test_an_old_version_of_the_protocol(servers: Servers, version: ssl.TLSVersion) -> None:
    context = reckless(servers.gateway.home.trust, servers.gateway.leaf())
    context.minimum_version = context.maximum_version = version

    assert_not_spoken(await servers.gateway.attempt(context))


WEAK_CIPHERS = [
    "AES128-SHA",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-NULL-SHA",
    "AECDH-AES128-SHA",
    "AECDH-NULL-SHA",
]


@pytest.mark.parametrize("cipher", WEAK_CIPHERS)
async def test_a_weak_cipher(servers: Servers, cipher: str) -> None:
    assert_not_spoken(await servers.gateway.attempt(with_cipher(servers, cipher)))


async def test_the_control_a_strong_cipher_of_tls_1_2_is_answered(servers: Servers) -> None:
    assert (await servers.gateway.attempt(with_cipher(servers, "ECDHE-ECDSA-AES128-GCM-SHA256"))).status == 200


def with_cipher(servers: Servers, cipher: str) -> ssl.SSLContext:
    context = servers.context(servers.gateway.leaf(), ticket)
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    return context


async def test_a_fallback_that_somebody_forced(servers: Servers) -> None:
    before = len(servers.gateway.records())
    told = await falling_back(servers, "-fallback_scsv")

    assert "Cipher is ECDHE-ECDSA" not in told
    [refused] = await servers.gateway.recorded(Kind.HANDSHAKE, before)
    assert (refused["problem"], refused["detail"]) == ("protocol", "INAPPROPRIATE_FALLBACK")


async def test_the_control_the_same_version_by_choice_is_spoken(servers: Servers) -> None:
    assert "Cipher is ECDHE-ECDSA" in await falling_back(servers)


async def falling_back(servers: Servers, *options: str) -> str:
    gateway = servers.gateway
    told = ("-tls1_2", *options)
    return await s_client(
        gateway.gateway.port, gateway.home.trust, *told, leaf=gateway.leaf(), until=r"Verify return|error:"
    )


def assert_not_spoken(outcome: Outcome) -> None:
    """Ended in TLS for its protocol, and recorded."""
    assert outcome.status is None
    [refused] = outcome.events(Kind.HANDSHAKE)
    assert refused["problem"] == "protocol"
