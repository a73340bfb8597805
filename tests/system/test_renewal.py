"""Certificates and authorities change while gateway and nodes serve: nobody restarts anything."""

import asyncio
import json
import os
import shutil
import signal
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from certs.demonstration_pki import load_authority
from certs.home import Home
from certs.identity import identity_from_der, identity_from_pem
from certs.issuing import Issued, IssueRequest, issue
from certs.keys import key_from_pem
from certs.private_files import write_private
from certs.profiles import ORG_AUTH_CLI, SERV_SSL
from certs.tls import client_context
from gateway.audit.stored import records, stored_log
from gateway.service import RunningGateway, running
from gateway.settings import GatewaySettings
from tests.support.igc_sante import SanteChain
from tests.support.proxied_gateway import Line, Proxied, Told, line
from tests.support.scripted_node import answering
from tests.support.served_gateway import written

SAMU = "partner-samu-rhone"
POLL_S = 0.05
GRANTED, STRANGER = Told(200, None), Told(403, "partner.not-listed")


@pytest.fixture
async def served(pki_home: Home, tmp_path: Path, start_node, golden: Path) -> AsyncIterator[Proxied]:
    """A gateway that looks at its files often, in a state folder that the test may change."""
    shutil.copytree(pki_home.root, tmp_path / "home")
    home = Home(tmp_path / "home")
    async with start_node(answering((golden / "g1_answer.xml").read_bytes())) as url:
        directory = tmp_path / "directory.json"
        directory.write_text(json.dumps({"ara": {"url": str(url), "server_name": "ror-ara.demo.inter-ror.fr"}}))
        settings = GatewaySettings(
            port=0,
            directory=directory,
            drain_s=0.2,
            whitelist_poll_s=POLL_S,
            revocation_poll_s=POLL_S,
            certificates_poll_s=POLL_S,
        )
        async with running(home, settings) as gateway:
            yield Proxied(gateway, home, home.leaf(SAMU))


async def told(connection: Line, question: bytes) -> Told | None:
    """The answer, ``None`` where TLS or the gateway ended the connection."""
    try:
        return await connection.ask(question)
    except (OSError, ssl.SSLError, aiohttp.ClientError):
        return None


async def until_told(served: Proxied, files, question: bytes, wanted: Told | None) -> None:
    """Connect and ask until that is what comes of it."""
    async with asyncio.timeout(10):
        while True:
            async with line(served, files) as connection:
                if await told(connection, question) == wanted:
                    return
            await asyncio.sleep(POLL_S)


async def seen(logged: list, event: str, **facts: object) -> dict:
    async with asyncio.timeout(10):
        while True:
            for entry in logged:
                if entry["event"] == event and facts.items() <= entry.items():
                    return entry
            await asyncio.sleep(0.01)


def sante_beside(served: Proxied) -> SanteChain:
    """A second chain with its lists in place; the trust file is not changed yet."""
    chain = SanteChain.make(datetime.now(UTC).replace(microsecond=0))
    for name, data in zip(("aci-el-org-test", "acr-el-test"), chain.lists(), strict=True):
        write_private(served.home.revocation_list(name), data)
    return chain


async def test_authorities_change_while_the_gateway_serves(served: Proxied, question: bytes, tmp_path: Path) -> None:
    chain = sante_beside(served)
    files = written(tmp_path, chain.leaf())
    ours = served.home.trust.read_bytes()
    await until_told(served, files, question, None)
    await until_told(served, served.proxy, question, GRANTED)

    with capture_logs() as logged:
        write_private(served.home.trust, ours + chain.pem)
        await until_told(served, files, question, STRANGER)
        assert not [entry for entry in logged if entry.get("reason") == "certificate.revocation-unknown"]
        async with line(served, files) as theirs, line(served, served.proxy) as kept:
            assert await told(theirs, question) == STRANGER
            assert await told(kept, question) == GRANTED
            write_private(served.home.trust, ours)
            await seen(logged, "connections.closed")
            assert await told(kept, question) == GRANTED
            assert await told(theirs, question) is None
        await until_told(served, files, question, None)
    changes = [entry for entry in logged if entry["event"] == "certificates.taken_up"]
    assert [(len(entry["added"]), len(entry["removed"])) for entry in changes] == [(2, 0), (0, 2)]
    with stored_log(served.home.root / "audit") as log:
        found = [one for segment in log.settled_segments() for one in records(segment) if one is not None]
    settings = [one.event.get("setting") for one in found if one.kind == "configuration.changed"]
    assert settings.count("certificates.trust") == 2


async def test_a_bad_trust_file_is_told_and_everybody_is_served_as_before(served: Proxied, question: bytes) -> None:
    with capture_logs() as logged:
        async with line(served, served.proxy) as later:
            write_private(served.home.trust, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            await seen(logged, "certificates.refused", what="trust")
            assert await told(later, question) == GRANTED


def renewed(home: Home, name: str, **changes: object) -> Issued:
    """A new certificate of a leaf's holder under its key, put in its place."""
    files = home.leaf(name)
    identity = identity_from_pem(files.certificate.read_bytes())
    server = name.startswith(("gateway-server", "node-"))
    request = IssueRequest(
        **{
            "subject": identity.subject,
            "profile": SERV_SSL if server else ORG_AUTH_CLI,
            "not_before": datetime.now(UTC) - timedelta(days=1),
            "server_names": tuple(one for one in identity.server_names if not one[0].isdigit()),
            "key": key_from_pem(files.key.read_bytes()),
            **changes,
        }
    )
    issued = issue(load_authority(home, "organisations"), request)
    write_private(files.certificate, issued.certificate_pem)
    write_private(files.chain, issued.chain_pem)
    write_private(files.key, issued.key_pem)
    return issued


async def shown_by(gateway: RunningGateway, home: Home) -> bytes | None:
    """The certificate that the gateway serves with."""
    context = client_context(None, None, home.trust)
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port, ssl=context, server_hostname="localhost")
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return shown


async def test_the_gateway_serves_and_calls_with_what_was_renewed(served: Proxied, question: bytes) -> None:
    with capture_logs() as logged:
        async with line(served, served.proxy) as kept:
            assert await told(kept, question) == GRANTED
            for name in ("gateway-server", "gateway-client"):
                issued = renewed(served.home, name)
                fingerprint = identity_from_der(issued.der).fingerprint
                await seen(logged, "certificates.taken_up", what=name, digest=fingerprint)
                if name == "gateway-server":
                    assert await shown_by(served.gateway, served.home) == issued.der
                assert await told(kept, question) == GRANTED


async def test_an_expired_renewal_is_told_and_the_old_certificate_serves_on(served: Proxied) -> None:
    before = await shown_by(served.gateway, served.home)
    with capture_logs() as logged:
        renewed(served.home, "gateway-server", not_after=datetime.now(UTC) - timedelta(hours=1))
        told_of = await seen(logged, "certificates.refused", what="gateway-server")
    assert "expired" in told_of["detail"]
    assert await shown_by(served.gateway, served.home) == before


async def test_sighup_reads_them_at_once(served: Proxied) -> None:
    """As ``ror gateway`` wires it."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, served.gateway.renew)
    try:
        with capture_logs() as logged:
            os.kill(os.getpid(), signal.SIGHUP)
            await seen(logged, "certificates.unchanged")
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
