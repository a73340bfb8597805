"""From specialties of the health insurance (TRE_G100) to those of the medical orders (TRE_R38), decision 25.

No official association table exists: the pairs follow the labels, several where the orders distinguish diplomas or
options that the insurance does not. Professions (nurse, pharmacist …) and laboratories have no counterpart.
"""

from ror.coding import Scheme
from ror.nomenclatures.catalogue import table
from ror.nomenclatures.table import stripped

_R38_OF_G100: dict[str, tuple[str, ...]] = {
    code: tuple(ordinal.split())
    for code, ordinal in (
        ("1", "SM26 SM53 SM54"),
        ("2", "SM02"),
        ("3", "SM04"),
        ("4", "SM05"),
        ("5", "SM15"),
        ("6", "SM44"),
        ("7", "SM20 SM51"),
        ("8", "SM24"),
        ("9", "SM27 SM72"),
        ("10", "SM31"),
        ("11", "SM34 SM39"),
        ("12", "SM40"),
        ("13", "SM41"),
        ("14", "SM48"),
        ("15", "SM38"),
        ("16", "SM12"),
        ("17", "SM33"),
        ("18", "SM50"),
        ("20", "SM46"),
        ("31", "SM29"),
        ("32", "SM32"),
        ("33", "SM42"),
        ("34", "SM18"),
        ("35", "SM30"),
        ("36", "SCD01"),
        ("37", "SM01"),
        ("38", "SM03 SM63 SM64 SM65 SM66 SM67"),
        ("41", "SM08"),
        ("42", "SM16 SM62"),
        ("43", "SM09 SM69 SM70"),
        ("44", "SM06 SM68"),
        ("45", "SM07"),
        ("46", "SM10"),
        ("47", "SM11"),
        ("48", "SM13"),
        ("49", "SM14"),
        ("53", "SCD02"),
        ("54", "SCD03"),
        ("69", "SM56"),
        ("70", "SM19 SM52"),
        ("71", "SM21 SM22 SM23 SM71"),
        ("72", "SM28"),
        ("73", "SM36"),
        ("74", "SM37"),
        ("75", "SM43"),
        ("76", "SM45"),
        ("77", "SM20"),
        ("78", "SM17"),
        ("79", "SM51 SM52"),
        ("80", "SM49"),
        ("81", "SM58"),
        ("82", "SM60"),
        ("83", "SM59"),
        ("84", "SM61"),
        ("85", "SM57"),
    )
}


def map_specialty(code: str, scheme: str) -> tuple[str, ...]:
    """TRE_R38 codes that a specialty of TRE_G100 or TRE_R38 means; empty where no mapping exists (a fault 400)."""
    if scheme == Scheme.INSURANCE_SPECIALITY:
        return _R38_OF_G100.get(stripped(code), ())
    if scheme == Scheme.SPECIALITY:
        ordinal = table(Scheme.SPECIALITY)
        concept = ordinal.find(code) if ordinal else None
        return (concept.code,) if concept else ()
    return ()
