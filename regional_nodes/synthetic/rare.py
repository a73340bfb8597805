"""The rare offers of care (domain §3.15), placed on purpose: which, in what house, in which RORs."""

from dataclasses import dataclass
from typing import Final

from regional_nodes.synthetic.offers import ADULTS, ALL_AGES, CHILDREN, NEWBORN, Offer, Older

COMPLETE, CONSULTATION, EMERGENCY, EXTERNAL = "28", "32", "33", "20"

EVERYWHERE: Final = "ara bfc bre cor cvl ges gua guy hdf idf mar naq nor occ oin pac pdl"
BURNS: Final = "ara bre cvl ges gua hdf idf mar naq nor occ oin pac pdl"
LARGE: Final = "ara bre ges hdf idf naq nor occ pac pdl"
SEA: Final = "ara bre gua hdf idf mar naq occ oin pac"

BURN_ACTS: Final = ("0551", "0552", "0553", "0554", "0555", "0047", "0226", "0563")
BURN_ROOMS: Final = ("010", "111")


@dataclass(frozen=True, slots=True)
class RareService:
    """A service with rare offers: ``house`` is the key of a kind of establishment, ``rors`` those that have it."""

    name: str
    house: str
    rors: frozenset[str]
    offers: tuple[Offer, ...]


def _service(name: str, house: str, rors: str, *offers: Offer) -> RareService:
    return RareService(name, house, frozenset(rors.split()), offers)


