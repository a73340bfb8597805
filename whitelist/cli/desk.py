"""What the commands share: the folder, the hour, who acts, and the one line in which a refusal is told."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from certs.errors import CertsError
from certs.home import Home
from ror.exit_codes import Exit
from whitelist.draft import Draft
from whitelist.errors import (
    ApprovalError,
    NotApprovedError,
    OfficerError,
    ProposalError,
    StorageError,
    UnusableListError,
    WhitelistError,
)
from whitelist.files import WhitelistFiles
from whitelist.stops import LONGEST_HOURS, RunningStop

OFFICER_VARIABLE = "ROR_OFFICER"

HomeOption = Annotated[Path | None, typer.Option("--home", envvar="ROR_HOME", help="State folder.")]
OfficerOption = Annotated[
    str | None,
    typer.Option(
        "--officer", envvar=OFFICER_VARIABLE, help="Who you are; whoever's key lies here, if it is the only one."
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stays in the history.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object.")]
ProposalOption = Annotated[
    Path | None, typer.Option("--proposal", help="File of the proposal; the folder's own unless told.")
]
PartnerArgument = Annotated[str, typer.Argument(metavar="ID", help="The partner's id.")]
HoursOption = Annotated[
    int, typer.Option("--hours", min=1, max=LONGEST_HOURS, help="How long, if officers do not confirm it.")
]


@contextmanager
def told() -> Iterator[None]:
    """Whatever is refused becomes one line with a stable code, and an exit code."""
    try:
        yield
    except (UnusableListError, ApprovalError, NotApprovedError, ProposalError) as error:
        fail(error.code, str(error), Exit.REFUSED)
    except StorageError as error:
        fail(error.code, str(error), Exit.UNEXPECTED)
    except (WhitelistError, CertsError) as error:
        fail(error.code, str(error), Exit.INVALID_INPUT)


def fail(code: str, message: str, exit_code: Exit) -> None:
    """Say why in one line and end."""
    say_error(code, message)
    raise typer.Exit(exit_code)


def files_of(home: Path | None) -> WhitelistFiles:
    """The whitelist's files of the chosen state folder."""
    return WhitelistFiles(Home.resolve(home, os.environ))


def now() -> datetime:
    """This second."""
    return datetime.now(UTC).replace(microsecond=0)


def acting(files: WhitelistFiles, officer: str | None) -> str:
    """The name of the officer who acts: the one told, or the one whose key lies here. Raises ``OfficerError``."""
    if officer is not None:
        return officer
    here = files.officers_here
    if len(here) == 1:
        return here[0]
    if not here:
        raise OfficerError("no officer's key lies here: `ror whitelist officers key NAME` makes one")
    raise OfficerError(f"say who you are, with --officer or {OFFICER_VARIABLE}: {', '.join(here)}")


def split(words: list[str] | None) -> tuple[str, ...]:
    """Words told one by one, or several at once with commas or spaces."""
    return tuple(part for word in words or () for part in word.replace(",", " ").split())


def say(message: str) -> None:
    """Tell the officer; stdout is for what was asked for."""
    typer.echo(message, err=True)


def say_error(code: str, message: str) -> None:
    """The one line of a refusal."""
    typer.echo(f"ror: {code}: {' '.join(message.split())}", err=True)


def say_unsigned(draft: Draft) -> None:
    """Remind that a draft is no list."""
    say(
        "not in force yet: `ror whitelist diff` shows the draft, `ror whitelist draft` puts it forward (it follows "
        f"version {draft.base_version})"
    )


def say_stops(stops: tuple[RunningStop, ...]) -> None:
    """Loudly, wherever the list is shown."""
    for running in stops:
        say(f"STOPPED: {running}")


def print_table(title: str, table: Table) -> None:
    """A table on stdout, under its title."""
    typer.echo(title)
    Console(highlight=False).print(table)


def print_text(text: Text) -> None:
    """Text on stdout, never taken for markup, never wrapped: hashes are copied."""
    Console(highlight=False, soft_wrap=True).print(text)


def print_json(value: object) -> None:
    """One JSON value on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
