"""Renewal while serving: what changed and holds is taken up at once and together; what does not changes nothing."""

import asyncio
import contextlib
import ssl
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from certs.credentials import TRUST, Credentials
from certs.errors import KeyMaterialError, TrustError
from certs.home import Home
from certs.private_files import make_private_folder, write_private
from certs.profiles import ELEMENTAIRE, Domain, Purpose
from certs.reasons import Reason
from certs.renewing import Renewer
from certs.revocation.source import RevocationSource
from certs.tls import client_context
from certs.usages import ExtendedUse
from certs.verification import verify
from tests.support.revocation import list_of

DAY = timedelta(days=1)
SERVER, CLIENT = "gateway-server", "gateway-client"


@pytest.fixture
def home(tmp_path, present_pki):
    """A state folder with a server's and a client's certificate."""
    home = Home(tmp_path / "home")
    make_private_folder(home.revocation_lists)
    write_private(home.trust, present_pki.trust.to_pem())
    put(home, SERVER, present_pki.server())
    put(home, CLIENT, present_pki.client())
    return home


@pytest.fixture
def credentials(home):
    return Credentials(home, {SERVER: Purpose.SERVER, CLIENT: Purpose.CLIENT})


def put(home, leaf, issued):
    files = home.leaf(leaf)
    make_private_folder(files.folder)
    for path, data in ((files.key, issued.key_pem), (files.chain, issued.chain_pem)):
        write_private(path, data)


def second_chain(pki):
    """A root and an intermediate of another gamme."""
    root = pki.new_root(subject=ELEMENTAIRE.root)
    return root, pki.new_intermediate(root, subject=ELEMENTAIRE.intermediates[Domain.ORGANISATIONS])


def settled(credentials):
    """Two looks in a row: what was found at the first and has not changed at the second."""
    first = credentials.look()
    assert first is None
    return credentials.look()


def refusals(logged):
    return [(entry["what"], entry["detail"]) for entry in logged if entry["event"] == "certificates.refused"]


def test_nothing_new_is_nothing(credentials):
    assert credentials.look() is None
    assert credentials.look() is None


def test_a_renewed_leaf_is_taken_up_once_its_files_have_settled(credentials, home, present_pki):
    renewed = present_pki.server()
    put(home, SERVER, renewed)
    assert credentials.look() is None
    renewal = credentials.look()
    assert renewal is not None
    assert set(renewal.changed) == {SERVER}
    assert credentials.identity(SERVER).fingerprint != renewal.changed[SERVER]
    with capture_logs() as logged:
        renewal.adopt()
    assert credentials.identity(SERVER).fingerprint == renewal.changed[SERVER]
    (told,) = logged
    assert (told["event"], told["what"], told["digest"]) == ("certificates.taken_up", SERVER, renewal.changed[SERVER])
    assert credentials.look() is None


def test_files_that_are_still_being_replaced_are_left_alone(credentials, home, present_pki):
    renewed = present_pki.server()
    with capture_logs() as logged:
        write_private(home.leaf(SERVER).key, renewed.key_pem)
        assert credentials.look() is None
        write_private(home.leaf(SERVER).chain, renewed.chain_pem)
        assert credentials.look() is None
        assert credentials.look() is not None
    assert logged == []


def test_a_hurried_look_waits_for_nobody_and_reads_what_looks_the_same(credentials, home, present_pki):
    put(home, CLIENT, present_pki.client())
    renewal = credentials.look(hurried=True)
    assert renewal is not None
    renewal.adopt()
    assert credentials.look(hurried=True) is None


def bad_leaves(pki):
    good, now = pki.server(), pki.now
    return {
        "another key": (good.chain_pem, pki.server().key_pem, "the key is not that of the certificate"),
        "no certificate": (b"", good.key_pem, "the file holds no readable PEM certificate"),
        "no key": (good.chain_pem, b"", "the private key cannot be read"),
        "expired": (pki.server(not_before=now - 9 * DAY, not_after=now - DAY), None, "expired on"),
        "a client's": (pki.client(), None, "reads as ORG AUTH_CLI, server is required"),
        "another chain": (good.certificate_pem + pki.personnes.pem, good.key_pem, "did not issue its first"),
        "unfit": (pki.server(extended_uses=frozenset({ExtendedUse.CLIENT_AUTH})), None, "server is required"),
    }


