"""Faults on demand: what each one does on the wire, and that a mended node is well again."""

import asyncio
import time

import aiohttp
import pytest

from regional_nodes.errors import FaultSyntaxError
from regional_nodes.host import NodeHost
from regional_nodes.serving.fault_plan import parse_fault_option, plan_path, read_plan, write_plan
from regional_nodes.serving.faults import FaultKind, NodeFault
from ror.errors import FaultError, UnreadableAnswerError
from ror.xml_parser import ANSWER_LIMITS, parse
from tests.regional_nodes.node_client import NodeClient, Reply, question


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_reads_back_as_it_is_written(kind: FaultKind) -> None:
    fault = NodeFault.parse(kind.label)
    assert NodeFault.parse(str(fault)) == fault
    assert fault.number == (kind.default or 0)


@pytest.mark.parametrize("text", ["", "unknown", "hang:3", "slow:", "slow:-1", "slow:1e3", "slow:99999999999"])
def test_what_is_no_fault_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(FaultSyntaxError):
        NodeFault.parse(text)


def test_the_option_names_a_ror_and_a_fault() -> None:
    assert parse_fault_option("ara=slow:800") == ("ara", NodeFault(FaultKind.SLOW, 800))
    for wrong in ("ara", "xxx=hang", "=hang"):
        with pytest.raises(FaultSyntaxError):
            parse_fault_option(wrong)


@pytest.fixture
def broken(nodes: NodeHost, client: NodeClient):
    """Ask ara while it has a fault, for at most some seconds."""

    async def ask(fault: str, timeout_s: float = 5.0) -> Reply:
        await nodes.set_fault("ara", NodeFault.parse(fault))
        async with asyncio.timeout(timeout_s):
            return await client.ask(question())

    return ask


async def test_a_node_that_is_down_refuses_connections_until_it_is_mended(
    nodes: NodeHost, client: NodeClient
) -> None:
    url = nodes.url("ara")
    await nodes.set_fault("ara", NodeFault(FaultKind.DOWN))
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.ask()
    await nodes.set_fault("ara", None)
    assert nodes.url("ara") == url
    assert (await client.ask()).status == 200


@pytest.mark.parametrize("fault", ["hang", "slow:60000", "drip:1"])
async def test_a_node_that_keeps_one_waiting_lets_go_when_it_is_mended(
    nodes: NodeHost, client: NodeClient, broken, fault: str
) -> None:
    with pytest.raises(TimeoutError):
        await broken(fault, timeout_s=0.4)
    waiting = asyncio.create_task(client.ask(question()))
    await asyncio.sleep(0.3)
    await nodes.set_fault("ara", None)
    async with asyncio.timeout(3):
        await asyncio.gather(waiting, return_exceptions=True)
        assert (await client.ask()).status == 200


async def test_a_slow_node_answers_correctly_and_late(broken) -> None:
    started = time.monotonic()
    reply = await broken("slow:300")
    assert reply.units
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("fault", ["reset", "reset-late:50"])
async def test_a_node_that_resets_cuts_the_connection(broken, fault: str) -> None:
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await broken(fault)


@pytest.mark.parametrize("fault", ["truncated:50", "malformed", "garbage", "empty", "doctype"])
async def test_answers_that_cannot_be_parsed(broken, fault: str) -> None:
    reply = await broken(fault)
    assert reply.status == 200
    with pytest.raises(FaultError):
        parse(reply.body, ANSWER_LIMITS)


async def test_garbage_is_the_same_every_time(broken) -> None:
    assert (await broken("garbage:99")).body == (await broken("garbage:99")).body


@pytest.mark.parametrize(("fault", "status"), [("html", 200), ("status:503", 503), ("status", 500)])
async def test_pages_in_place_of_answers(broken, fault: str, status: int) -> None:
    reply = await broken(fault)
    assert reply.status == status
    assert reply.headers["Content-Type"].startswith("text/html")


async def test_a_redirection_leads_elsewhere(broken) -> None:
    reply = await broken("redirect")
    assert reply.status == 307
    assert "elsewhere.invalid" in reply.headers["Location"]


async def test_a_wrong_count_is_announced(broken) -> None:
    with pytest.raises(FaultError, match="count-mismatch"):
        _ = (await broken("wrong-count:2")).directory


async def test_comments_and_instructions_change_nothing(broken, client: NodeClient, nodes: NodeHost) -> None:
    odd = (await broken("comments")).directory
    await nodes.set_fault("ara", None)
    assert odd == (await client.ask()).directory


@pytest.mark.parametrize(
    ("fault", "number", "slug"),
    [
        ("fault-444", 444, None),
        ("unknown-code", 400, "criterion.unknown-code"),
        ("fault:503", 503, "service.overloaded"),
    ],
)
async def test_faults_of_every_form(broken, fault: str, number: int, slug: str | None) -> None:
    reply = await broken(fault)
    assert reply.fault is not None
    assert (reply.fault.number, reply.fault.slug) == (number, slug)


async def test_an_oversized_answer_is_as_large_as_told(broken) -> None:
    reply = await broken("oversized:3000000")
    assert len(reply.body) == 3_000_000
    with pytest.raises((FaultError, UnreadableAnswerError)):
        parse(reply.body, ANSWER_LIMITS)


async def test_a_bomb_is_small_until_it_is_opened(broken) -> None:
    reply = await broken("gzip-bomb:3000000")
    assert int(reply.headers["Content-Length"]) < 30_000
    assert len(reply.body) == 3_000_000


async def test_health_tells_the_truth_while_a_node_misbehaves(nodes: NodeHost, client: NodeClient) -> None:
    await nodes.set_fault("ara", NodeFault(FaultKind.HANG))
    assert (await client.send(None, leaf=None, method="GET", path="/healthz")).status == 200


async def test_the_plan_in_the_state_folder_breaks_and_mends_running_nodes(
    nodes: NodeHost, node_home, client: NodeClient, eventually
) -> None:
    path = plan_path(node_home)
    write_plan(path, {"ara": NodeFault(FaultKind.HTML)})
    await eventually(lambda: nodes.fault("ara") is not None)
    assert (await client.ask()).headers["Content-Type"].startswith("text/html")
    path.write_text("{ not json")
    await asyncio.sleep(0.2)
    assert nodes.fault("ara") == NodeFault(FaultKind.HTML)
    write_plan(path, {})
    await eventually(lambda: nodes.fault("ara") is None)
    assert (await client.ask()).status == 200


def test_a_plan_that_names_no_ror_is_refused(tmp_path) -> None:
    path = tmp_path / "faults.json"
    assert read_plan(path) == {}
    for wrong in ('{"xxx": "hang"}', '{"ara": 3}', "[]", '{"ara": "unknown"}'):
        path.write_text(wrong)
        with pytest.raises(FaultSyntaxError):
            read_plan(path)
