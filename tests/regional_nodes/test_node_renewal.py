"""Certificates and authorities of the nodes change while they serve."""

import asyncio
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from certs.demonstration_pki import load_authority
from certs.home import Home
from certs.identity import identity_from_pem
from certs.issuing import IssueRequest, issue
from certs.private_files import write_private
from certs.profiles import SERV_SSL
from certs.tls import client_context
from regional_nodes.host import NodeHost
from tests.support.igc_sante import SanteChain


async def shown_by(nodes: NodeHost, home: Home, ror: str) -> bytes | None:
    """The certificate that a node serves with."""
    port = int(nodes.url(ror).split(":")[2].split("/")[0])
    context = client_context(None, None, home.trust)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return shown


def renew(home: Home, ror: str) -> bytes:
    """Put a new certificate under a new key in the place of a node's; its DER."""
    files = home.leaf(f"node-{ror}")
    held = identity_from_pem(files.certificate.read_bytes())
    request = IssueRequest(
        subject=held.subject,
        profile=SERV_SSL,
        not_before=datetime.now(UTC) - timedelta(days=1),
        server_names=tuple(one for one in held.server_names if not one[0].isdigit()),
    )
    issued = issue(load_authority(home, "organisations"), request)
    for path, data in (
        (files.key, issued.key_pem),
        (files.certificate, issued.certificate_pem),
        (files.chain, issued.chain_pem),
    ):
        write_private(path, data)
    return issued.der


async def seen(logged: list, event: str, what: str) -> None:
    async with asyncio.timeout(5):
        while not any(one["event"] == event and one["what"] == what for one in logged):
            await asyncio.sleep(0.01)


async def test_a_node_takes_up_its_renewed_certificate_and_the_others_keep_theirs(
    nodes: NodeHost, node_home: Home
) -> None:
    before = await shown_by(nodes, node_home, "bre")
    with capture_logs() as logged:
        der = renew(node_home, "ara")
        await seen(logged, "certificates.taken_up", "node-ara")
    assert await shown_by(nodes, node_home, "ara") == der
    assert await shown_by(nodes, node_home, "bre") == before


async def test_all_nodes_take_up_other_authorities_in_one_step(nodes: NodeHost, node_home: Home) -> None:
    chain = SanteChain.make(datetime.now(UTC).replace(microsecond=0))
    with capture_logs() as logged:
        write_private(node_home.trust, node_home.trust.read_bytes() + chain.pem)
        await seen(logged, "certificates.taken_up", "trust")
    issued = chain.leaf()
    files = node_home.leaf("partner-portail-public")
    write_private(files.key, issued.key_pem)
    write_private(files.chain, issued.chain_pem)
    context = client_context(files.chain, files.key, node_home.trust)
    for ror in ("ara", "bre"):
        port = int(nodes.url(ror).split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.transport.abort()


async def test_a_bad_file_is_told_and_the_node_serves_on(nodes: NodeHost, node_home: Home) -> None:
    before = await shown_by(nodes, node_home, "ara")
    with capture_logs() as logged:
        write_private(node_home.leaf("node-ara").chain, b"")
        nodes.renew()
        await seen(logged, "certificates.refused", "node-ara")
    assert await shown_by(nodes, node_home, "ara") == before
