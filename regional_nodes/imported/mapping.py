"""Rows of the bordereaux become drafts of units, by the table of ``bordereaux``; what does not is listed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from regional_nodes.imported.bordereaux import (
    BORDEREAUX_SET_ASIDE,
    CELLS_SET_ASIDE,
    KIND_COLUMNS,
    KINDS_SET_ASIDE,
    MATERNITY_TYPES,
    ROWS_OF,
    TOTALS,
    MappingRow,
)
from regional_nodes.imported.report import FileTotals, Listed, Reason, SetAside, reasons
from regional_nodes.imported.tables import SourceRow, SourceTable


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDraft:
    """A unit read from a row: its place, its kind, what is installed. Not told is ``None``, never 0 (decision 29)."""

    finess: str
    row: MappingRow
    beds: int | None = None
    places: int | None = None
    machines: int | None = None
    maternity_type: str | None = None
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTable:
    """What became of one bordereau."""

    drafts: tuple[UnitDraft, ...]
    listed: tuple[Listed, ...]
    set_aside: tuple[SetAside, ...]
    totals: FileTotals


def map_table(table: SourceTable, places: Collection[str], taken: set[tuple[str, int]]) -> MappedTable:
    """Map every row of ``table``; ``places`` are the establishments known, ``taken`` the units so far (added to)."""
    rows, missing = _usable_rows(table)
    drafts: dict[tuple[str, int], UnitDraft] = {}
    listed: list[Listed] = []
    aside: list[SetAside] = []
    for source in table.rows:
        found = _refused(table, source, places) or _unmapped(table, source, rows, missing)
        made: list[UnitDraft] = []
        if found is None:
            made = [draft for row in rows if _is_of_kind(row, source) for draft in _drafts(table, source, row)]
            found = _keep(table, source, made, drafts, taken)
        if found is not None:
            listed.append(found)
        aside.extend(_set_aside(table, source))
    totals = FileTotals(
        file=table.file,
        bordereau=table.bordereau,
        year=table.year,
        rows=len(table.rows),
        mapped=len(table.rows) - len(listed),
        units=len(drafts),
        listed=reasons(listed, table.file),
        missing_columns=missing,
        unknown_columns=table.unknown_columns,
    )
    return MappedTable(drafts=tuple(drafts.values()), listed=tuple(listed), set_aside=tuple(aside), totals=totals)


def number_in(source: SourceRow, column: str | None) -> int | None:
    """The whole number of a cell; ``None`` when it is empty, has no column or is no whole number of zero or more."""
    text = source.get(column) if column is not None else ""
    whole = text.removesuffix(".0").removesuffix(",0")
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 7 else None


def _usable_rows(table: SourceTable) -> tuple[tuple[MappingRow, ...], tuple[str, ...]]:
    """The kinds of units whose columns the file has, and the columns that it lacks."""
    rows = ROWS_OF.get(table.bordereau, ())
    kind = KIND_COLUMNS.get(table.bordereau)
    needed = dict.fromkeys(column for row in rows for column in ("FI", *((kind,) if kind else ()), *row.columns))
    missing = tuple(column for column in needed if column not in table.columns)
    if "FI" in missing or kind in missing:
        return (), missing
    return tuple(row for row in rows if not set(row.columns) & set(missing)), missing


def _refused(table: SourceTable, source: SourceRow, places: Collection[str]) -> Listed | None:
    """The row is no row, or of a place that nobody knows."""
    if not source.cells:
        return _listed(table, source, Reason.MALFORMED, f"another number of cells: {source.text[:80]}")
    if table.bordereau in BORDEREAUX_SET_ASIDE:
        return _listed(table, source, Reason.NOT_MAPPED, BORDEREAUX_SET_ASIDE[table.bordereau])
    if table.bordereau not in ROWS_OF:
        return _listed(table, source, Reason.UNKNOWN_BORDEREAU, table.bordereau)
    if source.get("FI") not in places:
        return _listed(table, source, Reason.UNKNOWN_PLACE, "its FINESS number is not in ID")
    return None


def _unmapped(
    table: SourceTable, source: SourceRow, rows: tuple[MappingRow, ...], missing: tuple[str, ...]
) -> Listed | None:
    """The row's kind is a total, set aside, unknown, or lacks its columns."""
    column = KIND_COLUMNS.get(table.bordereau)
    kind = source.get(column) if column is not None else ""
    if kind in TOTALS.get(table.bordereau, ()):
        return _listed(table, source, Reason.TOTAL, f"{column}={kind}")
    why = KINDS_SET_ASIDE.get(table.bordereau, {}).get(kind)
    if why is not None:
        return _listed(table, source, Reason.NOT_MAPPED, f"{column}={kind}: {why}")
    if any(_is_of_kind(row, source) for row in rows):
        return None
    if missing:
        return _listed(table, source, Reason.MISSING_COLUMNS, ", ".join(missing))
    return _listed(table, source, Reason.UNKNOWN_KIND, f"{column}={kind}")


