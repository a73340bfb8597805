"""Postal addresses, places with coordinates, territories."""

import re
from decimal import Decimal

from regional_nodes.building.codes import HEALTH_TERRITORY, Codebook
from regional_nodes.building.facts import PlaceFacts
from ror.coding import Code, Scheme
from ror.model import Address, AddressLine, GeoCode, Location, Record, TerritorialDivision
from ror.territory import commune

WGS84 = "WGS84"
OPERATIONAL = "3"
"""TRE_R203: lieu opérationnel."""

DIVISION_SCHEMES = {"1": Scheme.REGION, "2": Scheme.DEPARTMENT, "3": Scheme.COMMUNE, "4": HEALTH_TERRITORY}
"""The table that the code of a territorial division comes from, by its type (TRE_R201)."""

_WHOLE_CITIES = {"75056": ("Paris", "751", 20), "69123": ("Lyon", "6938", 9), "13055": ("Marseille", "132", 16)}
"""Cities with municipal arrondissements: name, the beginning of the arrondissements' codes, how many they are."""

_ARRONDISSEMENT = re.compile(r"(\d+)(?:er|e) arrondissement", re.IGNORECASE)
_DISTRICT_POST_CODE = re.compile(r"\d\d[01](\d\d)")


def commune_code(insee: str, name: str | None = None) -> Code:
    """A commune with the label of the tables: ``Lyon (69123)``."""
    known = commune(insee)
    label = known.name if known is not None else name
    return Code(insee, str(Scheme.COMMUNE), f"{label} ({insee})" if label else None)


def address(facts: PlaceFacts, record: Record) -> Address:
    """The postal address of a place; its arrondissement, where known, is its ``citySubDivisionName``."""
    known = commune(facts.commune)
    line = AddressLine(
        building_number=facts.number,
        street_type=facts.street_type,
        street_name=facts.street,
        post_office_box=facts.post_box,
        post_code=facts.post_code,
        city=facts.city or (known.name if known is not None else None),
        city_sub_division=_arrondissement_name(facts),
        country="France",
    )
    return Address(lines=(line,), record=record)


def location(facts: PlaceFacts, record: Record) -> Location:
    """A place with its point; an approximate point says so (``coordonneesFiables`` false)."""
    return Location(
        name=facts.name,
        status=Code(OPERATIONAL, str(Scheme.PLACE_STATUS), "Opérationnel"),
        address=address(facts, record),
        coordinates=GeoCode(
            latitude=_degrees(facts.point.latitude),
            longitude=_degrees(facts.point.longitude),
            system=WGS84,
            reliable=facts.reliable,
            extension_record=record,
            record=record,
        ),
        commune=commune_code(facts.commune, facts.city),
        record=record,
    )


def division(codebook: Codebook, type_: str, code: str, label: str, record: Record) -> TerritorialDivision:
    """A territory of type region, département, commune or territoire de santé (TRE_R201)."""
    return TerritorialDivision(
        type=codebook.code(Scheme.DIVISION_TYPE, type_),
        code=Code(code, str(DIVISION_SCHEMES[type_]), label),
        record=record,
    )


def arrondissement_of(place: Location) -> str | None:
    """The municipal arrondissement of a place in Paris, Lyon or Marseille (decision 13), where its address tells it.

    Its ``citySubDivisionName`` says it (``Paris 12e Arrondissement`` is 75112); else the post code (``75012``).
    """
    if place.commune.code not in _WHOLE_CITIES or place.address is None:
        return None
    _, stem, count = _WHOLE_CITIES[place.commune.code]
    for line in place.address.lines:
        named = _ARRONDISSEMENT.search(line.city_sub_division or "")
        posted = _DISTRICT_POST_CODE.fullmatch(line.post_code or "")
        number = int(named.group(1)) if named else int(posted.group(1)) if posted else 0
        if 1 <= number <= count:
            return f"{stem}{number:0{5 - len(stem)}d}"
    return None


def _arrondissement_name(facts: PlaceFacts) -> str | None:
    if facts.arrondissement is None or facts.commune not in _WHOLE_CITIES:
        return None
    city, stem, _ = _WHOLE_CITIES[facts.commune]
    number = int(facts.arrondissement.removeprefix(stem))
    return f"{city} {number}{'er' if number == 1 else 'e'} Arrondissement"


def _degrees(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")