@pytest.mark.parametrize(
    "kind", ["another key", "no certificate", "no key", "expired", "a client's", "another chain", "unfit"]
)
def test_a_leaf_that_does_not_hold_changes_nothing_and_is_told_once(credentials, home, present_pki, kind):
    chain, key, words = bad_leaves(present_pki)[kind]
    before = credentials.identity(SERVER)
    files = home.leaf(SERVER)
    write_private(files.chain, chain if isinstance(chain, bytes) else chain.chain_pem)
    write_private(files.key, key if isinstance(chain, bytes) else chain.key_pem)
    with capture_logs() as logged:
        assert settled(credentials) is None
        assert credentials.look() is None
        assert credentials.look(hurried=True) is None
    ((what, detail),) = refusals(logged)
    assert what == SERVER
    assert words in detail
    assert credentials.identity(SERVER) == before


def test_a_leaf_of_tomorrow_is_taken_up_tomorrow(home, present_pki):
    moments = [present_pki.now]
    credentials = Credentials(home, {SERVER: Purpose.SERVER}, lambda: moments[-1])
    put(home, SERVER, present_pki.server(not_before=present_pki.now + DAY))
    with capture_logs() as logged:
        assert settled(credentials) is None
        assert credentials.look() is None
    assert len(refusals(logged)) == 1
    moments.append(present_pki.now + 2 * DAY)
    assert credentials.look() is not None


def test_a_missing_file_changes_nothing_until_it_is_there_again(credentials, home, present_pki):
    home.leaf(SERVER).chain.unlink()
    with capture_logs() as logged:
        assert settled(credentials) is None
    assert [what for what, _ in refusals(logged)] == [SERVER]
    put(home, SERVER, present_pki.server())
    assert settled(credentials) is not None


@pytest.mark.parametrize("data", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"x" * 300_000])
def test_a_bad_trust_file_changes_nothing(credentials, home, data):
    before = credentials.trust
    write_private(home.trust, data)
    with capture_logs() as logged:
        assert settled(credentials) is None
    assert [what for what, _ in refusals(logged)] == [TRUST]
    assert credentials.trust is before


def test_a_bad_leaf_does_not_keep_the_authorities_from_changing(credentials, home, present_pki):
    root, between = second_chain(present_pki)
    write_private(home.leaf(SERVER).key, b"")
    write_private(home.trust, present_pki.trust.to_pem() + root.pem + between.pem)
    with capture_logs() as logged:
        renewal = settled(credentials)
        assert renewal is not None
        renewal.adopt()
    assert set(renewal.changed) == {TRUST}
    assert len(credentials.trust.roots) == 2
    (taken_up,) = (entry for entry in logged if entry["event"] == "certificates.taken_up")
    assert taken_up["added"] == ["AC IGC-SANTE ELEMENTAIRE ORGANISATIONS", "AC RACINE IGC-SANTE ELEMENTAIRE"]
    assert taken_up["removed"] == []


def test_a_root_is_taken_out_though_our_own_certificate_be_of_it(credentials, home, present_pki):
    root, between = second_chain(present_pki)
    write_private(home.trust, root.pem + between.pem)
    renewal = settled(credentials)
    assert renewal is not None
    renewal.adopt()
    verdict = verify([present_pki.client().der], credentials.trust, Purpose.CLIENT, present_pki.now)
    assert verdict.reason is Reason.UNTRUSTED


def test_without_usable_files_there_are_no_credentials_at_all(home):
    home.trust.write_bytes(b"")
    with pytest.raises(TrustError):
        Credentials(home, {SERVER: Purpose.SERVER})
    home.trust.unlink()
    with pytest.raises(KeyMaterialError):
        Credentials(home, {SERVER: Purpose.SERVER})