def _is_of_kind(row: MappingRow, source: SourceRow) -> bool:
    if row.kind is None:
        return True
    return source.get(KIND_COLUMNS[row.bordereau]) == row.kind


def _drafts(table: SourceTable, source: SourceRow, row: MappingRow) -> Iterable[UnitDraft]:
    """One draft, or none when the flag is not set or nothing is installed where the table asks for it."""
    if row.flag is not None and source.get(row.flag) != "1":
        return
    if row.needs is not None and not number_in(source, row.needs):
        return
    beds, places = number_in(source, row.beds), number_in(source, row.places)
    machines = number_in(source, row.counted)
    if row.flag is None and not row.merged and 0 in (beds, places, machines):
        return
    has_intensive_care = bool(number_in(source, "LIT_SIN"))
    yield UnitDraft(
        finess=source.get("FI"),
        row=row,
        beds=beds,
        places=None if row.merged and not places else places,
        machines=machines,
        maternity_type=MATERNITY_TYPES.get((source.get("AUTOR"), has_intensive_care)) if row.maternity else None,
        file=table.file,
        line=source.line,
    )


def _keep(
    table: SourceTable,
    source: SourceRow,
    made: list[UnitDraft],
    drafts: dict[tuple[str, int], UnitDraft],
    taken: set[tuple[str, int]],
) -> Listed | None:
    """Add what the row made; a unit met before is the same one where rows merge, else the row is a duplicate."""
    if not made:
        return _listed(table, source, *_why_nothing(table, source))
    again = []
    for draft in made:
        key = (draft.finess, draft.row.slot)
        known = drafts.get(key)
        if known is not None and draft.row.merged:
            drafts[key] = replace(known, places=_sum(known.places, draft.places))
        elif key in taken:
            again.append(draft.row.name)
        else:
            taken.add(key)
            drafts[key] = draft
    return _listed(table, source, Reason.DUPLICATE, ", ".join(again)) if again else None


def _sum(first: int | None, second: int | None) -> int | None:
    told = [number for number in (first, second) if number is not None]
    return sum(told) if told else None


def _why_nothing(table: SourceTable, source: SourceRow) -> tuple[Reason, str]:
    """Why a row of a known kind made no unit: undeclared, nothing installed, or cells that are no numbers."""
    rows = [row for row in ROWS_OF[table.bordereau] if _is_of_kind(row, source)]
    columns = dict.fromkeys(column for row in rows for column in row.columns)
    told = ", ".join(f"{column}={source.get(column)}" for column in columns)
    if any(_unreadable(source, rows)):
        return Reason.MALFORMED, f"no whole number: {told}"
    flags = [row.flag for row in rows if row.flag is not None]
    return (Reason.NOT_DECLARED if flags else Reason.NOTHING_INSTALLED), told


def _unreadable(source: SourceRow, rows: Iterable[MappingRow]) -> Iterable[str]:
    """Columns of capacity that hold something that is no whole number."""
    columns = dict.fromkeys(
        column for row in rows for column in (row.needs, row.beds, row.places, row.counted) if column is not None
    )
    return [column for column in columns if source.get(column) and number_in(source, column) is None]


def _set_aside(table: SourceTable, source: SourceRow) -> Iterable[SetAside]:
    """Numbers of the row that the table does not map, and cells that should be numbers and are none."""
    cells = CELLS_SET_ASIDE.get(table.bordereau, {})
    rows = [row for row in ROWS_OF.get(table.bordereau, ()) if source.cells and _is_of_kind(row, source)]
    told = {column: reason for column, reason in cells.items() if number_in(source, column)}
    told |= dict.fromkeys(_unreadable(source, rows), "no whole number")
    for column, reason in told.items():
        yield SetAside(
            file=table.file,
            line=source.line,
            finess=source.get("FI"),
            column=column,
            value=source.get(column),
            reason=reason,
        )


def _listed(table: SourceTable, source: SourceRow, reason: Reason, detail: str) -> Listed:
    return Listed(file=table.file, line=source.line, finess=source.get("FI"), reason=reason, detail=detail)
