"""The command ``ror``: the gateway's own commands, and those that the other packages bring."""

import sys
from importlib.metadata import entry_points

import structlog
import typer

from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
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
app.command()(demo)
app.command()(search)
app.command()(gateway)
app.command()(doctor)


def main() -> None:
    """Run the command; whatever is not foreseen ends in one line and exit code 1."""
    _log_to_stderr()
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


def _log_to_stderr() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
