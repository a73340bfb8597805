"""Tables for people: what regions call things is shown as it is."""

from io import StringIO

import pytest
from rich.console import Console

from gateway.cli.tables import SIMULATED, coverage_table, say_error, units_table

NOTHING = {"installed": None, "available": None, "updated": None, "simulated": True}


def shown(table: object) -> str:
    stream = StringIO()
    Console(file=stream, width=160).print(table)
    return stream.getvalue()


def unit(name: str) -> dict[str, object]:
    return {
        "name": name,
        "ror": "ara",
        "establishment": {"name": "CH [site nord]", "commune": {"code": "69123", "name": "Lyon"}},
        "distance_km": None,
        "beds": NOTHING,
    }


@pytest.mark.parametrize("name", ["Réanimation [bold]", "Unité [/]", "Soins \x9b2J"])
def test_a_units_name_is_no_markup_and_moves_no_cursor(name: str) -> None:
    text = shown(units_table([unit(name)], simulated=True))

    assert name.replace("\x9b", "\N{REPLACEMENT CHARACTER}") in text
    assert "CH [site nord]" in text
    assert SIMULATED in text


def test_an_outcome_of_a_newer_region_is_shown_as_it_is() -> None:
    line = {"ror": "ara", "outcome": "stale [/]", "detail": None, "found": 3, "returned": 3, "ms": 12}

    assert "stale [/]" in shown(coverage_table({"asked": 1, "complete": 0, "population": 0.0, "rors": [line]}))


def test_an_error_is_one_line_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    say_error("gateway.unreachable", "Connect call failed [Errno 111]\n('127.0.0.1', 9443)")

    told = capsys.readouterr()
    assert told.err == "ror: gateway.unreachable: Connect call failed [Errno 111] ('127.0.0.1', 9443)\n"
    assert told.out == ""
