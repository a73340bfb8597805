"""The bench runs, at its smallest: so that it is found broken before somebody wants its figures."""

import json
from pathlib import Path

import pytest

from tests.bench.search_cost import main


@pytest.mark.full
def test_the_bench_measures_every_design_and_tells_what_it_found(tmp_path: Path, capsys) -> None:
    figures = tmp_path / "figures.json"
    assert main(["--units", "2", "--rounds", "1", "--json", str(figures)]) == 0
    (size,) = json.loads(figures.read_text())["sizes"]
    assert set(size["designs"]) == {"ours", "zeep", "lxml", "relay", "relay+expat"}
    assert "was not measured" in capsys.readouterr().out
