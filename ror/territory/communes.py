"""The communes of France by INSEE code: name, département, region, a point, population (COG 2023).

The tables beside this module are read on first use and kept as text; a commune becomes a value when it is asked for.
``ror.territory.derivation`` says how the tables are made and how good the points are.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pkgutil import get_data

from ror.folding import fold
from ror.territory.departments import DEPARTMENT_BY_CODE, department_code_of_commune
from ror.territory.place import Place

_CITIES = {"751": "75056", "6938": "69123", "132": "13055"}
"""First characters of arrondissement codes, and the city they are part of (decision 13)."""

_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A commune, or an arrondissement of Paris, Lyon or Marseille (then ``city`` is the whole city's code).

    ``approximate`` points are means of neighbours or of the town's hospitals, 5 km off in the middle. ``reach_km``
    estimates how far from the point the commune's own ground may lie.
    """

    code: str
    name: str
    department: str
    region: str
    latitude: float
    longitude: float
    population: int | None
    reach_km: int
    approximate: bool
    city: str | None

    @property
    def place(self) -> Place:
        """The commune's point."""
        return Place(self.latitude, self.longitude)

    @property
    def label(self) -> str:
        """Name and INSEE code, the style of TRE_R13: ``Lyon (69123)``."""
        return f"{self.name} ({self.code})"


@dataclass(frozen=True, slots=True)
class EndedCommune:
    """A code that was a commune; ``successor`` took it over, where that is known."""

    code: str
    name: str
    ended_on: date | None
    successor: str | None


def commune(code: str) -> Commune | None:
    """The commune or arrondissement that has this INSEE code today, or ``None``."""
    code = code.strip().upper()
    line = _lines().get(code)
    return None if line is None else _parse(line)


def ended_commune(code: str) -> EndedCommune | None:
    """What a code that is no commune any more used to be, or ``None`` for a current or an unknown code."""
    return _ended().get(code.strip().upper())


def city_code(code: str) -> str:
    """The code that a place carries: the whole city for an arrondissement, else the code itself (decision 13)."""
    for length in (3, 4):
        if (city := _CITIES.get(code[:length])) is not None:
            return city
    return code


def all_communes() -> Iterator[Commune]:
    """Every commune and arrondissement, by code."""
    return map(_parse, _lines().values())


def commune_points() -> Iterator[tuple[str, Place, int]]:
    """Département, point and reach in km of every commune, without making values of them: for whole-country work."""
    for code, line in _lines().items():
        _, _, latitude, longitude, _, reach_km, _ = line.split("\t")
        yield department_code_of_commune(code), Place(float(latitude), float(longitude)), int(reach_km)


def communes_of_department(department: str) -> tuple[Commune, ...]:
    """The communes of a département by code, arrondissements left out; empty for an unknown département."""
    return tuple(
        _parse(line)
        for code, line in _lines().items()
        if code.startswith(department) and department_code_of_commune(code) == department and city_code(code) == code
    )


def find_communes(words: str, limit: int = 20) -> list[Commune]:
    """Communes that people may mean: an INSEE code, or beginnings of words of the name, accents and dashes forgiven.

    A département's code may stand among the words (``saint-denis 974``). The exact name comes first, then names that
    begin so, then the rest; the most people first.
    """
    if (known := commune(words)) is not None:
        return [known]
    if (old := ended_commune(words)) is not None and old.successor is not None:
        successor = commune(old.successor)
        return [] if successor is None else [successor]
    wanted = [_ABBREVIATIONS.get(word, word) for word in fold(words).split()]
    if not wanted:
        return []
    named = " ".join(word for word in wanted if word.upper() not in DEPARTMENT_BY_CODE)
    found = []
    for code, name in _folded_names().items():
        department = department_code_of_commune(code).lower()
        spaced = f" {name}"
        if all(f" {word}" in spaced or word == department for word in wanted):
            found.append((name != named, not name.startswith(named), code))
    ranked = sorted(found, key=lambda hit: (hit[0], hit[1], -(_population(hit[2]) or 0), hit[2]))
    return [_parse(_lines()[code]) for _, _, code in ranked[:limit]]


def _parse(line: str) -> Commune:
    code, name, latitude, longitude, population, reach_km, approximate = line.split("\t")
    department = department_code_of_commune(code)
    city = city_code(code)
    return Commune(
        code=code,
        name=name,
        department=department,
        region=DEPARTMENT_BY_CODE[department].region,
        latitude=float(latitude),
        longitude=float(longitude),
        population=int(population) if population else None,
        reach_km=int(reach_km),
        approximate=bool(approximate),
        city=None if city == code else city,
    )


def _population(code: str) -> int | None:
    population = _lines()[code].split("\t", 5)[4]
    return int(population) if population else None


@cache
def _lines() -> dict[str, str]:
    return {line[:5]: line for line in _read("communes.tsv.gz")}


@cache
def _folded_names() -> dict[str, str]:
    return {code: fold(line.split("\t", 2)[1]) for code, line in _lines().items()}


@cache
def _ended() -> dict[str, EndedCommune]:
    rows = (line.split("\t") for line in _read("ended.tsv.gz"))
    return {
        code: EndedCommune(code, name, date.fromisoformat(ended_on) if ended_on else None, successor or None)
        for code, name, ended_on, successor in rows
    }


def _read(table: str) -> list[str]:
    """The rows of a packaged table, its source line and column names left out."""
    packed = get_data(__package__, table)
    assert packed is not None
    return gzip.decompress(packed).decode("utf-8").splitlines()[2:]
