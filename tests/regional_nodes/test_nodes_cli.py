"""``ror nodes``: what it prints, where, and how it exits."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from certs.home import Home
from regional_nodes.cli import app
from regional_nodes.directory import address_of, write_directory
from regional_nodes.serving.fault_plan import plan_path, read_plan
from regional_nodes.serving.faults import FaultKind, NodeFault
from ror.exit_codes import Exit
from ror.territory import RORS


def run(*arguments: str, home: Path | None = None):
    told = ["--home", str(home)] if home is not None else []
    return CliRunner().invoke(app, [*arguments, *told])


def test_prepare_makes_seventeen_stores(tmp_path: Path) -> None:
    result = run("prepare", "--scale", "0.01", "--workers", "1", home=tmp_path)
    assert result.exit_code == Exit.COMPLETE
    assert result.stdout == ""
    assert "17 RORs" in result.stderr
    assert "invented" in result.stderr
    assert all(Home(tmp_path).node_store(ror.id).is_file() for ror in RORS)


def test_prepare_says_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "nodes").write_text("in the way")
    result = run("prepare", "--scale", "0.01", "--workers", "1", home=tmp_path)
    assert result.exit_code == Exit.UNEXPECTED
    assert result.stderr.strip().splitlines()[-1].startswith("ror nodes: ")


def test_status_tells_every_node_and_that_none_is_up(node_home: Home) -> None:
    result = run("status", "--json", home=node_home.root)
    nodes = {node["ror"]: node for node in json.loads(result.stdout)["nodes"]}
    assert result.exit_code == Exit.NO_ROR_ANSWERED
    assert len(nodes) == 17
    assert (nodes["ara"]["units"], nodes["ara"]["source"], nodes["ara"]["up"]) == (3, "synthetic", False)
    assert nodes["cor"]["release"] == "2018-12-14"
    assert nodes["idf"]["units"] is None
    assert "ror nodes prepare" in nodes["idf"]["problem"]


def test_status_for_people_fits_a_terminal(node_home: Home) -> None:
    result = run("status", home=node_home.root)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "pas pour soigner" in result.stdout
    assert "Auvergne" in result.stdout


def test_status_of_a_directory_that_leads_nowhere_is_down(node_home: Home) -> None:
    write_directory(node_home, {"ara": address_of("ara", "127.0.0.1", 1)})
    nodes = json.loads(run("status", "--json", home=node_home.root).stdout)["nodes"]
    assert [node["up"] for node in nodes if node["url"]] == [False]


def test_fault_writes_the_plan_and_none_clears_it(node_home: Home) -> None:
    assert run("fault", "ara", "slow:800", home=node_home.root).exit_code == Exit.COMPLETE
    assert run("fault", "bre", "hang", home=node_home.root).exit_code == Exit.COMPLETE
    assert run("fault", "bre", "none", home=node_home.root).exit_code == Exit.COMPLETE
    assert read_plan(plan_path(node_home)) == {"ara": NodeFault(FaultKind.SLOW, 800)}


def test_fault_lists_what_there_is() -> None:
    listed = run("fault", "--list").stdout
    assert all(kind.label in listed for kind in FaultKind)


@pytest.mark.parametrize(
    "arguments",
    [("fault", "xxx", "hang"), ("fault", "ara", "unknown"), ("fault", "ara"), ("serve", "--only", "xxx")],
)
def test_wrong_words_are_a_usage_error(node_home: Home, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, home=node_home.root).exit_code == Exit.USAGE


def test_serve_says_what_is_missing(tmp_path: Path) -> None:
    result = run("serve", home=tmp_path)
    assert result.exit_code == Exit.UNEXPECTED
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_import_of_rubbish_is_invalid_input(tmp_path: Path) -> None:
    gisco, sae = tmp_path / "gisco.csv", tmp_path / "sae"
    gisco.write_text("nothing\n")
    sae.mkdir()
    result = run("import", "--gisco", str(gisco), "--sae", str(sae), home=tmp_path / "state")
    assert result.exit_code == Exit.INVALID_INPUT
    assert result.stderr.startswith("ror nodes: ")


def _told_to_stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)


def _gone_itself(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None


@pytest.mark.parametrize("ended", [_told_to_stop, _gone_itself])
def test_serve_runs_until_it_is_told_to_stop_or_its_parent_is_gone(
    node_home: Home, ended: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    code = "from regional_nodes.cli import app; app()"
    chosen = ["--base-port", "0", "--only", "ara,bre", "--fault", "bre=html", "--until-eof"]
    command = [sys.executable, "-c", code, "serve", *chosen]
    environment = {**os.environ, "ROR_HOME": str(node_home.root)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stderr=pipe, stdout=pipe) as process:
        until = time.monotonic() + 20
        while not node_home.nodes_directory.exists() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        told = json.loads(node_home.nodes_directory.read_bytes())
        nodes = {
            node["ror"]: node for node in json.loads(run("status", "--json", home=node_home.root).stdout)["nodes"]
        }
        ended(process)
        process.communicate(timeout=15)
    assert sorted(told) == ["ara", "bre"]
    assert [ror for ror, node in nodes.items() if node["up"]] == ["ara", "bre"]
    assert process.returncode == 0
    assert not node_home.nodes_directory.exists()
