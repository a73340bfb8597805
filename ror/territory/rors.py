"""The seventeen RORs: which regions each serves, by which solution, beside which others."""

from dataclasses import dataclass
from enum import StrEnum


class Solution(StrEnum):
    """The two softwares behind the regional RORs."""

    IR = "ROR-IR"
    IESS = "ROR-IeSS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ror:
    """A regional directory: a stable id, its French name, the INSEE region codes it serves (TRE_R30).

    ``population`` is the municipal one of 1 January 2021 (INSEE); Mayotte's is the 2017 census.
    """

    id: str
    name: str
    regions: tuple[str, ...]
    solution: Solution
    population: int

    @property
    def neighbours(self) -> tuple[str, ...]:
        """Ids of the RORs across a land border."""
        return neighbours(self.id)


_IR, _IESS = Solution.IR, Solution.IESS

RORS: tuple[Ror, ...] = tuple(
    Ror(id=id_, name=name, regions=tuple(regions.split()), solution=solution, population=population)
    for id_, name, regions, solution, population in (
        ("ara", "Auvergne-Rhône-Alpes", "84", _IR, 8_114_361),
        ("bfc", "Bourgogne-Franche-Comté", "27", _IESS, 2_800_194),
        ("bre", "Bretagne", "53", _IR, 3_394_567),
        ("cor", "Corse", "94", _IESS, 347_597),
        ("cvl", "Centre-Val de Loire", "24", _IESS, 2_573_303),
        ("ges", "Grand Est", "44", _IR, 5_561_287),
        ("gua", "Guadeloupe", "01 977 978", _IR, 384_315),
        ("guy", "Guyane", "03", _IESS, 286_618),
        ("hdf", "Hauts-de-France", "32", _IESS, 5_995_292),
        ("idf", "Île-de-France", "11", _IR, 12_317_279),
        ("mar", "Martinique", "02", _IR, 360_749),
        ("naq", "Nouvelle-Aquitaine", "75", _IESS, 6_069_352),
        ("nor", "Normandie", "28", _IESS, 3_327_966),
        ("occ", "Occitanie", "76", _IR, 6_022_176),
        ("oin", "Océan Indien", "04 06", _IESS, 871_157 + 256_518),
        ("pac", "Provence-Alpes-Côte d'Azur", "93", _IESS, 5_127_840),
        ("pdl", "Pays de la Loire", "52", _IR, 3_853_999),
    )
)
"""Sorted by id; the order gives the nodes their ports."""

ROR_BY_ID: dict[str, Ror] = {ror.id: ror for ror in RORS}

_ROR_BY_REGION = {region: ror for ror in RORS for region in ror.regions}

_LAND_BORDERS = """
    11-24 11-27 11-28 11-32 11-44 24-27 24-28 24-52 24-75 24-84 27-44 27-84
    28-32 28-52 28-53 32-44 52-53 52-75 75-76 75-84 76-84 76-93 84-93
"""

NEIGHBOUR_PAIRS: tuple[tuple[str, str], ...] = tuple(
    (_ROR_BY_REGION[a].id, _ROR_BY_REGION[b].id) for a, b in (pair.split("-") for pair in _LAND_BORDERS.split())
)
"""The 23 land borders between regions, as pairs of ROR ids."""

SEA_LINKS: dict[str, tuple[str, ...]] = {
    "cor": ("pac",),
    "gua": ("mar",),
    "guy": ("mar",),
    "mar": ("gua",),
    "pac": ("cor",),
}
"""Where patients go over water. Never implied: whoever wants them configures them (decision 12)."""

_NEIGHBOURS: dict[str, tuple[str, ...]] = {
    ror.id: tuple(sorted({a if b == ror.id else b for a, b in NEIGHBOUR_PAIRS if ror.id in (a, b)})) for ror in RORS
}


def ror_of_region(code: str) -> Ror | None:
    """The ROR that serves an INSEE region code, leading zero forgiven; ``None`` if no ROR does."""
    return _ROR_BY_REGION.get(code.strip().zfill(2))


def neighbours(ror_id: str, *, sea_links: bool = False) -> tuple[str, ...]:
    """Ids of the RORs that share a land border, sorted; with ``sea_links`` those over water too.

    An unknown id is a ``KeyError``.
    """
    over_land = _NEIGHBOURS[ror_id]
    return tuple(sorted({*over_land, *SEA_LINKS.get(ror_id, ())})) if sea_links else over_land
