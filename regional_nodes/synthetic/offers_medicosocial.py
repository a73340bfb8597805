"""Units of medico-social establishments and services (field 04), and of ambulatory care (field 05)."""

from typing import Final

from regional_nodes.synthetic.offers import (
    ADULTS,
    ALL_AGES,
    CHILDREN,
    DISABLED_ADULTS,
    DISABLED_CHILDREN,
    ELDERLY,
    MOTHERS,
    AgeRange,
    Offer,
    Service,
)

HOUSING, DAY_CARE, NIGHT_CARE, LIVING_PLACES, INDIVIDUAL = "46", "47", "48", "49", "54"
TEMPORARY, PERMANENT = "01", "02"
CONSULTATION = "32"
DAILY_LIFE = ("293", "312", "313", "322", "323")
CARE_AT_HOME = ("287", "288")

NURSING_HOME: Final = Service(
    name="Hébergement",
    offers=(
        Offer(
            name="Hébergement permanent", field="04", mode=HOUSING, activities=(*DAILY_LIFE, "285"), ages=ELDERLY,
            publics=("01",), places=(40, 110), category="21", reception=PERMANENT, annual_opening="03",
            rooms=("01", "02"), families=("011", "065"), specific_skills=("19", "20"), acts=("0774", "0769"),
        ),
        Offer(
            name="Hébergement temporaire", field="04", mode=HOUSING, activities=DAILY_LIFE, share=0.6, ages=ELDERLY,
            publics=("01",), places=(2, 10), category="21", reception=TEMPORARY, annual_opening="03", rooms=("02",),
            sequential=True,
        ),
        Offer(
            name="Unité de vie protégée", field="04", mode=HOUSING, activities=("293", "306"), share=0.45,
            ages=ELDERLY, publics=("01",), places=(10, 24), category="24", reception=PERMANENT, annual_opening="03",
            care_specialities=("28",), equipment=("114", "152"), specific_skills=("45",),
        ),
        Offer(
            name="Unité d'hébergement renforcé", field="04", mode=HOUSING, activities=("293", "306"), share=0.12,
            ages=ELDERLY, publics=("01",), places=(12, 14), category="23", reception=TEMPORARY, annual_opening="03",
            care_specialities=("27",), equipment=("114", "101"),
        ),
        Offer(
            name="Pôle d'activités et de soins adaptés", field="04", mode=DAY_CARE, activities=("306", "313"),
            share=0.4, ages=ELDERLY, publics=("01",), places=(12, 14), category="25", reception=PERMANENT,
            annual_opening="01", care_specialities=("28",), opening="week",
        ),
        Offer(
            name="Accueil de jour", field="04", mode=DAY_CARE, activities=("306", "312", "324"), share=0.4,
            ages=ELDERLY, publics=("01",), places=(6, 12), category="21", reception=TEMPORARY, annual_opening="01",
            care_specialities=("28",), opening="week", sequential=True,
        ),
        Offer(
            name="Plateforme d'accompagnement et de répit", field="04", mode=INDIVIDUAL, activities=("325", "326"),
            share=0.15, ages=ELDERLY, publics=("01",), category="38", families=("01",), acts=("0822",), zone=True,
        ),
        Offer(
            name="Hébergement temporaire d'urgence", field="04", mode=HOUSING, activities=("392", "393"), share=0.1,
            ages=ELDERLY, publics=("01",), places=(1, 4), category="21", reception=TEMPORARY, annual_opening="03",
        ),
    ),
)  # fmt: skip

SENIOR_RESIDENCE: Final = Service(
    name="Résidence autonomie",
    offers=(
        Offer(
            name="Résidence autonomie", field="04", mode=HOUSING, activities=("298", "312", "334"), ages=ELDERLY,
            publics=("03",), places=(25, 70), category="22", reception=PERMANENT, annual_opening="03",
            rooms=("03", "04", "05"), families=("019", "02"),
        ),
        Offer(
            name="Restauration ouverte aux aînés", field="04", mode=INDIVIDUAL, activities=("322",), share=0.3,
            ages=ELDERLY, publics=("03",), category="35", opening="week",
        ),
    ),
)  # fmt: skip

