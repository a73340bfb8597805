"""The two decisions taken from the list: may this certificate ask at all, and what may it see of what it asks.

Both are pure and answer with a value. Whatever is not listed is refused; nothing is ever granted that the entry does
not name, but for the public profile CU23 where an entry names no default (decision 1).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from certs.errors import DistinguishedNameError
from certs.identity import Identity
from certs.names import DistinguishedName
from ror.access import Profile, ProfileCode, Transaction
from ror.faults import Reason
from whitelist.document import Partner, PartnerKind, PartnerStatus
from whitelist.index import Match, WhitelistIndex
from whitelist.people import Person, PersonRole
from whitelist.signature import CLOCK_SKEW

ANY_KIND = frozenset(PartnerKind)
_BY_CODE = {code.value: code for code in ProfileCode}


@dataclass(frozen=True, slots=True)
class Admission:
    """The certificate's holder may use the transaction."""

    partner: Partner


@dataclass(frozen=True, slots=True)
class PersonAdmission:
    """The person may act in the partner's name, under the one profile that the entry gives."""

    partner: Partner
    person: Person


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: the fault's reason, and what the log should know. The evidence never leaves the process."""

    reason: Reason
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a question gets: the profile it is filtered by, the regions it may ask, those it may not (INSEE codes)."""

    profile_code: ProfileCode
    allowed_regions: frozenset[str]
    refused_regions: frozenset[str]

    @property
    def profile(self) -> Profile:
        """The filter behind the code."""
        return self.profile_code.profile


def admit(
    index: WhitelistIndex,
    identity: Identity,
    transaction: Transaction,
    now: datetime,
    *,
    kinds: Collection[PartnerKind] = ANY_KIND,
) -> Admission | Refusal:
    """First door: list in force, holder known by key and names, entry open at ``now``, transaction listed.

    ``kinds`` narrows who is served: a node takes gateways and RORs, the gateway takes no gateway (a loop). The
    certificate itself was verified before.
    """
    unusable = _unusable(index, now)
    if unusable is not None:
        return unusable
    found = index.find(identity)
    partner = found.partner
    if partner is None:
        reason = Reason.PARTNER_KEY_MISMATCH if found.match is Match.OTHER_KEY else Reason.PARTNER_NOT_LISTED
        evidence = {"fingerprint": identity.fingerprint, "match": found.match.value, "near": found.near}
        return Refusal(reason, evidence)
    reason_closed = _reason_closed(partner, now)
    if reason_closed is not None:
        return Refusal(reason_closed, {"partner": partner.id})
    if partner.kind not in kinds or transaction not in partner.transactions:
        evidence = {"partner": partner.id, "kind": partner.kind.value, "transaction": transaction.value}
        return Refusal(Reason.TRANSACTION_NOT_ALLOWED, evidence)
    return Admission(partner)


def admit_person(
    index: WhitelistIndex, identity: Identity, role: PersonRole, transaction: Transaction, now: datetime
) -> PersonAdmission | Refusal:
    """First door for a person at a page (decision 40): certificate named in an open entry, role, transaction."""
    unusable = _unusable(index, now)
    if unusable is not None:
        return unusable
    found = index.person(identity)
    if found is None:
        return Refusal(Reason.PARTNER_NOT_LISTED, {"fingerprint": identity.fingerprint, "match": Match.NONE.value})
    partner, person = found
    evidence: dict[str, object] = {"partner": partner.id, "person": person.id}
    reason_closed = _reason_closed(partner, now)
    if reason_closed is not None:
        return Refusal(reason_closed, evidence)
    if role not in person.roles or transaction not in partner.transactions:
        evidence |= {"role": role.value, "transaction": transaction.value}
        return Refusal(Reason.TRANSACTION_NOT_ALLOWED, evidence)
    return PersonAdmission(partner, person)


def authorise(
    partner: Partner,
    profile_code: str | None,
    named_regions: Iterable[str],
    implied_regions: Iterable[str],
) -> Grant | Refusal:
    """Second door: the profile claimed by the VIHF (``None`` without one) and the regions asked.

    A region named outside the perimeter refuses the whole question; one only implied (a circle, the country) is told
    apart in ``refused_regions`` (decision 12). A gateway speaks for its callers and may claim any profile
    (decision 3).
    """
    profile = _profile_of(partner, profile_code)
    if isinstance(profile, Refusal):
        return profile
    named, implied = frozenset(named_regions), frozenset(implied_regions)
    outside = frozenset(region for region in named | implied if not partner.perimeter.covers(region))
    if outside & named:
        return Refusal(Reason.PERIMETER_OUTSIDE, {"partner": partner.id, "regions": tuple(sorted(outside & named))})
    return Grant(profile_code=profile, allowed_regions=(named | implied) - outside, refused_regions=outside)


def issuer_matches(vihf_issuer: str, identity: Identity) -> bool:
    """Whether the VIHF names the certificate's own subject; a name that cannot be read names nobody."""
    try:
        return identity.subject.matches(DistinguishedName.parse(vihf_issuer))
    except DistinguishedNameError:
        return False


def _unusable(index: WhitelistIndex, now: datetime) -> Refusal | None:
    whitelist = index.whitelist
    if whitelist.issued_at - CLOCK_SKEW <= now < whitelist.expires_at:
        return None
    evidence = {"list_version": index.version, "expires_at": whitelist.expires_at.isoformat()}
    return Refusal(Reason.WHITELIST_UNUSABLE, evidence)


def _reason_closed(partner: Partner, now: datetime) -> Reason | None:
    match partner.status:
        case PartnerStatus.REVOKED:
            return Reason.PARTNER_REVOKED
        case PartnerStatus.SUSPENDED:
            return Reason.PARTNER_SUSPENDED
        case PartnerStatus.ACTIVE:
            pass
    if now < partner.valid_from:
        return Reason.PARTNER_NOT_YET_VALID
    return Reason.PARTNER_EXPIRED if now >= partner.valid_to else None


def _profile_of(partner: Partner, claimed: str | None) -> ProfileCode | Refusal:
    if claimed is None:
        return partner.default_profile
    code = _BY_CODE.get(claimed)
    if code is None:
        return Refusal(Reason.PROFILE_UNKNOWN, {"partner": partner.id, "profile": ascii(claimed[:40])})
    if partner.kind is not PartnerKind.GATEWAY and code not in partner.allowed_profiles:
        return Refusal(Reason.PROFILE_NOT_ALLOWED, {"partner": partner.id, "profile": code.value})
    return code
