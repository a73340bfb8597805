"""GISCO's table of hospitals: a point and a telephone for those establishments that the statistics know."""

from collections.abc import Collection
from dataclasses import dataclass

from regional_nodes.errors import OpenDataError
from regional_nodes.imported.report import FileTotals, Listed, Reason, reasons
from regional_nodes.imported.tables import SourceRow, SourceTable
from ror.identifiers import IdentifierError, parse_finess
from ror.territory import Place

REQUIRED = ("ID", "LAT", "LON", "TEL")

_OVERSEAS_PREFIXES = {
    "590": "590",
    "594": "594",
    "596": "596",
    "262": "262",
    "269": "262",
    "692": "262",
    "690": "590",
}
"""Country code by the first three digits of a number overseas; elsewhere 33."""

_LOW_QUALITY = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """What GISCO tells of one establishment; ``precise`` is false for a point it calls low quality itself."""

    finess: str
    point: Place | None
    precise: bool
    telephone: str | None
    file: str
    line: int


def read_hospitals(
    table: SourceTable, wanted: Collection[str]
) -> tuple[dict[str, Hospital], FileTotals, list[Listed]]:
    """The hospitals among ``wanted`` by FINESS number; every other row is listed."""
    missing = [column for column in REQUIRED if column not in table.columns]
    if missing:
        raise OpenDataError(f"{table.file} lacks the columns {', '.join(missing)}")
    hospitals: dict[str, Hospital] = {}
    listed: list[Listed] = []
    for row in table.rows:
        found = _hospital(table, row)
        if isinstance(found, Listed):
            listed.append(found)
        elif found.finess in hospitals:
            listed.append(_listed(table, row, found.finess, Reason.DUPLICATE, f"line {hospitals[found.finess].line}"))
        elif found.finess not in wanted:
            listed.append(_listed(table, row, found.finess, Reason.NOT_IN_STATISTICS, row.get("HOSPITAL_NAME")))
        else:
            hospitals[found.finess] = found
    totals = FileTotals(
        file=table.file,
        bordereau="GISCO",
        year=next((row.get("REF_DATE")[-4:] for row in table.rows if row.cells), ""),
        rows=len(table.rows),
        mapped=len(hospitals),
        units=0,
        listed=reasons(listed, table.file),
    )
    return hospitals, totals, listed


def international(national: str) -> str | None:
    """A French number of nine digits without its zero, as ``+33 4 74 45 46 47``; ``None`` when it is none."""
    digits = "".join(character for character in national if character.isdigit()).removeprefix("0")
    if len(digits) != 9:
        return None
    country = _OVERSEAS_PREFIXES.get(digits[:3], "33")
    groups = [digits[0], *(digits[start : start + 2] for start in range(1, 9, 2))]
    if country != "33":
        groups = [digits[:3], *(digits[start : start + 2] for start in range(3, 9, 2))]
    return f"+{country} {' '.join(groups)}"


def _hospital(table: SourceTable, row: SourceRow) -> Hospital | Listed:
    if not row.cells:
        return _listed(table, row, "", Reason.MALFORMED, f"another number of cells: {row.text[:80]}")
    try:
        finess = parse_finess(row.get("ID").zfill(9)).number
    except IdentifierError as error:
        return _listed(table, row, row.get("ID"), Reason.MALFORMED, str(error))
    return Hospital(
        finess=finess,
        point=_point(row),
        precise=row.get("GEO_QUAL") != _LOW_QUALITY,
        telephone=international(row.get("TEL")),
        file=table.file,
        line=row.line,
    )


def _point(row: SourceRow) -> Place | None:
    try:
        return Place(float(row.get("LAT")), float(row.get("LON")))
    except ValueError:
        return None


def _listed(table: SourceTable, row: SourceRow, finess: str, reason: Reason, detail: str) -> Listed:
    return Listed(file=table.file, line=row.line, finess=finess, reason=reason, detail=detail)
