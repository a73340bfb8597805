"""What a reader of the log sees: one line a record, a report for the eye and for programs."""

from collections import Counter

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ror.audit.findings import Report
from ror.audit.moments import moment_text
from ror.audit.record import Record

_STYLES = {
    "log.": "magenta",
    "handshake.": "yellow",
    "propagation.": "yellow",
    "officer.": "cyan",
    "list.": "cyan",
    "service.": "blue",
}


def records_table(records: list[Record]) -> Table:
    """One row a record. Values are shown as they are, never as markup."""
    table = Table(box=SIMPLE_HEAD, header_style="bold", padding=(0, 1))
    table.add_column("Record", justify="right", no_wrap=True)
    table.add_column("Time (UTC)", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Details", overflow="fold")
    for record in records:
        table.add_row(
            str(record.seq),
            f"{record.at:%Y-%m-%d %H:%M:%S}",
            Text(record.kind, style=_style(record)),
            Text(details(record)),
        )
    return table


def details(record: Record) -> str:
    """The fields of a record that say something, in ASCII."""
    return "  ".join(
        f"{name}={_said(name, value)}" for name, value in record.event.items() if value not in (None, [])
    )


def record_view(record: Record) -> dict[str, object]:
    """A record as JSON-ready values."""
    return {
        "seq": record.seq,
        "at": moment_text(record.at),
        "kind": record.kind,
        "event": record.event,
        "hash": record.hash.hex(),
    }


def report_view(report: Report, witnessed_up_to: int | None) -> dict[str, object]:
    """A report as JSON-ready values."""
    return {
        "holds": report.holds,
        "log": report.origin,
        "first": report.first,
        "last": report.last,
        "heads": report.heads,
        "signed_up_to": report.signed_up_to,
        "witnessed_up_to": witnessed_up_to,
        "findings": [
            {
                "flaw": finding.flaw.value,
                "first": finding.first,
                "last": finding.last,
                "where": finding.where,
                "detail": finding.detail,
            }
            for finding in report.findings
        ],
    }


def report_lines(report: Report, witnessed_up_to: int | None) -> list[str]:
    """A report for the eye: the verdict first."""
    covered = f"records {report.first} to {report.last}" if report.first is not None else "no record"
    lines = [
        f"{'holds' if report.holds else 'DOES NOT HOLD'}: {covered} of {report.origin}",
        f"signed up to record {report.signed_up_to}, {report.heads} heads",
    ]
    if witnessed_up_to is not None:
        lines.append(f"witnessed up to record {witnessed_up_to}")
    lines += [
        f"{finding.flaw.value}: {_range(finding.first, finding.last)}, {finding.where}: {finding.detail}"
        for finding in report.findings
    ]
    return lines


def _range(first: int | None, last: int | None) -> str:
    if first is None and last is None:
        return "no record"
    return f"record {first or last}" if first == last or first is None else f"records {first} to {last}"


def _said(name: str, value: object) -> str:
    if name == "regions" and isinstance(value, list):
        outcomes = Counter(str(region[2]) for region in value if isinstance(region, list) and len(region) > 2)
        return f"{len(value)} (" + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) + ")"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) < 40 or name == "question" else f"{text[:12]}…"


def _style(record: Record) -> str:
    if record.event.get("granted") is False:
        return "red"
    return next((style for start, style in _STYLES.items() if record.kind.startswith(start)), "green")
