"""The bench runs, at its smallest: so that it is found broken before somebody wants its figures."""

import json
from pathlib import Path

import pytest

from tests.bench.search_cost import main


def _measured(tmp_path: Path, *arguments: str) -> set[str]:
    figures = tmp_path / "figures.json"
    assert main(["--units", "2", "--rounds", "1", "--json", str(figures), *arguments]) == 0
    (size,) = json.loads(figures.read_text())["sizes"]
    return set(size["designs"])


def test_the_bench_measures_the_gateway_and_tells_what_it_found(tmp_path: Path, capsys) -> None:
    assert _measured(tmp_path, "--designs", "ours", "relay") == {"ours", "relay"}
    assert "was not measured" in capsys.readouterr().out


@pytest.mark.full
def test_the_bench_measures_every_design(tmp_path: Path) -> None:
    assert _measured(tmp_path) == {"ours", "zeep", "lxml", "relay", "relay+expat"}
