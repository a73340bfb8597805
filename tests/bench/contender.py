"""``python -m tests.bench.contender NAME HOME``: one design of a gateway, as a server over mutual TLS.

Every design has the same front and the same session to the nodes (but ours, which is the real service); what differs
is what becomes of the seventeen answers. Says its address, then runs until its standard input ends.
"""

import asyncio
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

import aiohttp
from aiohttp import web
from lxml import etree

from certs.home import Home
from certs.tls import client_context, server_context
from gateway.cli.logs import log_to_stderr
from gateway.federation.region_directory import Endpoint, read_directory
from gateway.service import running as running_gateway
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.soap.version import SoapVersion
from tests.bench.child import commands, say
from tests.bench.zeep_design import ZeepDesign

Design = Callable[[list[bytes]], bytes]
_TYPE = SoapVersion.V12.content_type
_SETTINGS = GatewaySettings(port=0, propagation_s=3600, propagation_alarm_s=0.1)
"""As by default, but static nodes, which follow no list, are not asked again and again whether they do by now."""


def relayed(bodies: list[bytes]) -> bytes:
    """The bare relay: nothing is looked at."""
    return b"".join(bodies)


def relayed_and_checked(bodies: list[bytes]) -> bytes:
    """The relay, and one expat pass over what it relays."""
    for body in bodies:
        expat.ParserCreate().Parse(body, True)
    return b"".join(bodies)


def appended_trees(bodies: list[bytes]) -> bytes:
    """lxml trees appended to the first one and written again."""
    merged = etree.fromstring(bodies[0])
    result = merged.find(f"{{*}}Body/{{{ns.G1}}}careServicesResponse/result")
    directories = {child.tag: child for child in result if child.tag.endswith("Directory")}
    for body in bodies[1:]:
        other = etree.fromstring(body).find(f"{{*}}Body/{{{ns.G1}}}careServicesResponse/result")
        for name, directory in directories.items():
            directory.extend(list(other.find(name)))
    result.find("resultNumber/OInumber").text = str(len(directories["facilityDirectory"]))
    return etree.tostring(merged, encoding="utf-8")


DESIGNS: dict[str, Callable[[], Design]] = {
    "zeep": ZeepDesign,
    "lxml": lambda: appended_trees,
    "relay": lambda: relayed,
    "relay+expat": lambda: relayed_and_checked,
}


async def serve_design(design: Design, home: Home) -> None:
    """A plain aiohttp server around one design."""
    context = _client_context(home)
    nodes = read_directory(home.nodes_directory, here=True).values()
    connector = aiohttp.TCPConnector(ssl=context, limit=0, keepalive_timeout=300)
    async with aiohttp.ClientSession(connector=connector, read_bufsize=256 * 1024) as session:

        async def search(request: web.Request) -> web.Response:
            question = await request.read()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_asked(session, node, question)) for node in nodes]
            return web.Response(body=design([task.result() for task in tasks]), headers={"Content-Type": _TYPE})

        application = web.Application()
        application.router.add_post(ns.PATH_G1, search)
        runner = web.AppRunner(application, keepalive_timeout=300)
        await runner.setup()
        leaf = home.leaf("gateway-server")
        tls = server_context(leaf.chain, leaf.key, home.trust, client_certificate="required")
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        say(f"https://127.0.0.1:{runner.addresses[0][1]}")
        async for _ in commands():
            pass
        await runner.cleanup()


async def serve_ours(home: Home) -> None:
    """The real service, with its doors, its log and its coverage."""
    log_to_stderr()
    async with running_gateway(home, _SETTINGS) as gateway:
        say(gateway.url)
        async for _ in commands():
            pass


async def _asked(session: aiohttp.ClientSession, node: Endpoint, question: bytes) -> bytes:
    headers = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)}
    async with session.post(node.url, data=question, headers=headers, server_hostname=node.server_name) as response:
        return await response.read()


def _client_context(home: Home) -> ssl.SSLContext:
    leaf = home.leaf("gateway-client")
    return client_context(leaf.chain, leaf.key, home.trust)


def main(name: str, home: Home) -> None:
    """Serve the design of that name."""
    asyncio.run(serve_ours(home) if name == "ours" else serve_design(DESIGNS[name](), home))


if __name__ == "__main__":
    main(sys.argv[1], Home(Path(sys.argv[2])))
