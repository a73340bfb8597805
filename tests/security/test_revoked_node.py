"""A node whose certificate is revoked gets no question more, over no connection that was open before."""

import asyncio
import time

import aiohttp
from lxml import etree

from certs.tls import client_context
from ror import namespaces as ns
from ror.soap.version import SoapVersion
from tests.support.proxied_gateway import Proxied

WITHIN_S = 5.0
HEADERS = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)}


async def told_of_ara(proxied: Proxied, question: bytes) -> tuple[str | None, str | None]:
    """Ask as a partner; how ara's part came out, and why."""
    files = proxied.home.leaf("partner-samu-rhone")
    context = client_context(files.chain, files.key, proxied.home.trust)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.post(proxied.gateway.url + ns.PATH_G1, data=question, headers=HEADERS) as response,
    ):
        envelope = etree.fromstring(await response.read())
    line = next(line for line in envelope.iter(f"{{{ns.PASSERELLE}}}ror") if line.get("id") == "ara")
    return line.get("outcome"), line.get("detail")


async def until_told(proxied: Proxied, question: bytes, wanted: tuple[str, str]) -> None:
    give_up = time.monotonic() + WITHIN_S
    while (told := await told_of_ara(proxied, question)) != wanted:
        assert told == ("complete", None)
        assert time.monotonic() < give_up, "it is still asked"
        await asyncio.sleep(0.05)


async def test_a_revoked_node_is_asked_nothing_over_a_connection_that_was_open(
    proxied: Proxied, question: bytes
) -> None:
    """The control: it is asked, again and again, until the list names it, and would be again."""
    for _ in range(3):
        assert await told_of_ara(proxied, question) == ("complete", None)
    proxied.revoke(proxied.home.leaf("node-bre"))
    await asyncio.sleep(0.3)
    assert await told_of_ara(proxied, question) == ("complete", None)

    proxied.revoke(proxied.home.leaf("node-ara"))
    await until_told(proxied, question, ("unreachable", "node.tls"))
    assert await told_of_ara(proxied, question) == ("unreachable", "node.tls")
