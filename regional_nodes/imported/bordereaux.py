"""What the statistics (SAE) become: one row of this table a unit (2022's bordereaux; decision 34).

A row says where the unit is read (bordereau, kind of row, columns) and what it becomes (field of activity, activity,
mode, ages). Everything else of the files is set aside by name below, and what stands in neither is reported as
unknown. SAE tells installed capacity only.
"""

from dataclasses import dataclass
from typing import Final

from regional_nodes.building import ADULTS, ALL_AGES, CHILDREN, AgeRange

NEWBORN: Final = AgeRange(0, 28, "d", "d")
MOTHERS: Final = AgeRange(12, 60)
ELDERLY: Final = AgeRange(60, 130)
PSYCHIATRIC_ADULTS: Final = AgeRange(16, 130)

COMPLETE, DAY, NIGHT, HOUSING = "28", "29", "30", "46"
SHORT_STAY, EMERGENCY, TECHNICAL = "13", "33", "55"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One kind of unit of a bordereau. ``slot`` numbers it for good within its place.

    ``kind`` is the value that the bordereau's kind column must hold (``None``: any but what is set aside), ``flag`` a
    column that must be 1, ``needs`` a column that must hold more than zero. ``beds`` and ``places`` name the columns
    of installed capacity, ``counted`` the one that counts machines. ``merged``: several rows are one unit.
    """

    bordereau: str
    slot: int
    name: str
    field: str
    activity: str
    mode: str
    kind: str | None = None
    flag: str | None = None
    needs: str | None = None
    beds: str | None = None
    places: str | None = None
    counted: str | None = None
    ages: AgeRange = ALL_AGES
    sensitive: bool = False
    maternity: bool = False
    merged: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that this row reads, the kind column aside."""
        extra = ("AUTOR", "LIT_SIN") if self.maternity else ()
        read = (self.flag, self.needs, self.beds, self.places, self.counted, *extra)
        return tuple(column for column in read if column is not None)


KIND_COLUMNS: Final = {
    "REA": "UNI",
    "URGENCES2": "URG",
    "IMAGES": "EQUIPIMA",
    "DIALYSE": "DIALY",
    "SSR": "GDE",
    "PSY": "DIS",
}
"""The column that says of which kind a row is, where a bordereau has several rows a place."""

TOTALS: Final = {
    "REA": {"SITOT"},
    "SSR": {"SSR_TOT", "SSR_A", "SSR_E"},
    "PSY": {"TOT"},
    "DIALYSE": {"TOT"},
}
"""Kinds of rows that sum up others."""

KINDS_SET_ASIDE: Final = {
    "DIALYSE": {"VACAN": "dialysis of holiday makers, not a unit of its own"},
    "IMAGES": {
        "MAMM": "mammography has no activity in the table",
        "VASC": "vascular imaging has no activity in the table",
        "CAM": "gamma cameras have no activity in the table",
        "TOMO": "positron emission tomography has no activity in the table",
        "LITHO": "lithotripsy has no activity in the table",
        "dtIRM1": "part of the IRM row",
        "dtIRM2": "part of the IRM row",
    },
}
"""Kinds of rows that the table knows and does not map."""

BORDEREAUX_SET_ASIDE: Final = {
    "HAD": "hospital at home tells no activity",
    "MCOAVC": "stroke units are told by REA (SIUNV)",
    "CANCERO": "cancer care tells acts, not units",
}
"""Whole bordereaux that the table knows and does not map."""

CELLS_SET_ASIDE: Final = {
    "MCO": {
        "LIT_CHI": "surgery without its specialty",
        "PLA_CHI": "surgery without its specialty",
        "LIT_OBS": "told by PERINAT",
        "PLA_OBS": "told by no other bordereau, no mode in the table",
    },
    "PERINAT": {"LIT_KANG": "kangaroo beds have no row in the table"},
    "NEUROCHIR": {"LIT_NEURAD": "neuroradiology beds have no row in the table"},
    "CHIRCAR": {"LIT_CHIRC": "beds shared with other surgery"},
    "SMURSAMU": {"SAMU": "the centre that takes calls has no row in the table"},
    "PSY": {
        "CAP_PFT": "therapeutic family placements have no row in the table",
        "CAP_AAT": "therapeutic flats have no row in the table",
        "CAP_ACP": "post-cure centres have no row in the table",
        "CAP_CCU": "crisis centres have no row in the table",
        "CAP_HAD": "hospital at home tells no activity",
    },
}
"""Numbers of mapped bordereaux that become no unit; each is listed where it is more than zero."""

