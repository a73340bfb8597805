"""The import of real open data: statistics and points in, trees and a report out (decisions 32-34)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from regional_nodes.building import Codebook, TreeBuilder, source_directory
from regional_nodes.errors import OpenDataError
from regional_nodes.imported.assembly import establishment, legal_entities
from regional_nodes.imported.bordereaux import ROWS_OF
from regional_nodes.imported.gisco import read_hospitals
from regional_nodes.imported.mapping import MappedTable, UnitDraft, map_table
from regional_nodes.imported.places import (
    REQUIRED,
    SourcePlace,
    by_legal_entity,
    legal_entity_names,
    read_places,
)
from regional_nodes.imported.points import PointFinder
from regional_nodes.imported.report import FileTotals, ImportReport, Listed, Reason, reasons
from regional_nodes.imported.tables import (
    GISCO_ENCODING,
    SourceTable,
    read_statistics,
    read_table,
)
from regional_nodes.source import EstablishmentTree, IdScheme

PLACES = "ID"
"""The bordereau of places."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The establishments by ROR id, by FINESS number in each, and what became of every row."""

    trees: dict[str, list[EstablishmentTree]]
    report: ImportReport


def import_open_data(gisco: Path, sae: Path, *, ids_of: Callable[[str], IdScheme], at: datetime) -> ImportResult:
    """Import the establishments of ``sae`` (a folder of bordereaux) with the points of ``gisco`` (one file).

    ``ids_of`` gives the ids of a ROR; ``at`` is the moment that availability is invented for. An establishment is a
    place with at least one mapped unit. Data that cannot be read at all is an ``OpenDataError``; rows that cannot be
    placed are in the report.
    """
    tables = list(read_statistics(sae))
    where = _place_table(tables, sae)
    places, place_rows = read_places(where)
    taken: set[tuple[str, int]] = set()
    mapped = [map_table(table, places.keys(), taken) for table in tables if table is not where]
    drafts: dict[str, list[UnitDraft]] = {}
    for draft in (draft for one in mapped for draft in one.drafts):
        drafts.setdefault(draft.finess, []).append(draft)
    place_rows += [_without_unit(place) for place in places.values() if place.finess not in drafts]
    hospitals, gisco_totals, gisco_rows = read_hospitals(
        read_table(gisco, encoding=GISCO_ENCODING, delimiter=","), drafts.keys()
    )
    finder = PointFinder((places[finess] for finess in drafts), hospitals)
    known = legal_entities(by_legal_entity(places), legal_entity_names(where), at)
    builders: dict[str, TreeBuilder] = {}
    trees: dict[str, list[EstablishmentTree]] = {}
    points: Counter[str] = Counter()
    for finess in sorted(drafts):
        place = places[finess]
        located = finder.locate(place)
        points[located.source.value] += 1
        facts = establishment(
            place,
            drafts[finess],
            legal_entity=known[place.legal_entity],
            located=located,
            hospital=hospitals.get(finess),
            at=at,
        )
        ror_id = place.ror.id
        builder = builders.get(ror_id) or builders.setdefault(ror_id, _builder(ror_id, ids_of))
        trees.setdefault(ror_id, []).append(builder.tree(facts, place.region))
    report = ImportReport(
        files=(*_place_totals(where, place_rows), *(one.totals for one in mapped), gisco_totals),
        establishments={ror_id: len(trees[ror_id]) for ror_id in sorted(trees)},
        units={ror_id: sum(_units(tree) for tree in trees[ror_id]) for ror_id in sorted(trees)},
        points=dict(sorted(points.items())),
        listed=(*place_rows, *(row for one in mapped for row in one.listed), *gisco_rows),
        set_aside=tuple(cell for one in mapped for cell in one.set_aside),
        rejected_points=tuple(finder.rejected),
        remarks=_remarks(tables, mapped),
    )
    return ImportResult(dict(sorted(trees.items())), report)


def _place_table(tables: list[SourceTable], folder: Path) -> SourceTable:
    found = [table for table in tables if table.bordereau == PLACES]
    if len(found) != 1:
        raise OpenDataError(f"{folder} has {len(found)} tables of places (ID), not one")
    missing = [column for column in REQUIRED if column not in found[0].columns]
    if missing:
        raise OpenDataError(f"{found[0].file} lacks the columns {', '.join(missing)}")
    return found[0]


def _builder(ror_id: str, ids_of: Callable[[str], IdScheme]) -> TreeBuilder:
    return TreeBuilder(ids=ids_of(ror_id), codebook=Codebook(), source=source_directory(ror_id))


def _without_unit(place: SourcePlace) -> Listed:
    return Listed(file=place.file, line=place.line, finess=place.finess, reason=Reason.NO_UNIT, detail=place.name)


def _place_totals(table: SourceTable, listed: list[Listed]) -> tuple[FileTotals]:
    totals = FileTotals(
        file=table.file,
        bordereau=table.bordereau,
        year=table.year,
        rows=len(table.rows),
        mapped=len(table.rows) - len(listed),
        units=0,
        listed={},
        unknown_columns=table.unknown_columns,
    )
    return (replace(totals, listed=reasons(listed, table.file)),)


def _units(tree: EstablishmentTree) -> int:
    return sum(facility.is_unit for facility in tree.facilities)


def _remarks(tables: list[SourceTable], mapped: list[MappedTable]) -> tuple[str, ...]:
    """What concerns whole files: bordereaux that are missing, columns that are missing or new, several years."""
    there = {table.bordereau for table in tables}
    remarks = [f"bordereau {name} is missing" for name in ROWS_OF if name not in there]
    years = sorted({table.year for table in tables if table.year})
    if len(years) > 1:
        remarks.append(f"the files are of several years: {', '.join(years)}")
    remarks += [
        f"{one.totals.file} lacks the columns {', '.join(one.totals.missing_columns)}"
        for one in mapped
        if one.totals.missing_columns
    ]
    remarks += [
        f"{table.file} has columns unknown in 2022: {', '.join(table.unknown_columns)}"
        for table in tables
        if table.unknown_columns
    ]
    return tuple(remarks)
