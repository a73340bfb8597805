"""``ror whitelist propagation``: who goes by the list in force, each by its own signature."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ror.exit_codes import Exit
from whitelist.acknowledgement.survey import Survey, survey
from whitelist.cli import desk
from whitelist.cli.desk import HomeOption, JsonOption
from whitelist.files import WhitelistFiles
from whitelist.propagation import Standing
from whitelist.propagation_view import propagation_heading, propagation_table, propagation_view

_LOOK_S = 0.5


def propagation(
    as_json: JsonOption = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until all of them follow.")] = False,
    home: HomeOption = None,
) -> None:
    """Show which list the gateway and every node go by, and who is behind, silent, or says what does not count.

    Reads what the gateway keeps and verifies it again. Exit codes: 0 all follow, 3 an answer does not count, 4 some
    do not follow.
    """
    with desk.told():
        files = desk.files_of(home)
        found = _watched(files, quiet=as_json) if watch else survey(files, _now())
        if as_json:
            desk.print_json(propagation_view(found))
        elif not watch:
            desk.print_table(propagation_heading(found), propagation_table(found))
        if any(state.standing is Standing.REFUSED for state in found.followers):
            raise typer.Exit(Exit.REFUSED)
        if not found.is_current:
            raise typer.Exit(Exit.PARTIAL)


def _watched(files: WhitelistFiles, *, quiet: bool) -> Survey:
    found = survey(files, _now())
    console = Console(highlight=False, quiet=quiet)
    with Live(_shown(found), console=console, auto_refresh=False) as live:
        while not found.is_current:
            time.sleep(_LOOK_S)
            found = survey(files, _now())
            live.update(_shown(found), refresh=True)
    return found


def _shown(found: Survey) -> Group:
    return Group(Text(propagation_heading(found)), propagation_table(found))


def _now() -> datetime:
    return datetime.now(UTC)
