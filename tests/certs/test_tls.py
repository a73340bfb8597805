"""Real handshakes on loopback: what TLS refuses, what it lets through to be explained, that nothing is resumed."""

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from certs.errors import KeyMaterialError
from certs.handshakes import HandshakeFailure, HandshakeProblem
from certs.keys import key_to_pem
from certs.profiles import Domain, Purpose
from certs.reasons import Reason
from certs.tls import NO_CHECK_TIME, client_context, server_context
from certs.usages import ExtendedUse
from certs.verification import verify

DAY = timedelta(days=1)


@dataclass
class Endpoint:
    """A TLS server that answers one line, and what it saw."""

    port: int = 0
    peers: list[bytes | None] = field(default_factory=list)
    failures: list[HandshakeFailure] = field(default_factory=list)


@pytest.fixture
def trust_file(present_pki, tmp_path):
    path = tmp_path / "trust.pem"
    path.write_bytes(present_pki.trust.to_pem())
    return path


@pytest.fixture
async def serve(present_pki, trust_file, write_leaf):
    """Starts servers; each is closed with its connections when the test ends."""
    servers = []

    async def start(*, issued=None, client_certificate="required"):
        endpoint = Endpoint()
        files = write_leaf("server", issued or present_pki.server())
        context = server_context(
            files.chain,
            files.key,
            trust_file,
            client_certificate=client_certificate,
            on_failure=endpoint.failures.append,
        )

        async def answer(reader, writer):
            endpoint.peers.append(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
            with contextlib.suppress(OSError):
                if await reader.readline():
                    writer.write(b"answer\n")
                    await writer.drain()
                writer.close()
                await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        servers.append(server)
        endpoint.port = server.sockets[0].getsockname()[1]
        return endpoint, context

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
def client(trust_file, write_leaf):
    """A client's context that shows a certificate, or none."""

    def make(issued=None):
        if issued is None:
            return client_context(None, None, trust_file)
        files = write_leaf("client", issued)
        return client_context(files.chain, files.key, trust_file)

    return make


async def ask(port, context, server_name="localhost"):
    """One question over a new connection; the answer, or the exception of the handshake or after it."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=server_name)
    except (ssl.SSLError, ConnectionError) as error:
        return error
    try:
        writer.write(b"question\n")
        await writer.drain()
        return await reader.readline()
    except (ssl.SSLError, ConnectionError) as error:
        return error
    finally:
        writer.close()
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            await writer.wait_closed()


async def settled(condition):
    """Give the other side its turn on the loop until it has seen what must come."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_good_client_is_served_and_seen(present_pki, serve, client):
    endpoint, _ = await serve()
    issued = present_pki.client()
    assert await ask(endpoint.port, client(issued)) == b"answer\n"
    assert endpoint.peers == [issued.der]
    assert endpoint.failures == []


async def test_without_a_certificate_the_handshake_fails_and_is_audited(serve, client):
    endpoint, _ = await serve()
    assert isinstance(await ask(endpoint.port, client()), ssl.SSLError | ConnectionError | bytes)
    await settled(lambda: endpoint.failures)
    (failure,) = endpoint.failures
    assert (failure.problem, failure.reason) == (HandshakeProblem.CERTIFICATE, Reason.MISSING)
    assert failure.server_name == "localhost"
    assert endpoint.peers == []


async def test_an_optional_certificate_may_be_missing_but_not_wrong(present_pki, serve, client):
    endpoint, _ = await serve(client_certificate="optional")
    assert await ask(endpoint.port, client()) == b"answer\n"
    assert endpoint.peers == [None]
    await ask(endpoint.port, client(present_pki.client(by=present_pki.new_root())))
    await settled(lambda: endpoint.failures)
    assert endpoint.failures[0].reason is Reason.UNTRUSTED


async def test_without_client_certificates_none_is_asked_for(present_pki, serve, client):
    endpoint, _ = await serve(client_certificate="none")
    assert await ask(endpoint.port, client(present_pki.client())) == b"answer\n"
    assert endpoint.peers == [None]


@pytest.mark.parametrize(
    ("dates", "reason"),
    [((-9, -1), Reason.EXPIRED), ((1, 9), Reason.NOT_YET_VALID)],
    ids=["expired", "not yet valid"],
)
async def test_dates_pass_the_handshake_and_are_then_explained(present_pki, serve, client, dates, reason):
    endpoint, _ = await serve()
    now = present_pki.now
    issued = present_pki.client(not_before=now + dates[0] * DAY, not_after=now + dates[1] * DAY)
    assert await ask(endpoint.port, client(issued)) == b"answer\n"
    (peer,) = endpoint.peers
    assert verify([peer], present_pki.trust, Purpose.CLIENT, now).reason is reason


async def test_a_servers_certificate_passes_the_handshake_and_is_then_refused_as_a_client(present_pki, serve, client):
    endpoint, _ = await serve()
    assert await ask(endpoint.port, client(present_pki.server())) == b"answer\n"
    assert verify(endpoint.peers, present_pki.trust, Purpose.CLIENT, present_pki.now).reason is Reason.WRONG_USAGE


async def test_a_persons_certificate_passes_the_handshake_and_is_of_the_wrong_domain(present_pki, serve, client):
    endpoint, _ = await serve()
    assert await ask(endpoint.port, client(present_pki.person())) == b"answer\n"
    verdict = verify(endpoint.peers, present_pki.trust, Purpose.CLIENT, present_pki.now)
    assert verdict.reason is Reason.WRONG_DOMAIN


def refused_leaves(pki):
    stranger = pki.new_intermediate(pki.new_root())
    look_alike = pki.new_root(subject=pki.trust.intermediates[0].name)
    return {
        "another authority": (pki.client(by=stranger), Reason.UNTRUSTED),
        "a look-alike authority": (pki.client(by=look_alike), Reason.UNTRUSTED),
        "server usage only": (
            pki.client(extended_uses=frozenset({ExtendedUse.SERVER_AUTH})),
            Reason.WRONG_USAGE,
        ),
        "below an intermediate": (
            pki.client(by=pki.new_intermediate(pki.organisations, subject=pki.subject)),
            Reason.PATH_LENGTH,
        ),
    }


@pytest.mark.parametrize(
    "name", ["another authority", "a look-alike authority", "server usage only", "below an intermediate"]
)
async def test_what_openssl_refuses_itself_is_audited_with_its_reason(present_pki, serve, client, name):
    endpoint, _ = await serve()
    issued, reason = refused_leaves(present_pki)[name]
    assert await ask(endpoint.port, client(issued)) != b"answer\n"
    await settled(lambda: endpoint.failures)
    (failure,) = endpoint.failures
    assert (failure.problem, failure.reason) == (HandshakeProblem.CERTIFICATE, reason)
    assert failure.verify_code
    assert endpoint.peers == []


async def test_an_unlisted_intermediate_of_our_root_passes_the_handshake_and_is_refused_by_the_verdict(
    present_pki, serve, client
):
    endpoint, _ = await serve()
    unlisted = present_pki.new_intermediate(present_pki.root, subject=present_pki.subject)
    assert await ask(endpoint.port, client(present_pki.client(by=unlisted))) == b"answer\n"
    verdict = verify(endpoint.peers, present_pki.trust, Purpose.CLIENT, present_pki.now)
    assert verdict.reason is Reason.UNTRUSTED


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
async def test_no_session_is_ever_resumed(present_pki, serve, client, version):
    endpoint, _ = await serve()
    context = client(present_pki.client())
    context.minimum_version = context.maximum_version = version
    seen = await asyncio.to_thread(lambda: [*resume(endpoint.port, context, times=3)])
    assert seen == [(False, False)] * 3
    assert endpoint.failures == []
    assert len(endpoint.peers) == 3


def resume(port, context, times):
    """Connect again and again with the last session; whether it was taken up, and whether a ticket came."""
    session = None
    for _ in range(times):
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as connection,
        ):
            connection.sendall(b"question\n")
            assert connection.recv(100) == b"answer\n"
            session = connection.session
            yield connection.session_reused, session.has_ticket
            with contextlib.suppress(OSError):
                connection.unwrap()