HOME_NURSING: Final = Service(
    name="Soins à domicile",
    offers=(
        Offer(
            name="Soins infirmiers à domicile", field="04", mode=LIVING_PLACES, activities=CARE_AT_HOME, ages=ELDERLY,
            publics=("01",), places=(25, 90), category="28", zone=True, opening="always", families=("005",),
            specific_skills=("20",), annual_opening="03",
        ),
        Offer(
            name="Soins infirmiers à domicile, personnes handicapées", field="04", mode=LIVING_PLACES,
            activities=CARE_AT_HOME, share=0.6, ages=ADULTS, publics=("02",), places=(4, 20), category="28",
            zone=True,
        ),
        Offer(
            name="Équipe spécialisée Alzheimer", field="04", mode=LIVING_PLACES, activities=("306", "325"), share=0.4,
            ages=ELDERLY, publics=("01",), places=(10, 10), category="29", zone=True, care_specialities=("28",),
            specific_skills=("45",),
        ),
    ),
)  # fmt: skip

HOME_HELP: Final = Service(
    name="Aide à domicile",
    offers=(
        Offer(
            name="Aide et accompagnement à domicile", field="04", mode=LIVING_PLACES, activities=("293", "299"),
            ages=ADULTS, publics=("01", "02"), category="30", zone=True, management=("01", "02"), opening="saturday",
            acts=("0784", "0787"), families=("011",),
        ),
        Offer(
            name="Portage de repas", field="04", mode=LIVING_PLACES, activities=("322",), share=0.5, ages=ELDERLY,
            publics=("01", "03"), category="33", zone=True, management=("01",),
        ),
        Offer(
            name="Garde itinérante de nuit", field="04", mode=LIVING_PLACES, activities=("293",), share=0.3,
            ages=ADULTS,
            publics=("01", "02"), zone=True, management=("01",), acts=("0781",), category="30",
        ),
    ),
)  # fmt: skip


def _disability(
    name: str,
    category: str,
    *,
    ages: AgeRange,
    activities: tuple[str, ...],
    mode: str = HOUSING,
    share: float = 1.0,
    places: tuple[int, int] = (8, 45),
    specialities: tuple[str, ...] = (),
    equipment: tuple[str, ...] = (),
    skills: tuple[str, ...] = (),
    families: tuple[str, ...] = (),
    annual: str = "03",
    reception: str | None = PERMANENT,
    zone: bool = False,
    acts: tuple[str, ...] = (),
) -> Offer:
    """A unit for people with disabilities."""
    return Offer(
        name=name, field="04", mode=mode, activities=activities, share=share, ages=ages, publics=("02",),
        places=places, category=category, reception=reception, annual_opening=annual, care_specialities=specialities,
        equipment=equipment, specific_skills=skills, families=families, zone=zone, acts=acts,
        opening="week" if mode in (DAY_CARE, LIVING_PLACES) else None,
        rooms=("02",) if mode == HOUSING else (),
    )  # fmt: skip


SPECIALISED_HOME: Final = Service(
    name="Maison d'accueil",
    offers=(
        _disability(
            "Maison d'accueil spécialisée", "40", ages=DISABLED_ADULTS, activities=("293", "285", "294"),
            specialities=("17", "22"), equipment=("155", "101"), skills=("29",), families=("004", "011"),
        ),
        _disability(
            "Accueil de jour en maison spécialisée", "40", ages=DISABLED_ADULTS, activities=("293", "313"),
            mode=DAY_CARE, share=0.6, places=(4, 12), specialities=("17",), annual="01",
        ),
        _disability(
            "Hébergement temporaire en maison spécialisée", "40", ages=DISABLED_ADULTS, activities=("293",),
            share=0.35, places=(1, 4), reception=TEMPORARY, specialities=("17",),
        ),
    ),
)  # fmt: skip

CARE_HOME: Final = Service(
    name="Foyer d'accueil",
    offers=(
        _disability(
            "Foyer d'accueil médicalisé", "39", ages=DISABLED_ADULTS, activities=("293", "285", "313"),
            specialities=("02", "14"), skills=("30", "40"), families=("011", "025"),
        ),
        _disability(
            "Foyer de vie", "41", ages=DISABLED_ADULTS, activities=("298", "313", "295"), share=0.6,
            specialities=("14", "16"), annual="02",
        ),
        _disability(
            "Accueil de nuit", "41", ages=DISABLED_ADULTS, activities=("298",), mode=NIGHT_CARE, share=0.1,
            places=(2, 6), specialities=("16",),
        ),
    ),
)  # fmt: skip

