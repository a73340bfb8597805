"""The command ``ror``: the gateway's own commands, and those that the other packages bring."""

import sys
from importlib.metadata import entry_points
from typing import Annotated

import structlog
import typer

import ror
from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.logs import log_to_stderr
from gateway.cli.search import search
from gateway.cli.serve import gateway
from ror.exit_codes import Exit

COMMANDS_GROUP = "ror.commands"

app = typer.Typer(
    name="ror",
    help="The federated inter-ROR gateway. Simulated data, not for care.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ror {ror.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    del version


app.command()(demo)
app.command()(search)
app.command()(gateway)
app.command()(doctor)


def main() -> None:
    """Run the command; whatever is not foreseen ends in one line and exit code 1."""
    log_to_stderr()
    for entry in sorted(entry_points(group=COMMANDS_GROUP), key=lambda entry: entry.name):
        app.add_typer(entry.load(), name=entry.name)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the last line of defence: a trace is for the log, not for the terminal
        structlog.get_logger(__name__).debug("command.failed", exc_info=error)
        print(f"ror: unexpected error: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(Exit.UNEXPECTED)