MATERNITY_TYPES: Final = {
    ("TYPE1", False): "01",
    ("TYPE1", True): "01",
    ("TYPE2", False): "02",
    ("TYPE2", True): "03",
    ("TYPE3", False): "04",
    ("TYPE3", True): "04",
}
"""Type of maternity (TRE_R253) by the authorisation and whether there are ``LIT_SIN`` beds."""

_REA: Final = (
    (20, "REAADU", "127", "Réanimation polyvalente", ADULTS),
    (21, "REAENF", "130", "Réanimation pédiatrique", CHILDREN),
    (22, "USIC", "354", "Soins intensifs de cardiologie (USIC)", ADULTS),
    (23, "SIUNV", "356", "Soins intensifs neurovasculaires (USINV)", ADULTS),
    (24, "AUTSI", "351", "Soins intensifs", ADULTS),
    (25, "SURVADU", "373", "Surveillance continue", ADULTS),
    (26, "SURVENF", "391", "Surveillance continue pédiatrique", CHILDREN),
)

_PERINAT: Final = (
    (31, "LIT_NEO_HSI", "094", "Néonatologie"),
    (32, "LIT_SIN", "369", "Soins intensifs de néonatalogie"),
    (33, "LIT_REA", "128", "Réanimation néonatale"),
)

_IMAGES: Final = (
    (60, "SCAN", "070", "Scanner"),
    (61, "IRM", "068", "IRM"),
    (62, "RADIO", "069", "Radiologie conventionnelle"),
)

_SSR: Final = (
    ("50", "172", "SSR polyvalent"),
    ("51", "233", "SSR appareil locomoteur"),
    ("52", "234", "SSR système nerveux"),
    ("53", "235", "SSR cardio-vasculaire"),
    ("54", "236", "SSR respiratoire"),
    ("55", "237", "SSR digestif, métabolique et endocrinien"),
    ("56", "238", "SSR onco-hématologique"),
    ("57", "239", "SSR des brûlés"),
    ("58", "240", "SSR conduites addictives"),
    ("59", "241", "SSR de la personne âgée polypathologique"),
)

_PSY: Final = (
    (80, "GEN", "229", "Psychiatrie adulte", PSYCHIATRIC_ADULTS, False),
    (83, "INF", "227", "Psychiatrie infanto-juvénile", CHILDREN, False),
    (86, "PEN", "229", "Psychiatrie en milieu pénitentiaire", ADULTS, True),
)

_MODE_NAMES: Final = {
    COMPLETE: "hospitalisation complète",
    DAY: "hospitalisation de jour",
    NIGHT: "hospitalisation de nuit",
}

