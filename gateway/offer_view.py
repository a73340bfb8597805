"""An answer as people and programs read it: one object, the shape of ``ror search --json``."""

from typing import Any

from ror.coding import Scheme
from ror.coverage import Coverage
from ror.model import Capacity, Directory, Facility, Organization
from ror.nomenclatures import table
from ror.territory import commune


def view(directory: Directory, coverage: Coverage) -> dict[str, Any]:
    """The answer as JSON-ready values; what is not known is ``None``, never 0 (decision 29)."""
    organizations = {organization.entity_id: organization for organization in directory.organizations}
    activities = {service.entity_id: service.type.code for service in directory.services}
    return {
        "question": coverage.question_id,
        "coverage": coverage_view(coverage),
        "simulated": coverage.simulated,
        "warnings": list(coverage.warnings),
        "units": [_unit(unit, organizations, activities, simulated=coverage.simulated) for unit in directory.units],
    }


def coverage_view(coverage: Coverage) -> dict[str, Any]:
    """Asked, complete, and what happened to every ROR."""
    return {
        "asked": coverage.asked,
        "complete": coverage.complete,
        "limit": coverage.limit,
        "rors": [
            {
                "ror": line.ror,
                "codes": list(line.codes),
                "outcome": str(line.outcome),
                "found": line.found,
                "returned": line.returned,
                "ms": line.duration_ms,
                "release": line.release,
                "detail": line.detail,
            }
            for line in coverage.rors
        ],
    }


def _unit(
    unit: Facility, organizations: dict[str, Organization], activities: dict[str, str], *, simulated: bool
) -> dict[str, Any]:
    link = unit.organizations[0] if unit.organizations else None
    establishment = organizations.get(link.entity_id) if link else None
    location = unit.location or (establishment.location if establishment else None)
    place = commune(location.commune.code) if location else None
    accommodation = unit.accommodation
    return {
        "id": unit.entity_id,
        "name": unit.name,
        "ror": unit.entity_id.partition(":")[0],
        "region": place.region if place else None,
        "establishment": _establishment(establishment),
        "activities": [
            {"code": code, "label": _label(Scheme.ACTIVITY, code)}
            for code in (activities.get(service.entity_id) for service in (link.services if link else ()))
            if code is not None
        ],
        "care_mode": {"code": unit.care_mode.code, "label": _label(Scheme.CARE_MODE, unit.care_mode.code)},
        "distance_km": float(location.distance_km) if location and location.distance_km is not None else None,
        "beds": _capacity(accommodation.beds if accommodation else None, simulated=simulated),
        "places": _capacity(accommodation.places if accommodation else None, simulated=simulated),
    }


def _establishment(establishment: Organization | None) -> dict[str, Any] | None:
    if establishment is None:
        return None
    place = commune(establishment.location.commune.code) if establishment.location else None
    return {
        "finess": establishment.finess,
        "name": establishment.name,
        "commune": {"code": place.code, "name": place.name} if place else None,
    }


def _capacity(capacity: Capacity | None, *, simulated: bool) -> dict[str, Any]:
    return {
        "installed": capacity.installed if capacity else None,
        "available": capacity.available if capacity else None,
        "updated": capacity.updated.isoformat() if capacity and capacity.updated else None,
        "simulated": simulated,
    }


def _label(scheme: Scheme, code: str) -> str | None:
    known = table(scheme)
    concept = known.find(code) if known else None
    return concept.label if concept else None
