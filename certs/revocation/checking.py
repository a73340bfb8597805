"""Whether an accepted certificate is revoked: a pure function of what is known, asked on every request.

The rules, for the leaf under its authority and then for that authority under its root:

1. Whatever says revoked wins, however old it is and whatever else says otherwise; on hold is revoked for now.
   A list that names the certificate counts whatever its scope is, one that does not only if its scope covers it.
2. An authority that answers ``unknown`` does not vouch for the certificate: not good.
3. A fresh list that does not name it, or a fresh answer ``good``: good.
4. Where the policy demands nothing of that authority: unknown, and let through.
5. A list that is overdue, within a grace that an officer gave: stale, and let through.
6. Everything else: stale or unknown, and refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from certs.reasons import Reason
from certs.revocation.certificate_list import CertificateList, Freshness
from certs.revocation.ocsp import OcspAnswer, OcspStatus
from certs.revocation.policy import Grace, Requirement, RevocationPolicy
from certs.revocation.revoked import Revocation, RevocationReason
from certs.revocation.scope import Place
from certs.revocation.state import RevocationState
from certs.trust import Authority
from certs.verification import Verdict

_NOWHERE = Place(frozenset(), is_authority=False)


class Status(Enum):
    """What is known; whether that suffices says ``RevocationVerdict.allowed``."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    STALE = "stale"


class Evidence(Enum):
    """What it is known from."""

    CRL = "crl"
    OCSP = "ocsp"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationVerdict:
    """The answer. ``since`` and ``reason`` are those of a revocation; ``detail`` is English, for log and audit.

    ``authority`` is the common name of the authority whose word it is; ``grace`` is there when one was needed.
    """

    status: Status
    allowed: bool
    reason: RevocationReason | None = None
    since: datetime | None = None
    source: Evidence | None = None
    authority: str | None = None
    grace: Grace | None = None
    detail: str = ""


def check(verdict: Verdict, state: RevocationState, policy: RevocationPolicy, at: datetime) -> RevocationVerdict:
    """Whether the certificate of ``verdict`` is known to hold at the aware moment ``at``.

    The weaker of what is known of the leaf and of its authority. Costs two look-ups.
    """
    authority, identity = verdict.authority, verdict.identity
    if authority is None or identity is None:
        return RevocationVerdict(status=Status.UNKNOWN, allowed=False, detail="its issuer is not trusted")
    place = verdict.place or _NOWHERE
    leaf = _under(_Subject(authority, identity.serial, place), state, policy, at)
    if not leaf.allowed or authority.root is None:
        return leaf
    issuer = _Subject(authority.root, authority.certificate.serial_number, authority.place)
    above = _under(issuer, state, policy, at)
    if above.allowed and above.grace is None:
        return leaf
    return replace(above, detail=f"{above.detail}, of its authority {authority.common_name}")


def combine(verdict: Verdict, revocation: RevocationVerdict) -> Verdict:
    """The one verdict that admission reads; a refusal for another reason stays what it is."""
    if not verdict.ok or revocation.allowed:
        return verdict
    reason = Reason.REVOKED if revocation.status is Status.REVOKED else Reason.REVOCATION_UNKNOWN
    return replace(verdict, reason=reason, detail=revocation.detail)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The certificate that is asked about: who issued it, its serial number, where it is listed."""

    authority: Authority
    serial: int
    place: Place


def _under(subject: _Subject, state: RevocationState, policy: RevocationPolicy, at: datetime) -> RevocationVerdict:
    authority, serial = subject.authority, subject.serial
    lists = state.lists_of(authority)
    answer = state.answers.get((authority.id, serial))
    for one in lists:
        known = one.revoked.get(serial)
        if known is not None:
            return _revoked(authority, known, Evidence.CRL)
    if answer is not None and answer.revocation is not None:
        return _revoked(authority, answer.revocation, Evidence.OCSP)
    covering = [one for one in lists if one.scope.covers(subject.place)]
    listed = max(covering, key=lambda one: (one.freshness(at) is Freshness.FRESH, one.next_update), default=None)
    name = authority.common_name
    if answer is not None and answer.status is OcspStatus.UNKNOWN and answer.fresh(at):
        detail = f"{name} does not know the certificate"
        return RevocationVerdict(
            status=Status.UNKNOWN, allowed=False, source=Evidence.OCSP, authority=name, detail=detail
        )
    if listed is not None and listed.freshness(at) is Freshness.FRESH:
        return RevocationVerdict(status=Status.GOOD, allowed=True, source=Evidence.CRL, authority=name)
    if answer is not None and answer.status is OcspStatus.GOOD and answer.fresh(at):
        return RevocationVerdict(status=Status.GOOD, allowed=True, source=Evidence.OCSP, authority=name)
    if policy.requirement(authority) is Requirement.NOT_REQUIRED:
        detail = f"nothing is demanded of {name}"
        return RevocationVerdict(
            status=Status.UNKNOWN, allowed=True, source=Evidence.POLICY, authority=name, detail=detail
        )
    if listed is None and lists:
        detail = f"no list of {name} speaks of the certificate"
        return RevocationVerdict(status=Status.UNKNOWN, allowed=False, authority=name, detail=detail)
    return _not_fresh(authority, listed, answer, policy, at)


def _revoked(authority: Authority, revocation: Revocation, source: Evidence) -> RevocationVerdict:
    since = f" since {revocation.since.isoformat()}" if revocation.since else ""
    word = "on hold" if revocation.reason is RevocationReason.HOLD else f"revoked ({revocation.reason.value})"
    return RevocationVerdict(
        status=Status.REVOKED,
        allowed=False,
        reason=revocation.reason,
        since=revocation.since,
        source=source,
        authority=authority.common_name,
        detail=f"{word}{since}, says {authority.common_name} ({source.value})",
    )


def _not_fresh(
    authority: Authority,
    listed: CertificateList | None,
    answer: OcspAnswer | None,
    policy: RevocationPolicy,
    at: datetime,
) -> RevocationVerdict:
    name = authority.common_name
    if listed is None or listed.freshness(at) is not Freshness.OVERDUE:
        if answer is None and listed is None:
            detail = f"there is neither a list nor an answer of {name}"
            return RevocationVerdict(status=Status.UNKNOWN, allowed=False, authority=name, detail=detail)
        detail = f"what there is of {name} does not hold at that moment"
        return RevocationVerdict(status=Status.STALE, allowed=False, authority=name, detail=detail)
    grace = policy.grace(authority, listed.next_update, at)
    detail = f"the list of {name} was due on {listed.next_update.isoformat()}"
    if grace is not None:
        detail += f"; {grace.officer} relies on it until {grace.until.isoformat()} ({grace.reason})"
    return RevocationVerdict(
        status=Status.STALE,
        allowed=grace is not None,
        source=Evidence.CRL,
        authority=name,
        grace=grace,
        detail=detail,
    )
