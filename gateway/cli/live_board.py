"""The seventeen RORs on one table that changes as they answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from gateway.cli.tables import outcome_text
from gateway.federation.reply import RegionReply
from ror.territory import RORS


class LiveBoard:
    """Shows every ROR as "…" until its reply is there. Call it with each reply."""

    def __init__(self) -> None:
        self._replies: dict[str, RegionReply] = {}
        self._live: Live | None = None

    def __call__(self, reply: RegionReply) -> None:
        """Take a reply in."""
        self._replies[reply.ror] = reply
        if self._live is not None:
            self._live.update(self._table())

    @contextmanager
    def shown(self, console: Console) -> Iterator[None]:
        """Show the board while the search runs."""
        with Live(self._table(), console=console, refresh_per_second=12) as live:
            self._live = live
            try:
                yield
            finally:
                live.update(self._table())
                self._live = None
        if not console.is_terminal:
            console.print()

    def _table(self) -> Table:
        title = "Recherche nationale : 17 ROR interrogés"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("ROR")
        table.add_column("Solution")
        table.add_column("Issue")
        table.add_column("Unités", justify="right")
        table.add_column("ms", justify="right")
        for ror in RORS:
            reply = self._replies.get(ror.id)
            if reply is None:
                table.add_row(ror.name, ror.solution, "[dim]…[/]", "", "")
                continue
            units = str(len(reply.entries.facilities)) if reply.entries is not None else "–"
            table.add_row(ror.name, ror.solution, outcome_text(reply.outcome), units, str(reply.duration_ms))
        return table