async def test_a_connection_that_was_open_before_cannot_resume_a_later_session(present_pki, serve, client):
    endpoint, _ = await serve()
    context = client(present_pki.client())
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def race():
        address = ("127.0.0.1", endpoint.port)
        with (
            socket.create_connection(address, timeout=5) as early,
            socket.create_connection(address, timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as later,
        ):
            # The later connection stays open: when it breaks off, the library forgets its session.
            try:
                with context.wrap_socket(early, server_hostname="localhost", session=later.session) as connection:
                    connection.sendall(b"question\n")
                    return connection.recv(100)
            except (ssl.SSLError, ConnectionError) as error:
                return error

    assert await asyncio.to_thread(race) != b"answer\n"
    await settled(lambda: endpoint.failures)
    assert [failure.problem for failure in endpoint.failures] == [HandshakeProblem.RESUMED]
    assert len(endpoint.peers) == 1


async def test_renewed_files_are_taken_up_without_a_restart(present_pki, serve, client, write_leaf):
    endpoint, context = await serve()
    renewed = present_pki.server()
    write_leaf("server", renewed)
    context.reload()
    assert await server_certificate(endpoint.port, client(present_pki.client())) == renewed.der


async def test_unusable_files_leave_the_old_certificate_in_service(present_pki, serve, client, write_leaf):
    issued = present_pki.server()
    endpoint, context = await serve(issued=issued)
    files = write_leaf("server", issued)
    files.key.write_bytes(b"")
    with pytest.raises(KeyMaterialError):
        context.reload()
    old = client(present_pki.client())
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    for _ in range(2):
        assert await server_certificate(endpoint.port, old) == issued.der


async def server_certificate(port, context):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    writer.write(b"question\n")
    assert await reader.readline() == b"answer\n"
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return der


async def test_old_protocol_versions_are_refused_and_audited(serve, client):
    endpoint, _ = await serve()
    context = client()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    assert isinstance(await ask(endpoint.port, context), ssl.SSLError | ConnectionError)
    await settled(lambda: endpoint.failures)
    assert endpoint.failures[0].problem is HandshakeProblem.PROTOCOL


async def test_plain_http_is_audited_as_another_protocol(serve):
    endpoint, _ = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        assert b"HTTP" not in await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    assert [failure.problem for failure in endpoint.failures] == [HandshakeProblem.PROTOCOL]


def bad_servers(pki):
    now = pki.now
    return {
        "expired": (pki.server(not_before=now - 9 * DAY, not_after=now - DAY), Reason.EXPIRED),
        "not yet valid": (pki.server(not_before=now + DAY, not_after=now + 9 * DAY), Reason.NOT_YET_VALID),
        "another authority": (pki.server(by=pki.new_intermediate(pki.new_root())), Reason.UNTRUSTED),
        "a client's": (pki.client(server_names=("localhost",)), Reason.WRONG_USAGE),
        "another host": (pki.server(server_names=("ror-bre.demo.inter-ror.fr",)), Reason.INVALID),
        "no name but CN": (pki.server(server_names=()), Reason.INVALID),
    }


@pytest.mark.parametrize(
    "name", ["expired", "not yet valid", "another authority", "a client's", "another host", "no name but CN"]
)
async def test_a_client_refuses_a_bad_server_and_knows_why(present_pki, serve, client, trust_file, write_leaf, name):
    issued, reason = bad_servers(present_pki)[name]
    endpoint, _ = await serve(issued=issued)
    failures = []
    files = write_leaf("client", present_pki.client())
    context = client_context(files.chain, files.key, trust_file, on_failure=failures.append)
    assert isinstance(await ask(endpoint.port, context), ssl.SSLCertVerificationError)
    (failure,) = failures
    assert (failure.problem, failure.reason) == (HandshakeProblem.CERTIFICATE, reason)
    assert not failure.server_side
    assert failure.server_name == "localhost"
    assert endpoint.peers == []


async def test_a_client_that_refuses_our_certificate_is_audited(present_pki, serve, client):
    endpoint, _ = await serve(issued=present_pki.server(server_names=("elsewhere",)))
    context = client(present_pki.client())

    def refuse():
        # A blocking client sends its alert before it hangs up; asyncio's does not.
        with (
            socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as plain,
            contextlib.suppress(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(plain, server_hostname="localhost")

    await asyncio.to_thread(refuse)
    await settled(lambda: endpoint.failures)
    assert endpoint.failures[0].problem is HandshakeProblem.REFUSED_BY_PEER


async def test_a_peer_that_sends_its_leaf_only_is_still_verified(present_pki, serve, trust_file, write_leaf):
    endpoint, _ = await serve()
    files = write_leaf("client", present_pki.client())
    context = client_context(files.certificate, files.key, trust_file)
    assert await ask(endpoint.port, context) == b"answer\n"


async def test_a_branch_whose_root_was_taken_out_is_refused(present_pki, serve, client, trust_file):
    """An intermediate left in the trust file anchors nothing."""
    other_root = present_pki.new_root()
    other = present_pki.new_intermediate(other_root, Domain.ORGANISATIONS)
    trust_file.write_bytes(present_pki.trust.to_pem() + other.pem)
    endpoint, _ = await serve()
    assert await ask(endpoint.port, client(present_pki.client(by=other))) != b"answer\n"
    await settled(lambda: endpoint.failures)
    assert endpoint.failures[0].reason is Reason.UNTRUSTED


async def test_http_1_1_is_the_protocol_agreed_on(present_pki, serve, client):
    endpoint, _ = await serve()
    _, writer = await asyncio.open_connection(
        "127.0.0.1", endpoint.port, ssl=client(present_pki.client()), server_hostname="localhost"
    )
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    assert writer.get_extra_info("compression") is None
    writer.close()
    await writer.wait_closed()


def test_dates_are_let_pass_on_the_server_side_only(present_pki, trust_file, write_leaf):
    files = write_leaf("both", present_pki.server())
    server = server_context(files.chain, files.key, trust_file)
    caller = client_context(files.chain, files.key, trust_file)
    assert server.verify_flags & NO_CHECK_TIME
    assert not caller.verify_flags & NO_CHECK_TIME
    for context in (server, caller):
        assert not context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        for option in (ssl.OP_NO_TICKET, ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_COMPRESSION):
            assert context.options & option
    assert server.num_tickets == 0
    assert caller.check_hostname


def test_only_ciphers_with_forward_secrecy_and_authentication_are_offered(present_pki, trust_file, write_leaf):
    files = write_leaf("both", present_pki.server())
    for cipher in server_context(files.chain, files.key, trust_file).get_ciphers():
        assert cipher["aead"]
        assert cipher["protocol"] == "TLSv1.3" or "ECDHE" in cipher["name"]


@pytest.mark.parametrize("missing", ["chain", "key", "trust"])
def test_missing_files_are_told(present_pki, trust_file, write_leaf, missing):
    files = write_leaf("both", present_pki.server())
    (trust_file if missing == "trust" else getattr(files, missing)).unlink()
    with pytest.raises(KeyMaterialError):
        server_context(files.chain, files.key, trust_file)


def test_a_key_of_another_certificate_is_told(present_pki, trust_file, write_leaf):
    files = write_leaf("both", present_pki.server())
    files.key.write_bytes(key_to_pem(present_pki.client().key))
    with pytest.raises(KeyMaterialError):
        client_context(files.chain, files.key, trust_file)


def test_an_encrypted_key_fails_instead_of_asking_for_its_password(present_pki, trust_file, write_leaf):
    issued = present_pki.server()
    files = write_leaf("both", issued)
    lock = BestAvailableEncryption(b"secret")
    files.key.write_bytes(issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    with pytest.raises(KeyMaterialError):
        server_context(files.chain, files.key, trust_file)
