"""Who holds a certificate of the demonstration: names in the shape of IGC-Santé that nobody can take for real ones.

Subjects follow the published profiles: service or host in ``CN``, idNat_Struct in ``OU``, the organisation's name cut
at 40 characters in ``O``, its département in ``ST``. Numbers begin with zeros, as no SIREN that INSEE gave does.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from certs.names import DistinguishedName
from certs.profiles import ORG_AUTH_CLI, PERSONNES, SERV_SSL, Profile
from ror.identifiers import luhn_key
from ror.territory import (
    DEPARTMENT_BY_CODE,
    REGION_BY_CODE,
    RORS,
    Ror,
    department_code_of_commune,
)

DOMAIN_NAME = "demo.inter-ror.fr"
GATEWAY_SERVER_NAME = f"passerelle.{DOMAIN_NAME}"
_LOOPBACK = ("localhost",), (IPv4Address("127.0.0.1"),)
_ORGANISATION_CHARACTERS = 40
_GATEWAY_NUMBER, _FIRST_NODE_NUMBER, _OFFICERS_NUMBER = 1, 101, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One leaf to be made: the folder's name, the profile, the subject and, for a server, its names."""

    name: str
    profile: Profile
    subject: DistinguishedName
    server_names: tuple[str, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationPartner:
    """A consuming application or a regional ROR: ``department`` reads ``Rhône (69)``, ``number`` tells it apart."""

    id: str
    application: str
    organisation: str
    department: str
    number: int


DEFAULT_PARTNERS: tuple[DemonstrationPartner, ...] = tuple(
    DemonstrationPartner(
        id=id_, application=application, organisation=organisation, department=department, number=number
    )
    for number, (id_, application, organisation, department) in enumerate(
        (
            ("samu-rhone", "DEMO_REGULATION_SAMU_69", "DEMO SAMU DU RHONE", "Rhône (69)"),
            ("orientation-idf", "DEMO_ORIENTATION_IDF", "DEMO ORIENTATION ILE-DE-FRANCE", "Paris (75)"),
            (
                "coordination-pdl",
                "DEMO_COORDINATION_PDL",
                "DEMO COORDINATION PAYS DE LA LOIRE",
                "Loire-Atlantique (44)",
            ),
            ("portail-public", "DEMO_PORTAIL_PUBLIC", "DEMO PORTAIL PUBLIC DE SANTE", "Paris (75)"),
            ("ror-bre", "DEMO_CLIENT_ROR_BRETAGNE", "DEMO ROR BRETAGNE", "Ille-et-Vilaine (35)"),
            ("banc-essai", "DEMO_BANC_ESSAI", "DEMO BANC D'ESSAI", "Rhône (69)"),
            ("canari", "DEMO_CANARI", "DEMO CANARI DE LA PASSERELLE", "Rhône (69)"),
        ),
        start=201,
    )
)


def server_name_of(ror_id: str) -> str:
    """The DNS name in a node's certificate."""
    return f"ror-{ror_id}.{DOMAIN_NAME}"


def demonstration_holders(partners: Iterable[DemonstrationPartner], officers: int) -> tuple[Holder, ...]:
    """Every holder: seventeen nodes, the gateway twice, the partners, ``officers`` persons."""
    nodes = (node_holder(ror, _FIRST_NODE_NUMBER + index) for index, ror in enumerate(RORS))
    people = (officer_holder(number) for number in range(1, officers + 1))
    return (*nodes, *gateway_holders(), *(partner_holder(partner) for partner in partners), *people)


def node_holder(ror: Ror, number: int) -> Holder:
    """A regional node, a server and no more."""
    return _server(f"node-{ror.id}", server_name_of(ror.id), f"DEMO ROR {ror.name}", _department_of(ror), number)


def gateway_holders() -> tuple[Holder, Holder]:
    """The gateway's two certificates: one to serve, one to call (decision 3)."""
    organisation, department = "DEMO PASSERELLE INTER-ROR", "Paris (75)"
    server = _server("gateway-server", GATEWAY_SERVER_NAME, organisation, department, _GATEWAY_NUMBER)
    subject = _subject("DEMO_PASSERELLE_INTER_ROR", organisation, department, _GATEWAY_NUMBER)
    return server, Holder(name="gateway-client", profile=ORG_AUTH_CLI, subject=subject)


def partner_holder(partner: DemonstrationPartner) -> Holder:
    """A partner's client certificate."""
    subject = _subject(partner.application, partner.organisation, partner.department, partner.number)
    return Holder(name=f"partner-{partner.id}", profile=ORG_AUTH_CLI, subject=subject)


def officer_holder(number: int) -> Holder:
    """A security officer, a person: named by an identifier in ``CN`` as on a health professional's card."""
    organisation = _subject("", "DEMO PROGRAMME INTER-ROR", "Paris (75)", _OFFICERS_NUMBER, common_name=False)
    person = DistinguishedName.of(CN=f"8{_with_luhn(f'99{number:08d}')}", SN="DEMONSTRATION", GN=f"Officier {number}")
    subject = DistinguishedName((*person.attributes, *organisation.attributes))
    return Holder(name=f"officer-{number}", profile=PERSONNES, subject=subject)


def demonstration_organisation_id(number: int) -> str:
    """An idNat_Struct that is well formed, keys included, and belongs to nobody: ``3`` and a SIRET of zeros."""
    siren = _with_luhn(f"000{number:05d}")
    return f"3{_with_luhn(f'{siren}0001')}"


def _server(name: str, server_name: str, organisation: str, department: str, number: int) -> Holder:
    local_names, addresses = _LOOPBACK
    return Holder(
        name=name,
        profile=SERV_SSL,
        subject=_subject(server_name, organisation, department, number),
        server_names=(server_name, *local_names),
        addresses=addresses,
    )


def _subject(
    name: str, organisation: str, department: str, number: int, *, common_name: bool = True
) -> DistinguishedName:
    values = {
        "OU": demonstration_organisation_id(number),
        "O": _plain(organisation)[:_ORGANISATION_CHARACTERS],
        "ST": department,
        "C": "FR",
    }
    return DistinguishedName.of(**({"CN": name, **values} if common_name else values))


def _department_of(ror: Ror) -> str:
    seat = REGION_BY_CODE[ror.regions[0]].seat
    return DEPARTMENT_BY_CODE[department_code_of_commune(seat)].label


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.upper())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _with_luhn(digits: str) -> str:
    return digits + luhn_key(digits)
