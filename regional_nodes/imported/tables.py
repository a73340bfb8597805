"""The files of the open data, read into rows of text; nothing is interpreted here."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from regional_nodes.errors import OpenDataError

SAE_ENCODING = "iso-8859-1"
GISCO_ENCODING = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One line of a file: cells by column in capitals; ``cells`` is empty when the line has another width."""

    line: int
    cells: Mapping[str, str]
    text: str

    def get(self, column: str) -> str:
        """The cell, without blanks around; empty for a column that is not there."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A file: its name, the bordereau and the year that its rows name, its columns in capitals, its rows."""

    file: str
    bordereau: str
    year: str
    columns: tuple[str, ...]
    rows: tuple[SourceRow, ...]

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Columns that this bordereau did not have in 2022."""
        known = known_columns().get(self.bordereau)
        return () if known is None else tuple(column for column in self.columns if column not in known)


def read_statistics(folder: Path) -> Iterator[SourceTable]:
    """Every bordereau of a folder of the SAE, by file name. A folder without any is an ``OpenDataError``."""
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() == ".csv")
    if not found:
        raise OpenDataError(f"no CSV file in {folder}")
    for path in found:
        yield _named(read_table(path, encoding=SAE_ENCODING, delimiter=";"), path.stem)


def read_table(path: Path, *, encoding: str, delimiter: str) -> SourceTable:
    """One file with a line of column names. Unreadable or empty is an ``OpenDataError``."""
    try:
        with path.open(encoding=encoding, newline="") as stream:
            lines = csv.reader(stream, delimiter=delimiter)
            columns = tuple(name.strip().upper() for name in next(lines))
            rows = tuple(_row(lines.line_num, columns, cells) for cells in lines if cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OpenDataError(f"{path} cannot be read: {error}") from error
    except StopIteration:
        raise OpenDataError(f"{path} is empty") from None
    return SourceTable(path.name, "", "", columns, rows)


@cache
def known_columns() -> Mapping[str, frozenset[str]]:
    """The columns of each bordereau in 2022."""
    text = files(__package__).joinpath("columns_2022.tsv").read_text("ascii")
    lines = (line.split("\t") for line in text.splitlines()[1:])
    return {bordereau: frozenset(columns.split()) for bordereau, columns in lines}


def _row(line: int, columns: tuple[str, ...], cells: list[str]) -> SourceRow:
    text = ";".join(cells)
    if len(cells) != len(columns):
        return SourceRow(line, {}, text)
    return SourceRow(line, {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}, text)


def _named(table: SourceTable, stem: str) -> SourceTable:
    """The table with the bordereau and the year of its first whole row, else of the file's name (``REA_2022r``)."""
    first = next((row for row in table.rows if row.cells), None)
    told = first.get("BOR") if first is not None else ""
    bordereau = (told or stem.partition("_")[0]).upper()
    year = first.get("AN") if first is not None else ""
    return SourceTable(table.file, bordereau, year, table.columns, table.rows)
