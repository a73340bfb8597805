"""The command: ``python -m ror.territory.derivation`` (see the package for its arguments)."""

import gzip
import sys
from collections import Counter
from pathlib import Path

from ror.territory.derivation.estimation import KnownPlaces, from_establishments, reaches
from ror.territory.derivation.matching import arrondissement_points, match
from ror.territory.derivation.sources import Register, read_establishments, read_points, read_register
from ror.territory.place import Place

TARGET = Path(__file__).parent.parent
SOURCE_LINE = (
    "# communes of France in the RORs; COG 2023 (Etalab, Licence Ouverte), points GeoNames (CC BY 4.0), "
    "some Eurostat GISCO and means of neighbours (approximate)"
)


def main(arguments: list[str]) -> int:
    """Build both tables; 2 when the arguments are not the four sources."""
    if len(arguments) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    cities, etalab, nos, gisco = map(Path, arguments)
    points = read_points(cities)
    register = read_register(etalab, nos, frozenset(point.region for point in points))
    whole = {code: commune for code, commune in register.communes.items() if not commune.city}
    matched = match(whole, points)
    matched.update(arrondissement_points(register.communes, points))
    places = {code: Place(point.latitude, point.longitude) for code, point in matched.items()}
    how = Counter(gazetteer=len(places))
    known = KnownPlaces(register.communes, dict(places))
    establishments = read_establishments(gisco)
    estimated: set[str] = set()
    for code, commune in whole.items():
        if code in places:
            continue
        estimate, kind = known.estimate(commune)
        place = from_establishments(commune, establishments, estimate)
        how["establishments" if place else kind.value] += 1
        places[code] = place or estimate
        if place is None:
            estimated.add(code)
    _write_communes(register, places, estimated, exact=set(matched))
    _write_ended(register)
    print(f"{len(places)} communes and arrondissements: {dict(how)}; {len(register.ended)} ended", file=sys.stderr)
    return 0


def _write_communes(register: Register, places: dict[str, Place], estimated: set[str], *, exact: set[str]) -> None:
    reach = reaches(places, estimated)
    lines = [SOURCE_LINE, "code\tname\tlatitude\tlongitude\tpopulation\treach_km\tapproximate"]
    for code, commune in sorted(register.communes.items()):
        place = places[code]
        digits = 4 if code in exact else 3
        lines.append(
            f"{code}\t{commune.names[0]}\t{place.latitude:.{digits}f}\t{place.longitude:.{digits}f}"
            f"\t{commune.population or ''}\t{reach[code]}\t{'' if code in exact else 1}"
        )
    _write("communes.tsv.gz", lines)


def _write_ended(register: Register) -> None:
    lines = ["# commune codes that have ended; TRE_R13 (NOS) and COG 2023 (Etalab), Licence Ouverte"]
    lines.append("code\tname\tended_on\tsuccessor")
    for code, old in sorted(register.ended.items()):
        successor = old.successor if old.successor in register.communes else ""
        lines.append(f"{code}\t{old.name}\t{old.ended_on or ''}\t{successor}")
    _write("ended.tsv.gz", lines)


def _write(name: str, lines: list[str]) -> None:
    (TARGET / name).write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
