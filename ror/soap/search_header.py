"""Our request header ``recherche``: what a question may add to the official message (decisions 10, 11, 23)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from lxml import etree

from ror import namespaces
from ror.errors import FaultError, refuse
from ror.faults import Reason
from ror.question import MAX_LIMIT, Question, ReferencePlace
from ror.quoting import quoted
from ror.territory.communes import commune
from ror.xml_parser import Element, tag

MAX_BEDS: Final = 9_999

_OURS = f"{{{namespaces.PASSERELLE}}}"
_CHILDREN = {_OURS + "repere", _OURS + "litsDisponibles", _OURS + "elargissement"}
_FOREIGN = {namespaces.SOAP_11, namespaces.SOAP_12, namespaces.XSI, namespaces.XML}
_INTEGER = re.compile(r"[0-9]{1,6}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_SHARE = re.compile(r"0(?:\.[0-9]{1,4})?|1(?:\.0{1,4})?")
_COMPLETE = "complete"
_DURATION = re.compile(
    r"P(?=.)(?:(?P<days>[0-9]{1,4})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,6})M)?"
    r"(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,6})?)S)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHeader:
    """What the header says: most units, longest wait, place to tell distances from, least available beds, least share
    of the RORs asked that must be complete, and how many units end a widening search.
    """

    limit: int | None = None
    deadline: timedelta | None = None
    reference: ReferencePlace | None = None
    available_beds: int | None = None
    least_complete: float | None = None
    widen_until: int | None = None


def read_search_header(element: Element) -> SearchHeader:
    """Read a ``recherche`` block; the server's own bounds on limit and deadline are not applied here.

    Raises:
        FaultError: ``header.invalid`` for an unknown attribute or element, a repeated one, or a bad value.
    """
    if tag(element) != _OURS + "recherche":
        raise _invalid(f"l'élément {quoted(tag(element))} n'est pas « recherche »")
    attributes = _attributes(element, {"limite", "echeance", "couverture"})
    children = _children(element)
    return SearchHeader(
        limit=_integer(attributes.get("limite"), "limite", MAX_LIMIT),
        deadline=_duration(attributes.get("echeance")),
        reference=_reference(children.get("repere")),
        available_beds=_beds(children.get("litsDisponibles")),
        least_complete=_share(attributes.get("couverture")),
        widen_until=_widening(children.get("elargissement")),
    )


def write_search_header(question: Question) -> bytes:
    """The block that carries what ``question`` adds to the official message; empty when it adds nothing.

    Coordinates are written with seven decimals, a centimetre.
    """
    attributes = ""
    if question.limit is not None:
        attributes += f' limite="{question.limit}"'
    if question.deadline is not None:
        attributes += f' echeance="{_write_duration(question.deadline)}"'
    if question.least_complete is not None:
        attributes += f' couverture="{_write_share(question.least_complete)}"'
    children = ""
    if question.reference is not None:
        children += _write_reference(question.reference)
    if question.criteria.available_beds is not None:
        children += f'<p:litsDisponibles minimum="{question.criteria.available_beds}"/>'
    if question.widen_until is not None:
        children += f'<p:elargissement unites="{question.widen_until}"/>'
    if not attributes and not children:
        return b""
    start = f'<p:recherche xmlns:p="{namespaces.PASSERELLE}"{attributes}'
    return (f"{start}>{children}</p:recherche>" if children else f"{start}/>").encode()


def _attributes(element: Element, known: Iterable[str]) -> dict[str, str]:
    """Our attributes of ``element``; SOAP's own may stand beside them."""
    attributes = {}
    for name, value in element.attrib.items():
        if name in known:
            attributes[str(name)] = str(value).strip()
        elif etree.QName(name).namespace not in _FOREIGN:
            raise _invalid(f"l'attribut {quoted(str(name))} n'est pas connu")
    return attributes


