"""The places of the statistics (table ``ID``): who and where each establishment is, in INSEE's own codes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from regional_nodes.imported.report import Listed, Reason
from regional_nodes.imported.tables import SourceRow, SourceTable
from ror.identifiers import IdentifierError, parse_finess
from ror.territory import Ror, commune, department, ended_commune, region, ror_of_region

REQUIRED = ("FI", "FI_EJ", "RS", "COMINSEE", "NOMCOM", "DEP", "STJ", "CAT")
"""Columns of ``ID`` without which no place can be told."""

_DEPARTMENTS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9F": "976"}
"""How the statistics write the overseas départements."""

_ISLANDS = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy and Saint-Martin: their former communes of Guadeloupe (decision 33)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """An establishment as ``ID`` tells it. ``commune`` is INSEE's code of today; ``region`` is its region's."""

    finess: str
    legal_entity: str
    name: str
    commune: str
    commune_name: str
    department: str
    region: str
    legal_status: str
    category: str
    espic: str
    siret: str
    arrondissement: str
    number: str
    street_type: str
    street: str
    post_box: str
    post_code: str
    city: str
    year: str
    line: int
    file: str

    @property
    def ror(self) -> Ror:
        """The ROR that holds it; there is one, else it was listed."""
        ror = ror_of_region(self.region)
        if ror is None:
            raise LookupError(f"no ROR serves region {self.region}")
        return ror


def insee_commune(code: str) -> str:
    """The INSEE code that an SAE code of a commune means: ``9A101`` is ``97101``, ``9A127`` is ``97801``."""
    whole = "97" + code[2:] if code[:2] in _DEPARTMENTS else code
    whole = _ISLANDS.get(whole, whole)
    if commune(whole) is None:
        ended = ended_commune(whole)
        if ended is not None and ended.successor is not None:
            return ended.successor
    return whole


def read_places(table: SourceTable) -> tuple[dict[str, SourcePlace], list[Listed]]:
    """Every place by FINESS number, and the rows that are none."""
    places: dict[str, SourcePlace] = {}
    listed: list[Listed] = []
    for row in table.rows:
        place = _place(table, row)
        if isinstance(place, Listed):
            listed.append(place)
        elif place.finess in places:
            listed.append(_listed(table, row, Reason.DUPLICATE, f"also line {places[place.finess].line}"))
        else:
            places[place.finess] = place
    return places, listed


def legal_entity_names(table: SourceTable) -> dict[str, str]:
    """Names of EJ that the statistics tell: those that answer themselves, those named beside an authorisation."""
    names: dict[str, str] = {}
    for row in table.rows:
        for column in (f"FIAUT{number}" for number in range(1, 8)):
            name = row.get(column.replace("FI", "RS", 1))
            if row.get(column) and name:
                names.setdefault(row.get(column), name)
    names.update({row.get("FI"): row.get("RS") for row in table.rows if row.get("FI") == row.get("FI_EJ")})
    return names


def commonest(values: Iterable[str]) -> str | None:
    """The value met most often, the smallest of equals; ``None`` without any."""
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def by_legal_entity(places: Mapping[str, SourcePlace]) -> dict[str, list[SourcePlace]]:
    """The places of each EJ."""
    grouped: dict[str, list[SourcePlace]] = {}
    for place in places.values():
        grouped.setdefault(place.legal_entity, []).append(place)
    return grouped


def _place(table: SourceTable, row: SourceRow) -> SourcePlace | Listed:
    if not row.cells:
        return _listed(table, row, Reason.MALFORMED, f"another number of cells: {row.text[:80]}")
    for column in ("FI", "FI_EJ"):
        try:
            parse_finess(row.get(column))
        except IdentifierError as error:
            return _listed(table, row, Reason.MALFORMED, f"{column}: {error}")
    insee = insee_commune(row.get("COMINSEE"))
    known = commune(insee)
    told = department(_DEPARTMENTS.get(row.get("DEP"), row.get("DEP")))
    where = known.region if known is not None else told.region if told is not None else None
    if where is None or ror_of_region(where) is None or region(where) is None:
        return _listed(table, row, Reason.NO_ROR, f"commune {row.get('COMINSEE')}, département {row.get('DEP')}")
    return SourcePlace(
        finess=row.get("FI"),
        legal_entity=row.get("FI_EJ"),
        name=row.get("RS") or f"EG {row.get('FI')}",
        commune=insee,
        commune_name=row.get("NOMCOM"),
        department=known.department if known is not None else told.code if told is not None else "",
        region=where,
        legal_status=row.get("STJ"),
        category=row.get("CAT"),
        espic=row.get("ESPIC"),
        siret=row.get("SIR"),
        arrondissement=row.get("ARMT"),
        number=row.get("NUMVOI"),
        street_type=row.get("TYPVOI"),
        street=row.get("NOMVOI"),
        post_box=row.get("BP"),
        post_code=row.get("CPO"),
        city=row.get("LIBCOM") or row.get("NOMCOM"),
        year=row.get("AN"),
        line=row.line,
        file=table.file,
    )


def _listed(table: SourceTable, row: SourceRow, reason: Reason, detail: str) -> Listed:
    return Listed(file=table.file, line=row.line, finess=row.get("FI"), reason=reason, detail=detail)
