"""``ror audit``: read, verify and hand out the audit log. Data on stdout, the rest on stderr.

Who reads is recorded before anything is shown. Exit codes: 0 done or holds, 1 cannot, 3 does not hold, 6 unreadable.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from certs.audit.heads import Quorum, witnessed_up_to
from certs.audit.inbox import AuditFiles, hand_in
from certs.audit.keys import PublicKey
from certs.audit.verifying import verify, verify_receipt
from certs.errors import CertsError
from certs.home import Home
from gateway.audit.aside import set_aside
from gateway.audit.errors import AuditAlarmError, AuditBusyError, AuditError, UnreadableLogError
from gateway.audit.exporting import export
from gateway.audit.log import DEMONSTRATION_NAME, take_up_slips
from gateway.audit.log_key import KEY_FILE
from gateway.audit.proving import receipt_of
from gateway.audit.searching import Wanted, after, matching, newest, of_question
from gateway.audit.stored import StoredLog, stored_log
from gateway.audit.views import record_view, records_table, report_lines, report_view
from ror.audit.errors import AuditFormError
from ror.audit.events import Kind, LogRead
from ror.audit.moments import moment_text
from ror.audit.note import SignedNote
from ror.audit.receipt import Receipt
from ror.audit.record import Record
from ror.exit_codes import Exit

app = typer.Typer(
    name="audit",
    help="The audit log: who asked what, what was decided. Reading it is recorded, too.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
HomeOption = Annotated[Path | None, typer.Option("--home", envvar="ROR_HOME", help="State folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a record.")]
QuestionOption = Annotated[str | None, typer.Option("--question", help="Only of this question id.")]
PartnerOption = Annotated[str | None, typer.Option("--partner", help="Only of this partner.")]
KindOption = Annotated[list[Kind] | None, typer.Option("--kind", help="Only of this kind; repeatable.")]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="The log's public key, or a file of it, from a source you trust.")
]
WitnessOption = Annotated[list[str] | None, typer.Option("--witness", help="A witness' public key; repeatable.")]
_FOLLOW_S = 0.5


@app.command(epilog="Example: `ror audit tail -n 50 --follow`")
def tail(
    count: Annotated[int, typer.Option("-n", "--count", min=0, max=100_000, help="How many records.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show the newest records."""
    with _told(), _reading(home, LogRead(command="tail", account=os.getuid())) as log:
        found = newest(log, count)
        _show(found, as_json=as_json)
        last = found[-1].seq if found else 0
        while follow:
            time.sleep(_FOLLOW_S)
            more = list(after(log, last))
            if more:
                _show(more, as_json=as_json)
                last = more[-1].seq


