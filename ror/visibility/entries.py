"""What one profile sees of one entry. Each function returns the same object when it hides nothing.

``fields`` of an entry that is no facility are those of the visible units that it belongs to, or that hang on it: what
is visible in one of them is visible here (decision 6).
"""

from ror.access import Profile
from ror.model import (
    Accommodation,
    Capacity,
    Device,
    Facility,
    OperationalStatus,
    Organization,
    Provider,
    ProviderOrganization,
    Service,
)
from ror.visibility.changing import changed, without_comments
from ror.visibility.contacts import (
    kept,
    visible_contacts,
    visible_mail_box,
    visible_person_contact,
    visible_point,
    visible_points,
)
from ror.visibility.table import Attribute, Seen, fields_of, seen_by


def visible_facility(facility: Facility, profile: Profile) -> Facility | None:
    """A unit, or an internal organisation above units; ``None`` when it is hidden whole.

    ``sensitiveUnit`` belongs to units (RG_EXP_039); on anything else it hides that entry all the same.
    """
    seen = seen_by(profile, fields_of(facility))
    if facility.sensitive and Attribute.SENSITIVE_UNIT not in seen:
        return None
    accommodation = facility.accommodation
    if accommodation is not None and Attribute.AVAILABILITY not in seen:
        accommodation = _without_availability(accommodation)
    shown = changed(
        facility,
        person_contacts=kept(facility.person_contacts, lambda contact: visible_person_contact(contact, seen)),
        contact_points=visible_points(facility.contact_points, seen),
        contacts=visible_contacts(facility.contacts, seen),
        mail_boxes=kept(facility.mail_boxes, lambda box: visible_mail_box(box, seen)),
        accommodation=accommodation,
        crisis=facility.crisis if Attribute.CRISIS_CAPACITY in seen else None,
        skills=facility.skills if Attribute.SKILLS in seen else None,
        equipment=facility.equipment if Attribute.EQUIPMENT in seen else (),
        care_specialities=facility.care_specialities if Attribute.CARE_SPECIALITIES in seen else (),
        acts=facility.acts if Attribute.ACTS in seen else (),
    )
    return shown if Attribute.COMMENTS in seen else without_comments(shown)


def visible_organization(organization: Organization, profile: Profile, fields: frozenset[str]) -> Organization:
    """An EJ or EG, on which visible units of ``fields`` hang."""
    seen = seen_by(profile, fields)
    shown = changed(
        organization,
        person_contacts=kept(organization.person_contacts, lambda contact: visible_person_contact(contact, seen)),
        contact_points=visible_points(organization.contact_points, seen),
        contacts=visible_contacts(organization.contacts, seen),
        drop_zone=organization.drop_zone if Attribute.DROP_ZONE in seen else None,
        orsan_level=organization.orsan_level if Attribute.ORSAN_LEVEL in seen else None,
    )
    return shown if Attribute.COMMENTS in seen else without_comments(shown)


def visible_service(service: Service, profile: Profile, fields: frozenset[str]) -> Service:
    """An activity of a visible unit of ``fields``."""
    return service if Attribute.COMMENTS in seen_by(profile, fields) else without_comments(service)


def visible_device(device: Device, profile: Profile, fields: frozenset[str]) -> Device | None:
    """A piece of equipment of a visible unit of ``fields``; hidden where equipment is."""
    seen = seen_by(profile, fields)
    if Attribute.EQUIPMENT not in seen:
        return None
    return device if Attribute.COMMENTS in seen else without_comments(device)


def visible_provider(provider: Provider, profile: Profile, fields: frozenset[str]) -> Provider | None:
    """A professional who works in visible units of ``fields``."""
    seen = seen_by(profile, fields)
    if Attribute.PROFESSIONAL not in seen:
        return None
    person, status, box = provider.demographic, provider.operational_status, provider.mail_box
    shown = changed(
        provider,
        demographic=changed(person, contact_points=visible_points(person.contact_points, seen)),
        organizations=kept(provider.organizations, lambda link: _visible_link(link, seen)),
        operational_status=None if status is None else _visible_status(status, seen),
        mail_box=None if box is None else visible_mail_box(box, seen),
    )
    return shown if Attribute.COMMENTS in seen else without_comments(shown)


def _visible_link(link: ProviderOrganization, seen: Seen) -> ProviderOrganization:
    return changed(link, contact_points=visible_points(link.contact_points, seen))


def _visible_status(status: OperationalStatus, seen: Seen) -> OperationalStatus:
    return changed(
        status,
        contact_point=visible_point(status.contact_point, seen),
        specific_skills=status.specific_skills if Attribute.SKILLS in seen else (),
    )


def _without_availability(accommodation: Accommodation) -> Accommodation:
    return changed(
        accommodation, beds=_installed_only(accommodation.beds), places=_installed_only(accommodation.places)
    )


def _installed_only(capacity: Capacity | None) -> Capacity | None:
    """The installed number alone; nothing at all when it is not known."""
    if capacity is None:
        return None
    shown = changed(capacity, available=None, updated=None)
    return shown if shown is capacity or shown.installed is not None else None
