"""The host of the nodes: starts together, stops one by one, drains, and says why it cannot start."""

import asyncio
import json
import shutil
import time

import aiohttp
import pytest
from structlog.testing import capture_logs

from certs.home import Home
from regional_nodes import server as node_server
from regional_nodes.errors import HostError, StoreError
from regional_nodes.host import HostSettings, NodeHost
from regional_nodes.serving.answering import answer_question
from regional_nodes.serving.fault_plan import plan_path
from ror import namespaces as ns
from tests.regional_nodes.conftest import FEW
from tests.regional_nodes.node_client import NodeClient, question

FREE = HostSettings(base_port=0, drain_s=2.0, poll_s=0.05)


async def test_the_directory_is_there_while_the_nodes_listen(node_home: Home) -> None:
    assert not node_home.nodes_directory.exists()
    async with NodeHost(node_home, FEW, FREE) as host:
        told = json.loads(node_home.nodes_directory.read_bytes())
        witnesses = {entry.pop("witness").partition("+")[0] for entry in told.values()}
        assert witnesses == {f"ror-{ror}.demo.inter-ror.fr/witness" for ror in FEW}
        assert told == {ror: {"url": host.url(ror), "server_name": f"ror-{ror}.demo.inter-ror.fr"} for ror in FEW}
        assert all(entry["url"].endswith(ns.PATH_G1) for entry in told.values())
        assert node_home.nodes_directory.stat().st_mode & 0o777 == 0o600
    assert not node_home.nodes_directory.exists()


async def test_a_directory_that_another_host_wrote_is_left(node_home: Home) -> None:
    async with NodeHost(node_home, ("ara",), FREE):
        node_home.nodes_directory.write_text("{}")
    assert node_home.nodes_directory.read_text() == "{}"


async def test_a_stopped_node_starts_again_at_its_address(nodes: NodeHost, client: NodeClient) -> None:
    url = nodes.url("bre")
    await nodes.stop("bre")
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.ask(ror="bre")
    assert (await client.ask(ror="ara")).status == 200
    await nodes.start("bre")
    assert nodes.url("bre") == url
    assert (await client.ask(ror="bre")).units == ["b1"]


async def test_stopping_a_node_cuts_what_it_is_answering(
    nodes: NodeHost, client: NodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_server, "answer_question", _slowly)
    asking = asyncio.create_task(client.ask())
    await asyncio.sleep(0.15)
    await nodes.stop("ara")
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        async with asyncio.timeout(1):
            await asking


async def test_leaving_finishes_what_is_being_answered(node_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_server, "answer_question", _slowly)
    async with NodeHost(node_home, ("ara",), FREE) as host:
        asking = asyncio.create_task(NodeClient(host, node_home).ask(question()))
        await asyncio.sleep(0.15)
    assert (await asking).status == 200


async def test_many_questions_at_once_are_all_answered(client: NodeClient) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client.context("gateway-client"))) as session:
        messages = [client.message(question()) for _ in range(60)]
        replies = await asyncio.gather(*(client.send(message, session=session) for message in messages))
    assert {tuple(reply.units) for reply in replies} == {("u1", "u2", "u3")}


async def test_the_loop_is_not_blocked_by_searches(client: NodeClient) -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - started)
            await asyncio.sleep(0.001)

    watcher = asyncio.create_task(watch())
    for _ in range(5):
        await client.ask()
    watcher.cancel()
    assert longest < 0.25


async def test_a_missing_store_is_told_before_anything_listens(node_home: Home) -> None:
    with pytest.raises(StoreError, match="ror nodes prepare"):
        async with NodeHost(node_home, ("ara", "idf"), FREE):
            pass
    assert not node_home.nodes_directory.exists()


async def test_the_data_of_another_region_is_refused(node_home: Home) -> None:
    shutil.copy(node_home.node_store("ara"), node_home.node_store("bre"))
    with pytest.raises(HostError, match="ara"):
        async with NodeHost(node_home, ("bre",), FREE):
            pass


async def test_a_missing_certificate_is_told(node_home: Home) -> None:
    node_home.leaf("node-ara").key.unlink()
    with pytest.raises(HostError, match="certificate"):
        async with NodeHost(node_home, ("ara",), FREE):
            pass


async def test_a_missing_whitelist_is_told(node_home: Home) -> None:
    shutil.rmtree(node_home.root / "whitelist")
    with pytest.raises(HostError, match="cannot start"):
        async with NodeHost(node_home, ("ara",), FREE):
            pass


async def test_a_port_that_is_taken_is_told_and_nothing_stays_open(node_home: Home) -> None:
    async with NodeHost(node_home, ("ara",), FREE) as first:
        port = int(first.url("ara").split(":")[2].split("/")[0])
        with pytest.raises(HostError, match=str(port)):
            async with NodeHost(node_home, ("ara",), HostSettings(base_port=port)):
                pass
        assert (await NodeClient(first, node_home).ask()).status == 200


def _slowly(*arguments: object) -> object:
    time.sleep(0.5)
    return answer_question(*arguments)


@pytest.mark.parametrize("gone", ["whitelist/whitelist.jws", "pki/crl"])
async def test_a_node_that_can_hear_of_no_revocation_lets_nobody_in_until_it_can(
    node_home: Home, client: NodeClient, gone: str
) -> None:
    path = node_home.root / gone
    assert path.exists()
    settings = HostSettings(base_port=0, drain_s=0.2, poll_s=0.05, unheard_s=1.0)
    async with NodeHost(node_home, ("ara",), settings) as host:
        client._host = host

        async def until(status: int) -> None:
            give_up = time.monotonic() + 10
            while (reply := await client.ask()).status != status:
                assert time.monotonic() < give_up, (reply.status, reply.slug)
                await asyncio.sleep(0.05)

        await until(200)
        away = path.with_name("away")
        path.rename(away)
        await until(503)
        away.rename(path)
        await until(200)


async def test_a_plan_of_faults_that_cannot_be_read_makes_no_node_deaf(node_home: Home, client: NodeClient) -> None:
    async with NodeHost(node_home, ("ara",), FREE) as host:
        client._host = host
        plan = plan_path(node_home)
        plan.write_bytes(b"[" * 60_000)
        with capture_logs() as logs:
            give_up = time.monotonic() + 10
            while not any(line["event"] == "faults.unreadable" for line in logs):
                assert time.monotonic() < give_up
                await asyncio.sleep(0.02)
        node_home.whitelist_published.rename(node_home.root / "away")
        with capture_logs() as logs:
            while not any(line["event"] == "whitelist.unreadable" for line in logs):
                assert time.monotonic() < give_up
                await asyncio.sleep(0.02)
