"""What a reader of the log sees: one line a record, a report for the eye and for programs."""

from collections import Counter
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from certs.audit.verifying import Standing
from ror.audit.events import Kind
from ror.audit.findings import Flaw, Report
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


@dataclass(frozen=True, slots=True)
class Witnessing:
    """What the witnesses say of a log, and how many of them are enough."""

    standings: tuple[Standing, ...]
    quorum: int

    @property
    def size(self) -> int:
        """Up to which record enough of them have co-signed."""
        sizes = sorted((one.size for one in self.standings), reverse=True)
        return sizes[self.quorum - 1] if len(sizes) >= self.quorum else 0

    @property
    def contradictions(self) -> tuple[Standing, ...]:
        """The witnesses that have co-signed another past."""
        return tuple(one for one in self.standings if one.contradiction is not None)


def report_view(report: Report, witnessing: Witnessing | None) -> dict[str, object]:
    """A report as JSON-ready values."""
    return {
        "holds": report.holds,
        "log": report.origin,
        "first": report.first,
        "last": report.last,
        "heads": report.heads,
        "signed_up_to": report.signed_up_to,
        "witnessed_up_to": witnessing.size if witnessing else None,
        "quorum": witnessing.quorum if witnessing else None,
        "witnesses": {one.witness.name: one.size for one in witnessing.standings} if witnessing else {},
        "moved": [record_view(record) for record in report.moved],
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


def report_lines(report: Report, witnessing: Witnessing | None) -> list[str]:
    """A report for the eye: the verdict first."""
    covered = f"records {report.first} to {report.last}" if report.first is not None else "no record"
    lines = [
        f"{'holds' if report.holds else 'DOES NOT HOLD'}: {covered} of {report.origin}",
        f"signed up to record {report.signed_up_to}, {report.heads} heads",
    ]
    if witnessing is not None:
        lines += _witness_lines(witnessing)
    lines += [_moved(record, report) for record in report.moved]
    lines += [
        f"{finding.flaw.value}: {_range(finding.first, finding.last)}, {finding.where}: {finding.detail}"
        for finding in report.findings
    ]
    return lines


def _witness_lines(witnessing: Witnessing) -> list[str]:
    total = len(witnessing.standings)
    lines = [f"witnessed up to record {witnessing.size} by at least {witnessing.quorum} of {total} witnesses"]
    by_size: dict[int, list[str]] = {}
    for one in witnessing.standings:
        by_size.setdefault(one.size, []).append(one.witness.name)
    for size, names in sorted(by_size.items(), reverse=True):
        said = f"holds to record {size}" if size else "never"
        lines.append(f"  {said}: {len(names)} ({', '.join(names)})")
    lines += [
        f"{Flaw.FORKED.value}: {one.witness.name} co-signed another log of {one.contradiction.size} records"
        for one in witnessing.contradictions
        if one.contradiction is not None
    ]
    return lines


def _moved(record: Record, report: Report) -> str:
    event, last = record.event, _number(record.event.get("last"))
    told = f"{_range(_number(event.get('first')), last)}: "
    who = f" {record.at:%Y-%m-%d} by account {event.get('account')}"
    if record.kind == Kind.PRUNED:
        return f"{told}pruned{who}: {event.get('reason')}"
    shown = report.first is None or last is None or last >= report.first
    return (
        f"{told}archived{who}, {'shown' if shown else 'not shown'} here: {event.get('file')} ({event.get('digest')})"
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _range(first: int | None, last: int | None) -> str:
    if first is None and last is None:
        return "no record"
    return f"record {first or last}" if first == last or first is None else f"records {first} to {last}"


def _said(name: str, value: object) -> str:
    if name == "regions" and isinstance(value, list):
        outcomes = Counter(str(region[2]) for region in value if isinstance(region, list) and len(region) > 2)
        return f"{len(value)} (" + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) + ")"
    if name == "facts" and isinstance(value, list):
        return str(len(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) < 40 or name == "question" else f"{text[:12]}…"


def _style(record: Record) -> str:
    if record.event.get("granted") is False:
        return "red"
    return next((style for start, style in _STYLES.items() if record.kind.startswith(start)), "green")
