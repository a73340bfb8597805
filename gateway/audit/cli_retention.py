"""``ror audit archive|prune``: what leaves the log, and who says so."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit import retention
from gateway.audit.archiving import ARCHIVES, LEAST_ONLINE
from gateway.audit.cli_shared import HomeOption, fail, files_of, moment, say, told
from gateway.audit.errors import RetentionError
from ror.exit_codes import Exit

FolderOption = Annotated[
    Path | None,
    typer.Option("--to", help=f"Folder of the archives; audit/{ARCHIVES} of the state folder unless told."),
]


def archive(
    before: Annotated[
        str,
        typer.Option("--before", help=f"Archive what is older (ISO 8601); {LEAST_ONLINE.days} days at least stay."),
    ],
    folder: FolderOption = None,
    home: HomeOption = None,
) -> None:
    """Move whole closed segments into an archive that verifies by itself. The gateway may run."""
    with told():
        limit = moment(before, "--before")
        assert limit is not None
        try:
            made = retention.archive(files_of(home), limit, folder)
        except RetentionError as error:
            fail(error.code, str(error), Exit.REFUSED)
            return
        if made is None:
            say(f"no closed segment is whole before {limit:%Y-%m-%d}: nothing is archived")
            return
        say(f"records {made.first} to {made.last} are archived, SHA-256 {made.digest}")
        say(
            f"{made.questions} questions: partners cannot fetch these receipts themselves any more; "
            f"`ror audit receipt ID --log {made.path}` makes them"
        )
        typer.echo(made.path)


def prune(
    reason: Annotated[str, typer.Option("--reason", help="Why, one line without names; it stays in the log.")],
    months: Annotated[
        int,
        typer.Option("--months", min=retention.LEAST_MONTHS, help="Delete archives whose newest record is older."),
    ] = retention.MONTHS,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    folder: FolderOption = None,
    home: HomeOption = None,
) -> None:
    """Delete archives after the legal retention. The log says who did and why; no receipt can be made after it."""
    with told():
        files = files_of(home)
        try:
            pruning = retention.prunable(files, months, folder)
            if not pruning.archives:
                say(f"no archive is older than {months} months: nothing is deleted")
                return
            first, last = pruning.archives[0].first, pruning.archives[-1].last
            say(f"records {first} to {last} would be deleted, {len(pruning.archives)} archives, for good")
            say(f"{pruning.questions} questions: no receipt can be made of them after that; those handed out hold")
            if not yes and not typer.confirm("Delete them?", err=True):
                raise typer.Exit(Exit.REFUSED)
            retention.prune(files, pruning, reason)
        except RetentionError as error:
            fail(error.code, str(error), Exit.REFUSED)
        say(f"deleted at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; the log says so")
