"""A tree as a ROR with an older nomenclature holds it: it has no code for what came later (decision 20).

What is searched by goes: activities, acts, equipment, specialities, modes of care. A unit without an activity or a
mode left is no offer any more and goes with what hangs on it (RG_EXP_002). All of it is counted.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from regional_nodes.source import EstablishmentTree
from ror.coding import Code, Scheme
from ror.model import Facility, Provider
from ror.nomenclatures import table

_SEARCHED = frozenset({Scheme.ACTIVITY, Scheme.ACT, Scheme.EQUIPMENT, Scheme.CARE_MODE, Scheme.SPECIALITY})


@dataclass(frozen=True, slots=True)
class AtRelease:
    """The tree at a release, and how many codes and units it had to leave out."""

    tree: EstablishmentTree
    left_out: int


def at_release(tree: EstablishmentTree, release: date) -> AtRelease:
    """Leave out of ``tree`` what a nomenclature released on ``release`` has no code for."""
    services = tuple(service for service in tree.services if _is_known(service.type, release))
    devices = tuple(device for device in tree.devices if _is_known(device.type, release))
    service_ids = {service.entity_id for service in services}
    device_ids = {device.entity_id for device in devices}
    left_out = len(tree.services) - len(services) + len(tree.devices) - len(devices)
    facilities = []
    for facility in tree.facilities:
        kept, lost = _facility(facility, service_ids, device_ids, release)
        left_out += lost
        if kept is not None:
            facilities.append(kept)
    if not left_out:
        return AtRelease(tree, 0)
    return AtRelease(
        _pruned(replace(tree, facilities=tuple(facilities), services=services, devices=devices)), left_out
    )


def _facility(
    facility: Facility, services: set[str], devices: set[str], release: date
) -> tuple[Facility | None, int]:
    """The facility without newer codes, or ``None`` for a unit that is none any more; and how many codes went."""
    if not facility.is_unit:
        return facility, 0
    if not _is_known(facility.care_mode, release):
        return None, 1
    organizations = tuple(
        replace(link, services=tuple(service for service in link.services if service.entity_id in services))
        for link in facility.organizations
    )
    had_services = any(link.services for link in facility.organizations)
    if had_services and not any(link.services for link in organizations):
        return None, 1
    acts = _known(facility.acts, release)
    skills = facility.skills
    if skills is not None:
        skills = replace(skills, specialities=_known(skills.specialities, release))
    lost = len(facility.acts) - len(acts)
    if skills is not None and facility.skills is not None:
        lost += len(facility.skills.specialities) - len(skills.specialities)
    equipment = tuple(device for device in facility.equipment if device in devices)
    unchanged = not lost and equipment == facility.equipment and organizations == facility.organizations
    if unchanged:
        return facility, 0
    return replace(facility, organizations=organizations, acts=acts, skills=skills, equipment=equipment), lost


def _pruned(tree: EstablishmentTree) -> EstablishmentTree:
    """Without the services, devices and professionals of units that went."""
    units = {facility.entity_id for facility in tree.facilities}
    services = {
        link.entity_id
        for facility in tree.facilities
        for organization in facility.organizations
        for link in organization.services
    }
    devices = {device for facility in tree.facilities for device in facility.equipment}
    return replace(
        tree,
        services=tuple(service for service in tree.services if service.entity_id in services),
        devices=tuple(device for device in tree.devices if device.entity_id in devices),
        providers=tuple(filter(None, (_provider(provider, units) for provider in tree.providers))),
    )


def _provider(provider: Provider, units: set[str]) -> Provider | None:
    facilities = tuple(link for link in provider.facilities if link.entity_id in units)
    if len(facilities) == len(provider.facilities):
        return provider
    return replace(provider, facilities=facilities) if facilities else None


def _known(codes: tuple[Code, ...], release: date) -> tuple[Code, ...]:
    return tuple(code for code in codes if _is_known(code, release))


@lru_cache(maxsize=8192)
def _is_known(code: Code, release: date) -> bool:
    """Whether the release has the code; one that no table of ours has is the source's own affair."""
    if code.scheme not in _SEARCHED:
        return True
    nomenclature = table(code.scheme)
    concept = nomenclature.find(code.code) if nomenclature is not None else None
    return concept is None or concept.is_known(release)
