"""Professionals of synthetic units: nobody of that name exists, no RPPS number in their series was given."""

from datetime import UTC, datetime, time
from random import Random
from typing import Final

from regional_nodes.building import Channel, HoursFacts, UnitFacts
from regional_nodes.building.codes import HONORIFIC, LANGUAGE, TITLE, Codebook
from regional_nodes.building.contacts import contact_point, mail_box
from regional_nodes.building.facts import FREE
from regional_nodes.building.units import Site, opening_hours
from regional_nodes.synthetic import names
from regional_nodes.synthetic.contacts import LANDLINE, telephone
from regional_nodes.synthetic.hours import BY_APPOINTMENT
from ror.coding import Authority, Code, Scheme
from ror.identifiers import luhn_key
from ror.model import (
    CommonName,
    Credential,
    OperationalStatus,
    OtherId,
    Person,
    PersonName,
    Provider,
    ProviderFacility,
    ProviderOrganization,
    Record,
)

DOCTOR, DENTIST, MIDWIFE = "10", "40", "50"
SALARIED, LIBERAL = "S", "L"
ORDINAL_SPECIALITY = "S"
"""TRE_R04: spécialité ordinale."""

_SERIES: Final = "1099"
"""First digits of fictional RPPS numbers; the register stands at 101…"""

_VISITS: Final = HoursFacts(days=(1, 3, 5), begins=time(9, 0), ends=time(17, 30), type=BY_APPOINTMENT)


def fictional_rpps(number: int) -> str:
    """A valid RPPS number that nobody holds; ``number`` up to six digits."""
    stem = f"{_SERIES}{number % 1_000_000:06d}"
    return stem + luhn_key(stem)


def professional(
    site: Site, unit: UnitFacts, *, number: int, rpps: int, profession: str, ror_id: str, random: Random
) -> Provider:
    """A professional who works in ``unit``."""
    codebook = site.codebook
    record = site.recorder.record(datetime(2018, 1, 8, tzinfo=UTC), unit.recorded)
    liberal = unit.field == "05" and random.random() < 0.8
    speciality = unit.specialities[0] if profession == DOCTOR and unit.specialities else None
    return Provider(
        entity_id=site.ids.provider(number),
        other_ids=(OtherId(code=f"8{fictional_rpps(rpps)}", authority=str(Authority.PERSON)),),
        types=(codebook.code(Scheme.PROFESSION, profession),),
        demographic=_person(site, profession, random),
        languages=codebook.codes(LANGUAGE, ("fr", "en") if random.random() < 0.3 else ("fr",)),
        organizations=(ProviderOrganization(entity_id=site.establishment),),
        facilities=(ProviderFacility(entity_id=site.ids.facility(unit.number)),),
        credentials=() if speciality is None else (_credential(site, speciality, number, record),),
        speciality=codebook.maybe(Scheme.SPECIALITY, speciality),
        operational_status=OperationalStatus(
            practice_mode=codebook.code(Scheme.PRACTICE_MODE, LIBERAL if liberal else SALARIED),
            contact_point=contact_point(codebook, Channel(LANDLINE, telephone(ror_id, random), FREE), record),
            specific_skills=codebook.codes(Scheme.SPECIFIC_SKILL, ("01",) if random.random() < 0.05 else ()),
            operating_hours=opening_hours(codebook, _VISITS, record),
            agreement_sector=_sector(codebook, random),
            optam=random.random() < 0.5,
            vitale_card=True,
            home_visit=random.random() < 0.4,
            record=record,
        ),
        mail_box=mail_box(codebook, f"ps{number}@mss.example", record) if random.random() < 0.6 else None,
        record=record,
    )  # fmt: skip


def _sector(codebook: Codebook, random: Random) -> Code | None:
    """What a professional's fees are bound to (TRE_R282), where the region's tables know it."""
    sector = random.choice(("c1", "c1", "c3", "nc"))
    return (
        codebook.code(Scheme.AGREEMENT_SECTOR, sector) if codebook.is_open(Scheme.AGREEMENT_SECTOR, sector) else None
    )


def _person(site: Site, profession: str, random: Random) -> Person:
    forename, surname = names.person(random)
    titled = profession in (DOCTOR, DENTIST)
    name = PersonName(
        common_names=(CommonName(value=surname),),
        honorific=site.codebook.code(HONORIFIC, "DR") if titled else None,
        forename=forename,
        title=site.codebook.code(TITLE, random.choice(("M", "MME"))),
    )
    return Person(names=(name,))


def _credential(site: Site, speciality: str, number: int, record: Record) -> Credential:
    return Credential(
        type=site.codebook.code(Scheme.KNOW_HOW, ORDINAL_SPECIALITY),
        number=f"DEMO-{number}",
        speciality=site.codebook.code(Scheme.SPECIALITY, speciality),
        record=record,
    )