def _children(element: Element) -> dict[str, Element]:
    children: dict[str, Element] = {}
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        raise _invalid("il contient du texte")
    for child in element:
        name = etree.QName(child).localname
        if child.tag not in _CHILDREN:
            raise _invalid(f"l'élément {quoted(name)} n'est pas connu")
        if name in children:
            raise _invalid(f"l'élément {quoted(name)} est répété")
        if len(child) or (child.text or "").strip():
            raise _invalid(f"l'élément {quoted(name)} doit être vide")
        children[name] = child
    return children


def _integer(value: str | None, name: str, largest: int) -> int | None:
    if value is None:
        return None
    if not _INTEGER.fullmatch(value) or not 1 <= int(value) <= largest:
        raise _invalid(f"{name} vaut {quoted(value)} au lieu d'un entier de 1 à {largest}")
    return int(value)


def _duration(value: str | None) -> timedelta | None:
    if value is None:
        return None
    match = _DURATION.fullmatch(value)
    duration = timedelta(0)
    if match is not None:
        parts = match.groupdict(default="0")
        duration = timedelta(
            days=int(parts["days"]),
            hours=int(parts["hours"]),
            minutes=int(parts["minutes"]),
            microseconds=int(Decimal(parts["seconds"]) * 1_000_000),
        )
    if duration <= timedelta(0):
        raise _invalid(f"echeance vaut {quoted(value)} au lieu d'une durée positive telle que PT4S")
    return duration


def _write_duration(duration: timedelta) -> str:
    whole, microseconds = divmod(duration // timedelta(microseconds=1), 1_000_000)
    fraction = f".{microseconds:06}".rstrip("0") if microseconds else ""
    return f"PT{whole}{fraction}S"


def _reference(element: Element | None) -> ReferencePlace | None:
    if element is None:
        return None
    attributes = _attributes(element, {"commune", "latitude", "longitude"})
    if attributes.keys() == {"commune"}:
        place = commune(attributes["commune"])
        if place is None:
            raise _invalid(f"la commune {quoted(attributes['commune'])} du repère n'existe pas")
        return ReferencePlace(commune=place.code)
    if attributes.keys() == {"latitude", "longitude"}:
        return ReferencePlace(
            latitude=_degrees(attributes["latitude"], "latitude", 90),
            longitude=_degrees(attributes["longitude"], "longitude", 180),
        )
    raise _invalid("le repère demande une commune, ou une latitude et une longitude")


def _degrees(value: str, name: str, largest: int) -> float:
    if not _DECIMAL.fullmatch(value) or abs(float(value)) > largest:
        raise _invalid(f"{name} vaut {quoted(value)} au lieu de degrés de -{largest} à {largest}")
    return float(value)


def _write_reference(place: ReferencePlace) -> str:
    if place.commune is not None:
        return f'<p:repere commune="{place.commune}"/>'
    return f'<p:repere latitude="{_write_degrees(place.latitude)}" longitude="{_write_degrees(place.longitude)}"/>'


def _write_degrees(value: float | None) -> str:
    return f"{value or 0.0:.7f}".rstrip("0").rstrip(".")


def _beds(element: Element | None) -> int | None:
    if element is None:
        return None
    return _integer(_attributes(element, {"minimum"}).get("minimum", "1"), "litsDisponibles/minimum", MAX_BEDS)


def _share(value: str | None) -> float | None:
    if value is None:
        return None
    if value == _COMPLETE:
        return 1.0
    if not _SHARE.fullmatch(value):
        raise _invalid(f"couverture vaut {quoted(value)} au lieu de « complete » ou d'une part de 0 à 1")
    return float(value)


def _write_share(share: float) -> str:
    return _COMPLETE if share >= 1 else f"{share:.4f}".rstrip("0").rstrip(".")


def _widening(element: Element | None) -> int | None:
    if element is None:
        return None
    return _integer(_attributes(element, {"unites"}).get("unites", "1"), "elargissement/unites", MAX_LIMIT)


def _invalid(why: str) -> FaultError:
    return refuse(Reason.HEADER_INVALID, f"L'en-tête « recherche » n'est pas valide : {why}.")
