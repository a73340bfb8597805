"""What the commands print for people: tables and sentences on stderr and stdout.

Names and outcomes come from the regions: they are shown as they are and never read as markup.
"""

from collections.abc import Sequence
from datetime import datetime
from math import floor
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ror.coverage import Outcome
from ror.quoting import printable
from ror.territory import ROR_BY_ID

SIMULATED = "Disponibilités et personnes simulées : ne pas utiliser pour soigner."

_OUTCOME_COLOURS: dict[str, str] = {
    Outcome.COMPLETE: "green",
    Outcome.TRUNCATED: "yellow",
    Outcome.STALE: "yellow",
    Outcome.SKIPPED: "red",
    Outcome.NOT_ASKED: "dim",
    Outcome.LATE: "red",
    Outcome.UNREACHABLE: "red",
    Outcome.REFUSED: "magenta",
}
_OUTCOME_SENTENCES = {
    "complete": "complet",
    "truncated": "tronqué",
    "stale": "dernière réponse connue",
    "skipped": "suspendue",
    "not-asked": "pas interrogé",
    "late": "trop tard",
    "unreachable": "injoignable",
    "refused": "refusé",
    "malformed": "réponse illisible",
    "faulty": "en erreur",
    "unknown-code": "code inconnu de ce ROR",
}

_WIDTH_OF_A_PIPE = 132
_LONGEST_NAME = 120


def messages() -> Console:
    """The console for messages and progress."""
    return _wide_enough(Console(stderr=True, highlight=False))


def output() -> Console:
    """The console for what was asked for."""
    return _wide_enough(Console(highlight=False))


def say_error(code: str, message: str) -> None:
    """One line on stderr: a stable code, then what it is about."""
    messages().print(f"ror: {code}: {' '.join(message.split())}", markup=False, soft_wrap=True)


def _wide_enough(console: Console) -> Console:
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_PIPE
    return console


def coverage_table(coverage: dict[str, Any]) -> Table:
    """One line a ROR: what happened there."""
    table = Table(title=completeness(coverage), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading, justify in (
        ("ROR", "left"),
        ("Issue", "left"),
        ("Trouvées", "right"),
        ("Rendues", "right"),
        ("ms", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # literals lose their type in a loop
    for line in coverage["rors"]:
        ror = ROR_BY_ID.get(line["ror"])
        table.add_row(
            _as_it_is(ror.name if ror else line["ror"]),
            outcome_text(line["outcome"], line["detail"]),
            _number(line["found"]),
            _number(line["returned"]),
            _number(line["ms"]),
        )
    return table


def outcome_text(outcome: str, detail: str | None = None) -> Text:
    """An outcome in French and in its colour; one that a newer region tells stands as it is."""
    sentence = _OUTCOME_SENTENCES.get(outcome, outcome)
    return Text(f"{sentence} ({detail})" if detail else sentence, style=_OUTCOME_COLOURS.get(outcome, "red"))


def completeness(coverage: dict[str, Any]) -> str:
    """How much of what was asked is there, in one line."""
    people = floor(coverage["population"] * 1_000) / 10
    return (
        f"ROR complets : {coverage['complete']} sur {coverage['asked']} interrogés "
        f"({people:g} % de leur population)".replace(".", ",")
    )


def units_table(units: Sequence[dict[str, Any]], *, simulated: bool) -> Table | str:
    """One row a unit: establishment, commune, distance, beds. Names fold where it is narrow, numbers never."""
    if not units:
        return "Aucune unité trouvée."
    table = Table(caption=SIMULATED if simulated else None, caption_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Établissement", max_width=33)
    table.add_column("Unité", max_width=28)
    table.add_column("Commune", max_width=20)
    table.add_column("ROR", no_wrap=True, min_width=3)
    table.add_column("km", justify="right", no_wrap=True, min_width=6)
    table.add_column("Lits libres", justify="right", no_wrap=True, min_width=8)
    table.add_column("Mis à jour", justify="right", no_wrap=True, min_width=11)
    for unit in units:
        establishment = unit["establishment"] or {}
        place = establishment.get("commune") or {}
        beds = unit["beds"]
        table.add_row(
            _as_it_is(establishment.get("name")),
            _as_it_is(unit["name"]),
            _as_it_is(place.get("name")),
            _as_it_is(unit["ror"]),
            _kilometres(unit["distance_km"]),
            _beds(beds),
            _moment(beds["updated"]),
        )
    return table


def _as_it_is(name: str | None) -> Text:
    """A region's own words: no markup, and nothing that moves a cursor."""
    return Text(printable(name or "?", _LONGEST_NAME))


def _beds(beds: dict[str, Any]) -> str:
    if beds["available"] is None and beds["installed"] is None:
        return "–"
    return f"{_number(beds['available'])} sur {_number(beds['installed'])}"


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _kilometres(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _moment(value: str | None) -> str:
    return "–" if value is None else datetime.fromisoformat(value).astimezone().strftime("%d/%m %H:%M")