RARE: Final = (
    _service(
        "Centre de traitement des brûlés", "university", BURNS,
        Offer(
            name="Réanimation des brûlés", activities=("121",), beds=(3, 16), acts=BURN_ACTS, equipment=BURN_ROOMS,
            specialities=("SM02", "SM10"), critical=True, rare=True,
        ),
        Offer(
            name="Soins intensifs des brûlés", activities=("359",), beds=(2, 8), acts=BURN_ACTS[:5],
            equipment=BURN_ROOMS, critical=True, rare=True, older=(Older("22", ("175",)),),
        ),
        Offer(
            name="Surveillance continue des brûlés", activities=("379",), beds=(2, 8), acts=BURN_ACTS[:2],
            equipment=("111",), critical=True, rare=True, older=(Older("23", ("175",)),),
        ),
        Offer(
            name="Brûlologie, hospitalisation complète", activities=("175", "177"), beds=(4, 20),
            acts=(*BURN_ACTS, "0087", "0550"), equipment=("111",), specialities=("SM10",), rare=True,
        ),
        Offer(
            name="Brûlologie, consultations", mode=CONSULTATION, activities=("175",), acts=("0563", "0746"),
            opening="week",
        ),
    ),
    _service(
        "Brûlés, enfants", "university", "ara idf occ pac pdl",
        Offer(
            name="Réanimation des brûlés, enfants", activities=("121",), ages=CHILDREN, beds=(2, 8), acts=BURN_ACTS,
            equipment=BURN_ROOMS, specialities=("SM02", "SM40"), critical=True, rare=True,
        ),
    ),
    _service(
        "Rééducation des brûlés", "rehabilitation", BURNS,
        Offer(
            name="SSR des brûlés", field="02", activities=("239",), beds=(6, 20), acts=("0745", "0746"),
            equipment=("111", "150"), specialities=("SM29",), rare=True,
        ),
    ),
    _service(
        "Assistance circulatoire", "university", "ara bfc bre ges gua hdf idf mar naq nor occ oin pac pdl",
        Offer(
            name="Réanimation de chirurgie cardiaque", activities=("123",), ages=ADULTS, beds=(6, 18),
            acts=("0131", "0133", "0144", "0687"), equipment=("093",), specialities=("SM11", "SM02"), critical=True,
            rare=True,
        ),
        Offer(
            name="Soins intensifs de chirurgie cardiaque", activities=("362",), ages=ADULTS, beds=(4, 10),
            acts=("0144",), critical=True, older=(Older("22", ("018",)),),
        ),
    ),
    _service(
        "Coordination des prélèvements", "university", "ara bre ges gua hdf idf naq nor occ oin pac pdl",
        Offer(
            name="Coordination hospitalière de prélèvement d'organes", mode="52", activities=("035",),
            acts=("0382", "0383", "0384", "0385", "0387", "0388"), opening="always",
        ),
    ),
    _service(
        "Greffes d'organes", "university", "ara bre ges gua hdf idf naq occ oin pac pdl",
        Offer(
            name="Greffe rénale", activities=("095",), ages=ADULTS, beds=(8, 18), acts=("0478", "0477"),
            equipment=("110",), specialities=("SM30",), rare=True,
        ),
    ),
    _service(
        "Greffes du foie", "university", "ara bre hdf idf naq occ pac",
        Offer(
            name="Greffe hépatique", activities=("062", "033"), beds=(8, 16), acts=("0473", "0241"),
            equipment=("110",), specialities=("SM24", "SM14"), rare=True,
        ),
    ),
    _service(
        "Greffes du thorax", "university", "ara idf naq pac pdl ges",
        Offer(
            name="Greffe cardiaque et pulmonaire", activities=("018", "030"), beds=(6, 14),
            acts=("0471", "0472", "0476", "0133"), equipment=("154",), specialities=("SM11",), rare=True,
        ),
    ),
    _service(
        "Greffe de cellules souches", "university", LARGE,
        Offer(
            name="Allogreffe et autogreffe de cellules souches", activities=("055",), beds=(6, 16),
            acts=("0223", "0224"), equipment=("110", "154", "010"), rare=True,
        ),
    ),
    _service(
        "Greffe du visage", "university", "idf",
        Offer(name="Greffe du visage", activities=("177", "023"), ages=ADULTS, beds=(1, 2), acts=("0228",),
        rare=True),
    ),
    _service(
        "Médecine hyperbare", "university", SEA,
        Offer(
            name="Caisson hyperbare, urgences", mode=EMERGENCY, activities=("084",), acts=("0686",),
            equipment=("162", "163"), opening="always",
        ),
        Offer(
            name="Caisson hyperbare, séances", mode=EXTERNAL, activities=("084",), acts=("0686",),
            equipment=("161", "163"), opening="week",
        ),
    ),
    _service(
        "Néonatologie", "university", EVERYWHERE,
        Offer(
            name="Réanimation néonatale", activities=("128",), ages=NEWBORN, beds=(6, 20), acts=("0503", "0731"),
            equipment=("135", "136"), specialities=("SM40",), critical=True, rare=True,
        ),
        Offer(
            name="Soins intensifs de néonatalogie", activities=("369",), ages=NEWBORN, beds=(4, 14), acts=("0731",),
            equipment=("135",), critical=True, older=(Older("22", ("094",)),),
        ),
        Offer(
            name="Transferts périnatals", mode="36", activities=("278", "337"), opening="always", share=0.7,
        ),
    ),
    _service(
        "Urgences de la main", "university", "ara bfc bre cvl ges gua hdf idf naq nor occ oin pac pdl",
        Offer(
            name="SOS main", mode=EMERGENCY, activities=("258",), acts=("0068", "0415", "0416", "0418"),
            specialities=("SM08",), opening="always",
        ),
        Offer(
            name="Chirurgie de la main et réimplantation", activities=("025", "177"), beds=(4, 12),
            acts=("0415", "0416", "0417", "0418"), specialities=("SM08", "SM10"), rare=True,
        ),
    ),
    _service(
        "Risques nucléaire, radiologique, biologique, chimique", "university",
        "ara bre ges gua guy hdf idf mar naq nor occ oin pac pdl",
        Offer(
            name="Décontamination NRBC", mode=EMERGENCY, activities=("052",), acts=("0006", "0007", "0008", "0553"),
            equipment=("131", "132", "009"), sensitive=True, opening="always",
        ),
    ),
    _service(
        "Évacuations sanitaires", "university", "gua guy mar oin cor",
        Offer(
            name="Évacuations sanitaires", mode=EMERGENCY, activities=("271", "268"), equipment=("118", "156", "093"),
            opening="always",
        ),
    ),
    _service(
        "Régulation et urgences médico-psychologiques", "university", EVERYWHERE,
        Offer(name="Régulation médicale", mode="36", activities=("273",), opening="always"),
        Offer(
            name="Cellule d'urgences médico-psychologiques", mode="11", activities=("147",), category="03",
            opening="always",
        ),
        Offer(name="Unité médico-judiciaire", mode=EXTERNAL, activities=("152",), acts=("0013", "0290"), share=0.7),
    ),
    _service(
        "Centre antipoison", "university", "ara hdf idf naq nor occ pac pdl ges",
        Offer(name="Centre antipoison et de toxicovigilance", mode="36", activities=("015",), opening="always"),
    ),
    _service(
        "Radiothérapie de haute précision", "cancer", "idf pac nor",
        Offer(
            name="Protonthérapie", mode=EXTERNAL, activities=("168",), acts=("0547", "0405"), specialities=("SM37",),
            opening="week",
        ),
    ),
    _service(
        "Radiochirurgie", "university", "hdf idf occ pac",
        Offer(name="Radiochirurgie stéréotaxique", mode=EXTERNAL, activities=("168", "096"), acts=("0405",)),
    ),
    _service(
        "Dialyse en urgence", "university", EVERYWHERE,
        Offer(
            name="Hémodialyse en urgence", activities=("058",), ages=ADULTS, beds=(2, 8), acts=("0657", "0236"),
            critical=True, specialities=("SM30",), rare=True,
        ),
    ),
    _service(
        "Infections ostéo-articulaires complexes", "university", "ara bre ges hdf idf naq occ pac pdl",
        Offer(name="Centre de référence CRIOAc", activities=("226",), beds=(6, 14), acts=("0112",), rare=True),
        Offer(name="Réunion de recours CRIOAc", mode="39", activities=("226",), acts=("0112",)),
    ),
    _service(
        "Réveil de coma et troubles cognitifs", "rehabilitation", f"{LARGE} gua oin",
        Offer(
            name="Rééducation post-réanimation (SRPR)", field="02", activities=("244",), ages=ADULTS, beds=(6, 14),
            acts=("0658",), rare=True,
        ),
        Offer(
            name="États végétatifs chroniques ou pauci-relationnels", field="02", activities=("245",), ages=ADULTS,
            beds=(4, 10), acts=("0526", "0759"), rare=True,
        ),
        Offer(
            name="Unité cognitivo-comportementale", field="02", activities=("246",), beds=(8, 14),
            care_specialities=("27",), equipment=("114",), rare=True,
        ),
    ),
    _service(
        "Laboratoires de haute sécurité", "university", "ara bre gua guy hdf idf occ pac",
        Offer(
            name="Laboratoire P3", mode="55", activities=("093",), equipment=("095", "167"), opening="always",
            older=(Older(EXTERNAL, ("093",)),),
        ),
    ),
    _service(
        "Laboratoire de haute sécurité P4", "university", "ara",
        Offer(
            name="Laboratoire P4", mode="55", activities=("093",), equipment=("096", "171"), opening="always",
            older=(Older(EXTERNAL, ("093",)),),
        ),
    ),
    _service(
        "Obésité", "university", "ara bre ges gua hdf idf mar naq occ oin pac pdl",
        Offer(
            name="Chirurgie de l'obésité", activities=("017",), ages=ADULTS, beds=(6, 16),
            acts=("0532", "0533", "0537"), equipment=("072", "088", "089", "090", "091", "092"), rare=True,
        ),
        Offer(
            name="Médecine de l'obésité", mode=CONSULTATION, activities=("099",), acts=("0535", "0536", "0537"),
            equipment=("052", "085"), opening="week",
        ),
    ),
    _service(
        "Maladies rares", "university", EVERYWHERE,
        Offer(
            name="Centre de référence des maladies rares", mode="06", activities=("049", "182"),
            acts=("0284", "0286", "0287"), opening="week", ages=ALL_AGES,
        ),
        Offer(
            name="Consultation drépanocytose", mode=CONSULTATION, activities=("284",), acts=("0284",), opening="week",
        ),
    ),
    _service(
        "Psychiatrie de recours", "psychiatry", "ara bre ges hdf idf naq occ pac",
        Offer(
            name="Unité hospitalière spécialement aménagée (UHSA)", field="03", activities=("229",), ages=ADULTS,
            beds=(20, 40), category="17", sensitive=True, equipment=("137",),
        ),
        Offer(
            name="Unité pour malades difficiles", field="03", activities=("229",), ages=ADULTS, beds=(20, 40),
            category="18", acts=("0183", "0622"),
        ),
    ),
)  # fmt: skip
"""What a health worker looks for far from home. Overseas have their share."""
