"""What one profile sees of whole directories: entries, and what hangs on them (decision 6).

1. A hidden unit is gone with its activities and its equipment. An internal organisation, an EG or an EJ vanishes when
   something below it did and nothing below it is left; one that never had anything below it stays (decision 29).
2. A field of activity that only hidden units brought to an organisation above them is not told there (RG_ALIM_006).
3. A professional is seen in the units that his profile row admits; with none of his units left he is gone.
4. No pointer at a vanished entry remains. A pointer that led nowhere from the start is left as it was.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from ror.access import Profile
from ror.model import (
    Device,
    Directory,
    Facility,
    Organization,
    Provider,
    ProviderFacility,
    Service,
    ServiceLink,
)
from ror.visibility.changing import changed
from ror.visibility.contacts import kept
from ror.visibility.entries import (
    visible_device,
    visible_facility,
    visible_organization,
    visible_provider,
    visible_service,
)
from ror.visibility.hanging import Hanging
from ror.visibility.table import Attribute, field_of, fields_of, seen_by

_Pointing = TypeVar("_Pointing", Organization, Facility)


def visible_directory(directory: Directory, profile: Profile) -> Directory:
    """All that ``profile`` may see; the same object when it hides nothing."""
    if profile is Profile.REGULATION:
        return directory
    hanging = Hanging(directory, hidden=_hidden(directory, profile))
    facilities = kept(directory.facilities, lambda facility: _facility(facility, hanging, profile))
    organizations = kept(directory.organizations, lambda organization: _organization(organization, hanging, profile))
    services = _services(directory, facilities, profile)
    devices = _devices(directory, facilities, profile)
    gone_services = _gone(directory.services, services)
    providers = kept(directory.providers, lambda provider: _provider(provider, hanging, gone_services, profile))
    gone_providers = _gone(directory.providers, providers)
    return changed(
        directory,
        organizations=kept(organizations, lambda entry: _without_pointers(entry, gone_providers)),
        services=services,
        facilities=kept(facilities, lambda entry: _without_pointers(entry, gone_providers)),
        providers=providers,
        devices=devices,
    )


def _hidden(directory: Directory, profile: Profile) -> frozenset[str]:
    return frozenset(
        facility.entity_id
        for facility in directory.facilities
        if facility.sensitive and Attribute.SENSITIVE_UNIT not in seen_by(profile, fields_of(facility))
    )


def _facility(facility: Facility, hanging: Hanging, profile: Profile) -> Facility | None:
    if facility.entity_id in hanging.vanished_facilities:
        return None
    organizations = hanging.vanished_organizations
    narrowed = changed(
        facility,
        organizations=kept(facility.organizations, lambda link: None if link.entity_id in organizations else link),
        parent=None if facility.parent in hanging.vanished_facilities else facility.parent,
    )
    if not facility.is_unit:
        lost = hanging.lost_fields(facility.entity_id)
        told = kept(facility.fields, lambda code: None if field_of(code) in lost else code)
        narrowed = changed(narrowed, fields=told)
    return visible_facility(narrowed, profile)


def _organization(organization: Organization, hanging: Hanging, profile: Profile) -> Organization | None:
    if organization.entity_id in hanging.vanished_organizations:
        return None
    return visible_organization(organization, profile, hanging.organization_fields(organization.entity_id))


def _services(directory: Directory, shown: tuple[Facility, ...], profile: Profile) -> tuple[Service, ...]:
    before, after = (_pointed_at(facilities, _service_pointers) for facilities in (directory.facilities, shown))

    def visible(service: Service) -> Service | None:
        if service.entity_id in before and service.entity_id not in after:
            return None
        return visible_service(service, profile, after.get(service.entity_id, frozenset()))

    return kept(directory.services, visible)


def _devices(directory: Directory, shown: tuple[Facility, ...], profile: Profile) -> tuple[Device, ...]:
    before, after = (_pointed_at(facilities, _device_pointers) for facilities in (directory.facilities, shown))

    def visible(device: Device) -> Device | None:
        if device.entity_id in before and device.entity_id not in after:
            return None
        return visible_device(device, profile, after.get(device.entity_id, frozenset()))

    return kept(directory.devices, visible)


def _pointed_at(
    facilities: Iterable[Facility], pointers: Callable[[Facility], Iterable[str]]
) -> dict[str, frozenset[str]]:
    """What facilities point at, with the fields of those that do."""
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for facility in facilities:
        for entity_id in pointers(facility):
            found[entity_id] |= fields_of(facility)
    return dict(found)


def _service_pointers(facility: Facility) -> Iterable[str]:
    return (link.entity_id for organization in facility.organizations for link in organization.services)


def _device_pointers(facility: Facility) -> Iterable[str]:
    return facility.equipment


def _provider(
    provider: Provider, hanging: Hanging, gone_services: frozenset[str], profile: Profile
) -> Provider | None:
    def visible(link: ProviderFacility) -> ProviderFacility | None:
        fields = hanging.facility_fields(link.entity_id)
        if link.entity_id in hanging.vanished_facilities or Attribute.PROFESSIONAL not in seen_by(profile, fields):
            return None
        return changed(link, services=kept(link.services, visible_link))

    def visible_link(link: ServiceLink) -> ServiceLink | None:
        if link.entity_id in gone_services:
            return None
        return changed(
            link, organization=None if link.organization in hanging.vanished_organizations else link.organization
        )

    links = kept(provider.facilities, visible)
    if provider.facilities and not links:
        return None
    gone = hanging.vanished_organizations
    narrowed = changed(
        provider,
        facilities=links,
        organizations=kept(provider.organizations, lambda link: None if link.entity_id in gone else link),
    )
    fields = frozenset[str]().union(*(hanging.facility_fields(link.entity_id) for link in links))
    return visible_provider(narrowed, profile, fields)


def _gone(before: Iterable[Service | Provider], after: Iterable[Service | Provider]) -> frozenset[str]:
    return frozenset(entry.entity_id for entry in before) - {entry.entity_id for entry in after}


def _without_pointers(entry: _Pointing, gone_providers: frozenset[str]) -> _Pointing:
    """``entry`` without CSD's own contacts that point at professionals who are gone."""
    contacts = entry.person_contacts
    return changed(
        entry,
        person_contacts=kept(contacts, lambda contact: None if contact.provider in gone_providers else contact),
    )
