"""Destinations: where to search (contract, "G1 request"; decisions 8, 9 and 13)."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from ror.coding import DIVISION_TYPE_2016, Scheme
from ror.errors import refuse
from ror.faults import Reason
from ror.g1.walk import check_attributes, check_leaf, children, not_conformant, only
from ror.question import Destination, DestinationLevel
from ror.quoting import quoted
from ror.territory.communes import commune, ended_commune
from ror.territory.departments import department
from ror.territory.regions import region
from ror.xml_parser import Element

COUNTRY: Final = "FR"
MAX_DISTANCE_KM: Final = 2_000.0

LEVEL_SCHEMES: Final = {
    DestinationLevel.REGION: Scheme.REGION,
    DestinationLevel.DEPARTMENT: Scheme.DEPARTMENT,
    DestinationLevel.COMMUNE: Scheme.COMMUNE,
    DestinationLevel.COUNTRY: Scheme.COUNTRY,
}
"""OID that stands in ``code/@codingSchemeName`` of each level."""

_HEALTH_TERRITORY, _DEFENCE_ZONE = "4", "6"
_NAMES = {
    DestinationLevel.REGION: "région",
    DestinationLevel.DEPARTMENT: "département",
    DestinationLevel.COMMUNE: "commune",
    DestinationLevel.COUNTRY: "pays",
}
_LEVELS = {level.value: level for level in DestinationLevel}
_LEVEL_OF_SCHEME: dict[str, DestinationLevel] = {scheme.value: level for level, scheme in LEVEL_SCHEMES.items()}
_FRANCE = {"FR", "FRA", "99100", "99000"}
"""ISO 3166 codes, and those of TRE_R20 (the second until 2016)."""

_TERRITORY_ATTRIBUTES = {
    "code",
    "displayName",
    "language",
    "codingScheme",
    "codingSchemeName",
    "codingSchemeVersion",
    "codingSchemeURI",
    "managingAuthorityId",
    "managingAuthorityName",
}
_DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{0,12})?|\.[0-9]{1,12}")


def read_destinations(elements: Sequence[Element], warnings: list[str]) -> tuple[Destination, ...]:
    """The destinations in the order sent, repeated ones once.

    A commune that was merged stands for its successor, and ``warnings`` says so.

    Raises:
        FaultError: ``destination.*``, ``distance.*``, ``criterion.wrong-scheme``, ``criterion.unknown-code``,
            ``request.not-conformant``.
    """
    if not elements:
        raise refuse(Reason.DESTINATION_MISSING)
    return tuple(dict.fromkeys(_destination(element, warnings) for element in elements))


def write_destination(destination: Destination) -> str:
    """A ``destination`` element."""
    distance = "" if destination.distance_km is None else f'<distance value="{destination.distance_km:.1f}"/>'
    return (
        f'<destination><type code="{destination.level.value}" codingScheme="{Scheme.DIVISION_TYPE}"/>'
        f'<code code="{destination.code}" codingSchemeName="{LEVEL_SCHEMES[destination.level]}"/>'
        f"{distance}</destination>"
    )


def _destination(element: Element, warnings: list[str]) -> Destination:
    parts = children(element, {"type": 1, "code": 1, "distance": 1})
    kind, code = only(parts["type"]), only(parts["code"])
    if kind is None or code is None:
        raise not_conformant("Une destination demande un type et un code")
    level = _level(kind)
    found = _code(code, level, warnings)
    distance_km = _distance(only(parts["distance"]))
    if distance_km is not None and level is DestinationLevel.COUNTRY:
        raise refuse(Reason.DISTANCE_WITHOUT_PLACE)
    return Destination(level, found, distance_km)


def _level(kind: Element) -> DestinationLevel:
    check_leaf(kind)
    scheme = (kind.get("codingScheme") or "").strip()
    if scheme not in {"", Scheme.DIVISION_TYPE, DIVISION_TYPE_2016}:
        raise refuse(
            Reason.CRITERION_WRONG_SCHEME,
            f"La nomenclature {quoted(scheme)} ne convient pas au type de destination : "
            f"{Scheme.DIVISION_TYPE} est attendue.",
        )
    sent = (kind.get("code") or "").strip()
    if not sent:
        raise not_conformant("Une destination n'a pas de type")
    code = sent.lstrip("0")
    if code in {_HEALTH_TERRITORY, _DEFENCE_ZONE}:
        raise refuse(Reason.DESTINATION_NOT_HANDLED)
    level = _LEVELS.get(code)
    if level is None:
        raise refuse(
            Reason.CRITERION_UNKNOWN_CODE,
            f"Le type de destination {quoted(sent)} n'existe pas dans la nomenclature "
            "des divisions territoriales (TRE_R201).",
        )
    return level


def _code(element: Element, level: DestinationLevel, warnings: list[str]) -> str:
    check_leaf(element)
    check_attributes(element, _TERRITORY_ATTRIBUTES)
    sent = (element.get("code") or "").strip()
    if not sent:
        raise not_conformant("Une destination n'a pas de code")
    _check_scheme(element, level, sent)
    found = _FINDERS[level](sent)
    if found is None and level is DestinationLevel.COMMUNE:
        found = _merged_commune(sent, warnings)
    if found is None:
        raise refuse(
            Reason.DESTINATION_UNKNOWN,
            f"La destination {quoted(sent)} n'existe pas au niveau {quoted(_NAMES[level])}.",
        )
    return found


def _check_scheme(element: Element, level: DestinationLevel, sent: str) -> None:
    """A level's OID is expected in ``codingSchemeName``; elsewhere it must at least not contradict the type."""
    named = (element.get("codingSchemeName") or "").strip()
    if named and named not in _LEVEL_OF_SCHEME:
        raise refuse(
            Reason.CRITERION_WRONG_SCHEME,
            f"La nomenclature {quoted(named)} ne convient pas à une destination de niveau {quoted(_NAMES[level])} : "
            f"{LEVEL_SCHEMES[level]} est attendue.",
        )
    for scheme in (named, (element.get("codingScheme") or "").strip()):
        other = _LEVEL_OF_SCHEME.get(scheme, level)
        if other is not level:
            raise refuse(
                Reason.DESTINATION_CONTRADICTORY,
                f"La destination {quoted(sent)} est de type {quoted(_NAMES[level])}, "
                f"mais sa nomenclature est celle du niveau {quoted(_NAMES[other])}.",
            )


