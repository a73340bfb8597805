"""The habits of the seventeen RORs, as data: what the weekly interoperability calls were about (contract, end).

Two solutions, each with its own way; what one region does differently from its solution stands in ``_OVERRIDES``.
Nothing else in this package asks which solution a region runs.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from regional_nodes.building import source_directory
from regional_nodes.source import IdScheme, local_ids, uuid_ids
from ror.csd import ROR_IESS, ROR_IR, Style
from ror.territory import RORS, Solution

NEWEST_RELEASE: Final = date(2019, 3, 29)
"""The newest quarterly release of the nomenclatures; a region may lag behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How one ROR answers.

    ``ids`` names its entries, ``style`` writes them. ``release`` is the nomenclature it works with: it neither holds
    nor understands newer codes (decision 20). ``prefix`` stands for the G1 namespace and ``soap_prefix`` for SOAP's
    on the wire; ``declaration`` is the XML declaration, empty for none. Without a limit in the question it returns
    ``default_limit`` units, and never more than ``max_limit``.
    """

    ror: str
    ids: IdScheme
    style: Style
    release: date = NEWEST_RELEASE
    prefix: str
    soap_prefix: str
    declaration: str
    default_limit: int = 199
    max_limit: int = 20_000


_OF_SOLUTION: Final[dict[Solution, dict[str, Any]]] = {
    Solution.IR: {
        "style": replace(ROR_IR, prefix="ns3"),
        "prefix": "ror",
        "soap_prefix": "soap",
        "declaration": '<?xml version="1.0" encoding="UTF-8"?>',
    },
    Solution.IESS: {
        "style": replace(ROR_IESS, prefix="urn1"),
        "prefix": "urn",
        "soap_prefix": "SOAP-ENV",
        "declaration": "<?xml version='1.0' encoding='utf-8'?>\n",
    },
}

_OVERRIDES: Final[dict[str, dict[str, Any]]] = {
    "bre": {"prefix": "ns2", "soap_prefix": "S"},
    "cor": {"release": date(2018, 12, 14), "max_limit": 500},
    "gua": {"prefix": "ns2", "soap_prefix": "S", "max_limit": 1_000},
    "guy": {"release": date(2018, 6, 29), "declaration": ""},
    "hdf": {"style": replace(ROR_IESS, prefix="urn1", empty_other_id=True)},
    "idf": {"default_limit": 200, "style": replace(ROR_IR, prefix="csd")},
    "nor": {"declaration": '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n', "soap_prefix": "env"},
    "occ": {"prefix": "asip"},
    "oin": {"style": replace(ROR_IESS, prefix="")},
    "pac": {"default_limit": 200},
}


def _ids(solution: Solution, ror: str) -> IdScheme:
    return uuid_ids(source_directory(ror)) if solution is Solution.IR else local_ids()


HABITS: Final[dict[str, Habits]] = {
    ror.id: Habits(
        ror=ror.id,
        ids=_ids(ror.solution, ror.id),
        **{**_OF_SOLUTION[ror.solution], **_OVERRIDES.get(ror.id, {})},
    )
    for ror in RORS
}
"""By ROR id."""
