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
    others = {duplicate.kept: list(duplicate.others) for duplicate in coverage.duplicates}
    activities = {service.entity_id: service.type.code for service in directory.services}
    return {
        "question": coverage.question_id,
        "coverage": coverage_view(coverage),
        "simulated": coverage.simulated,
        "warnings": list(coverage.warnings),
        "units": [
            _unit(unit, organizations, activities, others, simulated=coverage.simulated) for unit in directory.units
        ],
    }


def coverage_view(coverage: Coverage) -> dict[str, Any]:
    """Asked, complete, and what happened to every ROR."""
    return {
        "asked": coverage.asked,
        "complete": coverage.complete,
        "population": coverage.population,
        "limit": coverage.limit,
        "rors": [
            {
                "ror": line.ror,
                "codes": list(line.codes),
                "outcome": str(line.outcome),
                "found": line.found,
                "returned": line.returned,
                "duplicates": line.duplicates or 0,
                "ms": line.duration_ms,
                "times": {
                    "queue": line.times.queue,
                    "connect": line.times.connect,
                    "tls": line.times.tls,
                    "node": line.times.node,
                    "parse": line.times.parse,
                },
                "release": line.release,
                "data": line.data_version,
                "age_s": line.age_s,
                "detail": line.detail,
            }
            for line in coverage.rors
        ],
    }


def _unit(
    unit: Facility,
    organizations: dict[str, Organization],
    activities: dict[str, str],
    others: dict[str, list[str]],
    *,
    simulated: bool,
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
        "also": others.get(unit.entity_id, []),
        "establishment": _establishment(establishment, others),
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


def _establishment(establishment: Organization | None, others: dict[str, list[str]]) -> dict[str, Any] | None:
    if establishment is None:
        return None
    place = commune(establishment.location.commune.code) if establishment.location else None
    return {
        "id": establishment.entity_id,
        "also": others.get(establishment.entity_id, []),
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
