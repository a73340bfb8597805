"""EJ and EG as the model has them."""

from regional_nodes.building.codes import SECTOR_OF_ACTIVITY, Codebook
from regional_nodes.building.contacts import contacts
from regional_nodes.building.facts import EstablishmentFacts, LegalEntityFacts
from regional_nodes.building.finess import structure_ids
from regional_nodes.building.places import address, division, location
from regional_nodes.building.prices import price
from regional_nodes.building.records import Recorder
from ror.coding import Scheme
from ror.model import Organization, OtherName, Record, TerritorialDivision

_AGGREGATES = ((9, "1100"), (30, "1200"), (66, "2100"), (89, "2200"), (90, "3100"))
"""TRE_R69 by the legal status (TRE_R72) up to which it reaches; what comes after is commercial."""

HEALTH_TERRITORY_TYPE = "4"
"""TRE_R201: the only type that an EG's territory may have (RG_EXP_030)."""


def legal_aggregate(status: str) -> str:
    """The aggregate (TRE_R69) of a legal status (TRE_R72)."""
    number = int(status)
    return next((aggregate for last, aggregate in _AGGREGATES if number <= last), "2200")


def legal_entity(codebook: Codebook, recorder: Recorder, facts: LegalEntityFacts, entity_id: str) -> Organization:
    """An EJ: its identifiers, legal status and aggregate, name, address."""
    record = recorder.record(facts.recorded, comments=facts.comments)
    status = codebook.code(Scheme.LEGAL_STATUS, facts.legal_status)
    aggregate = codebook.code(Scheme.LEGAL_STATUS_AGGREGATE, legal_aggregate(facts.legal_status))
    return Organization(
        entity_id=entity_id,
        other_ids=structure_ids(facts.finess, facts.siren),
        types=(status, aggregate),
        name=facts.name,
        other_names=_other_names(facts.complement),
        addresses=() if facts.place is None else (address(facts.place, record),),
        contacts=contacts(codebook, facts.contacts, record),
        location=None if facts.place is None else location(facts.place, record),
        created=facts.created,
        record=record,
    )


def establishment(
    codebook: Codebook, recorder: Recorder, facts: EstablishmentFacts, entity_id: str, parent: str
) -> Organization:
    """An EG below its EJ, with all that is told at its level."""
    record = recorder.record(facts.recorded, comments=facts.comments)
    temporary, permanent = facts.help_places or (None, None)
    table_of_category = SECTOR_OF_ACTIVITY if facts.category.startswith("SA") else Scheme.ESTABLISHMENT_CATEGORY
    category = codebook.code(table_of_category, facts.category)
    espic = codebook.maybe(Scheme.ESPIC, facts.espic)
    return Organization(
        entity_id=entity_id,
        other_ids=structure_ids(facts.finess, facts.siret),
        types=(category,) if espic is None else (category, espic),
        name=facts.name,
        other_names=_other_names(facts.complement),
        addresses=(address(facts.place, record),),
        parent=parent,
        contacts=contacts(codebook, facts.contacts, record),
        use_name=facts.use_name,
        health_territories=_territories(codebook, facts, record),
        location=location(facts.place, record),
        prices=tuple(price(codebook, one, record) for one in facts.prices),
        drop_zone=facts.drop_zone,
        financial_help=codebook.codes(Scheme.FINANCIAL_HELP, facts.financial_help),
        family_housing=facts.family_housing,
        temporary_help_places=temporary,
        permanent_help_places=permanent,
        care_without_consent=facts.care_without_consent,
        created=facts.opened,
        closed=facts.closed,
        closing_reason=codebook.maybe(Scheme.CLOSING_TYPE, facts.closing_reason),
        accessibility=codebook.maybe(Scheme.PLACE_ACCESSIBILITY, facts.accessibility),
        orsan_level=codebook.maybe(Scheme.ORSAN_LEVEL, facts.orsan_level),
        record=record,
    )


def _other_names(complement: str | None) -> tuple[OtherName, ...]:
    return () if complement is None else (OtherName(value=complement, language="fr"),)


def _territories(codebook: Codebook, facts: EstablishmentFacts, record: Record) -> tuple[TerritorialDivision, ...]:
    if facts.health_territory is None:
        return ()
    code, label = facts.health_territory
    return (division(codebook, HEALTH_TERRITORY_TYPE, code, label, record),)
