"""Kinds of synthetic establishments: category, legal statuses, name, what they hold, how many there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from regional_nodes.synthetic import offers_hospital as hospital
from regional_nodes.synthetic import offers_medicosocial as social
from regional_nodes.synthetic import offers_rehabilitation as follow_up
from regional_nodes.synthetic.offers import Offer, Service

PUBLIC: Final = ("13", "14", "11")
NON_PROFIT: Final = ("60", "61", "63", "47")
COMMERCIAL: Final = ("95", "73", "72")
LOCAL: Final = ("17", "21", "19")


@dataclass(frozen=True, slots=True)
class Pole:
    """An OI of type 1 with its services; an empty name hangs the services on the establishment itself."""

    name: str
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of establishment.

    ``share`` is its part of all establishments. ``own`` is how often it has a legal entity of its own, when it could
    be one more house of a hospital. ``prices`` names its price list, ``urban`` the least population of its commune.
    ``older_category`` stood for it before ``category`` began.
    """

    key: str
    category: str
    title: str
    statuses: tuple[str, ...]
    share: float
    poles: tuple[Pole, ...]
    urban: int = 2_000
    own: float = 1.0
    prices: str | None = None
    emergency: bool = False
    without_consent: bool = False
    older_category: str | None = None

    @property
    def offers(self) -> Iterator[Offer]:
        """Every kind of unit that it may have."""
        return (offer for pole in self.poles for service in pole.services for offer in service.offers)


UNIVERSITY: Final = Kind(
    key="university",
    category="101",
    title="CHU",
    statuses=("15", "13"),
    share=0.035,
    urban=30_000,
    emergency=True,
    poles=(
        Pole(
            "Pôle urgences et soins critiques",
            (hospital.EMERGENCIES, hospital.CRITICAL_CARE, hospital.UNIVERSITY_CRITICAL_CARE),
        ),
        Pole("Pôle médecine", (*hospital.MEDICINE, *hospital.UNIVERSITY_MEDICINE)),
        Pole("Pôle chirurgie", (*hospital.SURGERY, *hospital.UNIVERSITY_SURGERY)),
        Pole("Pôle femme, mère, enfant", (hospital.MATERNITY, hospital.PAEDIATRICS)),
        Pole("Pôle imagerie, biologie, pharmacie", (hospital.IMAGING,)),
        Pole("Pôle recours", (hospital.TRANSVERSAL, hospital.CHRONIC_DIALYSIS)),
    ),
)  # fmt: skip

GENERAL: Final = Kind(
    key="general",
    category="355",
    title="Centre hospitalier",
    statuses=PUBLIC,
    share=0.105,
    urban=8_000,
    emergency=True,
    poles=(
        Pole("Pôle urgences et soins critiques", (hospital.EMERGENCIES, hospital.CRITICAL_CARE)),
        Pole("Pôle médecine", hospital.MEDICINE[:7]),
        Pole("Pôle chirurgie", hospital.SURGERY[:4]),
        Pole("Pôle femme, mère, enfant", (hospital.MATERNITY, hospital.PAEDIATRICS)),
        Pole("Pôle imagerie, biologie, pharmacie", (hospital.IMAGING,)),
    ),
)

CLINIC: Final = Kind(
    key="clinic",
    category="365",
    title="Clinique",
    statuses=(*COMMERCIAL, *NON_PROFIT[:1]),
    share=0.09,
    urban=10_000,
    prices="surcharge",
    poles=(
        Pole("Chirurgie", hospital.SURGERY),
        Pole("Médecine", (hospital.MEDICINE[0], hospital.MEDICINE[8])),
        Pole("Plateau technique", (hospital.IMAGING,)),
    ),
)

CANCER: Final = Kind(
    key="cancer",
    category="131",
    title="Centre de lutte contre le cancer",
    statuses=("65",),
    share=0.02,
    urban=50_000,
    poles=(Pole("Cancérologie", hospital.CANCER_CENTRE),),
)

DIALYSIS: Final = Kind(
    key="dialysis",
    category="141",
    title="Centre de dialyse",
    statuses=NON_PROFIT[:2],
    share=0.03,
    poles=(Pole("", (hospital.CHRONIC_DIALYSIS,)),),
)

AT_HOME: Final = Kind(
    key="at-home",
    category="127",
    title="Hospitalisation à domicile",
    statuses=NON_PROFIT,
    share=0.02,
    poles=(Pole("", (hospital.HOME_HOSPITAL,)),),
)

REHABILITATION: Final = Kind(
    key="rehabilitation",
    category="109",
    title="Centre de rééducation",
    statuses=(*NON_PROFIT, *COMMERCIAL),
    share=0.09,
    own=0.7,
    prices="surcharge",
    poles=(Pole("", follow_up.REHABILITATION),),
)

LONG_STAY: Final = Kind(
    key="long-stay",
    category="362",
    title="Unité de soins de longue durée",
    statuses=PUBLIC,
    share=0.02,
    own=0.2,
    poles=(Pole("", (follow_up.LONG_STAY,)),),
)

