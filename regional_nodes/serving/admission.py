"""Who may ask a node: the gateway and the RORs of the whitelist, nobody else (decisions 3 and 4).

The first door comes before a byte of the body: certificate, list, kind of partner. The second comes with the
question: profile, perimeter, criteria that the profile hides.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from aiohttp import web

from certs.connections import BoundedConnection
from certs.faults import certificate_fault
from certs.identity import Identity
from certs.profiles import Purpose
from certs.revocation.source import RevocationSource
from certs.trust import Trust
from certs.verification import Verdict, verify
from ror.access import ProfileCode, Transaction
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from ror.question import DestinationLevel, Question
from ror.territory import commune, department
from ror.visibility import hidden_criteria
from whitelist.decision import Refusal, admit, authorise
from whitelist.document import Partner, PartnerKind
from whitelist.index import WhitelistIndex
from whitelist.vihf import Vouched

SERVED_KINDS: Final = frozenset({PartnerKind.GATEWAY, PartnerKind.ROR})

_ONLY_RORS = (
    "Un nœud régional ne répond qu'aux ROR et à la passerelle : adressez votre recherche à la passerelle inter-ROR."
)


class Trusting(Protocol):
    """Whom we trust at present; ``certs.credentials`` in life."""

    @property
    def trust(self) -> Trust:
        """The authorities in force."""


class CurrentList(Protocol):
    """Where the whitelist comes from; ``None`` while none is usable."""

    @property
    def current(self) -> WhitelistIndex | None:
        """The index of the last good list."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner that passed the first door, with what its certificate says."""

    partner: Partner
    identity: Identity


@dataclass(frozen=True, slots=True)
class Permission:
    """What the second door allows: a profile, and regions by INSEE code; ``refused`` are this node's others."""

    profile_code: ProfileCode
    regions: frozenset[str]
    refused: frozenset[str]


class Admission:
    """Decides on every request; a kept-alive connection only saves reading the certificate again."""

    def __init__(
        self, trusting: Trusting, revocation: RevocationSource, whitelist: CurrentList, now: Callable[[], datetime]
    ) -> None:
        self._trusting = trusting
        self._revocation = revocation
        self._whitelist = whitelist
        self._now = now

    def admit(self, request: web.BaseRequest, *, kinds: frozenset[PartnerKind] = SERVED_KINDS) -> Caller:
        """The first door, for partners of some ``kinds``.

        Raises:
            FaultError: 401 for the certificate, 403 for the partner, 503 without a usable list.
        """
        at = self._now()
        verdict = self._revocation.apply(self._verdict(request).at(at), at)
        if verdict.reason is not None:
            raise FaultError(certificate_fault(verdict.reason, verdict.detail))
        if verdict.identity is None:
            raise refuse(Reason.CERTIFICATE_INVALID)
        index = self._whitelist.current
        if index is None:
            raise refuse(Reason.WHITELIST_UNUSABLE)
        decision = admit(index, verdict.identity, Transaction.SEARCH, at, kinds=kinds)
        if isinstance(decision, Refusal):
            other_kind = decision.evidence.get("kind", PartnerKind.ROR.value) not in SERVED_KINDS
            raise _refusal(decision, _ONLY_RORS if other_kind else None)
        return Caller(decision.partner, verdict.identity)

    def _verdict(self, request: web.BaseRequest) -> Verdict:
        connection = request.protocol
        assert isinstance(connection, BoundedConnection)
        trust, at = self._trusting.trust, self._now()
        if connection.verdict is None:
            connection.verdict = verify(_chain(request), trust, Purpose.CLIENT, at)
        connection.verdict = connection.verdict.under(trust, Purpose.CLIENT, at)
        return connection.verdict


def _chain(request: web.BaseRequest) -> list[bytes]:
    """The certificate that TLS received, or none."""
    secured = request.get_extra_info("ssl_object")
    der = secured.getpeercert(binary_form=True) if isinstance(secured, ssl.SSLObject) else None
    return [] if der is None else [der]


def _refusal(refusal: Refusal, message: str | None = None) -> FaultError:
    told = message or refusal.reason.message
    return FaultError(Fault(reason=refusal.reason, message=told, evidence=refusal.evidence))


def permit(caller: Caller, vouched: Vouched | None, question: Question, held_regions: tuple[str, ...]) -> Permission:
    """The second door, for a node that holds ``held_regions``.

    Raises:
        FaultError: 403 with the reason: profile, perimeter, hidden criterion.
    """
    named, implied = asked_regions(question, held_regions)
    profile_code = vouched.vihf.profile_code if vouched is not None else None
    decision = authorise(caller.partner, profile_code, named, implied)
    if isinstance(decision, Refusal):
        raise _refusal(decision)
    refused = decision.refused_regions.intersection(held_regions)
    if refused and not decision.allowed_regions.intersection(held_regions):
        raise refuse(Reason.PERIMETER_OUTSIDE, partner=caller.partner.id)
    hidden = hidden_criteria(question.criteria, decision.profile_code.profile)
    if hidden:
        raise refuse(
            Reason.CRITERION_HIDDEN,
            f"Le profil {decision.profile_code.value} ne permet pas de chercher sur : {', '.join(hidden)}.",
        )
    return Permission(decision.profile_code, decision.allowed_regions, refused)


def asked_regions(question: Question, held: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The regions that a question names, and those of this node that it implies by a country or a circle."""
    named: set[str] = set()
    implied: set[str] = set()
    for destination in question.destinations:
        if destination.level is DestinationLevel.COUNTRY:
            implied.update(held)
            continue
        if destination.distance_km is not None:
            implied.update(held)
        if destination.level is DestinationLevel.REGION:
            named.add(destination.code)
        elif destination.level is DestinationLevel.DEPARTMENT:
            found = department(destination.code)
            named.update(() if found is None else (found.region,))
        else:
            place = commune(destination.code)
            named.update(() if place is None else (place.region,))
    return frozenset(named), frozenset(implied - named)