CHILD_INSTITUTE: Final = Service(
    name="Institut",
    offers=(
        _disability(
            "Institut médico-éducatif, externat", "48", ages=DISABLED_CHILDREN, activities=("300", "301", "289"),
            mode=DAY_CARE, specialities=("14", "02"), equipment=("101", "147"), skills=("31", "16"),
            families=("022", "006"), annual="04",
        ),
        _disability(
            "Institut médico-éducatif, internat", "48", ages=DISABLED_CHILDREN, activities=("300", "298"), share=0.5,
            specialities=("14",), annual="01", places=(6, 24),
        ),
        _disability(
            "Unité d'enseignement externalisée", "56", ages=DISABLED_CHILDREN, activities=("300", "301"),
            mode=DAY_CARE, share=0.4, places=(6, 10), specialities=("02",), annual="01",
        ),
        _disability(
            "Dispositif ITEP", "50", ages=AgeRange(6, 18), activities=("289", "300"), mode=DAY_CARE, share=0.25,
            specialities=("26",), equipment=("147",), annual="04",
        ),
        _disability(
            "Institut d'éducation motrice", "49", ages=DISABLED_CHILDREN, activities=("291", "300"), mode=DAY_CARE,
            share=0.15, specialities=("22",), equipment=("099", "155"), annual="04",
        ),
        _disability(
            "Section pour enfants polyhandicapés", "51", ages=DISABLED_CHILDREN, activities=("291", "293"), share=0.2,
            specialities=("17",), equipment=("101",), annual="04", places=(6, 18),
        ),
        _disability(
            "Institut pour déficients visuels", "52", ages=DISABLED_CHILDREN, activities=("290", "402"),
            mode=DAY_CARE, share=0.08, specialities=("19",), skills=("03",), acts=("0412", "0819"), annual="04",
        ),
        _disability(
            "Institut pour déficients auditifs", "53", ages=DISABLED_CHILDREN, activities=("290", "294"),
            mode=DAY_CARE, share=0.08, specialities=("18",), skills=("01", "02"), equipment=("146",),
            acts=("0818",), annual="04",
        ),
    ),
)  # fmt: skip

CHILD_SERVICES: Final = Service(
    name="Accompagnement des enfants",
    offers=(
        _disability(
            "Éducation spéciale et soins à domicile (SESSAD)", "57", ages=DISABLED_CHILDREN,
            activities=("289", "300", "308"), mode=LIVING_PLACES, specialities=("02", "11"), reception=None,
            zone=True,
            families=("026", "006"), annual="04",
        ),
        _disability(
            "Action médico-sociale précoce (CAMSP)", "61", ages=AgeRange(0, 6), activities=("289", "290", "291"),
            mode=INDIVIDUAL, share=0.4, places=(20, 60), specialities=("11",), reception=None, skills=("24", "05"),
        ),
        _disability(
            "Centre médico-psycho-pédagogique", "62", ages=AgeRange(3, 20), activities=("289", "290"),
            mode=INDIVIDUAL, share=0.3, places=(20, 80), specialities=("11", "26"), reception=None, acts=("0481",),
        ),
    ),
)  # fmt: skip

ADULT_SERVICES: Final = Service(
    name="Accompagnement des adultes",
    offers=(
        _disability(
            "Accompagnement à la vie sociale (SAVS)", "31", ages=DISABLED_ADULTS,
            activities=("298", "312", "317", "318"), mode=LIVING_PLACES, specialities=("16",), reception=None,
            zone=True, families=("034", "019"),
        ),
        _disability(
            "Accompagnement médico-social (SAMSAH)", "32", ages=DISABLED_ADULTS, activities=("285", "298", "335"),
            mode=LIVING_PLACES, share=0.5, specialities=("16", "22"), reception=None, zone=True, families=("037",),
        ),
        _disability(
            "Aide par le travail (ESAT)", "43", ages=DISABLED_ADULTS, activities=("304", "305"), mode=DAY_CARE,
            share=0.6, places=(30, 110), specialities=("14",), acts=("0792",), families=("024", "023"), annual="01",
            skills=("26",),
        ),
        _disability(
            "Handicaps rares, équipe relais", "66", ages=ALL_AGES, activities=("335",), mode=INDIVIDUAL, share=0.08,
            specialities=("21", "25"), reception=None, zone=True, places=(10, 30),
        ),
    ),
)  # fmt: skip

