"""A node that is not to be trusted: what it sends may cost its own region its place, and nobody else anything."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import aiohttp
import pytest
from lxml import etree

from certs.home import Home
from certs.tls import client_context
from gateway.service import running
from gateway.settings import GatewaySettings
from ror import namespaces as ns
from ror.soap.version import SoapVersion
from ror.territory import RORS
from tests.support.scripted_node import Behaviour, StartNode, answering

DEADLINE_S = 1.5
SLACK_S = 0.3
"""What a machine that runs other tests may add."""
GZIPPED = "Content-Encoding: gzip\r\n"


class Told(NamedTuple):
    """What a search brought, how long it took, and how long a bystander waited at worst."""

    status: int
    lines: dict[str, dict[str, str]]
    envelope: etree._Element
    seconds: float
    bystander_s: float


Search = Callable[[dict[str, Behaviour]], Awaitable[Told]]


@pytest.fixture
def search(pki_home: Home, tmp_path: Path, start_node: StartNode, question: bytes) -> Search:
    """Search through a gateway before scripted nodes, while a bystander asks for its health again and again."""
    leaf = pki_home.leaf("partner-samu-rhone")
    context = client_context(leaf.chain, leaf.key, pki_home.trust)
    hurried = question.replace(b'echeance="PT4S"', b'echeance="PT%gS"' % DEADLINE_S)
    assert hurried != question

    async def searched(behaviours: dict[str, Behaviour]) -> Told:
        async with AsyncExitStack() as stack:
            directory = {}
            for ror, behave in behaviours.items():
                url = await stack.enter_async_context(start_node(behave, ror))
                directory[ror] = {"url": str(url), "server_name": f"ror-{ror}.demo.inter-ror.fr"}
            path = tmp_path / "hostile.json"
            path.write_text(json.dumps(directory))
            settings = GatewaySettings(port=0, directory=path, drain_s=0.2)
            gateway = await stack.enter_async_context(running(pki_home, settings))
            session = await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
            )
            return await _searched(session, gateway.url, hurried)

    return searched


async def _searched(session: aiohttp.ClientSession, url: str, question: bytes) -> Told:
    waits = [0.0]

    async def stand_by() -> None:
        while True:
            started = monotonic()
            async with session.get(f"{url}/healthz") as response:
                await response.read()
            waits.append(monotonic() - started)
            await asyncio.sleep(0.01)

    bystander = asyncio.create_task(stand_by())
    started = monotonic()
    headers = {"Content-Type": SoapVersion.V12.request_content_type(ns.ACTION_SEARCH)}
    async with session.post(url + ns.PATH_G1, data=question, headers=headers) as response:
        status, body = response.status, await response.read()
    seconds = monotonic() - started
    await asyncio.sleep(0.05)
    bystander.cancel()
    await asyncio.gather(bystander, return_exceptions=True)
    envelope = etree.fromstring(body)
    lines = {line.get("id"): dict(line.attrib) for line in envelope.iter(f"{{{ns.PASSERELLE}}}ror")}
    return Told(status, lines, envelope, seconds, max(waits))


@pytest.fixture
def honest(golden: Path) -> bytes:
    """The golden answer of ara."""
    return (golden / "g1_answer.xml").read_bytes()


def stuffed(answer: bytes, filling: bytes) -> bytes:
    """The answer with ``filling`` inside an entry."""
    at = answer.index(b"<record")
    return answer[:at] + filling + answer[at:]


HEAVY = {
    "elements": b"<!-- by the tree --><a>" + b"<b/>" * 1_500_000 + b"</a>",
    "elements, by the splice": b"<a>" + b"<b/>" * 1_500_000 + b"</a>",
    "attributes": b"<!-- by the tree -->" + (b"<b " + b" ".join(b'a%d=""' % n for n in range(900)) + b"/>") * 3_000,
    "namespaces": b"".join(b'<p%d:b xmlns:p%d="u%d"/>' % (n, n, n) for n in range(60_000)),
    "one namespace again and again": b'<p:b xmlns:p="u"/>' * 150_000,
    "text": (b"<b>" + b"x" * 1_000_000 + b"</b>") * 60,
}


@pytest.mark.parametrize("name", HEAVY)
async def test_what_is_heavy_costs_its_own_region_its_place_and_nobody_any_time(
    search: Search, honest: bytes, name: str
) -> None:
    heavy = gzip.compress(stuffed(honest, HEAVY[name]), 1)

    told = await search({"bre": answering(heavy, headers=GZIPPED), "ara": answering(honest)})

    assert told.lines["ara"]["outcome"] == "complete"
    assert told.lines["bre"]["outcome"] in {"malformed", "late"}
    assert told.seconds < DEADLINE_S * 1.02 + SLACK_S
    assert told.bystander_s < 0.5 + SLACK_S


async def test_the_control_a_large_answer_of_honest_size_is_read(search: Search, honest: bytes) -> None:
    large = stuffed(honest, (b"<b>" + b"x" * 900 + b"</b>") * 5_000)

    told = await search({"bre": answering(large), "ara": answering(honest)})

    assert told.lines["bre"]["outcome"] == "complete"


LINE = b'id="ara" codes="84" outcome="complete" found="1" returned="1"'


@pytest.mark.parametrize("count", [b"-1", b"1e3", b"99999999999999999999", b"NaN", "\u0661".encode()])
async def test_a_count_that_is_none_makes_an_answer_malformed(search: Search, honest: bytes, count: bytes) -> None:
    lying = honest.replace(LINE, LINE.replace(b'found="1"', b'found="%b"' % count))
    assert lying != honest

    told = await search({"ara": answering(lying)})

    assert told.lines["ara"]["outcome"] == "malformed"
    assert told.lines["ara"]["detail"] == "answer.coverage"


async def test_no_region_can_say_that_it_found_less_than_it_sent(search: Search, honest: bytes) -> None:
    lying = honest.replace(LINE, LINE.replace(b'found="1"', b'found="0"'))

    told = await search({"ara": answering(lying)})

    assert (told.lines["ara"]["found"], told.lines["ara"]["returned"]) == ("1", "1")


async def test_a_region_that_says_it_found_more_than_it_sent_is_truncated(search: Search, honest: bytes) -> None:
    lying = honest.replace(LINE, LINE.replace(b'found="1"', b'found="900"'))

    told = await search({"ara": answering(lying)})

    assert (told.lines["ara"]["outcome"], told.lines["ara"]["found"]) == ("truncated", "900")


@pytest.mark.parametrize(
    "local", ["idf:e_1", "a&quot;b", "&lt;x&gt;", "a'b", "\u202ex", "\\1", "&#10;x", "x" * 5_000]
)
async def test_whatever_a_region_calls_its_entries_stays_in_its_own_scope(
    search: Search, honest: bytes, local: str
) -> None:
    strange = honest.replace(b'entityID="ara:47045"', f'entityID="{local}"'.encode())
    assert strange != honest

    told = await search({"bre": answering(strange), "ara": answering(honest)})

    assert told.status == 200
    ids = [entry.get("entityID") for entry in told.envelope.iter("facility", "organization", "service", "device")]
    assert all(id_.startswith(("ara:", "bre:")) for id_ in ids if id_ is not None)
    units = [unit.get("entityID") for unit in told.envelope.iter("facility")]
    assert len(set(units)) == len(units)


async def test_seventeen_regions_that_drip_cost_the_deadline_and_no_more(search: Search) -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"y")
            await writer.drain()
            await asyncio.sleep(0.05)

    told = await search({ror.id: drip for ror in RORS})

    assert told.status == 503
    assert {line["outcome"] for line in told.lines.values()} == {"late"}
    assert told.seconds < DEADLINE_S * 1.02 + SLACK_S
    assert told.bystander_s < 0.5 + SLACK_S
