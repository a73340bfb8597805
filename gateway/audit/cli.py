"""``ror audit``: read, verify, hand out and archive the audit log. Data on stdout, the rest on stderr.

Who reads is recorded before anything is shown. Exit codes: 0 done or holds, 1 cannot, 3 does not hold, 6 unreadable.
"""

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.audit.aside import set_aside
from gateway.audit.cli_proof import check, receipt, verify_
from gateway.audit.cli_retention import archive, prune
from gateway.audit.cli_shared import HomeOption, JsonOption, files_of, moment, reading, say, told
from gateway.audit.errors import UnreadableLogError
from gateway.audit.exporting import export
from gateway.audit.log import DEMONSTRATION_NAME
from gateway.audit.searching import Wanted, after, matching, newest
from gateway.audit.stored import stored_log
from gateway.audit.views import record_view, records_table, report_lines
from ror.audit.events import Kind, LogRead
from ror.audit.moments import moment_text
from ror.audit.record import Record

app = typer.Typer(
    name="audit",
    help="The audit log: who asked what, what was decided. Reading it is recorded, too.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
QuestionOption = Annotated[str | None, typer.Option("--question", help="Only of this question id.")]
PartnerOption = Annotated[str | None, typer.Option("--partner", help="Only of this partner.")]
OfficerOption = Annotated[
    str | None, typer.Option("--officer", help="Only what this officer did or approved: the key's thumbprint.")
]
KindOption = Annotated[list[Kind] | None, typer.Option("--kind", help="Only of this kind; repeatable.")]
_FOLLOW_S = 0.5


@app.command(epilog="Example: `ror audit tail -n 50 --follow`")
def tail(
    count: Annotated[int, typer.Option("-n", "--count", min=0, max=100_000, help="How many records.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show the newest records."""
    with told(), reading(home, LogRead(command="tail", account=os.getuid())) as log:
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
    officer: OfficerOption = None,
    kind: KindOption = None,
    since: Annotated[str | None, typer.Option(help="From this moment (ISO 8601, UTC if no zone).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment, excluded.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 1000,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show the records of a question, a partner, an officer, a kind, a time."""
    kinds = tuple(sorted(one.value for one in kind or ()))
    begin, end = moment(since, "--since"), moment(until, "--until")
    read = LogRead(
        command="search",
        account=os.getuid(),
        question=question and question[:64],
        partner=partner and partner[:64],
        officer=officer and officer[:64],
        kinds=kinds,
        since=moment_text(begin) if begin else None,
        until=moment_text(end) if end else None,
    )
    wanted = Wanted(
        question=question, partner=partner, officer=officer, kinds=frozenset(kinds), since=begin, until=end
    )
    with told(), reading(home, read) as log:
        found = [record for record, _ in zip(matching(log, wanted), range(limit), strict=False)]
        _show(found, as_json=as_json)
        say(f"{len(found)} records" + (" (limit reached)" if len(found) == limit else ""))


app.command("verify", epilog="Example: `ror audit verify`; `ror audit verify export.zip --key gateway.pub`")(verify_)


@app.command("export", epilog="Example: `ror audit export march.zip`")
def export_(
    target: Annotated[Path, typer.Argument(help="The zip to write (0600).")],
    from_record: Annotated[int, typer.Option("--from", min=1, help="From the segment with this record on.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    home: HomeOption = None,
) -> None:
    """Write the log, its signed heads and its public key into one file that can be verified anywhere."""
    with told(), reading(home, LogRead(command="export", account=os.getuid())) as log:
        if target.exists() and not force:
            raise UnreadableLogError(f"{target} is there already; --force replaces it")
        segments = export(log, target, from_record=from_record)
        say(f"{segments} segments: {target}")


app.command(epilog="Example: `ror audit archive --before 2026-01-01`")(archive)
app.command(epilog="Example: `ror audit prune --reason 'legal retention'`")(prune)
app.command(epilog="Example: `ror audit receipt 5f2c… > receipt.json`")(receipt)
app.command(epilog="Example: `ror audit check receipt.json --key gateway.pub`")(check)


@app.command("key", epilog="Example: `ror audit key > gateway.pub`")
def key_(home: HomeOption = None) -> None:
    """Print the log's public key, for partners and witnesses to keep."""
    with told(), stored_log(files_of(home).folder) as log:
        typer.echo(log.key().text)


@app.command("set-aside", epilog="Example: `ror audit set-aside`")
def set_aside_(
    name: Annotated[str, typer.Option(help="The host in whose name the new log signs.")] = DEMONSTRATION_NAME,
    home: HomeOption = None,
) -> None:
    """Put a log away after an alarm, with its key, and begin another that says so. The gateway must be stopped."""
    with told():
        place, report = set_aside(files_of(home), name=name)
        for line in report_lines(report, None) if report else ["the old log cannot be read at all"]:
            say(line)
        say(f"kept in {place}; the new log has a new key: hand it to partners and witnesses (`ror audit key`)")


def _show(records: list[Record], *, as_json: bool) -> None:
    if as_json:
        for record in records:
            typer.echo(json.dumps(record_view(record), separators=(",", ":")))
    elif records:
        Console(highlight=False).print(records_table(records))