ADDICTION: Final = Service(
    name="Addictologie et précarité",
    offers=(
        Offer(
            name="Soins et prévention en addictologie (CSAPA)", field="04", mode=INDIVIDUAL,
            activities=("003", "139", "143"), ages=AgeRange(12, 130), opening="week", care_specialities=("10",),
        ),
        Offer(
            name="Lits halte soins santé", field="04", mode=HOUSING, activities=("285",), share=0.5, ages=ADULTS,
            places=(4, 20), reception=TEMPORARY, annual_opening="03",
        ),
        Offer(
            name="Appartements de coordination thérapeutique", field="04", mode=HOUSING, activities=("298", "335"),
            share=0.4, ages=ADULTS, places=(4, 24), reception=TEMPORARY, rooms=("03", "04"), annual_opening="03",
        ),
    ),
)  # fmt: skip

HEALTH_CENTRE: Final = Service(
    name="Soins de ville",
    offers=(
        Offer(
            name="Médecine générale", field="05", mode=CONSULTATION, activities=("083",), specialities=("SM54",),
            opening="saturday", professionals=4,
        ),
        Offer(
            name="Soins infirmiers", field="05", mode=CONSULTATION, activities=("287",), share=0.8,
            opening="saturday",
            professionals=2, people=("60",),
        ),
        Offer(
            name="Soins dentaires", field="05", mode=CONSULTATION, activities=("101", "104"), share=0.5,
            opening="week",
            acts=("0441",), professionals=2, people=("40",),
        ),
        Offer(
            name="Kinésithérapie", field="05", mode=CONSULTATION, activities=("339",), share=0.5, opening="saturday",
            professionals=2, people=("70",), equipment=("102",),
        ),
        Offer(
            name="Suivi de grossesse", field="05", mode=CONSULTATION, activities=("100",), share=0.3, ages=MOTHERS,
            opening="week", professionals=1, people=("50",), acts=("0730",),
        ),
        Offer(
            name="Soins non programmés", field="05", mode="56", activities=("083",), share=0.35, opening="saturday",
            professionals=1,
        ),
        Offer(
            name="Vaccinations", field="05", mode="20", activities=("161",), share=0.25, acts=("0501",),
            opening="week",
        ),
    ),
)  # fmt: skip

PRACTICE: Final = Service(
    name="Cabinet",
    offers=(
        Offer(
            name="Médecine générale", field="05", mode=CONSULTATION, activities=("083",), share=0.6,
            specialities=("SM54",), opening="saturday", professionals=3,
        ),
        Offer(
            name="Cardiologie de ville", field="05", mode=CONSULTATION, activities=("013",), share=0.2, ages=ADULTS,
            specialities=("SM04",), opening="week", professionals=2, acts=("0630", "0177"), equipment=("047",),
        ),
        Offer(
            name="Ophtalmologie de ville", field="05", mode=CONSULTATION, activities=("103", "106"), share=0.2,
            specialities=("SM38",), opening="week", professionals=2, people=("10", "92"),
        ),
        Offer(
            name="Orthophonie", field="05", mode=CONSULTATION, activities=("200",), share=0.3, opening="week",
            professionals=2, people=("91",), acts=("0660",),
        ),
        Offer(
            name="Pédiatrie de ville", field="05", mode=CONSULTATION, activities=("088",), share=0.2, ages=CHILDREN,
            specialities=("SM40",), opening="week", professionals=1,
        ),
        Offer(
            name="Podologie", field="05", mode=CONSULTATION, activities=("201",), share=0.2, opening="week",
            professionals=1, people=("80",),
        ),
        Offer(
            name="Téléconsultation", field="05", mode="26", activities=("083",), share=0.2, equipment=("153",),
            opening="saturday", professionals=1,
        ),
    ),
)  # fmt: skip
