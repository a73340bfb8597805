"""The demonstration's whitelist: the gateway and partners of several kinds, each with a certificate of the demo PKI.

Running it again completes it: what an officer granted or took away stays, a partner once revoked stays revoked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from certs.demonstration_holders import DEFAULT_PARTNERS
from certs.errors import CertsError
from certs.home import Home
from certs.identity import Identity, identity_of
from certs.reading import read_pem
from ror.access import ProfileCode, Transaction
from ror.territory import neighbours
from whitelist.canary import Canary
from whitelist.canary_key import canary_key
from whitelist.document import MAX_LIMIT, Partner, PartnerKind, PartnerStatus, Whitelist
from whitelist.draft import Draft
from whitelist.errors import AlreadyInitialisedError, CertificateRefusedError
from whitelist.files import WhitelistFiles, read_trust
from whitelist.holders import person_digest
from whitelist.office import base_of, found, keys_here, publish_changed
from whitelist.perimeter import FRANCE, Perimeter

ENVIRONMENT = "demonstration"
OFFICERS = ("officer-1", "officer-2")
"""Both keys lie in the demonstration's folder and both sign. In life each officer keeps his own, elsewhere."""
THRESHOLD = 2
REASON = "demonstration"
LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=14)
_EVERY_PROFILE = tuple(ProfileCode)
_CU18, _CU19, _CU20, _CU21, _CU22, _CU23 = _EVERY_PROFILE


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationEntry:
    """What the demonstration grants to the holder of one certificate (``leaf`` is its folder's name)."""

    id: str
    leaf: str
    name: str
    kind: PartnerKind
    home_ror: str | None
    perimeter: Perimeter
    profiles: tuple[ProfileCode, ...]
    default_profile: ProfileCode
    transactions: tuple[Transaction, ...] = tuple(Transaction)
    max_limit: int = 1000
    quota: int = 600


def _application(
    id_: str, name: str, home_ror: str, perimeter: Perimeter, *profiles: ProfileCode
) -> DemonstrationEntry:
    """An application's entry; the first profile is its default."""
    return DemonstrationEntry(
        id=id_,
        leaf=f"partner-{id_}",
        name=name,
        kind=PartnerKind.APPLICATION,
        home_ror=home_ror,
        perimeter=perimeter,
        profiles=profiles,
        default_profile=profiles[0],
        transactions=(Transaction.SEARCH, Transaction.READ),
    )


GATEWAY = DemonstrationEntry(
    id="passerelle",
    leaf="gateway-client",
    name="Passerelle inter-ROR de démonstration",
    kind=PartnerKind.GATEWAY,
    home_ror=None,
    perimeter=FRANCE,
    profiles=_EVERY_PROFILE,
    default_profile=_CU23,
    max_limit=MAX_LIMIT,
    quota=1_000_000,
)
ENTRIES: tuple[DemonstrationEntry, ...] = (
    GATEWAY,
    _application("samu-rhone", "SAMU du Rhône (démonstration)", "ara", FRANCE, _CU22, _CU18, _CU23),
    _application("orientation-idf", "Orientation Île-de-France (démonstration)", "idf", FRANCE, _CU18, _CU20),
    _application(
        "coordination-pdl",
        "Coordination Pays de la Loire (démonstration)",
        "pdl",
        Perimeter.parse(("pdl", *neighbours("pdl"))),
        _CU19,
        _CU21,
    ),
    _application("portail-public", "Portail public de santé (démonstration)", "idf", FRANCE, _CU23),
    DemonstrationEntry(
        id="ror-bre",
        leaf="partner-ror-bre",
        name="ROR Bretagne (démonstration)",
        kind=PartnerKind.ROR,
        home_ror="bre",
        perimeter=FRANCE,
        profiles=_EVERY_PROFILE,
        default_profile=_CU18,
    ),
    replace(
        _application("banc-essai", "Banc d'essai (démonstration)", "ara", FRANCE, _CU22, *_EVERY_PROFILE[:4], _CU23),
        max_limit=MAX_LIMIT,
        quota=1_000_000,
    ),
    replace(
        _application("canari", "Canari de la passerelle (démonstration)", "ara", Perimeter.parse(("ara",)), _CU23),
        transactions=(Transaction.SEARCH,),
        max_limit=1,
        quota=6000,
    ),
)
CANARY = "canari"
"""Stopped again and again, to see how fast stops work; its key lies beside the list."""
PKI_PARTNERS = DEFAULT_PARTNERS
"""The partners that ``certs.demonstration_pki.ensure`` makes certificates for; every entry but the gateway is one."""


