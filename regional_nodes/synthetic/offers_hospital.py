"""Units of short-stay hospitals (field of activity 01)."""

from typing import Final

from regional_nodes.synthetic.offers import (
    ADULTS,
    ALL_AGES,
    CHILDREN,
    INFANTS,
    MOTHERS,
    NEWBORN,
    OLD,
    AgeRange,
    Offer,
    Older,
    Service,
)

COMPLETE, DAY, CONSULTATION, AMBULATORY_SURGERY = "28", "29", "32", "09"
EMERGENCY, TECHNICAL, OLD_TECHNICAL = "33", "55", "20"
OLD_INTENSIVE, OLD_CONTINUOUS = "22", "23"
"""Modes USI and USC, ended on 2019-03-29 when activities 351-391 began."""


def specialty(
    name: str,
    activity: str,
    speciality: str,
    *,
    acts: tuple[str, ...] = (),
    equipment: tuple[str, ...] = (),
    ages: AgeRange = ADULTS,
    beds: tuple[int, int] = (12, 34),
    day: float = 0.35,
    share: float = 1.0,
) -> Service:
    """A medical specialty: beds, often consultations, sometimes a day hospital."""
    whole = Offer(
        name=f"{name}, hospitalisation complète",
        activities=(activity,),
        share=share,
        ages=ages,
        beds=beds,
        acts=acts,
        equipment=equipment,
        specialities=(speciality,),
    )
    days = Offer(
        name=f"{name}, hospitalisation de jour",
        mode=DAY,
        activities=(activity,),
        share=share * day,
        ages=ages,
        places=(3, 14),
        acts=acts[:2],
        specialities=(speciality,),
        opening="week",
        annual_opening="01",
    )
    visits = Offer(
        name=f"{name}, consultations",
        mode=CONSULTATION,
        activities=(activity,),
        share=share * 0.6,
        ages=ages,
        acts=acts[:1],
        specialities=(speciality,),
        opening="week",
        professionals=1,
    )
    return Service(name=name, offers=(whole, days, visits))  # fmt: skip


def surgery(
    name: str, activity: str, speciality: str, *, acts: tuple[str, ...] = (), share: float = 1.0, day: float = 0.4
) -> Service:
    """A surgical specialty: beds, day surgery, consultations."""
    whole = Offer(
        name=f"{name}, hospitalisation complète",
        activities=(activity,),
        share=share,
        beds=(10, 30),
        acts=acts,
        specialities=(speciality, "SM02"),
        rooms=("02",),
    )
    days = Offer(
        name=f"{name}, chirurgie ambulatoire",
        mode=AMBULATORY_SURGERY,
        activities=(activity,),
        share=share * day,
        places=(4, 18),
        acts=acts[:1],
        specialities=(speciality,),
        opening="week",
        annual_opening="01",
    )
    visits = Offer(
        name=f"{name}, consultations",
        mode=CONSULTATION,
        activities=(activity,),
        share=share * 0.5,
        specialities=(speciality,),
        opening="week",
        professionals=1,
    )
    return Service(name=name, offers=(whole, days, visits))  # fmt: skip


EMERGENCIES: Final = Service(
    name="Urgences",
    offers=(
        Offer(
            name="Urgences polyvalentes", mode=EMERGENCY, activities=("157",), acts=("0460", "0658"),
            equipment=("107", "021", "064"), specialities=("SM59",), opening="always",
        ),
        Offer(
            name="Hospitalisation de courte durée des urgences", mode="13", activities=("157",), share=0.8,
            beds=(4, 16), ages=ADULTS, critical=True,
        ),
        Offer(
            name="SMUR", mode=EMERGENCY, activities=("136", "268"), share=0.75, equipment=("118", "156", "134"),
            specialities=("SM59",), opening="always",
        ),
        Offer(
            name="Urgences vitales (SAUV)", mode=EMERGENCY, activities=("160",), share=0.4, equipment=("107", "181"),
            opening="always",
        ),
        Offer(
            name="Permanence d'accès aux soins de santé", mode="17", activities=("083",), share=0.4, opening="week",
            specific_skills=("06", "08"),
        ),
        Offer(
            name="Unité sanitaire en milieu pénitentiaire", mode="20", activities=("089",), share=0.7, ages=ADULTS,
            sensitive=True, opening="week", equipment=("137",),
        ),
    ),
)  # fmt: skip

