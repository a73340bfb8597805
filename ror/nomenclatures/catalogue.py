"""The packaged tables by OID; each is read on first use and kept."""

from functools import cache
from pkgutil import get_data

from ror.nomenclatures.table import Table, parse_table, stripped

ACTIVITY_FAMILIES = "1.2.250.1.213.3.3.63"
"""ASS_A14: families of activity and the operational activities in them."""


def table(scheme_oid: str) -> Table | None:
    """The table of an OID, terminology or value set; ``None`` for one that the contract does not use."""
    section = _sections("tables.tsv").get(scheme_oid)
    return None if section is None else _parsed(scheme_oid)


def table_oids() -> tuple[str, ...]:
    """OIDs of every table there is."""
    return tuple(_sections("tables.tsv"))


def label(scheme_oid: str, code: str) -> str | None:
    """The label of a code in the table of that OID; ``None`` when either is unknown."""
    found = table(scheme_oid)
    return None if found is None else found.label(code)


def activities_of_family(family: str) -> tuple[str, ...]:
    """Operational activities (TRE_R211) of a family (JDV_J51), empty for an unknown one."""
    return _families().get(stripped(family), ())


@cache
def _families() -> dict[str, tuple[str, ...]]:
    families: dict[str, tuple[str, ...]] = {}
    for row in _sections("associations.tsv")[ACTIVITY_FAMILIES].splitlines()[1:]:
        family, activity = row.split("\t")
        families[stripped(family)] = (*families.get(stripped(family), ()), activity)
    return families


@cache
def _parsed(scheme_oid: str) -> Table:
    return parse_table(_sections("tables.tsv")[scheme_oid].splitlines())


@cache
def _sections(file: str) -> dict[str, str]:
    raw = get_data(__package__, file)
    assert raw is not None
    sections = raw.decode("utf-8").removeprefix("# ").split("\n# ")
    return {section.partition("\t")[0]: section for section in sections}