def _region(code: str) -> str | None:
    found = region(code)
    return None if found is None else found.code


def _department(code: str) -> str | None:
    found = department(code)
    return None if found is None else found.code


def _padded(code: str) -> str:
    return code.zfill(5) if code.isascii() and code.isdigit() else code


def _commune(code: str) -> str | None:
    found = commune(_padded(code))
    return None if found is None else found.code


def _country(code: str) -> str | None:
    return COUNTRY if code.upper() in _FRANCE else None


_FINDERS: dict[DestinationLevel, Callable[[str], str | None]] = {
    DestinationLevel.REGION: _region,
    DestinationLevel.DEPARTMENT: _department,
    DestinationLevel.COMMUNE: _commune,
    DestinationLevel.COUNTRY: _country,
}


def _merged_commune(code: str, warnings: list[str]) -> str | None:
    ended = ended_commune(_padded(code))
    successor = None if ended is None or ended.successor is None else commune(ended.successor)
    if ended is None or successor is None:
        return None
    warnings.append(
        f"La commune {ended.code} ({ended.name}) n'existe plus ; {successor.label} est cherchée à sa place."
    )
    return successor.code


def _distance(element: Element | None) -> float | None:
    if element is None:
        return None
    check_leaf(element)
    check_attributes(element, {"value"})
    if (element.text or "").strip():
        raise not_conformant("L'élément « distance » contient du texte : sa valeur est attendue dans « value »")
    sent = (element.get("value") or "").strip()
    if not sent:
        return None
    if not _DECIMAL.fullmatch(sent):
        raise refuse(
            Reason.DISTANCE_OUT_OF_RANGE,
            f"La distance {quoted(sent)} n'est pas un nombre de kilomètres compris entre 0 et 2000.",
        )
    distance_km = round(float(sent), 1)
    if not 0.0 < distance_km <= MAX_DISTANCE_KM or float(sent) > MAX_DISTANCE_KM:
        raise refuse(
            Reason.DISTANCE_OUT_OF_RANGE,
            f"La distance de {quoted(sent)} km n'est pas comprise entre 0 et 2000 km.",
        )
    return distance_km
