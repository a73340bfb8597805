"""The regions by INSEE code (TRE_R30): 18 regions, and the two collectivities served with Guadeloupe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A region or a collectivity with a region code of its own; ``seat`` is the INSEE code of its chef-lieu commune.

    The code collides with codes of départements (``01`` is Guadeloupe and also Ain): always say which level is meant.
    """

    code: str
    name: str
    seat: str


REGIONS: tuple[Region, ...] = (
    Region("01", "Guadeloupe", "97105"),
    Region("02", "Martinique", "97209"),
    Region("03", "Guyane", "97302"),
    Region("04", "La Réunion", "97411"),
    Region("06", "Mayotte", "97608"),
    Region("11", "Île-de-France", "75056"),
    Region("24", "Centre-Val de Loire", "45234"),
    Region("27", "Bourgogne-Franche-Comté", "21231"),
    Region("28", "Normandie", "76540"),
    Region("32", "Hauts-de-France", "59350"),
    Region("44", "Grand Est", "67482"),
    Region("52", "Pays de la Loire", "44109"),
    Region("53", "Bretagne", "35238"),
    Region("75", "Nouvelle-Aquitaine", "33063"),
    Region("76", "Occitanie", "31555"),
    Region("84", "Auvergne-Rhône-Alpes", "69123"),
    Region("93", "Provence-Alpes-Côte d'Azur", "13055"),
    Region("94", "Corse", "2A004"),
    Region("977", "Saint-Barthélemy", "97701"),
    Region("978", "Saint-Martin", "97801"),
)
"""Sorted by code."""

REGION_BY_CODE: dict[str, Region] = {region.code: region for region in REGIONS}


def region(code: str) -> Region | None:
    """The region of that code, its leading zero forgiven; ``None`` for one that no ROR serves."""
    return REGION_BY_CODE.get(code.strip().zfill(2))