PSYCHIATRY: Final = Kind(
    key="psychiatry",
    category="292",
    title="Établissement de santé mentale",
    statuses=PUBLIC[1:],
    share=0.06,
    urban=5_000,
    without_consent=True,
    poles=(
        Pole("Pôle adultes", (follow_up.PSYCHIATRY[0], follow_up.GERIATRIC_PSYCHIATRY)),
        Pole("Pôle enfants et adolescents", (follow_up.PSYCHIATRY[1],)),
    ),
)

NURSING: Final = Kind(
    key="nursing",
    category="500",
    title="EHPAD",
    statuses=(*PUBLIC, *NON_PROFIT, *COMMERCIAL, *LOCAL),
    share=0.17,
    own=0.7,
    prices="nursing",
    poles=(Pole("", (social.NURSING_HOME,)),),
)

RESIDENCE: Final = Kind(
    key="residence",
    category="202",
    title="Résidence autonomie",
    statuses=LOCAL,
    share=0.02,
    prices="residence",
    poles=(Pole("", (social.SENIOR_RESIDENCE,)),),
)

HOME_NURSING: Final = Kind(
    key="home-nursing",
    category="354",
    title="Service de soins infirmiers à domicile",
    statuses=NON_PROFIT,
    share=0.035,
    own=0.8,
    poles=(Pole("", (social.HOME_NURSING,)),),
)

HOME_HELP: Final = Kind(
    key="home-help",
    category="460",
    title="Service d'aide à domicile",
    statuses=(*NON_PROFIT[:2], "72", "17"),
    share=0.04,
    prices="home-help",
    poles=(Pole("", (social.HOME_HELP,)),),
)

SPECIALISED: Final = Kind(
    key="specialised",
    category="255",
    title="Maison d'accueil spécialisée",
    statuses=NON_PROFIT,
    share=0.025,
    poles=(Pole("", (social.SPECIALISED_HOME,)),),
)

CARE_HOME: Final = Kind(
    key="care-home",
    category="448",
    older_category="437",
    title="Foyer d'accueil",
    statuses=NON_PROFIT,
    share=0.03,
    poles=(Pole("", (social.CARE_HOME,)),),
)

CHILDREN: Final = Kind(
    key="children",
    category="183",
    title="Institut médico-éducatif",
    statuses=NON_PROFIT,
    share=0.04,
    poles=(Pole("", (social.CHILD_INSTITUTE,)),),
)

CHILD_SERVICES: Final = Kind(
    key="child-services",
    category="182",
    title="Service pour enfants handicapés",
    statuses=NON_PROFIT,
    share=0.025,
    poles=(Pole("", (social.CHILD_SERVICES,)),),
)

ADULT_SERVICES: Final = Kind(
    key="adult-services",
    category="446",
    title="Service pour adultes handicapés",
    statuses=NON_PROFIT,
    share=0.025,
    poles=(Pole("", (social.ADULT_SERVICES,)),),
)

ADDICTION: Final = Kind(
    key="addiction",
    category="197",
    title="Centre d'addictologie",
    statuses=NON_PROFIT,
    share=0.015,
    poles=(Pole("", (social.ADDICTION,)),),
)

HEALTH_CENTRE: Final = Kind(
    key="health-centre",
    category="124",
    title="Centre de santé",
    statuses=("47", "03", "60"),
    share=0.03,
    poles=(Pole("", (social.HEALTH_CENTRE,)),),
)

HEALTH_HOUSE: Final = Kind(
    key="health-house",
    category="603",
    title="Maison de santé",
    statuses=("80",),
    share=0.03,
    poles=(Pole("", (social.HEALTH_CENTRE,)),),
)

PRACTICE: Final = Kind(
    key="practice",
    category="SA08",
    title="Cabinet",
    statuses=("85", "79"),
    share=0.055,
    poles=(Pole("", (social.PRACTICE,)),),
)

KINDS: Final = (
    UNIVERSITY, REHABILITATION, NURSING, PSYCHIATRY, GENERAL, HEALTH_CENTRE, CHILDREN, HOME_HELP, CANCER, DIALYSIS,
    CLINIC, SPECIALISED, HOME_NURSING, PRACTICE, CARE_HOME, ADULT_SERVICES, CHILD_SERVICES, HEALTH_HOUSE, AT_HOME,
    ADDICTION, RESIDENCE, LONG_STAY,
)  # fmt: skip
"""In the order in which a small region gets its first establishments."""


def quotas(number: int, kinds: Sequence[Kind] = KINDS) -> list[Kind]:
    """The kinds of ``number`` establishments: each by its share, the first kinds at least once if there is room."""
    counts = {kind.key: int(number * kind.share) for kind in kinds}
    for kind in kinds[:number]:
        if sum(counts.values()) < number or counts[kind.key] == 0:
            counts[kind.key] = max(1, counts[kind.key])
    fullest = sorted(kinds, key=lambda kind: number * kind.share - counts[kind.key], reverse=True)
    turn = 0
    while sum(counts.values()) < number:
        counts[fullest[turn % len(fullest)].key] += 1
        turn += 1
    rounds: list[Kind] = []
    while len(rounds) < number:
        for kind in kinds:
            if counts[kind.key] > 0 and len(rounds) < number:
                counts[kind.key] -= 1
                rounds.append(kind)
    return rounds
