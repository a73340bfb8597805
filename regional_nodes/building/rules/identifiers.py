"""Identifiers: idNat_Struct and its companions (RG_ALIM_014), the identifier of an OI, of a professional."""

import re
from collections.abc import Iterator

from regional_nodes.source import EstablishmentTree
from ror.coding import Authority
from ror.model import Facility, Organization
from ror.territory import region

_STRUCTURE_FORMS = {
    "0": re.compile(r"[0-9A-Z]{9}"),
    "1": re.compile(r"[0-9][0-9A-Z][0-9]{7}"),
    "2": re.compile(r"[0-9]{9}"),
    "3": re.compile(r"[0-9]{14}"),
    "4": re.compile(r"[0-9]{14}"),
}
"""What follows the first character of an idNat_Struct (TRE_G07)."""

_COMPANIONS = {
    Authority.FINESS.value: _STRUCTURE_FORMS["1"],
    Authority.SIREN_SIRET.value: re.compile(r"[0-9]{9}|[0-9]{14}"),
}

_LOCAL_FORM = re.compile(r"(?P<region>\d{2,3})/\S+")


def broken_identifiers(tree: EstablishmentTree) -> Iterator[str]:
    """Breaches in the identifiers of a tree."""
    for organization in (tree.legal_entity, tree.establishment):
        yield from _broken_structure(organization)
    for facility in tree.facilities:
        yield from _broken_local(facility)
    for provider in tree.providers:
        if [other.authority for other in provider.other_ids] != [Authority.PERSON]:
            yield f"RG_ALIM_014: professional {provider.entity_id} has not exactly one national identifier"


def _broken_structure(organization: Organization) -> Iterator[str]:
    name = organization.entity_id
    national = [other.code for other in organization.other_ids if other.authority == Authority.STRUCTURE]
    if len(national) != 1:
        yield f"RG_ALIM_014: organisation {name} has {len(national)} idNat_Struct"
        return
    form = _STRUCTURE_FORMS.get(national[0][:1])
    if form is None or form.fullmatch(national[0][1:]) is None:
        yield f"RG_ALIM_014: organisation {name} has idNat_Struct {national[0]!r}"
    for other in organization.other_ids:
        shape = _COMPANIONS.get(other.authority)
        if shape is not None and shape.fullmatch(other.code) is None:
            yield f"RG_ALIM_014: organisation {name} has identifier {other.code!r} under {other.authority}"
        if other.authority == Authority.FINESS and national[0] != f"1{other.code}":
            yield f"RG_ALIM_014: organisation {name} has two different FINESS numbers"


def _broken_local(facility: Facility) -> Iterator[str]:
    name = facility.entity_id
    if len(facility.other_ids) != 1:
        yield f"OI_IDENTIFIER: OI {name} has {len(facility.other_ids)} identifiers"
        return
    form = _LOCAL_FORM.fullmatch(facility.other_ids[0].code)
    if form is None or region(form["region"]) is None:
        yield f"OI_IDENTIFIER: OI {name} has {facility.other_ids[0].code!r}, not region/number"