@app.command(epilog="Example: `ror audit search --partner samu-rhone --kind decision.taken --since 2026-03-01`")
def search(
    question: QuestionOption = None,
    partner: PartnerOption = None,
    kind: KindOption = None,
    since: Annotated[str | None, typer.Option(help="From this moment (ISO 8601, UTC if no zone).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment, excluded.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 1000,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show the records of a question, a partner, a kind, a time."""
    kinds = tuple(sorted(one.value for one in kind or ()))
    begin, end = _moment(since, "--since"), _moment(until, "--until")
    read = LogRead(
        command="search",
        account=os.getuid(),
        question=question and question[:64],
        partner=partner and partner[:64],
        kinds=kinds,
        since=moment_text(begin) if begin else None,
        until=moment_text(end) if end else None,
    )
    wanted = Wanted(question=question, partner=partner, kinds=frozenset(kinds), since=begin, until=end)
    with _told(), _reading(home, read) as log:
        found = [record for record, _ in zip(matching(log, wanted), range(limit), strict=False)]
        _show(found, as_json=as_json)
        _say(f"{len(found)} records" + (" (limit reached)" if len(found) == limit else ""))


@app.command("verify", epilog="Example: `ror audit verify`; `ror audit verify export.zip --key gateway.pub`")
def verify_(
    path: Annotated[Path | None, typer.Argument(help="A log's folder or an export; else this gateway's log.")] = None,
    key: KeyOption = None,
    head: Annotated[
        list[Path] | None, typer.Option("--head", help="A signed head or receipt from elsewhere; repeatable.")
    ] = None,
    witness: WitnessOption = None,
    quorum: Annotated[int, typer.Option(min=1, help="How many of the witnesses must have signed.")] = 1,
    from_record: Annotated[int, typer.Option("--from", min=1, help="The first record that was kept.")] = 1,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Verify a log: any edit, removal, reordering, truncation or fork since it was signed is found. Exit 3 if so."""
    with _told():
        folder = path or AuditFiles(Home.resolve(home, os.environ)).folder
        with stored_log(folder) as log:
            trusted = _key(key, log)
            notes = [*log.notes(), *(_note(file) for file in head or ())]
            report = verify(log.settled_segments(), notes, trusted, retained_from=from_record)
        chosen = Quorum(tuple(_public_key(one) for one in witness or ()), quorum)
        witnessed = witnessed_up_to(notes, trusted, chosen) if witness else None
        if as_json:
            _print_json(report_view(report, witnessed))
        else:
            typer.echo("\n".join(report_lines(report, witnessed)))
        if not report.holds:
            raise typer.Exit(Exit.REFUSED)


@app.command("export", epilog="Example: `ror audit export march.zip`")
def export_(
    target: Annotated[Path, typer.Argument(help="The zip to write (0600).")],
    from_record: Annotated[int, typer.Option("--from", min=1, help="From the segment with this record on.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    home: HomeOption = None,
) -> None:
    """Write the log, its signed heads and its public key into one file that can be verified anywhere."""
    with _told(), _reading(home, LogRead(command="export", account=os.getuid())) as log:
        if target.exists() and not force:
            raise UnreadableLogError(f"{target} is there already; --force replaces it")
        segments = export(log, target, from_record=from_record)
        _say(f"{segments} segments: {target}")


@app.command(epilog="Example: `ror audit receipt 5f2c… > receipt.json`")
def receipt(
    question: Annotated[str, typer.Argument(help="The question's id, as the answer's coverage tells it.")],
    home: HomeOption = None,
) -> None:
    """Print a partner's receipt: the record of its question, proven to be in a signed head."""
    with _told(), _reading(home, LogRead(command="receipt", account=os.getuid(), question=question[:64])) as log:
        record = of_question(log, question)
        if record is None:
            raise UnreadableLogError(f"no record of the question {question[:64]!a}")
        found = receipt_of(log, record, log.key())
        if found is None:
            _fail("audit.not-signed-yet", f"record {record.seq} is signed within seconds; ask again", Exit.UNEXPECTED)
        else:
            typer.echo(found.document, nl=False)


@app.command(epilog="Example: `ror audit check receipt.json --key gateway.pub`")
def check(
    file: Annotated[Path, typer.Argument(help="The receipt.")],
    key: Annotated[str, typer.Option("--key", help="The log's public key, or a file of it.")],
    witness: WitnessOption = None,
    quorum: Annotated[int, typer.Option(min=1, help="How many of the witnesses must have signed.")] = 1,
) -> None:
    """Check a receipt, offline; exit 3 if it proves nothing."""
    with _told():
        chosen = Quorum(tuple(_public_key(one) for one in witness or ()), quorum) if witness else None
        verdict = verify_receipt(Receipt.read(_read(file)), _public_key(key), chosen)
        if verdict is None or (chosen is not None and not verdict.witnessed):
            _fail("receipt.not-proven", f"{file} proves nothing under this key", Exit.REFUSED)
        else:
            _print_json(record_view(verdict.record))
            _say(f"proven: record {verdict.record.seq} of {verdict.head.origin}, {verdict.head.size} signed")


@app.command("key", epilog="Example: `ror audit key > gateway.pub`")
def key_(home: HomeOption = None) -> None:
    """Print the log's public key, for partners and witnesses to keep."""
    with _told(), stored_log(AuditFiles(Home.resolve(home, os.environ)).folder) as log:
        typer.echo(log.key().text)


@app.command("set-aside", epilog="Example: `ror audit set-aside`")
def set_aside_(
    name: Annotated[str, typer.Option(help="The host in whose name the new log signs.")] = DEMONSTRATION_NAME,
    home: HomeOption = None,
) -> None:
    """Put a log away after an alarm, with its key, and begin another that says so. The gateway must be stopped."""
    with _told():
        place, report = set_aside(AuditFiles(Home.resolve(home, os.environ)), name=name)
        for line in report_lines(report, None) if report else ["the old log cannot be read at all"]:
            _say(line)
        _say(f"kept in {place}; the new log has a new key: hand it to partners and witnesses (`ror audit key`)")


@contextmanager
def _reading(home: Path | None, event: LogRead) -> Iterator[StoredLog]:
    """The log of the state folder, once it is on disk that somebody reads it."""
    files = AuditFiles(Home.resolve(home, os.environ))
    if not (files.folder / KEY_FILE).exists():
        raise UnreadableLogError(f"there is no audit log in {files.folder}")
    hand_in(files, event, datetime.now(UTC))
    try:
        take_up_slips(files)
    except AuditBusyError:
        pass  # the gateway runs, and takes the slip up itself
    except AuditAlarmError as error:
        _say_error(error.code, str(error))
    with stored_log(files.folder) as log:
        yield log


@contextmanager
def _told() -> Iterator[None]:
    """Whatever is refused becomes one line with a stable code, and an exit code."""
    try:
        yield
    except UnreadableLogError as error:
        _fail(error.code, str(error), Exit.INVALID_INPUT)
    except AuditError as error:
        _fail(error.code, str(error), Exit.UNEXPECTED)
    except CertsError as error:
        _fail(error.code, str(error), Exit.INVALID_INPUT)
    except AuditFormError as error:
        _fail("audit.unreadable", str(error), Exit.INVALID_INPUT)
    except OSError as error:
        _fail("audit.unavailable", str(error), Exit.UNEXPECTED)


def _key(told: str | None, log: StoredLog) -> PublicKey:
    if told is not None:
        return _public_key(told)
    _say("no --key: the one beside the log is used, which is as good as whoever gave the files")
    return log.key()


def _public_key(told: str) -> PublicKey:
    return PublicKey.read(told if "+" in told else _read(Path(told)).decode("ascii", "replace"))


def _note(file: Path) -> SignedNote:
    data = _read(file)
    return Receipt.read(data).head if data.startswith(b"{") else SignedNote.read(data.decode("utf-8", "replace"))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnreadableLogError(f"{file} cannot be read: {error.strerror}") from error


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 date", param_hint=option) from error


def _show(records: list[Record], *, as_json: bool) -> None:
    if as_json:
        for record in records:
            typer.echo(json.dumps(record_view(record), separators=(",", ":")))
    elif records:
        Console(highlight=False).print(records_table(records))


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=1))


def _say(message: str) -> None:
    typer.echo(message, err=True)


def _say_error(code: str, message: str) -> None:
    typer.echo(f"ror: {code}: {' '.join(message.split())}", err=True)


def _fail(code: str, message: str, exit_code: Exit) -> None:
    _say_error(code, message)
    raise typer.Exit(exit_code)
