"""What the commands share: options, reading of files and moments, the one line that a failure is told in."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from certs.errors import CertsError, KeyMaterialError
from certs.home import VARIABLE, Home
from ror.exit_codes import Exit

HomeOption = Annotated[
    Path | None, typer.Option("--home", help=f"State folder; default {VARIABLE}, then the user's state folder.")
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="DATE", help="Judge at this moment (ISO 8601, UTC if no zone); default now."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
TrustOption = Annotated[
    Path | None, typer.Option("--trust", help="PEM file of the authorities; default the one of the state folder.")
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="PEM certificate or chain, leaf first.")]


def home_of(chosen: Path | None) -> Home:
    """The state folder that is meant."""
    return Home.resolve(chosen, os.environ)


def read_file(path: Path) -> bytes:
    """The file's bytes. Raises ``KeyMaterialError``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyMaterialError(f"{path} cannot be read: {error.strerror}") from error


def moment_of(text: str | None) -> datetime:
    """The moment that ``--at`` names, or now."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 date", param_hint="--at") from error


def print_json(document: dict[str, object]) -> None:
    """One document on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def fail(error: CertsError) -> NoReturn:
    """Tell a failure in one line and end."""
    typer.echo(f"{error.code}: {error}", err=True)
    raise typer.Exit(Exit.INVALID_INPUT) from error
