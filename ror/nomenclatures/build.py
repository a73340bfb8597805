"""Derivation of the code tables from the public files of the NOS; run once a release, never at run time.

    python -m ror.nomenclatures.build NOS_ZIP

It reads the official zip (Licence Ouverte) and writes beside itself ``tables.tsv`` (the terminologies TRE_*, then
the value sets JDV_* with the dates of their terminologies) and ``associations.tsv`` (ASS_*). A section starts with
a line ``# OID<tab>name<tab>release``; a row is code, label, first day of validity, end (empty while it is open).
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parent

TERMINOLOGIES = """
    G00 G07 G08 G09 G100 G13 G15 G16
    R02 R04 R11 R20 R23 R30 R35 R38 R39 R40 R42 R43 R44 R45 R46 R66 R69 R72 R73 R78 R81 R85 R94 R95 R96 R97
    R200 R201 R202 R203 R207 R208 R210 R211 R212 R213 R215 R227 R228 R230 R236 R237 R238 R239
    R240 R241 R242 R243 R244 R245 R246 R247 R250 R251 R252 R253 R257 R264 R265 R266 R282 R283 R284 R286 R287
"""
"""What the contract and model 2.4 refer to; communes (R13) are the business of ``ror.territory``."""

VALUE_SETS = """
    J15 J16 J17 J18 J185 J19 J20 J26 J27 J28 J29 J30 J31 J32 J33 J34 J35 J36 J39 J41 J42 J50 J51 J55 J68
"""
"""J54 (professions) is left out: its codes come from six terminologies and mean nothing without them."""

ASSOCIATIONS = {"A14": (("1.2.250.1.213.3.3.60", "1.2.250.1.213.3.3.61"), "1.2.250.1.213.3.3.12")}
"""Association, with the OIDs of its source columns and of its target column."""

Rows = list[list[str]]


class Archive:
    """The zip, member by the table's short id (``R211``)."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._members = {
            name.partition("_")[2].partition("-")[0].partition("_")[0]: name for name in self._zip.namelist()
        }

    def read(self, short_id: str) -> tuple[list[str], Rows]:
        """The line about the file (OID, kind, name, …, update) and the rows with the line of column names first."""
        raw = self._zip.read(self._members[short_id])
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("cp1252")
        lines = [line.split(";") for line in text.splitlines() if line]
        return lines[1], lines[2:]


def main(arguments: list[str]) -> int:
    """Write both files; 2 when the argument is not one zip."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    archive = Archive(Path(arguments[0]))
    _write("tables.tsv", _tables(archive))
    _write("associations.tsv", _associations(archive))
    return 0


def _tables(archive: Archive) -> Iterator[str]:
    validity: dict[tuple[str, str], tuple[str, str]] = {}
    for short_id in TERMINOLOGIES.split():
        header, rows = archive.read(short_id)
        yield _section(header)
        for oid, code, label, _, _, valid, end, _ in rows[1:]:
            validity[oid, code] = _day(valid), _day(end)
            yield "\t".join((code, _clean(label), *validity[oid, code]))
    for short_id in VALUE_SETS.split():
        header, rows = archive.read(short_id)
        yield _section(header)
        for oid, code, label, *_ in rows[1:]:
            yield "\t".join((code, _clean(label), *validity.get((oid, code), (_day(header[5]), ""))))


def _associations(archive: Archive) -> Iterator[str]:
    for short_id, (sources, target) in ASSOCIATIONS.items():
        header, rows = archive.read(short_id)
        columns = [cell.strip("<>") for cell in rows[0]]
        yield _section(header)
        for row in rows[1:]:
            cells = dict(zip(columns, row, strict=False))
            source = next(cells[column] for column in sources if cells.get(column))
            yield f"{source}\t{cells[target]}"


def _section(header: list[str]) -> str:
    return f"# {header[0]}\t{header[2].removesuffix('.tabs')}\t{_day(header[7])}"


def _day(stamp: str) -> str:
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}" if stamp else ""


def _clean(label: str) -> str:
    return " ".join(label.split())


def _write(name: str, lines: Iterator[str]) -> None:
    (TARGET / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
