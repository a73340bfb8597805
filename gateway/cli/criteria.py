"""From the words of a command line to a question, with the same checks as the wire."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from ror.ages import age_days
from ror.coding import Code, Scheme
from ror.errors import refuse
from ror.faults import Reason
from ror.folding import fold
from ror.nomenclatures import table
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.quoting import quoted
from ror.territory import ROR_BY_ID, Commune, commune, department, find_communes, neighbours, region


class Scope(StrEnum):
    """How far a search reaches, told from the caller's home ROR."""

    REGION = "region"
    NEIGHBOURS = "neighbours"
    NATIONAL = "national"
    WIDENING = "widening"


def destinations(
    scope: Scope, home: str | None, places: Sequence[str], within_km: float | None
) -> tuple[Destination, ...]:
    """Places named one by one, else the scope. Raises ``FaultError`` 400."""
    if places:
        return tuple(_place(word, within_km) for word in places)
    if within_km is not None:
        raise refuse(Reason.DISTANCE_WITHOUT_PLACE)
    if scope is Scope.NATIONAL:
        return (Destination(DestinationLevel.COUNTRY, "FR"),)
    if home is not None and home not in ROR_BY_ID:
        known = ", ".join(ROR_BY_ID)
        raise refuse(Reason.DESTINATION_UNKNOWN, f"{quoted(home)} n'est pas un ROR ; il y a : {known}.")
    if home is None:
        raise refuse(
            Reason.DESTINATION_MISSING,
            "Cette portée se compte depuis un ROR de rattachement : indiquez-le (option --home-ror).",
        )
    if scope is Scope.WIDENING:
        return (Destination(DestinationLevel.REGION, ROR_BY_ID[home].regions[0]),)
    rors = (home,) if scope is Scope.REGION else (home, *neighbours(home))
    return tuple(Destination(DestinationLevel.REGION, code) for ror in rors for code in ROR_BY_ID[ror].regions)


def reference(near: str | None) -> ReferencePlace | None:
    """The commune that distances are told from, by code or name. Raises ``FaultError`` 400."""
    return ReferencePlace(commune=_commune(near).code) if near is not None else None


def criteria(
    *,
    activities: Sequence[str],
    act: str | None,
    speciality: str | None,
    equipment: str | None,
    care_modes: Sequence[str],
    age_classes: Sequence[str],
    age: str | None,
    name: str | None,
    open_beds: int | None,
) -> Criteria:
    """Codes as typed, with or without leading zeros; age as ``45``, ``6m`` or ``3j``. Raises ``FaultError`` 400."""
    return Criteria(
        activities=tuple(_code(Scheme.ACTIVITY, code) for code in activities),
        act=_code(Scheme.ACT, act) if act else None,
        speciality=_code(Scheme.SPECIALITY, speciality) if speciality else None,
        equipment=_code(Scheme.EQUIPMENT, equipment) if equipment else None,
        care_modes=tuple(_code(Scheme.CARE_MODE, code) for code in care_modes),
        age_classes=tuple(_code(Scheme.AGE_CLASS, code) for code in age_classes),
        age_days=_age(age) if age else None,
        name=name or None,
        available_beds=open_beds,
    )


def question(
    wanted: Criteria,
    where: tuple[Destination, ...],
    near: ReferencePlace | None,
    limit: int | None,
    deadline_s: float | None,
    *,
    least_complete: float | None = None,
    widen_until: int | None = None,
) -> Question:
    """Put the parts together."""
    return Question(
        criteria=wanted,
        destinations=where,
        reference=near,
        limit=limit,
        deadline=timedelta(seconds=deadline_s) if deadline_s is not None else None,
        least_complete=least_complete,
        widen_until=widen_until,
    )


def _code(scheme: Scheme, typed: str) -> Code:
    known = table(scheme)
    concept = known.find(typed.strip()) if known else None
    if known is None or concept is None:
        raise refuse(
            Reason.CRITERION_UNKNOWN_CODE,
            f"Le code {typed[:20]!r} n'existe pas dans {known.name if known else scheme}.",
        )
    return Code(concept.code, scheme, concept.label)


def _age(typed: str) -> int:
    number, unit = (typed[:-1], typed[-1]) if typed[-1:].isalpha() else (typed, "a")
    try:
        return age_days(float(number), unit)
    except ValueError as error:
        raise refuse(Reason.AGE_INVALID) from error


def _place(word: str, within_km: float | None) -> Destination:
    """``84`` is a region before a département: ``r84``, ``d84`` and ``c84001`` say which is meant."""
    level, code = word[:1].lower(), word[1:].upper()
    if level == "r" and region(code):
        return Destination(DestinationLevel.REGION, code, within_km)
    if level == "d" and department(code):
        return Destination(DestinationLevel.DEPARTMENT, code, within_km)
    if level in {"r", "d"} and code[:1].isdigit():
        which = "Aucune région" if level == "r" else "Aucun département"
        raise refuse(Reason.DESTINATION_UNKNOWN, f"{which} n'a le code {quoted(code)}.")
    return Destination(DestinationLevel.COMMUNE, _commune(word.removeprefix("c")).code, within_km)


def _commune(word: str) -> Commune:
    """A commune by its INSEE code, or by its whole name where only one has it; a guess would mislead."""
    exact = commune(word.upper())
    if exact is not None:
        return exact
    found = find_communes(word, limit=50) if word.strip() else []
    named = [place for place in found if fold(place.name) == fold(word)]
    if len(named) == 1:
        return named[0]
    if named or found:
        choices = ", ".join(place.label for place in (named or found)[:6])
        why = "Plusieurs communes s'appellent" if named else "Aucune commune ne s'appelle exactement"
        raise refuse(Reason.DESTINATION_UNKNOWN, f"{why} {quoted(word)}. Précisez par le code : {choices}.")
    raise refuse(
        Reason.DESTINATION_UNKNOWN,
        f"Aucune commune ne s'appelle {quoted(word)} ; un département s'écrit d69, une région r84.",
    )
