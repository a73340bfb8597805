"""Revocation over real connections: a revoked server gets no request, a revoked caller no further answer."""

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from certs.handshakes import AuditedSSLObject, HandshakeFailure, HandshakeProblem, RefusedPeerError
from certs.home import Home
from certs.profiles import Purpose
from certs.reasons import Reason
from certs.revocation.source import RevocationSource
from certs.tls import client_context, server_context
from certs.verification import Verdict, verify
from tests.support.revocation import DAY, HOUR, list_of, serial_of


@dataclass
class Served:
    """A server on loopback, the requests that reached it, the callers' verdicts."""

    url: str
    requests: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)


@pytest.fixture
def source(present_pki, tmp_path):
    source = RevocationSource(Home(tmp_path / "home"), present_pki.trust, lambda: present_pki.now)
    source.offer_list(list_of(present_pki, by=present_pki.root, next_update=present_pki.now + 9 * DAY))
    source.offer_list(list_of(present_pki, next_update=present_pki.now + 9 * DAY))
    return source


@pytest.fixture
def trust_file(present_pki, tmp_path):
    path = tmp_path / "trust.pem"
    path.write_bytes(present_pki.trust.to_pem())
    return path


@pytest.fixture
def judged(present_pki, source):
    """Judges a certificate with revocation, as servers and clients do."""

    def judge(purpose):
        def of(der):
            verdict = verify([der], present_pki.trust, purpose, present_pki.now)
            return source.apply(verdict, present_pki.now)

        return of

    return judge


@pytest.fixture
async def served(present_pki, trust_file, write_leaf, judged):
    """An HTTPS server that judges its caller on every request."""
    leaf = present_pki.server()
    files = write_leaf("server", leaf)
    seen = Served("")

    async def handle(request):
        seen.requests.append(request.path)
        der = request.get_extra_info("ssl_object").getpeercert(binary_form=True)
        verdict = judged(Purpose.CLIENT)(der)
        seen.verdicts.append(verdict)
        return web.Response(status=200 if verdict.ok else verdict.reason.fault.number)

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context(files.chain, files.key, trust_file))
    await site.start()
    seen.url = f"https://localhost:{site._server.sockets[0].getsockname()[1]}"
    yield seen, leaf
    await runner.cleanup()


@pytest.fixture
def client(present_pki, trust_file, write_leaf, judged):
    """A session that judges the server; the failures of its handshakes."""

    @contextlib.asynccontextmanager
    async def make(leaf=None):
        files = write_leaf("client", leaf or present_pki.client())
        failures: list[HandshakeFailure] = []
        context = client_context(
            files.chain, files.key, trust_file, on_failure=failures.append, judge=judged(Purpose.SERVER)
        )
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
            yield session, failures

    return make


async def test_a_server_that_is_not_revoked_is_asked(served, client):
    seen, _ = served
    async with client() as (session, failures), session.get(f"{seen.url}/a") as response:
        assert response.status == 200
    assert failures == []
    assert seen.requests == ["/a"]


async def test_the_servers_verdict_stays_with_the_connection_and_can_be_asked_again(
    served, judged, source, present_pki, trust_file, write_leaf
):
    seen, leaf = served
    files = write_leaf("client", present_pki.client())
    context = client_context(files.chain, files.key, trust_file, judge=judged(Purpose.SERVER))
    port = int(seen.url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    secured = writer.get_extra_info("ssl_object")
    assert isinstance(secured, AuditedSSLObject)
    assert secured.verdict.ok
    source.offer_list(list_of(present_pki, serial_of(leaf), number=2, next_update=present_pki.now + DAY))
    assert source.apply(secured.verdict, present_pki.now).reason is Reason.REVOKED
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_a_revoked_server_gets_no_byte_of_a_request(served, client, source, present_pki):
    seen, leaf = served
    source.offer_list(list_of(present_pki, serial_of(leaf), number=2, next_update=present_pki.now + DAY))
    async with client() as (session, failures):
        with pytest.raises(aiohttp.ClientConnectorCertificateError) as raised:
            await session.get(f"{seen.url}/a")
    assert isinstance(raised.value.certificate_error, RefusedPeerError)
    assert raised.value.certificate_error.verdict.reason is Reason.REVOKED
    (failure,) = failures
    assert (failure.problem, failure.reason) == (HandshakeProblem.CERTIFICATE, Reason.REVOKED)
    assert not failure.server_side
    assert seen.requests == []


async def test_without_a_fresh_list_no_server_is_asked(served, client, source, present_pki):
    seen, _ = served
    overdue = list_of(present_pki, number=2, this_update=present_pki.now - DAY, next_update=present_pki.now - HOUR)
    source.offer_list(overdue)
    async with client() as (session, failures):
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{seen.url}/a")
    assert failures[0].reason is Reason.REVOCATION_UNKNOWN
    assert seen.requests == []


async def test_a_caller_revoked_on_an_open_connection_is_refused_on_its_next_request(
    served, client, source, present_pki
):
    seen, _ = served
    caller = present_pki.client()
    async with client(caller) as (session, _):
        async with session.get(f"{seen.url}/a") as response:
            assert response.status == 200
        source.offer_list(list_of(present_pki, serial_of(caller), number=2, next_update=present_pki.now + DAY))
        async with session.get(f"{seen.url}/b") as response:
            assert response.status == 401
    assert [verdict.reason for verdict in seen.verdicts] == [None, Reason.REVOKED]


async def test_a_revoked_caller_is_refused_on_a_new_connection_and_on_a_resumed_session(
    served, source, present_pki, trust_file, write_leaf
):
    seen, _ = served
    caller = present_pki.client()
    files = write_leaf("client", caller)
    port = int(seen.url.rpartition(":")[2])
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context(files.chain, files.key, trust_file)
        context.maximum_version = version

        def ask(session=None, context=context):
            with (
                socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
                context.wrap_socket(plain, server_hostname="localhost", session=session) as secured,
            ):
                secured.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                status = secured.recv(65536).split(b" ")[1]
                return status, secured.session

        number = 10 * (2 if version is ssl.TLSVersion.TLSv1_2 else 3)
        status, session = await asyncio.to_thread(ask)
        assert status == b"200"
        source.offer_list(list_of(present_pki, serial_of(caller), number=number, next_update=present_pki.now + DAY))
        assert (await asyncio.to_thread(ask))[0] == b"401"
        try:
            status, _ = await asyncio.to_thread(ask, session)
        except (OSError, IndexError):
            status = b"refused"
        assert status in (b"401", b"refused")
        source.offer_list(list_of(present_pki, number=number + 1, next_update=present_pki.now + DAY))
