"""The question of the inter-ROR search: ``careServicesRequest`` of 2016 (contract, "G1 request").

Read strictly in shape (the schema's elements, order and cardinalities) and mildly in values: empty elements are
absent ones, leading zeros are forgiven, repeated values count once. What comes out is canonical, so that writing and
reading again gives the same question.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from ror import namespaces
from ror.ages import age_days
from ror.coding import Code, Scheme
from ror.errors import refuse
from ror.faults import Reason
from ror.g1 import criteria as kinds
from ror.g1.destinations import read_destinations, write_destination
from ror.g1.walk import MANY, check_attributes, check_leaf, children, not_conformant, only
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.quoting import printable, quoted, xml_text
from ror.soap.search_header import SearchHeader
from ror.xml_parser import Element, tag

REQUEST: Final = f"{{{namespaces.G1}}}careServicesRequest"

MAX_NAME_CHARACTERS: Final = 200

_YEARS: Final = "a"
_DAYS: Final = "j"
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,9})?")
_UNIT = re.compile(r"[A-Za-z]{1,8}")


def read_question(body_element: Element, header: SearchHeader | None = None, *, on: date) -> Question:
    """Read a question and check all of it.

    Args:
        body_element: the one element of the SOAP body.
        header: our header block, if the request has one.
        on: the day on which codes must be known, and after whose end they are warned of.

    Raises:
        FaultError: ``request.not-conformant``, ``criterion.*``, ``destination.*``, ``distance.*``, ``age.invalid``;
            the message is French and says where.
    """
    if tag(body_element) != REQUEST:
        raise not_conformant(f"L'élément {quoted(tag(body_element))} n'est pas une recherche inter-ROR")
    parameters = _parameters(body_element)
    other = only(parameters["otherParams"])
    rest = {} if other is None else children(other, {"destination": MANY, "patient": 1})
    header = header or SearchHeader()
    warnings: list[str] = []
    criteria = _criteria(parameters, only(rest.get("patient", [])), header, on=on, warnings=warnings)
    destinations = read_destinations(rest.get("destination", []), warnings)
    _check_widening(header, destinations)
    return Question(
        criteria=criteria,
        destinations=destinations,
        reference=header.reference,
        limit=header.limit,
        deadline=header.deadline,
        least_complete=header.least_complete,
        widen_until=header.widen_until,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _check_widening(header: SearchHeader, destinations: tuple[Destination, ...]) -> None:
    """A search widens from one place."""
    if header.widen_until is None:
        return
    (only_one, *others) = destinations
    if others or only_one.level is DestinationLevel.COUNTRY or only_one.distance_km is not None:
        raise refuse(
            Reason.HEADER_INVALID,
            "« elargissement » demande une seule destination, région, département ou commune, et sans distance.",
        )


def write_question(question: Question) -> bytes:
    """The body element, self-contained; what our header carries is written by ``write_search_header``."""
    criteria = question.criteria
    patients = _wrapped("patientsType", _codes("ageGroup", criteria.age_classes))
    facility = _wrapped("facility", patients + _codes("typeOfCare", criteria.care_modes))
    service = _wrapped(
        "service",
        _codes("codedType", criteria.activities)
        + _code("act", criteria.act)
        + _code("specialty", criteria.speciality),
    )
    device = _wrapped("device", _code("type", criteria.equipment))
    other = "".join(map(write_destination, question.destinations)) + _age(criteria.age_days)
    return (
        f'<ror:careServicesRequest xmlns:ror="{namespaces.G1}"><function><requestParams>'
        f"{_wrapped('organization', xml_text(criteria.name or '')) or '<organization/>'}{facility}{service}{device}"
        f"<otherParams>{other}</otherParams></requestParams></function></ror:careServicesRequest>"
    ).encode()


def _parameters(request: Element) -> dict[str, list[Element]]:
    function = only(children(request, {"function": 1})["function"])
    if function is None:
        raise not_conformant("L'élément « function » manque")
    parameters = only(children(function, {"requestParams": 1})["requestParams"])
    if parameters is None:
        raise not_conformant("L'élément « requestParams » manque")
    return children(parameters, {"organization": 1, "facility": 1, "service": 1, "device": 1, "otherParams": 1})


def _criteria(
    parameters: dict[str, list[Element]],
    patient: Element | None,
    header: SearchHeader,
    *,
    on: date,
    warnings: list[str],
) -> Criteria:
    facility = _inside(only(parameters["facility"]), {"patientsType": 1, "typeOfCare": MANY})
    patients = _inside(only(facility["patientsType"]), {"ageGroup": MANY})
    service = _inside(only(parameters["service"]), {"codedType": MANY, "act": 1, "specialty": 1})
    device = _inside(only(parameters["device"]), {"type": 1})
    return Criteria(
        activities=kinds.read_codes(service["codedType"], kinds.ACTIVITY, on=on, warnings=warnings),
        act=kinds.read_code(only(service["act"]), kinds.ACT, on=on, warnings=warnings),
        speciality=kinds.read_code(only(service["specialty"]), kinds.SPECIALITY, on=on, warnings=warnings),
        equipment=kinds.read_code(only(device["type"]), kinds.EQUIPMENT, on=on, warnings=warnings),
        care_modes=kinds.read_codes(facility["typeOfCare"], kinds.CARE_MODE, on=on, warnings=warnings),
        age_classes=kinds.read_codes(patients["ageGroup"], kinds.AGE_CLASS, on=on, warnings=warnings),
        age_days=_read_age(only(_inside(patient, {"age": 1})["age"])),
        name=_name(only(parameters["organization"])),
        available_beds=header.available_beds,
    )


def _inside(element: Element | None, sequence: dict[str, int]) -> dict[str, list[Element]]:
    return {name: [] for name in sequence} if element is None else children(element, sequence)


def _name(element: Element | None) -> str | None:
    if element is None:
        return None
    check_leaf(element)
    check_attributes(element)
    name = " ".join((element.text or "").split())
    if len(name) > MAX_NAME_CHARACTERS:
        raise not_conformant(f"Le nom d'établissement dépasse {MAX_NAME_CHARACTERS} caractères")
    name = printable(name, MAX_NAME_CHARACTERS)
    return None if name in {"", "?"} else name


def _read_age(age: Element | None) -> int | None:
    """Age in whole days, from a number and a unit (years where none is told), decision 24."""
    parts = _inside(age, {"value": 1, "timeUnity": 1})
    value, unit = only(parts["value"]), only(parts["timeUnity"])
    sent = ""
    if value is not None:
        check_leaf(value)
        check_attributes(value)
        sent = (value.text or "").strip()
    code, scheme = _unit(unit)
    if not sent:
        return None
    if not _NUMBER.fullmatch(sent):
        raise refuse(Reason.AGE_INVALID, f"L'âge {quoted(sent)} n'est pas un nombre.")
    try:
        return age_days(sent, code, scheme)
    except ValueError as error:
        raise refuse(Reason.AGE_INVALID, str(error)) from None


def _unit(element: Element | None) -> tuple[str, str | None]:
    if element is None:
        return _YEARS, None
    check_leaf(element)
    code = (element.get("code") or "").strip() or _YEARS
    scheme = (element.get("codingScheme") or "").strip()
    if scheme not in {"", Scheme.TIME_UNIT, Scheme.UCUM}:
        raise refuse(
            Reason.CRITERION_WRONG_SCHEME,
            f"La nomenclature {quoted(scheme)} ne convient pas à l'unité d'âge : {Scheme.TIME_UNIT} est attendue.",
        )
    if not _UNIT.fullmatch(code):
        raise refuse(Reason.AGE_INVALID, f"Unité d'âge inconnue : {quoted(code)}.")
    return code, scheme or None


def _wrapped(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else ""


def _codes(name: str, codes: Iterable[Code]) -> str:
    return "".join(_code(name, code) for code in codes)


def _code(name: str, code: Code | None) -> str:
    return "" if code is None else f'<{name} code="{code.code}" codingScheme="{code.scheme}"/>'


def _age(days: int | None) -> str:
    if days is None:
        return ""
    unit = f'<timeUnity code="{_DAYS}" codingScheme="{Scheme.TIME_UNIT}"/>'
    return f"<patient><age><value>{days}</value>{unit}</age></patient>"
