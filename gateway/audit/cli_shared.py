"""What the commands of ``ror audit`` share: options, the log that is read, the one line that a failure is told in."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from certs.audit.inbox import AuditFiles, hand_in
from certs.audit.keys import PublicKey
from certs.errors import CertsError
from certs.home import Home
from gateway.audit.errors import AuditAlarmError, AuditBusyError, AuditError, UnreadableLogError
from gateway.audit.log import take_up_slips
from gateway.audit.log_key import KEY_FILE
from gateway.audit.stored import StoredLog, stored_log
from ror.audit.errors import AuditFormError
from ror.audit.events import LogRead
from ror.exit_codes import Exit

HomeOption = Annotated[Path | None, typer.Option("--home", envvar="ROR_HOME", help="State folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a record.")]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="The log's public key, or a file of it, from a source you trust.")
]
WitnessOption = Annotated[
    list[str] | None, typer.Option("--witness", help="A witness' public key, or a file of several; repeatable.")
]
QuorumOption = Annotated[
    int | None, typer.Option("--quorum", min=1, help="How many witnesses must have signed; default more than half.")
]


def files_of(home: Path | None) -> AuditFiles:
    """The log of the state folder that is meant."""
    return AuditFiles(Home.resolve(home, os.environ))


@contextmanager
def reading(home: Path | None, event: LogRead) -> Iterator[StoredLog]:
    """The log of the state folder, once it is on disk that somebody reads it."""
    files = files_of(home)
    if not (files.folder / KEY_FILE).exists():
        raise UnreadableLogError(f"there is no audit log in {files.folder}")
    hand_in(files, event, datetime.now(UTC))
    try:
        take_up_slips(files)
    except AuditBusyError:
        pass  # the gateway runs, and takes the slip up itself
    except AuditAlarmError as error:
        say_error(error.code, str(error))
    with stored_log(files.folder) as log:
        yield log


@contextmanager
def told() -> Iterator[None]:
    """Whatever is refused becomes one line with a stable code, and an exit code."""
    try:
        yield
    except UnreadableLogError as error:
        fail(error.code, str(error), Exit.INVALID_INPUT)
    except AuditError as error:
        fail(error.code, str(error), Exit.UNEXPECTED)
    except CertsError as error:
        fail(error.code, str(error), Exit.INVALID_INPUT)
    except AuditFormError as error:
        fail("audit.unreadable", str(error), Exit.INVALID_INPUT)
    except OSError as error:
        fail("audit.unavailable", str(error), Exit.UNEXPECTED)


def trusted_key(given: str | None, log: StoredLog) -> PublicKey:
    """The log's key that was given; else the one beside the log, and that is said."""
    if given is not None:
        return public_key(given)
    say("no --key: the one beside the log is used, which is as good as whoever gave the files")
    return log.key()


def public_key(given: str) -> PublicKey:
    """A key as it was given: itself, or a file of it. Raises ``KeyMaterialError``, ``UnreadableLogError``."""
    return PublicKey.read(given if "+" in given else read(Path(given)).decode("ascii", "replace"))


def witness_keys(given: list[str]) -> tuple[PublicKey, ...]:
    """Keys as they were given: themselves, or files of one a line."""
    lines = [line for one in given for line in ([one] if "+" in one else read(Path(one)).decode("ascii").split())]
    return tuple(PublicKey.read(line) for line in lines)


def more_than_half(witnesses: tuple[PublicKey, ...]) -> int:
    """So many that two such groups always share one."""
    return len(witnesses) // 2 + 1


def read(file: Path) -> bytes:
    """A file's bytes. Raises ``UnreadableLogError``."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnreadableLogError(f"{file} cannot be read: {error.strerror}") from error


def moment(text: str | None, option: str) -> datetime | None:
    """A moment as people write it; UTC if it names no zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 date", param_hint=option) from error


def print_json(value: object) -> None:
    """One document on stdout."""
    typer.echo(json.dumps(value, indent=1))


def say(message: str) -> None:
    """A word beside the data."""
    typer.echo(message, err=True)


def say_error(code: str, message: str) -> None:
    """A failure in one line."""
    typer.echo(f"ror: {code}: {' '.join(message.split())}", err=True)


def fail(code: str, message: str, exit_code: Exit) -> None:
    """Tell a failure and end."""
    say_error(code, message)
    raise typer.Exit(exit_code)
