"""The history for an officer's eye, and for programs."""

from collections.abc import Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from whitelist.access import Turn
from whitelist.chronicle import Entry
from whitelist.difference import Difference
from whitelist.difference_view import difference_view
from whitelist.stops import Stop, stop_view

_MOST_LINES = 8
_MOST_CHARACTERS = 140


def log_table(entries: Sequence[Entry], stops: Sequence[Stop]) -> Table:
    """A row for every version, and for every stop between them, the newest first."""
    table = Table(box=SIMPLE_HEAD, header_style="bold", show_lines=True)
    table.add_column("Version", no_wrap=True)
    table.add_column("When", no_wrap=True)
    table.add_column("Who", overflow="fold")
    table.add_column("Why", overflow="fold")
    table.add_column("What", overflow="fold", ratio=1)
    waiting = list(stops)
    for entry in entries:
        issued = entry.verified.whitelist.issued_at if entry.verified else None
        while waiting and issued is not None and waiting[0].issued_at > issued:
            _stop_row(table, waiting.pop(0))
        _entry_row(table, entry, issued)
    for stop in waiting:
        _stop_row(table, stop)
    return table


def log_view(entries: Sequence[Entry], stops: Sequence[Stop]) -> dict[str, object]:
    """The history as JSON-ready values."""
    return {
        "versions": [_entry_view(entry) for entry in entries],
        "stops": [{**stop_view(stop), "id": stop.id} for stop in stops],
    }


def _entry_row(table: Table, entry: Entry, issued: datetime | None) -> None:
    if entry.verified is None or issued is None:
        table.add_row(str(entry.version), "", "", "", Text(f"NOT AUTHENTIC: {entry.flaw}", "bold red"))
        return
    who = entry.author or ", ".join(entry.verified.signers)
    if entry.approvers and entry.author:
        who += f"\napproved by {', '.join(entry.approvers)}"
    unknown = "the version before it is not kept here" if entry.author else "it does not say where it comes from"
    what = _summary(entry.difference) if entry.difference else Text(unknown)
    if not entry.tallies:
        what = Text("NOT WHAT ITS OFFICERS WERE SHOWN\n", "bold red") + what
    table.add_row(str(entry.version), _minute(issued), who, Text(entry.reason), what)


def _stop_row(table: Table, stop: Stop) -> None:
    what = Text(f"{stop.partner}\n  stopped ({stop.kind.value}) until {_minute(stop.until)}", "red")
    table.add_row("stop", _minute(stop.issued_at), f"{stop.officer}\nalone", Text(stop.reason), what)


def _summary(shown: Difference) -> Text:
    text = Text()
    subject = ""
    for line in shown.lines[:_MOST_LINES]:
        if line.subject != subject:
            subject = line.subject
            text.append(f"{subject}\n", "bold")
        style = {Turn.LOSES: "red", Turn.GAINS: "green", Turn.ADDED: "green"}.get(line.turn, "")
        told = str(line)
        text.append(f"  {told if len(told) <= _MOST_CHARACTERS else told[:_MOST_CHARACTERS] + '…'}\n", style)
    more = len(shown.lines) - _MOST_LINES
    if more > 0:
        text.append(f"… {more} more: ror whitelist diff {shown.base_version} {shown.version}")
    text.rstrip()
    return text


def _entry_view(entry: Entry) -> dict[str, object]:
    view: dict[str, object] = {"version": entry.version, "flaw": entry.flaw, "tallies": entry.tallies}
    if entry.verified is not None:
        whitelist = entry.verified.whitelist
        view |= {
            "issued_at": whitelist.issued_at.isoformat(),
            "expires_at": whitelist.expires_at.isoformat(),
            "digest": entry.verified.digest,
            "author": entry.author,
            "approved_by": entry.approvers,
            "signers": entry.verified.signers,
            "reason": entry.reason,
            "difference": whitelist.origin.difference if whitelist.origin else None,
        }
    if entry.difference is not None:
        view["changes"] = difference_view(entry.difference)["changes"]
    return view


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
