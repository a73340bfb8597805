"""Small open data in the real layout, written where a test wants it; and the 17 burns places of 2022 among it."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from regional_nodes.imported import ImportResult, import_open_data
from regional_nodes.source import EstablishmentTree, local_ids
from ror.model import Facility

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
BURNS = Path(__file__).parents[1] / "fixtures" / "burns_2022.csv"

PLACE_COLUMNS = [
    "bor",
    "an",
    "fi",
    "rs",
    "fi_ej",
    "stj",
    "cat",
    "espic",
    "sir",
    "reg",
    "dep",
    "COMINSEE",
    "NOMCOM",
    "ARMT",
    "NUMVOI",
    "TYPVOI",
    "NOMVOI",
    "BP",
    "CPO",
    "LIBCOM",
]
GISCO_COLUMNS = ("id", "hospital_name", "lat", "lon", "geo_qual", "tel", "ref_date")


@dataclass(frozen=True, slots=True)
class OpenData:
    """Where the two sources of an import lie."""

    gisco: Path
    sae: Path

    def imported(self) -> ImportResult:
        """Import them with local ids."""
        return import_open_data(self.gisco, self.sae, ids_of=lambda ror: local_ids(), at=AT)


def place(finess: str, commune: str = "69123", **more: str) -> dict[str, str]:
    """A row of ``ID``: a public hospital unless said otherwise."""
    row = {
        "bor": "ID", "an": "2022", "fi": finess, "rs": f"CH {finess}", "fi_ej": "690781810", "stj": "13",
        "cat": "355", "espic": "1", "sir": "", "reg": "", "dep": commune[:2], "COMINSEE": commune, "NOMCOM": "",
    }  # fmt: skip
    return row | more


def write_open_data(
    folder: Path,
    places: Iterable[Mapping[str, str]],
    bordereaux: Mapping[str, Iterable[Mapping[str, str]]],
    hospitals: Iterable[Mapping[str, str]] = (),
    *,
    year: str = "2022",
) -> OpenData:
    """Write files of the real shapes: ISO-8859-1 and semicolons for SAE, UTF-8 and commas for GISCO."""
    sae = folder / f"sae-{year}"
    sae.mkdir(parents=True, exist_ok=True)
    _write(sae / f"ID_{year}r.csv", PLACE_COLUMNS, places, ";", "iso-8859-1")
    for name, rows in bordereaux.items():
        whole = [{"BOR": name, "AN": year, "RS": "", "FI_EJ": ""} | dict(row) for row in rows]
        columns = list(dict.fromkeys(["BOR", "AN", "FI", "RS", "FI_EJ", *(key for row in whole for key in row)]))
        _write(sae / f"{name}_{year}r.csv", columns, whole, ";", "iso-8859-1")
    gisco = folder / "gisco.csv"
    _write(gisco, GISCO_COLUMNS, hospitals, ",", "utf-8")
    return OpenData(gisco, sae)


def burns_facts() -> list[dict[str, str]]:
    """The 17 places of the bundled fixture."""
    with BURNS.open(encoding="utf-8", newline="") as stream:
        next(stream)
        return list(csv.DictReader(stream, delimiter=";"))


def burns_open_data(folder: Path) -> OpenData:
    """The 17 burns places as open data, for an import by the same code as the real files'."""
    facts = burns_facts()
    places = [
        place(
            fact["finess"], fact["commune"], rs=fact["name"], fi_ej=fact["legal_entity"], cat=fact["category"],
            stj=fact["legal_status"], espic=fact["espic"], dep=fact["department"], reg=fact["region"],
            NOMCOM=fact["commune_name"], ARMT=fact["arrondissement"],
        )
        for fact in facts
    ]  # fmt: skip
    rows = [{"FI": fact["finess"], "LIT_REA": fact["lit_rea"], "LIT_BRU": fact["lit_bru"]} for fact in facts]
    return write_open_data(folder, places, {"BRULES": rows})


def real_open_data() -> OpenData | None:
    """The whole open data, where it lies beside the checkout."""
    root = Path(__file__).parents[2]
    found = sorted(root.parent.glob("*/ror/data/sae-2022"))
    points = sorted(found[0].parent.glob("etablissements-gisco-*.csv")) if found else []
    return OpenData(points[0], found[0]) if points else None


def units_of(tree: EstablishmentTree) -> list[Facility]:
    """The units of a tree."""
    return [facility for facility in tree.facilities if facility.is_unit]


def activities_of(tree: EstablishmentTree, unit: Facility) -> set[str]:
    """The codes of the activities of one unit."""
    held = {link.entity_id for organization in unit.organizations for link in organization.services}
    return {service.type.code for service in tree.services if service.entity_id in held}


def installed_beds(
    trees: Mapping[str, Iterable[EstablishmentTree]], activity: str
) -> dict[str, tuple[str, int | None]]:
    """ROR and installed beds by FINESS number of every place with a unit of ``activity``."""
    return {
        (tree.establishment.structure_id or "")[1:]: (
            ror,
            unit.accommodation.beds.installed if unit.accommodation and unit.accommodation.beds else None,
        )
        for ror, of_ror in trees.items()
        for tree in of_ror
        for unit in units_of(tree)
        if activity in activities_of(tree, unit)
    }


def _write(
    path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]], delimiter: str, encoding: str
) -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(columns), restval="", delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
