"""Units of follow-up care and rehabilitation (field 02) and of psychiatry (field 03)."""

from typing import Final

from regional_nodes.synthetic.offers import ADULTS, CHILDREN, ELDERLY, OLD, TEENAGERS, AgeRange, Offer, Older, Service

COMPLETE, DAY, NIGHT, CONSULTATION = "28", "29", "30", "32"


def rehabilitation(
    name: str,
    activity: str,
    *,
    share: float,
    acts: tuple[str, ...] = (),
    equipment: tuple[str, ...] = (),
    ages: AgeRange = ADULTS,
    day: float = 0.5,
) -> Service:
    """A speciality of SSR: beds, and often a day hospital."""
    whole = Offer(
        name=f"SSR {name}, hospitalisation complète",
        field="02",
        activities=(activity,),
        share=share,
        ages=ages,
        beds=(12, 50),
        acts=acts,
        equipment=equipment,
        specialities=("SM29",),
        rooms=("01", "02"),
    )
    days = Offer(
        name=f"SSR {name}, hospitalisation de jour",
        field="02",
        mode=DAY,
        activities=(activity,),
        share=share * day,
        ages=ages,
        places=(4, 20),
        acts=acts[:1],
        equipment=equipment[:2],
        opening="week",
        annual_opening="01",
    )
    return Service(name=f"SSR {name}", offers=(whole, days))  # fmt: skip


REHABILITATION: Final = (
    rehabilitation("polyvalent", "172", share=0.7, day=0.3),
    rehabilitation(
        "appareil locomoteur", "233", share=0.55, equipment=("098", "102", "150"), acts=("0769",)
    ),
    rehabilitation("système nerveux", "234", share=0.5, equipment=("103", "104", "106"), acts=("0649", "0651")),
    rehabilitation("cardio-vasculaire", "235", share=0.3, equipment=("112", "040"), acts=("0199",), day=0.9),
    rehabilitation("respiratoire", "236", share=0.25, equipment=("113", "115"), acts=("0414",)),
    rehabilitation("nutrition et métabolisme", "237", share=0.2, equipment=("109", "126"), acts=("0536",)),
    rehabilitation("personnes âgées", "241", share=0.6, equipment=("114",), ages=OLD, day=0.2),
    rehabilitation("conduites addictives", "240", share=0.15, day=0.2),
    rehabilitation("pédiatrique, système nerveux", "234", share=0.12, equipment=("106", "125"), ages=CHILDREN),
)  # fmt: skip

LONG_STAY: Final = Service(
    name="Soins de longue durée",
    offers=(
        Offer(
            name="Unité de soins de longue durée", field="02", mode="46", activities=("333",), ages=ELDERLY,
            publics=("01",), beds=(20, 60), rooms=("01", "02"), annual_opening="03", specialities=("SM18",),
        ),
    ),
)  # fmt: skip

PSYCHIATRY: Final = (
    Service(
        name="Psychiatrie adulte",
        offers=(
            Offer(
                name="Psychiatrie adulte, hospitalisation complète", field="03", activities=("229",), ages=ADULTS,
                beds=(18, 30), category="16", sector="G", specialities=("SM42",), equipment=("097", "130"),
                care_specialities=("07", "08"),
            ),
            Offer(
                name="Psychiatrie adulte, hospitalisation fermée", field="03", activities=("229",), share=0.4,
                ages=ADULTS, beds=(12, 20), category="68", sector="G", equipment=("097",), care_specialities=("07",),
            ),
            Offer(
                name="Psychiatrie adulte, hôpital de jour", field="03", mode=DAY, activities=("229", "231"),
                share=0.8,
                ages=ADULTS, places=(10, 25), category="11", sector="G", opening="week", annual_opening="01",
            ),
            Offer(
                name="Psychiatrie adulte, hospitalisation de nuit", field="03", mode=NIGHT, activities=("229",),
                share=0.2, ages=ADULTS, places=(4, 10), category="12", sector="G",
            ),
            Offer(
                name="Centre médico-psychologique adulte", field="03", mode=CONSULTATION,
                activities=("229",), ages=ADULTS,
                category="10", sector="G", opening="week", zone=True, specific_skills=("24", "41"),
                professionals=1,
            ),
            Offer(
                name="Centre d'accueil thérapeutique à temps partiel", field="03", mode="54", activities=("229",),
                share=0.5, ages=ADULTS, category="05", sector="G", opening="week",
            ),
            Offer(
                name="Accueil familial thérapeutique", field="03", mode="41", activities=("229",), share=0.25,
                ages=ADULTS, places=(4, 14), category="13", sector="G",
            ),
            Offer(
                name="Équipe mobile de psychiatrie précarité", field="03", mode="11", activities=("229",), share=0.3,
                ages=ADULTS, category="70", zone=True,
            ),
            Offer(
                name="Service médico-psychologique régional", field="03", mode=DAY, activities=("229",), share=0.5,
                ages=ADULTS, category="14", sensitive=True, places=(6, 15), care_specialities=("07",),
            ),
            Offer(
                name="Soins intensifs psychiatriques", field="03", activities=("355",), share=0.3, ages=ADULTS,
                beds=(8, 14), category="15", specialities=("SM42",), equipment=("097", "130"), critical=True,
                older=(Older("22", ("229",)),),
            ),
        ),
    ),
    Service(
        name="Psychiatrie infanto-juvénile",
        offers=(
            Offer(
                name="Psychiatrie infanto-juvénile, hôpital de jour", field="03", mode=DAY,
                activities=("227",), share=0.8,
                ages=AgeRange(3, 12), places=(8, 20), category="11", sector="I", opening="week",
                care_specialities=("02", "03", "11"), equipment=("101", "148"), specialities=("SM43",),
            ),
            Offer(
                name="Psychiatrie des adolescents, hospitalisation complète", field="03",
                activities=("228",), share=0.4,
                ages=TEENAGERS, beds=(8, 14), category="16", sector="I", care_specialities=("01", "08"),
                acts=("0482",), specialities=("SM43",),
            ),
            Offer(
                name="Centre médico-psychologique enfants", field="03", mode=CONSULTATION,
                activities=("227",), ages=CHILDREN,
                category="10", sector="I", opening="week", zone=True, specific_skills=("05", "43"),
            ),
            Offer(
                name="Unité parents-bébé", field="03", mode=DAY, activities=("230",), share=0.2,
                ages=AgeRange(0, 3), places=(4, 8), sector="I", opening="week",
            ),
        ),
    ),
)  # fmt: skip

GERIATRIC_PSYCHIATRY: Final = Service(
    name="Géronto-psychiatrie",
    offers=(
        Offer(
            name="Géronto-psychiatrie", field="03", activities=("051",), share=0.5, ages=OLD, beds=(14, 24),
            category="16", care_specialities=("13", "27"), specialities=("SM42", "SM18"), acts=("0183",),
        ),
    ),
)  # fmt: skip
