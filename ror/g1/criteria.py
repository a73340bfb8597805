"""Coded criteria: which table each kind means, and whether a code stands in it (decisions 20, 25, 26)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ror.coding import Code, Scheme
from ror.errors import refuse
from ror.faults import Reason
from ror.g1.walk import check_leaf
from ror.nomenclatures import Concept, Table, map_specialty, table
from ror.quoting import quoted
from ror.xml_parser import Element

_TABLES: Final = {
    Scheme.AGE_CLASS: "des classes d'âge (TRE_R208)",
    Scheme.CARE_MODE: "des modes de prise en charge (TRE_R213)",
    Scheme.ACTIVITY: "des activités opérationnelles (TRE_R211)",
    Scheme.ACT: "des actes spécifiques (TRE_R210)",
    Scheme.INSURANCE_SPECIALITY: "des spécialités de l'assurance maladie (TRE_G100)",
    Scheme.SPECIALITY: "des spécialités ordinales (TRE_R38)",
    Scheme.EQUIPMENT: "des équipements spécifiques (TRE_R212)",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """A kind of coded criterion: its name for people and the tables it admits, the usual one first."""

    name: str
    schemes: tuple[Scheme, ...]


AGE_CLASS: Final = Criterion("la classe d'âge", (Scheme.AGE_CLASS,))
CARE_MODE: Final = Criterion("le mode de prise en charge", (Scheme.CARE_MODE,))
ACTIVITY: Final = Criterion("l'activité opérationnelle", (Scheme.ACTIVITY,))
ACT: Final = Criterion("l'acte spécifique", (Scheme.ACT,))
SPECIALITY: Final = Criterion("la spécialité", (Scheme.INSURANCE_SPECIALITY, Scheme.SPECIALITY))
EQUIPMENT: Final = Criterion("l'équipement", (Scheme.EQUIPMENT,))


def read_codes(
    elements: Sequence[Element], criterion: Criterion, *, on: date, warnings: list[str]
) -> tuple[Code, ...]:
    """The codes of repeated elements, canonical, without empty and repeated ones."""
    codes: dict[tuple[str, str], Code] = {}
    for element in elements:
        code = read_code(element, criterion, on=on, warnings=warnings)
        if code is not None:
            codes.setdefault(code.key, code)
    return tuple(codes.values())


def read_code(element: Element | None, criterion: Criterion, *, on: date, warnings: list[str]) -> Code | None:
    """One code in the table's own spelling with its label; ``None`` where the element is absent or has no code.

    A code that has ended is searched all the same, and said so in ``warnings``.

    Raises:
        FaultError: ``criterion.wrong-scheme``, ``criterion.unknown-code``, ``criterion.unmapped-specialty``.
    """
    if element is None:
        return None
    check_leaf(element)
    sent = (element.get("code") or "").strip()
    if not sent:
        return None
    scheme = _scheme(element, criterion)
    nomenclature = _table(scheme)
    concept = nomenclature.find(sent)
    if concept is None:
        raise refuse(
            Reason.CRITERION_UNKNOWN_CODE,
            f"Le code {_shown(sent)} n'existe pas dans la nomenclature {_TABLES[scheme]}.",
        )
    if not concept.is_known(on):
        raise refuse(
            Reason.CRITERION_UNKNOWN_CODE,
            f"Le code {concept.code} n'existe dans la nomenclature {_TABLES[scheme]} "
            f"qu'à partir du {concept.valid_from:%d/%m/%Y}.",
        )
    if scheme == Scheme.INSURANCE_SPECIALITY and not map_specialty(concept.code, scheme):
        raise refuse(
            Reason.CRITERION_UNMAPPED,
            f"La spécialité {concept.code} ({concept.label}) n'a pas de correspondance parmi les spécialités "
            "ordinales (TRE_R38).",
        )
    if not concept.is_open(on):
        warnings.append(_ended(concept, scheme))
    return Code(concept.code, scheme.value, concept.label)


def _scheme(element: Element, criterion: Criterion) -> Scheme:
    sent = (element.get("codingScheme") or "").strip()
    if not sent:
        return criterion.schemes[0]
    for scheme in criterion.schemes:
        if sent == scheme:
            return scheme
    expected = " ou ".join(criterion.schemes)
    raise refuse(
        Reason.CRITERION_WRONG_SCHEME,
        f"La nomenclature {quoted(sent)} ne convient pas à {criterion.name} : {expected} est attendue.",
    )


def _table(scheme: Scheme) -> Table:
    found = table(scheme)
    assert found is not None, f"no table is packaged for {scheme}"
    return found


def _ended(concept: Concept, scheme: Scheme) -> str:
    assert concept.valid_to is not None
    return (
        f"Le code {concept.code} ({concept.label}) de la nomenclature {_TABLES[scheme]} a pris fin le "
        f"{concept.valid_to:%d/%m/%Y} ; il est cherché quand même."
    )


def _shown(code: str) -> str:
    return code if code.isascii() and code.isalnum() and len(code) <= 20 else quoted(code)
