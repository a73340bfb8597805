"""``ror audit verify|receipt|check``: what can be proven of the log, here or anywhere."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from certs.audit.heads import Quorum
from certs.audit.keys import PublicKey
from certs.audit.verifying import standings, verify, verify_receipt
from gateway.audit.archiving import ARCHIVES, archives_in, begins_at
from gateway.audit.cli_shared import (
    HomeOption,
    JsonOption,
    KeyOption,
    QuorumOption,
    WitnessOption,
    fail,
    files_of,
    more_than_half,
    print_json,
    public_key,
    read,
    reading,
    say,
    told,
    trusted_key,
    witness_keys,
)
from gateway.audit.errors import UnreadableLogError
from gateway.audit.evidence import heads_in
from gateway.audit.proving import receipt_of
from gateway.audit.searching import of_question
from gateway.audit.stored import StoredLog, joined_segments, stored_log
from gateway.audit.views import Witnessing, record_view, report_lines, report_view
from ror.audit.events import LogRead
from ror.audit.receipt import Receipt
from ror.exit_codes import Exit


def verify_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="A log's folder, its archives, or an export; else this gateway's log with its archives."),
    ] = None,
    key: KeyOption = None,
    head: Annotated[
        list[Path] | None,
        typer.Option(
            "--head", help="A signed head, a receipt or a node's witnessed.json, from elsewhere; repeatable."
        ),
    ] = None,
    witness: WitnessOption = None,
    quorum: QuorumOption = None,
    from_record: Annotated[
        int | None, typer.Option("--from", min=1, help="The first record that must be there.")
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Verify a log: any edit, removal, reordering, truncation or fork since it was signed is found. Exit 3 if so."""
    with told(), ExitStack() as stack:
        logs = [stack.enter_context(stored_log(path)) for path in paths or _here(home)]
        trusted = trusted_key(key, logs[-1])
        notes = [note for log in logs for note in log.notes()]
        notes += [note for file in head or () for note in heads_in(read(file))]
        begin = from_record or _archive_begins(logs)
        report = verify(joined_segments(logs), notes, trusted, retained_from=begin)
        witnesses = witness_keys(witness) if witness else _witnesses(logs)
        standing = standings(notes, trusted, witnesses, report)
        witnessing = Witnessing(standing, quorum or more_than_half(witnesses)) if witnesses else None
        if as_json:
            print_json(report_view(report, witnessing))
        else:
            typer.echo("\n".join(report_lines(report, witnessing)))
        if not report.holds or (witnessing is not None and witnessing.contradictions):
            raise typer.Exit(Exit.REFUSED)


def receipt(
    question: Annotated[str, typer.Argument(help="The question's id, as the answer's coverage tells it.")],
    log: Annotated[Path | None, typer.Option("--log", help="An archive or export that holds the question.")] = None,
    home: HomeOption = None,
) -> None:
    """Print a partner's receipt: the record of its question, proven to be in a signed head."""
    event = LogRead(command="receipt", account=os.getuid(), question=question[:64])
    with told(), stored_log(log) if log is not None else reading(home, event) as stored:
        record = of_question(stored, question)
        if record is None:
            raise UnreadableLogError(f"no record of the question {question[:64]!a}")
        found = receipt_of(stored, record, stored.key())
        if found is None:
            fail("audit.not-signed-yet", f"record {record.seq} is signed within seconds; ask again", Exit.UNEXPECTED)
        else:
            typer.echo(found.document, nl=False)


def check(
    file: Annotated[Path, typer.Argument(help="The receipt.")],
    key: Annotated[str, typer.Option("--key", help="The log's public key, or a file of it.")],
    witness: WitnessOption = None,
    quorum: QuorumOption = None,
) -> None:
    """Check a receipt, offline; exit 3 if it proves nothing."""
    with told():
        witnesses = witness_keys(witness) if witness else ()
        chosen = Quorum(witnesses, quorum or more_than_half(witnesses)) if witness else None
        verdict = verify_receipt(Receipt.read(read(file)), public_key(key), chosen)
        if verdict is None or (chosen is not None and not verdict.witnessed):
            fail("receipt.not-proven", f"{file} proves nothing under this key", Exit.REFUSED)
        else:
            print_json(record_view(verdict.record))
            say(f"proven: record {verdict.record.seq} of {verdict.head.origin}, {verdict.head.size} signed")


def _here(home: Path | None) -> list[Path]:
    """The archives that lie beside the log of the state folder, and the log itself."""
    folder = files_of(home).folder
    return [*archives_in(folder / ARCHIVES), folder]


def _archive_begins(logs: list[StoredLog]) -> int | None:
    """Where the oldest segment comes from an archive: its first record. What is before it lies in others."""
    firsts = [(log.names()[0], log) for log in logs if log.names()]
    oldest = min(firsts, key=lambda one: one[0], default=None)
    return begins_at(oldest[1]) if oldest is not None else None


def _witnesses(logs: list[StoredLog]) -> tuple[PublicKey, ...]:
    return tuple(dict.fromkeys(key for log in logs for key in log.witnesses()))