MAPPING: Final = (
    MappingRow(
        bordereau="BRULES", slot=10, name="Réanimation des brûlés", field="01", activity="121", mode=COMPLETE,
        needs="LIT_REA", beds="LIT_REA",
    ),
    MappingRow(
        bordereau="BRULES", slot=11, name="Brûlologie", field="01", activity="175", mode=COMPLETE,
        needs="LIT_BRU", beds="LIT_BRU",
    ),
    *(
        MappingRow(
            bordereau="REA", slot=slot, name=name, field="01", activity=activity, mode=COMPLETE,
            kind=kind, beds="LIT", ages=ages,
        )
        for slot, kind, activity, name, ages in _REA
    ),
    MappingRow(
        bordereau="PERINAT", slot=30, name="Maternité", field="01", activity="100", mode=COMPLETE,
        needs="LIT_OBS", beds="LIT_OBS", ages=MOTHERS, maternity=True,
    ),
    *(
        MappingRow(
            bordereau="PERINAT", slot=slot, name=name, field="01", activity=activity, mode=COMPLETE,
            needs=column, beds=column, ages=NEWBORN,
        )
        for slot, column, activity, name in _PERINAT
    ),
    MappingRow(
        bordereau="MCO", slot=40, name="Médecine, hospitalisation complète", field="01", activity="083",
        mode=COMPLETE, needs="LIT_MED", beds="LIT_MED",
    ),
    MappingRow(
        bordereau="MCO", slot=41, name="Médecine, hospitalisation de jour", field="01", activity="083",
        mode=DAY, needs="PLA_MED", places="PLA_MED",
    ),
    MappingRow(
        bordereau="NEUROCHIR", slot=45, name="Neurochirurgie", field="01", activity="096", mode=COMPLETE,
        flag="EX_NEUCHI", beds="LIT_NEUCHI",
    ),
    MappingRow(
        bordereau="CHIRCAR", slot=46, name="Chirurgie cardiaque", field="01", activity="018", mode=COMPLETE,
        needs="LIT_CAR", beds="LIT_CAR",
    ),
    MappingRow(
        bordereau="URGENCES2", slot=50, name="Urgences polyvalentes", field="01", activity="157", mode=EMERGENCY,
        kind="GEN",
    ),
    MappingRow(
        bordereau="URGENCES2", slot=51, name="Hospitalisation de courte durée des urgences", field="01",
        activity="157", mode=SHORT_STAY, kind="GEN", needs="LIT_UHCD", beds="LIT_UHCD",
    ),
    MappingRow(
        bordereau="URGENCES2", slot=52, name="Urgences pédiatriques", field="01", activity="249", mode=EMERGENCY,
        kind="PED", ages=CHILDREN,
    ),
    MappingRow(
        bordereau="URGENCES2", slot=53, name="Hospitalisation de courte durée des urgences pédiatriques", field="01",
        activity="249", mode=SHORT_STAY, kind="PED", needs="LIT_UHCD", beds="LIT_UHCD", ages=CHILDREN,
    ),
    MappingRow(
        bordereau="SMURSAMU", slot=55, name="SMUR", field="01", activity="136", mode=EMERGENCY, flag="SMUR",
    ),
    *(
        MappingRow(
            bordereau="IMAGES", slot=slot, name=name, field="01", activity=activity, mode=TECHNICAL,
            kind=kind, counted="NB",
        )
        for slot, kind, activity, name in _IMAGES
    ),
    MappingRow(
        bordereau="DIALYSE", slot=65, name="Hémodialyse chronique", field="01", activity="059", mode=DAY,
        places="CAPA", merged=True,
    ),
    MappingRow(
        bordereau="USLD", slot=70, name="Unité de soins de longue durée", field="02", activity="333", mode=HOUSING,
        beds="LIT", ages=ELDERLY,
    ),
    *(
        MappingRow(
            bordereau="PSY", slot=slot + step, name=f"{name}, {_MODE_NAMES[mode]}", field="03", activity=activity,
            mode=mode, kind=kind, needs=column, beds=column if mode == COMPLETE else None,
            places=None if mode == COMPLETE else column, ages=ages, sensitive=sensitive,
        )
        for slot, kind, activity, name, ages, sensitive in _PSY
        for step, (mode, column) in enumerate(((COMPLETE, "CAP_HTP"), (DAY, "CAP_HDJ"), (NIGHT, "CAP_HDN")))
    ),
    *(
        MappingRow(
            bordereau="SSR", slot=(100 if public == "A" else 150) + 2 * (int(group) - 50) + (mode == DAY),
            name=f"{name}{'' if public == 'A' else ', enfants'}, {_MODE_NAMES[mode]}", field="02", activity=activity,
            mode=mode, kind=f"SSR_{public}{group}", needs=column, beds=column if mode == COMPLETE else None,
            places=column if mode == DAY else None, ages=ADULTS if public == "A" else CHILDREN,
        )
        for group, activity, name in _SSR
        for public in "AE"
        for mode, column in ((COMPLETE, "LIT"), (DAY, "PLA"))
    ),
)  # fmt: skip
"""Every kind of unit that the statistics tell."""

ROWS_OF: Final = {
    bordereau: tuple(row for row in MAPPING if row.bordereau == bordereau)
    for bordereau in dict.fromkeys(row.bordereau for row in MAPPING)
}
"""The mapping by bordereau."""

BY_SLOT: Final = {row.slot: row for row in MAPPING}
"""The mapping by slot."""
