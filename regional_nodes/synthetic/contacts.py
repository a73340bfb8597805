"""Ways to reach synthetic establishments, all of them dead ends on purpose.

Telephone numbers are those that the regulator (ARCEP) keeps for fiction, addresses end in ``.example`` (RFC 2606).
"""

from random import Random
from typing import Final

from regional_nodes.building import Channel, ContactFacts
from regional_nodes.building.facts import FREE, RESTRICTED, VERY_RESTRICTED
from regional_nodes.synthetic import names

MOBILE, LANDLINE, MAIL, WEB, FAX, ANTARES, ALERT, ALERT_MAIL = "1", "2", "3", "4", "6", "7", "8", "9"

_ZONES: Final = {
    "idf": "1 99 00",
    "bre": "2 61 91", "cvl": "2 61 91", "nor": "2 61 91", "pdl": "2 61 91", "oin": "2 61 91",
    "bfc": "3 53 01", "ges": "3 53 01", "hdf": "3 53 01",
    "ara": "4 65 71", "cor": "4 65 71", "pac": "4 65 71", "occ": "5 36 49", "naq": "5 36 49",
}  # fmt: skip
_ELSEWHERE: Final = "6 39 98"


def telephone(ror_id: str, random: Random) -> str:
    """A number that rings nowhere."""
    return f"+33 {_ZONES.get(ror_id, _ELSEWHERE)} {random.randrange(100):02d} {random.randrange(100):02d}"


def mail_box(finess: str, number: int) -> str:
    """A secure mail box that does not exist."""
    return f"ue{number}.eg{finess.lower()}@mss.example"


def of_establishment(ror_id: str, finess: str, random: Random, *, hospital: bool) -> tuple[ContactFacts, ...]:
    """Switchboard for all, management for colleagues, and for hospitals an alert line for those who regulate."""
    reached = [
        ContactFacts(
            nature="06",
            channels=(
                Channel(LANDLINE, telephone(ror_id, random)),
                Channel(WEB, f"https://eg{finess.lower()}.example"),
            ),
        ),
        ContactFacts(
            function="01",
            name=names.full_name(random),
            level=RESTRICTED,
            channels=(Channel(MAIL, f"direction@eg{finess.lower()}.example", RESTRICTED),),
        ),
    ]
    if hospital:
        reached.append(
            ContactFacts(
                function="07",
                name=names.full_name(random),
                level=VERY_RESTRICTED,
                description="Alerte sanitaire",
                channels=(
                    Channel(ALERT, telephone(ror_id, random), VERY_RESTRICTED),
                    Channel(ALERT_MAIL, f"alerte@eg{finess.lower()}.example", VERY_RESTRICTED),
                ),
            )
        )
    return tuple(reached)


def of_unit(ror_id: str, random: Random, *, critical: bool, visits: bool) -> tuple[ContactFacts, ...]:
    """Appointments or admissions for all, the ward sister for colleagues, a direct line where minutes count."""
    reached = [
        ContactFacts(nature="02" if visits else "03", channels=(Channel(LANDLINE, telephone(ror_id, random)),))
    ]
    if random.random() < 0.45:
        reached.append(
            ContactFacts(
                function="03",
                name=names.full_name(random),
                level=RESTRICTED,
                channels=(Channel(LANDLINE, telephone(ror_id, random), RESTRICTED),),
            )
        )
    if critical:
        reached.append(
            ContactFacts(
                nature="04",
                level=VERY_RESTRICTED,
                description="Ligne directe du médecin de garde",
                channels=(Channel(MOBILE, "+33 6 39 98 " + telephone(ror_id, random)[-5:], VERY_RESTRICTED),),
            )
        )
    return tuple(reached)


def without_nature(contact: ContactFacts, random: Random) -> ContactFacts:
    """The same for a region whose tables have no natures yet (TRE_R287 began on 2019-02-22): a secretary by name."""
    if contact.nature is None:
        return contact
    return ContactFacts(
        function="05",
        name=names.full_name(random),
        description=contact.description,
        level=contact.level,
        channels=contact.channels,
    )


__all__ = ["FREE", "mail_box", "of_establishment", "of_unit", "telephone", "without_nature"]
