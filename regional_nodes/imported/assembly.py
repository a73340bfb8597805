"""Places and drafts of units become the facts of establishments, and those become trees."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from regional_nodes.building import (
    Channel,
    ContactFacts,
    DivisionFacts,
    EstablishmentFacts,
    LegalEntityFacts,
    PlaceFacts,
    UnitFacts,
)
from regional_nodes.building.availability import simulated
from regional_nodes.building.finess import unit_number
from regional_nodes.building.seeds import chance
from regional_nodes.imported.gisco import Hospital
from regional_nodes.imported.mapping import UnitDraft
from regional_nodes.imported.places import SourcePlace, commonest
from regional_nodes.imported.points import Located
from ror.coding import Scheme
from ror.nomenclatures import table

LANDLINE = "2"
SWITCHBOARD = "06"
SERVICE = "2"
"""TRE_R207: structure interne."""

DERIVED_NAME = "Nom dérivé du numéro FINESS"
OTHER_CATEGORY = "698"
"""TRE_R66: what stands for a category that the tables do not know."""
UNKNOWN_STATUS = "000"

FIELD_NAMES = {
    "01": "Médecine, chirurgie, obstétrique",
    "02": "Soins de suite et de réadaptation, soins de longue durée",
    "03": "Psychiatrie",
}
"""The OI between an establishment and its units: one a field of activity. The slot is the field's number."""


def legal_entities(
    grouped: Mapping[str, list[SourcePlace]], names: Mapping[str, str], at: datetime
) -> dict[str, LegalEntityFacts]:
    """Each EJ once, from all its places: the commonest legal status, a SIREN if all its places agree on one."""
    return {finess: _legal_entity(finess, places, names.get(finess), at) for finess, places in grouped.items()}


def establishment(
    place: SourcePlace,
    drafts: list[UnitDraft],
    *,
    legal_entity: LegalEntityFacts,
    located: Located,
    hospital: Hospital | None,
    at: datetime,
) -> EstablishmentFacts:
    """One EG with its units, an OI a field of activity."""
    recorded = told_on(place.year, at)
    known = _is_known(Scheme.ESTABLISHMENT_CATEGORY, place.category)
    remark = None if known else f"Catégorie {place.category} de la source absente de TRE_R66"
    telephone = None if hospital is None else hospital.telephone
    units = sorted((_unit(draft, recorded, at) for draft in drafts), key=lambda unit: unit.number)
    return EstablishmentFacts(
        legal_entity=legal_entity,
        finess=place.finess,
        name=place.name,
        category=place.category if known else OTHER_CATEGORY,
        espic=place.espic if _is_known(Scheme.ESPIC, place.espic) else None,
        siret=place.siret if len(place.siret) == 14 and place.siret.isdigit() else None,
        place=_place(place, located),
        contacts=() if telephone is None else (_switchboard(telephone),),
        divisions=tuple(
            DivisionFacts(
                number=unit_number(place.finess, int(field)),
                name=FIELD_NAMES[field],
                type=SERVICE,
                members=tuple(unit for unit in units if unit.field == field),
                recorded=recorded,
            )
            for field in sorted({unit.field for unit in units})
        ),
        recorded=recorded,
        comments=remark,
    )


def told_on(year: str, at: datetime) -> datetime:
    """When the statistics of a year were true: its last day, or ``at`` if that lies before."""
    if year.isdigit() and 1900 <= int(year) <= 2999:
        return min(datetime(int(year), 12, 31, tzinfo=UTC), at)
    return at


def _legal_entity(finess: str, places: list[SourcePlace], name: str | None, at: datetime) -> LegalEntityFacts:
    statuses = (place.legal_status for place in places if _is_known(Scheme.LEGAL_STATUS, place.legal_status))
    sirens = {place.siret[:9] for place in places if len(place.siret) in (9, 14) and place.siret.isdigit()}
    return LegalEntityFacts(
        finess=finess,
        name=name or f"EJ {finess}",
        legal_status=commonest(statuses) or UNKNOWN_STATUS,
        siren=sirens.pop() if len(sirens) == 1 else None,
        recorded=told_on(max(place.year for place in places), at),
        comments=None if name else DERIVED_NAME,
    )


def _unit(draft: UnitDraft, recorded: datetime, at: datetime) -> UnitFacts:
    row = draft.row
    random = chance("availability", draft.finess, row.slot)
    remark = None if not draft.machines else f"{draft.machines} appareil(s) déclaré(s) à la SAE"
    return UnitFacts(
        number=unit_number(draft.finess, row.slot),
        name=row.name,
        field=row.field,
        mode=row.mode,
        activities=(row.activity,),
        ages=row.ages,
        beds=simulated(draft.beds, random, at),
        places=simulated(draft.places, random, at),
        maternity_type=draft.maternity_type,
        sensitive=row.sensitive,
        recorded=recorded,
        comments=remark,
    )


def _place(place: SourcePlace, located: Located) -> PlaceFacts:
    return PlaceFacts(
        commune=place.commune,
        point=located.point,
        reliable=located.reliable,
        arrondissement=place.arrondissement or None,
        number=place.number or None,
        street_type=place.street_type or None,
        street=place.street or None,
        post_box=place.post_box or None,
        post_code=place.post_code or None,
        city=place.city or None,
    )


def _switchboard(telephone: str) -> ContactFacts:
    return ContactFacts(nature=SWITCHBOARD, channels=(Channel(LANDLINE, telephone),))


@cache
def _is_known(scheme: str, code: str) -> bool:
    known = table(scheme)
    concept = None if known is None or not code else known.find(code)
    return concept is not None and concept.code == code
