"""A UE with its activities and its equipment."""

from dataclasses import dataclass

from regional_nodes.building.ages import patients
from regional_nodes.building.capacities import accommodation, crisis, housing
from regional_nodes.building.codes import Codebook
from regional_nodes.building.contacts import contacts, mail_box
from regional_nodes.building.facts import HoursFacts, PlaceFacts, UnitFacts
from regional_nodes.building.places import division, location
from regional_nodes.building.records import Recorder
from regional_nodes.source import IdScheme
from ror.coding import Authority, Code, Scheme
from ror.model import (
    Device,
    Facility,
    FacilityOrganization,
    OperatingHours,
    OtherId,
    Record,
    Service,
    ServiceLink,
    Skills,
)
from ror.model.facility import UNIT_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the units of one establishment share: the EG's id, its region, place and the directory they stand in."""

    codebook: Codebook
    ids: IdScheme
    recorder: Recorder
    establishment: str
    region: str
    place: PlaceFacts

    def other_ids(self, number: int) -> tuple[OtherId, ...]:
        """Exactly one identifier: region, slash, local number."""
        return (OtherId(code=f"{self.region}/{number}", authority=str(Authority.UNIT)),)


def unit(site: Site, facts: UnitFacts, parent: str) -> tuple[Facility, tuple[Service, ...], tuple[Device, ...]]:
    """The UE below the OI ``parent``, its services and its devices; they belong to it alone (decision 15)."""
    codebook = site.codebook
    told = [facts.updated, *(capacity.updated for capacity in (facts.beds, facts.places) if capacity is not None)]
    changed = max((moment for moment in told if moment is not None), default=None)
    record = site.recorder.record(facts.recorded, changed, comments=facts.comments)
    datum = site.recorder.record(facts.recorded)
    services = _services(site, facts, datum)
    devices = _devices(site, facts, datum)
    facility = Facility(
        entity_id=site.ids.facility(facts.number),
        other_ids=site.other_ids(facts.number),
        types=(codebook.code(Scheme.OI_TYPE, UNIT_TYPE),),
        name=facts.name,
        organizations=(
            FacilityOrganization(
                entity_id=site.establishment,
                services=tuple(ServiceLink(entity_id=service.entity_id) for service in services),
            ),
        ),
        operating_hours=tuple(opening_hours(codebook, hours, datum) for hours in facts.hours),
        contacts=contacts(codebook, facts.contacts, datum, sensitive=facts.sensitive),
        mail_boxes=tuple(mail_box(codebook, box, datum, sensitive=facts.sensitive) for box in facts.mail_boxes),
        closed=facts.closed,
        created=facts.opened,
        fields=(codebook.code(Scheme.FIELD, facts.field),),
        care_mode=codebook.code(Scheme.CARE_MODE, facts.mode),
        patients=patients(codebook, facts.ages, facts.publics, datum),
        accommodation=accommodation(facts, site.recorder),
        crisis=crisis(facts, datum),
        housing=housing(codebook, facts, datum),
        skills=_skills(codebook, facts, datum),
        equipment=tuple(device.entity_id for device in devices),
        reception_type=codebook.maybe(Scheme.RECEPTION_TYPE, facts.reception_type),
        sequential_reception=facts.sequential_reception,
        care_specialities=codebook.codes(Scheme.CARE_SPECIALITY, facts.care_specialities),
        category=codebook.maybe(Scheme.ORGANISATION_CATEGORY, facts.category),
        location=location(site.place, datum) if facts.has_location else None,
        intervention_zones=tuple(division(codebook, *zone, datum) for zone in facts.zones),
        annual_opening=codebook.maybe(Scheme.ANNUAL_OPENING, facts.annual_opening),
        psychiatric_sectors=facts.psychiatric_sectors,
        acts=codebook.codes(Scheme.ACT, facts.acts),
        parent=parent,
        management=codebook.codes(Scheme.MANAGEMENT, facts.management),
        maternity_type=codebook.maybe(Scheme.MATERNITY_TYPE, facts.maternity_type),
        sensitive=facts.sensitive,
        record=record,
    )
    return facility, services, devices


def opening_hours(codebook: Codebook, facts: HoursFacts, record: Record) -> OperatingHours:
    """Hours of one kind on some days of the week."""
    return OperatingHours(
        open=facts.open,
        days=facts.days,
        begins=facts.begins,
        ends=facts.ends,
        effective_from=facts.since,
        type=codebook.code(Scheme.HOURS_TYPE, facts.type),
        record=record,
    )


def _services(site: Site, facts: UnitFacts, record: Record) -> tuple[Service, ...]:
    families: tuple[Code, ...] = site.codebook.codes(Scheme.ACTIVITY_FAMILY, facts.families)
    return tuple(
        Service(
            entity_id=site.ids.service(facts.number, activity),
            type=site.codebook.code(Scheme.ACTIVITY, activity),
            families=families,
            record=record,
        )
        for activity in facts.activities
    )


def _devices(site: Site, facts: UnitFacts, record: Record) -> tuple[Device, ...]:
    return tuple(
        Device(
            entity_id=site.ids.device(facts.number, equipment),
            type=site.codebook.code(Scheme.EQUIPMENT, equipment),
            in_service=in_service,
            record=record,
        )
        for equipment, in_service in facts.equipment
    )


def _skills(codebook: Codebook, facts: UnitFacts, record: Record) -> Skills | None:
    if not (facts.professions or facts.specialities or facts.specific_skills):
        return None
    return Skills(
        professions=codebook.codes(Scheme.PROFESSION, facts.professions),
        specialities=codebook.codes(Scheme.SPECIALITY, facts.specialities),
        specific=codebook.codes(Scheme.SPECIFIC_SKILL, facts.specific_skills),
        record=record,
    )