CRITICAL_CARE: Final = Service(
    name="Réanimation et soins critiques",
    offers=(
        Offer(
            name="Réanimation polyvalente", activities=("127",), share=0.8, ages=ADULTS, beds=(8, 20),
            acts=("0658", "0659", "0236", "0243"), equipment=("156",), specialities=("SM46", "SM02"), critical=True,
        ),
        Offer(
            name="Surveillance continue polyvalente", activities=("373",), share=0.8, ages=ADULTS, beds=(4, 12),
            critical=True, older=(Older(OLD_CONTINUOUS, ("083",)),),
        ),
        Offer(
            name="Soins intensifs polyvalents", activities=("351",), share=0.3, ages=ADULTS, beds=(4, 10),
            critical=True, older=(Older(OLD_INTENSIVE, ("083",)),),
        ),
    ),
)  # fmt: skip

UNIVERSITY_CRITICAL_CARE: Final = Service(
    name="Réanimations spécialisées",
    offers=(
        Offer(
            name="Réanimation médicale", activities=("126",), ages=ADULTS, beds=(12, 24),
            acts=("0658", "0659", "0236"), specialities=("SM46",), critical=True,
        ),
        Offer(
            name="Réanimation chirurgicale", activities=("122",), ages=ADULTS, beds=(12, 24), acts=("0658",),
            specialities=("SM02",), critical=True,
        ),
        Offer(
            name="Réanimation neurochirurgicale", activities=("129",), share=0.7, ages=ADULTS, beds=(8, 16),
            specialities=("SM31", "SM02"), critical=True,
        ),
        Offer(
            name="Réanimation pédiatrique", activities=("130",), share=0.8, ages=CHILDREN, beds=(6, 14),
            acts=("0503", "0658"), equipment=("136",), specialities=("SM40",), critical=True,
        ),
        Offer(
            name="Soins intensifs de cardiologie (USIC)", activities=("354",), ages=ADULTS, beds=(8, 20),
            acts=("0144", "0145"), equipment=("112",), specialities=("SM04",), critical=True,
            older=(Older(OLD_INTENSIVE, ("013",)),),
        ),
        Offer(
            name="Soins intensifs neurovasculaires (USINV)", activities=("356",), ages=ADULTS, beds=(6, 16),
            acts=("0460", "0459"), specialities=("SM32",), critical=True,
            older=(Older(OLD_INTENSIVE, ("098",)),),
        ),
        Offer(
            name="Surveillance continue pédiatrique", activities=("391",), share=0.7, ages=CHILDREN, beds=(4, 10),
            specialities=("SM40",), critical=True, older=(Older(OLD_CONTINUOUS, ("088",)),),
        ),
    ),
)  # fmt: skip

MATERNITY: Final = Service(
    name="Maternité",
    offers=(
        Offer(
            name="Maternité, hospitalisation complète", activities=("100",), ages=MOTHERS, beds=(8, 36),
            acts=("0730", "0166"), equipment=("145",), specialities=("SM20",), maternity=True,
        ),
        Offer(
            name="Maternité, consultations", mode=CONSULTATION, activities=("100", "053"), share=0.7, ages=MOTHERS,
            specialities=("SM20",), opening="week", professionals=1, people=("50", "10"),
        ),
        Offer(
            name="Orthogénie", mode="20", activities=("105",), share=0.5, ages=MOTHERS, acts=("0267", "0268"),
            opening="week",
        ),
    ),
)  # fmt: skip

PAEDIATRICS: Final = Service(
    name="Pédiatrie",
    offers=(
        Offer(
            name="Pédiatrie, hospitalisation complète", activities=("088",), ages=CHILDREN, beds=(10, 26),
            specialities=("SM40",), specific_skills=("14",),
        ),
        Offer(
            name="Urgences pédiatriques", mode=EMERGENCY, activities=("249",), share=0.7, ages=CHILDREN,
            opening="always", specialities=("SM40", "SM59"),
        ),
        Offer(
            name="Néonatologie", activities=("094",), share=0.6, ages=NEWBORN, beds=(4, 12), acts=("0731",),
            equipment=("135",),
        ),
        Offer(
            name="Unité kangourou", mode="14", activities=("094",), share=0.25, ages=INFANTS, beds=(2, 6),
            acts=("0731",),
        ),
        Offer(
            name="Pédiatrie, hospitalisation de semaine", mode="34", activities=("088",), share=0.2, ages=CHILDREN,
            beds=(4, 10), annual_opening="01", opening="week",
        ),
    ),
)  # fmt: skip

