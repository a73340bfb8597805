"""France as the RORs see it: the seventeen RORs, regions, départements, communes, distances.

Region codes collide with codes of départements, so each level has its own look-up. Tables are read on first use.
"""

from ror.territory.circles import rors_within
from ror.territory.communes import (
    Commune,
    EndedCommune,
    all_communes,
    city_code,
    commune,
    communes_of_department,
    ended_commune,
    find_communes,
)
from ror.territory.departments import (
    DEPARTMENT_BY_CODE,
    DEPARTMENTS,
    Department,
    department,
    department_code_of_commune,
    departments_of_region,
)
from ror.territory.distance import EARTH_RADIUS_KM, distance_km, rounded_km
from ror.territory.place import Place
from ror.territory.regions import REGION_BY_CODE, REGIONS, Region, region
from ror.territory.rors import (
    NEIGHBOUR_PAIRS,
    ROR_BY_ID,
    RORS,
    SEA_LINKS,
    Ror,
    Solution,
    neighbours,
    ror_of_region,
)

__all__ = [
    "DEPARTMENTS",
    "DEPARTMENT_BY_CODE",
    "EARTH_RADIUS_KM",
    "NEIGHBOUR_PAIRS",
    "REGIONS",
    "REGION_BY_CODE",
    "RORS",
    "ROR_BY_ID",
    "SEA_LINKS",
    "Commune",
    "Department",
    "EndedCommune",
    "Place",
    "Region",
    "Ror",
    "Solution",
    "all_communes",
    "city_code",
    "commune",
    "communes_of_department",
    "department",
    "department_code_of_commune",
    "departments_of_region",
    "distance_km",
    "ended_commune",
    "find_communes",
    "neighbours",
    "region",
    "ror_of_region",
    "rors_within",
    "rounded_km",
]
