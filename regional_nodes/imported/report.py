"""What became of every row of the open data: mapped, or listed with a reason (decision 34). Nothing is silent."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TextIO

from ror.quoting import printable


class Reason(StrEnum):
    """Why a row became no unit, no establishment or no point."""

    TOTAL = "total"
    NOT_MAPPED = "not-mapped"
    NOTHING_INSTALLED = "nothing-installed"
    NOT_DECLARED = "not-declared"
    UNKNOWN_KIND = "unknown-kind"
    UNKNOWN_BORDEREAU = "unknown-bordereau"
    MISSING_COLUMNS = "missing-columns"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    UNKNOWN_PLACE = "unknown-place"
    NO_ROR = "no-ror"
    NO_UNIT = "no-unit"
    NOT_IN_STATISTICS = "not-in-statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A row that was not placed; ``line`` is its line in the file, the column names being line 1."""

    file: str
    line: int
    finess: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A number of a row that the table does not map, though the row itself may be mapped."""

    file: str
    line: int
    finess: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPoint:
    """A point of GISCO too far from the commune that the statistics name."""

    file: str
    line: int
    finess: str
    commune: str
    distance_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTotals:
    """One file: ``rows`` is ``mapped`` and ``listed`` together. ``units`` counts the units made of it."""

    file: str
    bordereau: str
    year: str
    rows: int
    mapped: int
    units: int
    listed: dict[str, int]
    missing_columns: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Totals per file, establishments and units per ROR, where points come from, and every row that is not placed."""

    files: tuple[FileTotals, ...]
    establishments: dict[str, int]
    units: dict[str, int]
    points: dict[str, int]
    listed: tuple[Listed, ...]
    set_aside: tuple[SetAside, ...]
    rejected_points: tuple[RejectedPoint, ...]
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The whole report as one JSON object."""
        return asdict(self)

    def summary(self) -> dict[str, int]:
        """Rows not placed by reason, over all files."""
        return dict(sorted(Counter(row.reason.value for row in self.listed).items()))


_FORMULA_STARTS = ("=", "+", "-", "@")
_LONGEST_CELL = 500

CSV_COLUMNS = ("what", "file", "line", "finess", "reason", "detail")


def write_csv(report: ImportReport, stream: TextIO) -> None:
    """Everything that was not placed, one a line: rows, numbers set aside, points rejected."""
    lines = csv.writer(stream)
    lines.writerow(CSV_COLUMNS)
    lines.writerows(tuple(map(_plain, line)) for line in _csv_lines(report))


def _plain(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula and no terminal for a command."""
    if not isinstance(cell, str):
        return cell
    shown = printable(cell, _LONGEST_CELL)
    return f"'{shown}" if shown.startswith(_FORMULA_STARTS) else shown


def _csv_lines(report: ImportReport) -> Iterator[tuple[object, ...]]:
    for row in report.listed:
        yield "row", row.file, row.line, row.finess, row.reason.value, row.detail
    for cell in report.set_aside:
        yield "number", cell.file, cell.line, cell.finess, cell.reason, f"{cell.column}={cell.value}"
    for point in report.rejected_points:
        detail = f"{point.distance_km:.1f} km from commune {point.commune}"
        yield "point", point.file, point.line, point.finess, "far-point", detail


def reasons(rows: Iterable[Listed], file: str) -> dict[str, int]:
    """The rows of one file by reason."""
    return dict(sorted(Counter(row.reason.value for row in rows if row.file == file).items()))