@pytest.fixture
async def served(credentials):
    """A server as ``gateway-server``; asks for a certificate and says what it is."""

    async def answer(reader, writer):
        with contextlib.suppress(OSError):
            await reader.readline()
            writer.write(b"answer\n")
            await writer.drain()
            writer.close()

    context = credentials.server_context(SERVER, client_certificate="optional")
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def asked(port, context):
    """The server's certificate, once it has answered; ``None`` where TLS or the server ends the connection."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"question\n")
        answer = await reader.readline()
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
    except (ssl.SSLError, ConnectionError):
        return None
    return shown if answer else None


async def test_both_sides_of_tls_and_the_verdicts_take_the_same_step(
    credentials, served, home, present_pki, write_leaf
):
    root, between = second_chain(present_pki)
    stranger = present_pki.client(by=between, policy=None)
    files = write_leaf("stranger", stranger)
    as_stranger = client_context(files.chain, files.key, home.trust)
    as_gateway = credentials.client_context(CLIENT)
    assert await asked(served, as_stranger) is None
    assert await asked(served, as_gateway) is not None

    write_private(home.trust, root.pem + between.pem + present_pki.trust.to_pem())
    server_renewed = present_pki.server(by=between, policy=None)
    put(home, SERVER, server_renewed)
    renewal = settled(credentials)
    assert await asked(served, as_stranger) is None
    assert not verify([stranger.der], credentials.trust, Purpose.CLIENT, present_pki.now).ok
    renewal.adopt()
    assert verify([stranger.der], credentials.trust, Purpose.CLIENT, present_pki.now).ok
    # The caller of ours trusts the renewed server because it took the step, too.
    assert await asked(served, as_gateway) == server_renewed.der

    write_private(home.trust, present_pki.trust.to_pem())
    settled(credentials).adopt()
    assert await asked(served, as_stranger) is None
    assert await asked(served, as_gateway) is None


async def test_a_new_authority_counts_with_its_lists_and_not_before(credentials, home, present_pki):
    root, between = second_chain(present_pki)
    revocation = RevocationSource(home, credentials.trust)
    write_lists(home, present_pki, "ours", present_pki.root, present_pki.organisations, present_pki.personnes)
    write_lists(home, present_pki, "theirs", root, between)
    with capture_logs():
        revocation.refresh()
    leaf = present_pki.client(by=between, policy=None)
    seen = []

    def taken_up(renewal):
        at = present_pki.now
        verdict = revocation.apply(verify([leaf.der], credentials.trust, Purpose.CLIENT, at), at)
        seen.append((set(renewal.changed), verdict.reason))

    renewer = Renewer(credentials, revocation, taken_up)
    write_private(home.trust, present_pki.trust.to_pem() + root.pem + between.pem)
    await renewer.look()
    await renewer.look()
    assert seen == [({TRUST}, None)]
    assert revocation.trust is credentials.trust


def write_lists(home, pki, name, *authorities):
    for number, one in enumerate(authorities):
        write_private(home.revocation_list(f"{name}-{number}"), list_of(pki, by=one))


async def test_a_signal_hurries_the_watch_and_says_when_there_is_nothing_new(credentials, home, present_pki):
    revocation = RevocationSource(home, credentials.trust)
    seen = asyncio.Event()
    renewer = Renewer(credentials, revocation, lambda _: seen.set())
    watching = asyncio.create_task(renewer.watch(3600))
    put(home, SERVER, present_pki.server())
    with capture_logs() as logged:
        async with asyncio.timeout(5):
            renewer.hurry()
            await seen.wait()
            renewer.hurry()
            while not any(entry["event"] == "certificates.unchanged" for entry in logged):
                await asyncio.sleep(0.01)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def test_a_look_that_fails_is_not_the_last(credentials, home, present_pki, monkeypatch):
    renewed = asyncio.Event()
    renewer = Renewer(credentials, RevocationSource(home, credentials.trust), lambda _: renewed.set())
    look = credentials.look

    def broken(*, hurried=False):
        monkeypatch.setattr(credentials, "look", look)
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(credentials, "look", broken)
    watching = asyncio.create_task(renewer.watch(0.01))
    with capture_logs() as logged:
        async with asyncio.timeout(5):
            while credentials.look == broken:
                await asyncio.sleep(0.01)
            put(home, SERVER, present_pki.server())
            await renewed.wait()
    assert [entry["event"] for entry in logged].count("certificates.failed") == 1
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