IMAGING: Final = Service(
    name="Imagerie et biologie",
    type="3",
    offers=(
        Offer(
            name="Scanner", mode=TECHNICAL, activities=("070",), share=0.85, equipment=("017",), opening="week",
            older=(Older(OLD_TECHNICAL, ("070",)),),
        ),
        Offer(
            name="IRM", mode=TECHNICAL, activities=("068",), share=0.7, acts=("0711",), equipment=("054",),
            opening="week", older=(Older(OLD_TECHNICAL, ("068",)),),
        ),
        Offer(
            name="Radiologie conventionnelle", mode=TECHNICAL, activities=("069", "067"), share=0.8,
            equipment=("094", "144"), opening="week", older=(Older(OLD_TECHNICAL, ("069", "067")),),
        ),
        Offer(
            name="Médecine nucléaire", mode=TECHNICAL, activities=("087", "169"), share=0.25,
            acts=("0428", "0549"), opening="week", older=(Older(OLD_TECHNICAL, ("087", "169")),),
        ),
        Offer(
            name="Laboratoire", mode=TECHNICAL, activities=("009", "093", "056"), share=0.35,
            equipment=("068", "166", "168", "071"), opening="always",
            older=(Older(OLD_TECHNICAL, ("009", "093", "056")),),
        ),
        Offer(
            name="Pharmacie à usage intérieur", mode=TECHNICAL, activities=("397", "400"), share=0.3,
            opening="week",
        ),
        Offer(
            name="Explorations fonctionnelles", mode=TECHNICAL, activities=("343", "344", "346"), share=0.25,
            acts=("0199", "0483", "0209"), equipment=("056", "040", "112"), opening="week",
        ),
    ),
)  # fmt: skip

MEDICINE: Final = (
    specialty("Cardiologie", "013", "SM04", acts=("0145", "0597", "0199", "0250", "0178"), share=0.9),
    specialty("Médecine polyvalente", "083", "SM26", acts=("0528",), beds=(14, 40), day=0.2),
    specialty("Gériatrie", "050", "SM18", acts=("0204", "0033", "0032"), ages=OLD, share=0.85),
    specialty("Gastro-entérologie", "046", "SM24", share=0.7),
    specialty("Pneumologie", "114", "SM41", acts=("0659", "0414", "0522"), equipment=("009",), share=0.7),
    specialty("Neurologie", "097", "SM32", acts=("0460",), share=0.6),
    specialty("Néphrologie", "095", "SM30", acts=("0762", "0510", "0593"), share=0.45),
    specialty("Endocrinologie, diabétologie", "041", "SM24", acts=("0528",), share=0.35, day=0.6),
    specialty("Oncologie", "102", "SM36", acts=("0652",), share=0.45, day=0.9),
    specialty("Soins palliatifs", "170", "SM26", acts=("0751", "0752"), beds=(6, 14), share=0.3, day=0.0),
)

UNIVERSITY_MEDICINE: Final = (
    specialty(
        "Maladies infectieuses et tropicales", "077", "SM26", acts=("0522", "0500", "0501"), equipment=("009",)
    ),
    specialty("Médecine interne", "085", "SM26", share=0.9),
    specialty("Rhumatologie", "131", "SM48", share=0.8, day=0.6),
    specialty("Hématologie", "055", "SM26", acts=("0046", "0253"), equipment=("010",), share=0.9),
    specialty("Dermatologie", "037", "SM26", share=0.6, day=0.6),
    specialty("Neurologie vasculaire", "098", "SM32", acts=("0459", "0460"), share=0.7, day=0.0),
)

