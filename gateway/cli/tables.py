"""What the commands print for people: tables and sentences on stderr and stdout."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from ror.coverage import Outcome
from ror.territory import ROR_BY_ID

SIMULATED = "Disponibilités et personnes simulées : ne pas utiliser pour soigner."

OUTCOME_COLOURS = {
    Outcome.COMPLETE: "green",
    Outcome.TRUNCATED: "yellow",
    Outcome.LATE: "red",
    Outcome.UNREACHABLE: "red",
    Outcome.REFUSED: "magenta",
}
OUTCOME_SENTENCES = {
    "complete": "complet",
    "truncated": "tronqué",
    "late": "trop tard",
    "unreachable": "injoignable",
    "refused": "refusé",
    "malformed": "réponse illisible",
    "faulty": "en erreur",
    "unknown-code": "code inconnu de ce ROR",
}


def messages() -> Console:
    """The console for messages and progress."""
    return Console(stderr=True, highlight=False)


def coverage_table(coverage: dict[str, Any]) -> Table:
    """One line a ROR: what happened there."""
    table = Table(
        title=f"{coverage['complete']} ROR complets sur {coverage['asked']} interrogés", title_justify="left"
    )
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
        colour = OUTCOME_COLOURS.get(line["outcome"], "red")
        reason = f" ({line['detail']})" if line["detail"] else ""
        table.add_row(
            ror.name if ror else line["ror"],
            f"[{colour}]{OUTCOME_SENTENCES.get(line['outcome'], line['outcome'])}{reason}[/]",
            _number(line["found"]),
            _number(line["returned"]),
            _number(line["ms"]),
        )
    return table


def units_table(units: Sequence[dict[str, Any]], *, simulated: bool) -> Table:
    """One line a unit: establishment, commune, distance, beds."""
    table = Table(caption=SIMULATED if simulated else None, caption_justify="left")
    table.add_column("Établissement")
    table.add_column("Unité")
    table.add_column("Commune")
    table.add_column("ROR")
    table.add_column("km", justify="right")
    table.add_column("Lits libres / installés", justify="right")
    table.add_column("Mis à jour", justify="right")
    for unit in units:
        establishment = unit["establishment"] or {}
        place = establishment.get("commune") or {}
        beds = unit["beds"]
        table.add_row(
            establishment.get("name") or "?",
            unit["name"],
            place.get("name") or "?",
            unit["ror"],
            _kilometres(unit["distance_km"]),
            f"{_number(beds['available'])} / {_number(beds['installed'])}",
            _moment(beds["updated"]),
        )
    return table


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _kilometres(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _moment(value: str | None) -> str:
    return "–" if value is None else datetime.fromisoformat(value).strftime("%d/%m %H:%M")
