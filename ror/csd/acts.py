"""Where G1 keeps a unit's specific acts: beside an activity (``service/act``), not on the unit (decision 14).

The acts of a unit travel with its first activity, so that each stands once. They stay on the unit when no activity
is there to carry them. Reading gives them back to every unit that points at the carrier.
"""

from collections import Counter
from dataclasses import dataclass, replace

from ror.coding import Code
from ror.model import Directory, Facility, Record, Service
from ror.model.wire import attribute, many, one


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingService:
    """A ``Service`` as G1 writes it, with the acts of its unit."""

    entity_id: str = attribute("entityID")
    type: Code = one("codedType")  # noqa: RUF009
    acts: tuple[Code, ...] = many("act")
    families: tuple[Code, ...] = many("actFamily", extension=True)
    record: Record = one("record")  # noqa: RUF009


def acting(service: Service, acts: tuple[Code, ...]) -> ActingService:
    """``service`` with the acts that it carries."""
    return ActingService(
        entity_id=service.entity_id, type=service.type, acts=acts, families=service.families, record=service.record
    )


def not_acting(service: ActingService) -> Service:
    """``service`` without the acts that it carries."""
    return Service(entity_id=service.entity_id, type=service.type, families=service.families, record=service.record)


def first_service(facility: Facility) -> str | None:
    """``entity_id`` of the activity that carries the unit's acts."""
    return next((link.entity_id for organization in facility.organizations for link in organization.services), None)


def without_carried_acts(facility: Facility) -> Facility:
    """The unit as G1 writes it, when its first activity is written with its acts."""
    if not facility.acts or first_service(facility) is None:
        return facility
    return replace(facility, acts=())


def spread(directory: Directory) -> tuple[tuple[Facility, ...], tuple[ActingService, ...]]:
    """Move each unit's acts to its first activity; an absent or shared activity carries none."""
    present = {service.entity_id for service in directory.services}
    pointed_at = Counter(link for facility in directory.facilities for link in set(_service_links(facility)))
    carried: dict[str, tuple[Code, ...]] = {}
    facilities = []
    for facility in directory.facilities:
        carrier = first_service(facility)
        if facility.acts and carrier in present and pointed_at[carrier] == 1:
            carried[carrier] = facility.acts
            facilities.append(replace(facility, acts=()))
        else:
            facilities.append(facility)
    services = tuple(acting(service, carried.get(service.entity_id, ())) for service in directory.services)
    return tuple(facilities), services


def gather(facilities: tuple[Facility, ...], services: tuple[ActingService, ...]) -> tuple[Facility, ...]:
    """Give the acts of the activities back to their units, after those that the unit tells itself, each once."""
    carried = {service.entity_id: service.acts for service in services if service.acts}
    if not carried:
        return facilities
    return tuple(_with_acts_of(facility, carried) for facility in facilities)


def _with_acts_of(facility: Facility, carried: dict[str, tuple[Code, ...]]) -> Facility:
    acts = facility.acts
    for link in dict.fromkeys(_service_links(facility)):
        known = {act.key for act in acts}
        acts += tuple(act for act in carried.get(link, ()) if act.key not in known)
    return facility if acts is facility.acts else replace(facility, acts=acts)


def _service_links(facility: Facility) -> list[str]:
    return [link.entity_id for organization in facility.organizations for link in organization.services]
