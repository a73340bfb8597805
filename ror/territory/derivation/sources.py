"""Reading of the sources into the few facts that the derivation needs."""

import csv
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ror.folding import fold

OVERSEAS_COUNTRIES = {"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06", "BL": "977", "MF": "978"}
"""GeoNames gives overseas France country codes of its own; here with their region code."""

OUTSIDE_THE_RORS = ("975", "984", "986", "987", "988", "989")
"""Collectivities overseas that no ROR serves. 985 is Mayotte before it became 976."""

SEATS = {"97701": "Gustavia", "97801": "Marigot"}
"""Communes that GeoNames knows by their seat only."""

TAKEN_OVER = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy and Saint-Martin left the département of Guadeloupe in 2007."""

_COMMUNES_MEMBER = "TRE_R13-CommuneOM.tabs"


@dataclass(slots=True, eq=False)
class Point:
    """A populated place of GeoNames, WGS84 degrees, in a French region."""

    name: str
    alternates: tuple[str, ...]
    latitude: float
    longitude: float
    population: int
    region: str


@dataclass(slots=True, eq=False)
class CommuneFacts:
    """A commune or municipal arrondissement of the COG; ``names`` are its name first, then older ones."""

    code: str
    names: list[str]
    department: str
    region: str
    population: int
    postcodes: frozenset[str]
    district: str
    grouping: str = ""
    city: str = ""


@dataclass(slots=True)
class EndedCode:
    """A code that is no commune any more, with the commune that took it over where that is known."""

    name: str
    ended_on: date | None = None
    successor: str = ""


@dataclass(slots=True)
class Register:
    """What the COG and TRE_R13 say together."""

    communes: dict[str, CommuneFacts] = field(default_factory=dict)
    ended: dict[str, EndedCode] = field(default_factory=dict)


def read_points(cities: Path) -> list[Point]:
    """Every populated place of France and of its regions overseas."""
    points = []
    for entry in json.loads(cities.read_text("utf-8")).values():
        country = entry["countrycode"]
        region = entry["admin1code"] if country == "FR" else OVERSEAS_COUNTRIES.get(country)
        if region:
            points.append(
                Point(
                    name=entry["name"],
                    alternates=tuple(entry["alternatenames"]),
                    latitude=entry["latitude"],
                    longitude=entry["longitude"],
                    population=entry["population"],
                    region=region,
                )
            )
    return points


def read_register(etalab: Path, nos: Path, regions: frozenset[str]) -> Register:
    """Communes of ``regions`` with their older names, and the codes that ended."""
    register = Register()
    older_names: dict[str, list[str]] = defaultdict(list)
    for raw in json.loads((etalab / "communes.json").read_text("utf-8")):
        kind = raw["type"]
        if kind in ("commune-actuelle", "arrondissement-municipal"):
            if raw["region"] in regions:
                register.communes[raw["code"]] = _commune(raw)
        else:
            older_names[raw["chefLieu"]].append(raw["nom"])
            register.ended.setdefault(raw["code"], EndedCode(raw["nom"], successor=raw["chefLieu"]))
        for old in raw.get("anciensCodes", ()):
            register.ended.setdefault(old, EndedCode(raw["nom"], successor=raw["code"]))
    for grouping in json.loads((etalab / "epci.json").read_text("utf-8")):
        for member in grouping["membres"]:
            if (commune := register.communes.get(member["code"])) is not None:
                commune.grouping = grouping["code"]
    _add_nomenclature(register, nos)
    for code, seat in SEATS.items():
        older_names[code].append(seat)
    for code, names in older_names.items():
        if (commune := register.communes.get(code)) is not None:
            commune.names.extend(names)
    register.ended = {
        code: old
        for code, old in register.ended.items()
        if code not in register.communes and not code.startswith(OUTSIDE_THE_RORS)
    }
    for code, old in register.ended.items():
        old.successor = TAKEN_OVER.get(code, old.successor)
        if code.startswith("985"):
            old.successor = f"976{code[3:]}"
    return register


def read_establishments(gisco: Path) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Points of health establishments that stand at their address, by département and folded name of the town."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    with gisco.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["geo_qual"] == "1" and row["lat"] and row["lon"]:
                postcode = row["postcode"]
                department = postcode[:3] if postcode.startswith("97") else postcode[:2]
                found[department, fold(row["city"])].append((float(row["lat"]), float(row["lon"])))
    return found


def _commune(raw: dict[str, object]) -> CommuneFacts:
    postcodes = raw.get("codesPostaux", [])
    assert isinstance(postcodes, list)
    return CommuneFacts(
        code=str(raw["code"]),
        names=[str(raw["nom"])],
        department=str(raw["departement"]),
        region=str(raw["region"]),
        population=int(str(raw.get("population", 0))),
        postcodes=frozenset(map(str, postcodes)),
        district=str(raw.get("arrondissement", "")),
        city=str(raw.get("commune", "")),
    )


def _add_nomenclature(register: Register, nos: Path) -> None:
    for code, name, ended_on in _rows_of_r13(nos):
        commune = register.communes.get(code)
        if commune is not None:
            if name not in commune.names:
                commune.names.append(name)
            continue
        old = register.ended.setdefault(code, EndedCode(name))
        old.name = name
        old.ended_on = ended_on


def _rows_of_r13(nos: Path) -> Iterator[tuple[str, str, date | None]]:
    """Code, bare name and end date of every row of TRE_R13; a code that stands twice keeps both rows."""
    with zipfile.ZipFile(nos) as archive:
        text = archive.read(_COMMUNES_MEMBER).decode("cp1252")
    for line in text.splitlines()[3:]:
        _, code, _, _, name, _, end, _ = line.split(";")
        if len(code) == 5 and not code.startswith("99"):
            yield code, name, date.fromisoformat(end[:8]) if end else None