def ensure(home: Home, *, at: datetime) -> Whitelist:
    """Make or complete the demonstration's list of ``home`` as of ``at``, signed and published.

    The PKI must be there (``PKI_PARTNERS``). A list that already has what is wanted and does not expire within
    ``RENEW_BEFORE`` stays as it is. Raises ``WhitelistError``.
    """
    files = WhitelistFiles(home)
    wanted = entries_of(home)
    if not files.trust.exists():
        persons = {name: person_digest(_identity(home.leaf(name).certificate)) for name in OFFICERS}
        found(files, environment=ENVIRONMENT, officers=OFFICERS, threshold=THRESHOLD, persons=persons)
    trust = read_trust(files)
    if trust.environment != ENVIRONMENT:
        raise AlreadyInitialisedError(
            f"the whitelist of {home.root} is for {trust.environment}, not a demonstration's"
        )
    base = base_of(files, at)
    current = base.whitelist
    if current is not None:
        draft = Draft.of(current)
        if completed(draft, wanted, at, files) == draft and at < current.expires_at - RENEW_BEFORE:
            return current
    keys = keys_here(files, base.officers)

    def change(draft: Draft) -> Draft:
        return completed(draft, wanted, at, files)

    published = publish_changed(files, keys, at, change, LIFE, reason=REASON)
    return published.verified.whitelist


def entries_of(home: Home, entries: Iterable[DemonstrationEntry] = ENTRIES) -> tuple[Partner, ...]:
    """The entries, each for the certificate that lies in ``home``. Raises ``CertificateRefusedError``."""
    return tuple(_partner(entry, _identity(home.leaf(entry.leaf).certificate)) for entry in entries)


def completed(draft: Draft, wanted: Iterable[Partner], at: datetime, files: WhitelistFiles) -> Draft:
    """The draft with the entries it lacks, and with the new certificate of those whose key or dates are over.

    The canary is named where its entry is new or its key is another; officers who took it away are not overruled.
    """
    known = {partner.id: partner for partner in draft.partners}
    for partner in wanted:
        current = known.get(partner.id)
        if current is None:
            draft = draft.with_partner(partner)
        elif current.status is not PartnerStatus.REVOKED and (
            current.holder != partner.holder or current.valid_to < min(at + RENEW_BEFORE, partner.valid_to)
        ):
            draft = draft.with_changed(
                replace(
                    current,
                    spki=partner.spki,
                    issuer=partner.issuer,
                    subject=partner.subject,
                    valid_from=partner.valid_from,
                    valid_to=partner.valid_to,
                )
            )
    if CANARY not in known or (draft.canary is not None and draft.canary.partner == CANARY):
        return replace(draft, canary=Canary(CANARY, canary_key(files, CANARY).officer.x))
    return draft


def _partner(entry: DemonstrationEntry, identity: Identity) -> Partner:
    return Partner(
        id=entry.id,
        name=entry.name,
        kind=entry.kind,
        spki=identity.spki,
        issuer=identity.issuer,
        subject=identity.subject,
        home_ror=entry.home_ror,
        perimeter=entry.perimeter,
        transactions=entry.transactions,
        allowed_profiles=entry.profiles,
        default_profile=entry.default_profile,
        max_limit=entry.max_limit,
        quota=entry.quota,
        valid_from=identity.not_before,
        valid_to=identity.not_after,
        contact="demonstration@inter-ror.invalid",
        comment="Entrée de démonstration",
    )


def _identity(path: Path) -> Identity:
    try:
        return identity_of(read_pem(path.read_bytes())[0])
    except (OSError, CertsError) as error:
        raise CertificateRefusedError(f"the demonstration's certificate {path} cannot be used: {error}") from error