SURGERY: Final = (
    surgery("Chirurgie orthopédique", "025", "SM08", share=0.85),
    surgery("Chirurgie viscérale et digestive", "033", "SM14", acts=("0072",), share=0.85),
    surgery("Urologie", "031", "SM14", share=0.5),
    surgery("Chirurgie ORL et cervico-faciale", "016", "SM14", share=0.35, day=0.8),
    surgery("Ophtalmologie", "103", "SM38", acts=("0225",), share=0.35, day=0.95),
    surgery("Chirurgie gynécologique", "022", "SM20", share=0.4),
    surgery("Chirurgie vasculaire", "032", "SM11", acts=("0593", "0594"), share=0.35),
)

UNIVERSITY_SURGERY: Final = (
    surgery("Neurochirurgie", "096", "SM31", acts=("0446", "0248"), share=0.9, day=0.1),
    surgery("Chirurgie cardiaque", "018", "SM11", acts=("0516", "0633", "0077", "0084"), share=0.8, day=0.0),
    surgery("Chirurgie thoracique", "030", "SM11", acts=("0069",), share=0.7, day=0.1),
    surgery("Chirurgie maxillo-faciale", "023", "SM10", share=0.6),
    surgery("Chirurgie plastique", "178", "SM10", acts=("0087",), share=0.5),
)

TRANSVERSAL: Final = Service(
    name="Équipes et réunions de recours",
    offers=(
        Offer(name="Équipe mobile de gériatrie", mode="53", activities=("050",), share=0.4, ages=OLD, zone=True),
        Offer(name="Équipe mobile de soins palliatifs", mode="52", activities=("170",), share=0.4),
        Offer(
            name="Réunion de concertation en cancérologie digestive", mode="39", activities=("202",), share=0.3,
        ),
        Offer(
            name="Éducation thérapeutique", mode="42", activities=("336",), share=0.35, acts=("0528",),
            opening="week",
        ),
        Offer(
            name="Téléexpertise en dermatologie", mode="35", activities=("037",), share=0.2, equipment=("153",),
        ),
        Offer(
            name="Télésurveillance cardiologique", mode="37", activities=("013",), share=0.2, ages=ADULTS,
        ),
        Offer(
            name="Odontologie", mode="20", activities=("101", "199"), share=0.2, acts=("0440", "0441"),
            opening="week", professionals=1, people=("40",),
        ),
    ),
)  # fmt: skip

CHRONIC_DIALYSIS: Final = Service(
    name="Dialyse",
    offers=(
        Offer(
            name="Hémodialyse chronique en centre", mode=DAY, activities=("059",), ages=ADULTS, places=(8, 24),
            acts=("0657", "0762"), specialities=("SM30",), opening="saturday", annual_opening="03",
        ),
        Offer(
            name="Unité de dialyse médicalisée", mode="20", activities=("059",), share=0.7, ages=ADULTS,
            places=(4, 14), acts=("0762",), opening="saturday",
        ),
        Offer(
            name="Dialyse péritonéale", mode=CONSULTATION, activities=("095",), share=0.4, ages=ADULTS,
            acts=("0510", "0761"), opening="week",
        ),
    ),
)  # fmt: skip

HOME_HOSPITAL: Final = Service(
    name="Hospitalisation à domicile",
    offers=(
        Offer(
            name="Hospitalisation à domicile", mode="31", activities=("083", "170"), ages=ALL_AGES, places=(20, 90),
            acts=("0652",), zone=True, opening="always", annual_opening="03",
        ),
        Offer(
            name="Hospitalisation à domicile, obstétrique", mode="31", activities=("100",), share=0.3, ages=MOTHERS,
            places=(4, 14), zone=True,
        ),
    ),
)  # fmt: skip

CANCER_CENTRE: Final = (
    specialty("Oncologie médicale", "102", "SM36", acts=("0652",), beds=(20, 50), day=1.0),
    surgery("Chirurgie carcinologique", "281", "SM14", acts=("0065",)),
    Service(
        name="Radiothérapie",
        offers=(
            Offer(
                name="Radiothérapie", mode="20", activities=("168", "167"), acts=("0405",), specialities=("SM37",),
                opening="week",
            ),
            Offer(
                name="Chimiothérapie ambulatoire", mode=DAY, activities=("164",), places=(12, 40), acts=("0652",),
                opening="week", annual_opening="01",
            ),
        ),
    ),
)  # fmt: skip
