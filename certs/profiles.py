"""The IGC-Santé certificate profiles that the exchange uses, as data.

Sources: the published TEST certificates of IGC-Santé Élémentaire (subject fields, usages, policy, three years) and
its root and intermediates (RSA 4096, path length 0, twenty years). That the gammes Standard and Fort have the same
shape is published; their names are told by analogy. Other usages of IGC-Santé (SIGN, CONF, S/MIME) read as ``other``
and serve nothing here. Another gamme is one more ``Gamme``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

    ``key_uses`` and ``extended_uses`` are issued; ``required`` must be there and nothing outside ``allowed`` may. Of
    ``subject_fields``, ``required_subject_fields`` must be there; ``identified``: an ``OU`` is an idNat_Struct.
    """

    usage: Usage
    domain: Domain
    key_uses: frozenset[KeyUse]
    extended_uses: frozenset[str]
    required_key_uses: frozenset[KeyUse]
    required_extended_uses: frozenset[str]
    allowed_extended_uses: frozenset[str]
    subject_fields: tuple[str, ...]
    required_subject_fields: tuple[str, ...]
    identified: bool
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
    required_subject_fields=("CN", "OU"),
    identified=True,
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
    required_subject_fields=("CN", "OU"),
    identified=True,
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
    required_subject_fields=("CN",),
    identified=False,
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
    """A family of authorities: the name of its root and of the intermediate of each domain, and its policies.

    ``policies`` is the OID that a domain's leaves carry; where no public source gives it, none is asked for.
    ``checks_identifiers`` is false where even published examples hold an idNat_Struct that is none.
    """

    slug: str
    root: DistinguishedName
    intermediates: Mapping[Domain, DistinguishedName]
    policies: Mapping[Domain, str] = field(default_factory=lambda: MappingProxyType({}))
    checks_identifiers: bool = True


def _gamme(
    slug: str,
    root: str,
    intermediate: str,
    tail: str,
    policies: Mapping[Domain, str] | None = None,
    *,
    checks_identifiers: bool = True,
) -> Gamme:
    return Gamme(
        slug=slug,
        root=DistinguishedName.parse(f"CN={root},{tail}"),
        intermediates=MappingProxyType(
            {domain: DistinguishedName.parse(f"CN={intermediate} {domain.value},{tail}") for domain in Domain}
        ),
        policies=MappingProxyType(dict(policies or {})),
        checks_identifiers=checks_identifiers,
    )


_IGC_SANTE = "OU=IGC-SANTE,OU=0002 187512751,O=ASIP-SANTE,C=FR"
ELEMENTAIRE = _gamme(
    "igc-sante-elementaire", "AC RACINE IGC-SANTE ELEMENTAIRE", "AC IGC-SANTE ELEMENTAIRE", _IGC_SANTE
)
STANDARD = _gamme("igc-sante-standard", "AC RACINE IGC-SANTE STANDARD", "AC IGC-SANTE STANDARD", _IGC_SANTE)
FORT = _gamme("igc-sante-fort", "AC RACINE IGC-SANTE FORT", "AC IGC-SANTE FORT", _IGC_SANTE)
ELEMENTAIRE_TEST = _gamme(
    "igc-sante-elementaire-test",
    "TEST AC RACINE IGC-SANTE ELEMENTAIRE",
    "TEST AC IGC-SANTE ELEMENTAIRE",
    "OU=IGC-SANTE TEST,OU=0002 187512751,O=ASIP-SANTE,C=FR",
    {Domain.ORGANISATIONS: "1.2.250.1.213.1.7.2.1.1.1.1"},
    checks_identifiers=False,
)
# The policy is of the arc that X.667 gives to anyone who draws a UUID: it can be mistaken for nobody's.
DEMONSTRATION = _gamme(
    "demonstration",
    "DEMO AC RACINE INTER-ROR",
    "DEMO AC INTER-ROR",
    "OU=INTER-ROR DEMONSTRATION,OU=0002 000000000,O=INTER-ROR DEMONSTRATION,C=FR",
    dict.fromkeys(Domain, "2.25.253553865714379153734195682686321414523"),
)
GAMMES = (ELEMENTAIRE, STANDARD, FORT, ELEMENTAIRE_TEST, DEMONSTRATION)
_GAMME_OF_ROOT = {gamme.root: gamme for gamme in GAMMES}


def gamme_of(root: DistinguishedName) -> Gamme | None:
    """The gamme whose root has that name."""
    return _GAMME_OF_ROOT.get(root)
