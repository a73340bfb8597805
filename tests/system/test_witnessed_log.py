"""The seventeen nodes witness the gateway's audit log: all of them sign, and together they show a fork."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest
from typer.testing import CliRunner

from certs.audit.inbox import AuditFiles
from certs.audit.keys import PrivateKey
from certs.home import Home
from certs.tls import client_context
from gateway.audit.bounds import AuditBounds
from gateway.audit.cli import app
from gateway.audit.log import AuditLog
from gateway.audit.log_key import KEY_FILE
from gateway.audit.node_witnesses import NodeWitnesses
from gateway.audit.stored import stored_log
from gateway.audit.witnesses import WitnessRound
from gateway.federation.region_directory import read_directory
from gateway.service import running
from gateway.settings import GatewaySettings
from regional_nodes.host import NodeHost
from ror.audit.events import ListTakenUp
from ror.exit_codes import Exit
from ror.territory import RORS

QUICK = AuditBounds(head_s=0.05)


@pytest.fixture
def home(synthetic_home: Home, tmp_path: Path) -> Home:
    """A state folder of the gateway's own, with the nodes' directory of the running ones."""
    shutil.copytree(synthetic_home.root, tmp_path / "home", ignore=shutil.ignore_patterns("audit", "nodes"))
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def forgetful(synthetic_home: Home) -> None:
    """Nodes that have witnessed no log yet: other tests' gateways have shown them theirs."""
    for ror in RORS:
        synthetic_home.node_witnessed(ror.id).unlink(missing_ok=True)


@pytest.fixture
async def witnesses(
    nodes: NodeHost, synthetic_home: Home, home: Home
) -> AsyncIterator[Callable[[AuditLog], NodeWitnesses]]:
    """The nodes as the gateway asks them."""
    leaf = home.leaf("gateway-client")
    opened: list[NodeWitnesses] = []

    def of(log: AuditLog) -> NodeWitnesses:
        directory = read_directory(synthetic_home.nodes_directory, here=True)
        opened.append(NodeWitnesses(directory, client_context(leaf.chain, leaf.key, home.trust), log.key))
        return opened[-1]

    yield of
    for one in opened:
        await one.__aexit__(None, None, None)


def opened(home: Home) -> AuditLog:
    return AuditLog.open(AuditFiles(home), name="passerelle.test", version="1", bounds=QUICK)


async def grown(log: AuditLog, version: int) -> None:
    """One record more, under a signed head."""
    size = log.size + 1
    log.append(ListTakenUp(version=version))
    async with asyncio.timeout(10):
        while f"\n{size}\n" not in log.head.text:
            await asyncio.sleep(0.01)


def most_signatures(home: Home) -> int:
    """The log's own and the witnesses' under the best head."""
    with stored_log(AuditFiles(home).folder) as log:
        return max((len(note.signatures) for note in log.notes()), default=0)


def verified(home: Home, *words: str, code: Exit = Exit.COMPLETE) -> dict:
    result = CliRunner().invoke(app, ["verify", "--json", "--home", str(home.root), *words])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


async def test_all_seventeen_co_sign_what_the_running_gateway_records(
    nodes: NodeHost, synthetic_home: Home, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.log.AuditBounds", partial(AuditBounds, head_s=0.2))
    settings = GatewaySettings(port=0, directory=synthetic_home.nodes_directory, witness_s=0.2, witnesses=17)
    async with running(home, settings), asyncio.timeout(30):
        while await asyncio.to_thread(most_signatures, home) < 18:
            await asyncio.sleep(0.1)
    report = verified(home)
    assert report["holds"]
    assert report["quorum"] == 9
    assert len(report["witnesses"]) == 17
    assert min(report["witnesses"].values()) > 0
    text = CliRunner().invoke(app, ["verify", "--home", str(home.root)]).stdout
    assert "by at least 9 of 17 witnesses" in text


async def test_a_round_of_seventeen_is_quick(
    witnesses: Callable[[AuditLog], NodeWitnesses], home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    log = await asyncio.to_thread(opened, home)
    round_ = WitnessRound(log, witnesses(log).all)
    times = []
    for version in range(1, 7):
        await grown(log, version)
        began = perf_counter()
        assert await round_.gather() == 17
        times.append((perf_counter() - began) * 1000)
    await asyncio.to_thread(log.close)
    with capsys.disabled():
        print(
            f"\na round of 17 witnesses: first {times[0]:.0f} ms, then {min(times[1:]):.0f}-{max(times[1:]):.0f} ms"
        )
    assert min(times[1:]) < 5000


async def test_a_fork_shown_to_two_nodes_is_found_from_what_they_kept(
    witnesses: Callable[[AuditLog], NodeWitnesses], home: Home, synthetic_home: Home, tmp_path: Path
) -> None:
    log = await asyncio.to_thread(opened, home)
    await grown(log, 1)
    await asyncio.to_thread(log.close)
    other = Home(tmp_path / "other")
    shutil.copytree(home.root / "audit", other.root / "audit")
    one, two = await asyncio.to_thread(opened, home), await asyncio.to_thread(opened, other)
    assert PrivateKey.from_json((AuditFiles(other).folder / KEY_FILE).read_bytes()).public == one.key
    await grown(one, 2)
    await grown(two, 3)
    ara = [each for each in witnesses(one).all if "ror-ara" in each.key.name]
    idf = [each for each in witnesses(two).all if "ror-idf" in each.key.name]
    assert await WitnessRound(one, ara).gather() == 1
    assert await WitnessRound(two, idf).gather() == 1
    assert await WitnessRound(two, ara).gather() == 0
    for log in (one, two):
        await asyncio.to_thread(log.close)
    kept = [str(synthetic_home.node_witnessed(ror)) for ror in ("ara", "idf")]
    keys = [f"--witness={each.key.text}" for each in (*ara, *idf)]
    assert verified(home, f"--head={kept[0]}", *keys[:1], code=Exit.REFUSED)["findings"]
    alone = verified(home, f"--head={kept[1]}", *keys, code=Exit.REFUSED)
    assert {finding["flaw"] for finding in alone["findings"]} & {"log-forked", "records-rewritten"}
    told = CliRunner().invoke(app, ["verify", "--home", str(home.root), f"--head={kept[1]}", *keys]).stdout
    assert "log-forked: ror-idf.demo.inter-ror.fr/witness co-signed another log" in told


async def test_a_gateway_nobody_can_witness_serves_all_the_same(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "directory.json"
    directory.write_text("{}")
    async with running(home, GatewaySettings(port=0, directory=directory, witness_s=0.05)) as gateway:
        await asyncio.sleep(0.3)
        assert gateway.port
    assert verified(home)["witnessed_up_to"] is None
