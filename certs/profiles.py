"""The IGC-Santé certificate profiles that the exchange uses, as data.

Sources: the published TEST certificates of IGC-Santé Élémentaire (subject fields, usages, three years of life) and
its root and intermediates (RSA 4096, path length 0, twenty years). Another gamme is one more ``Gamme``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from types import MappingProxyType

from certs.names import DistinguishedName
from certs.usages import AUTHORITY_USES, ExtendedUse, KeyUse


class Domain(Enum):
    """The two halves of IGC-Santé; each intermediate authority speaks for one. The value ends its common name."""

    ORGANISATIONS = "ORGANISATIONS"
    PERSONNES = "PERSONNES"

    @classmethod
    def of_authority(cls, name: DistinguishedName) -> "Domain | None":
        """The domain that an authority's common name ends with (``AC IGC-SANTE ELEMENTAIRE ORGANISATIONS``)."""
        words = (name.common_name or "").split(" ")
        return next((domain for domain in cls if domain.value == words[-1]), None)


class Usage(Enum):
    """What a certificate is made for; the value is what officers read."""

    ORG_AUTH_CLI = "ORG AUTH_CLI"
    SERV_SSL = "SERV SSL"
    PERSONNES = "PERSONNES"
    CA = "CA"
    OTHER = "other"


class Purpose(Enum):
    """What a peer wants to do with its certificate, and therefore which profile it must show."""

    CLIENT = "client"
    SERVER = "server"
    PERSON = "person"

    @property
    def profile(self) -> "Profile":
        """The one profile that serves this purpose (decision 3: a server's certificate is no client's)."""
        return PROFILES[_USAGE_OF_PURPOSE[self]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of leaf: which domain issues it, what it must be usable for, how its subject reads.

    ``key_uses`` and ``extended_uses`` are issued; ``required`` must be there and nothing outside ``allowed`` may.
    """

    usage: Usage
    domain: Domain
    key_uses: frozenset[KeyUse]
    extended_uses: frozenset[str]
    required_key_uses: frozenset[KeyUse]
    required_extended_uses: frozenset[str]
    allowed_extended_uses: frozenset[str]
    subject_fields: tuple[str, ...]
    lifetime: timedelta

    def admits(self, key_uses: frozenset[KeyUse] | None, extended_uses: frozenset[str] | None) -> bool:
        """Whether a leaf with these usages may serve; an absent extension permits everything, so it is refused."""
        return (
            key_uses is not None
            and extended_uses is not None
            and self.required_key_uses <= key_uses
            and not key_uses & AUTHORITY_USES
            and self.required_extended_uses <= extended_uses <= self.allowed_extended_uses
        )


_LEAF_LIFETIME = timedelta(days=3 * 365)
_SIGNATURE = frozenset({KeyUse.DIGITAL_SIGNATURE})
_CLIENT = frozenset[str]({ExtendedUse.CLIENT_AUTH})
_SERVER = frozenset[str]({ExtendedUse.SERVER_AUTH})

ORG_AUTH_CLI = Profile(
    usage=Usage.ORG_AUTH_CLI,
    domain=Domain.ORGANISATIONS,
    key_uses=_SIGNATURE,
    extended_uses=_CLIENT,
    required_key_uses=_SIGNATURE,
    required_extended_uses=_CLIENT,
    allowed_extended_uses=_CLIENT,
    subject_fields=("CN", "OU", "O", "ST", "C"),
    lifetime=_LEAF_LIFETIME,
)
SERV_SSL = Profile(
    usage=Usage.SERV_SSL,
    domain=Domain.ORGANISATIONS,
    key_uses=_SIGNATURE | {KeyUse.KEY_ENCIPHERMENT},
    extended_uses=_SERVER | _CLIENT,
    required_key_uses=_SIGNATURE,
    required_extended_uses=_SERVER,
    allowed_extended_uses=_SERVER | _CLIENT,
    subject_fields=("CN", "OU", "O", "ST", "C"),
    lifetime=_LEAF_LIFETIME,
)
PERSONNES = Profile(
    usage=Usage.PERSONNES,
    domain=Domain.PERSONNES,
    key_uses=_SIGNATURE,
    extended_uses=_CLIENT,
    required_key_uses=_SIGNATURE,
    required_extended_uses=_CLIENT,
    allowed_extended_uses=_CLIENT | {ExtendedUse.EMAIL_PROTECTION, ExtendedUse.SMARTCARD_LOGON},
    subject_fields=("CN", "SN", "GN", "OU", "O", "ST", "C"),
    lifetime=_LEAF_LIFETIME,
)
PROFILES: Mapping[Usage, Profile] = MappingProxyType(
    {profile.usage: profile for profile in (ORG_AUTH_CLI, SERV_SSL, PERSONNES)}
)
LONGEST_LIFETIME = max(profile.lifetime for profile in PROFILES.values())
_USAGE_OF_PURPOSE = {
    Purpose.CLIENT: Usage.ORG_AUTH_CLI,
    Purpose.SERVER: Usage.SERV_SSL,
    Purpose.PERSON: Usage.PERSONNES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamme:
    """A family of authorities: the name of its root and of the intermediate of each domain, and its policy.

    ``policy`` is the OID that leaves carry, ``None`` where no public source gives it.
    """

    slug: str
    root: DistinguishedName
    intermediates: Mapping[Domain, DistinguishedName]
    policy: str | None


def _gamme(slug: str, root: str, intermediate: str, tail: str, policy: str | None) -> Gamme:
    return Gamme(
        slug=slug,
        root=DistinguishedName.parse(f"CN={root},{tail}"),
        intermediates=MappingProxyType(
            {domain: DistinguishedName.parse(f"CN={intermediate} {domain.value},{tail}") for domain in Domain}
        ),
        policy=policy,
    )


ELEMENTAIRE = _gamme(
    "igc-sante-elementaire",
    "AC RACINE IGC-SANTE ELEMENTAIRE",
    "AC IGC-SANTE ELEMENTAIRE",
    "OU=IGC-SANTE,OU=0002 187512751,O=ASIP-SANTE,C=FR",
    None,
)
ELEMENTAIRE_TEST = _gamme(
    "igc-sante-elementaire-test",
    "TEST AC RACINE IGC-SANTE ELEMENTAIRE",
    "TEST AC IGC-SANTE ELEMENTAIRE",
    "OU=IGC-SANTE TEST,OU=0002 187512751,O=ASIP-SANTE,C=FR",
    "1.2.250.1.213.1.7.2.1.1.1.1",
)
# The policy is of the arc that X.667 gives to anyone who draws a UUID: it can be mistaken for nobody's.
DEMONSTRATION = _gamme(
    "demonstration",
    "DEMO AC RACINE INTER-ROR",
    "DEMO AC INTER-ROR",
    "OU=INTER-ROR DEMONSTRATION,OU=0002 000000000,O=INTER-ROR DEMONSTRATION,C=FR",
    "2.25.253553865714379153734195682686321414523",
)
GAMMES = (ELEMENTAIRE, ELEMENTAIRE_TEST, DEMONSTRATION)
