"""The SOAP corridor of the inter-ROR search: admit → read → authorise → search → write."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

import structlog
from aiohttp import web

from gateway.admission.admission import Admission, Admitted
from gateway.admission.authorisation import authorised
from gateway.admission.callers import Caller, Callers
from gateway.admission.slots import SearchSlots
from gateway.audit.answered import search_answered
from gateway.audit.errors import AuditUnavailableError
from gateway.audit.log import AuditLog
from gateway.audit.trail import Trail
from gateway.canary.answer import canary_answer
from gateway.covering import UncoveredError, check_demand
from gateway.federation.deadline import Deadline
from gateway.merge.writing import answer_parts
from gateway.search import Search, SearchResult
from gateway.server.exchange import Outgoing, read_request, send_answer, send_fault
from ror.access import Transaction
from ror.assertion import Assertion, read_assertion
from ror.audit.events import RequestProxied
from ror.coverage import Coverage
from ror.errors import FaultError
from ror.faults import Fault, Reason
from ror.g1.question import read_question
from ror.soap.coverage_header import write_coverage
from ror.soap.envelope import SEARCH, SECURITY, Envelope, read_envelope
from ror.soap.search_header import SearchHeader, read_search_header
from ror.soap.version import SoapVersion, version_asked
from ror.xml_parser import REQUEST_LIMITS
from whitelist.decision_log import Decision, DecisionSink
from whitelist.vihf import VihfDoor

_log = structlog.get_logger(__name__)

_RETRY_AFTER_S = 5
"""When a caller may come back whom a failing audit log turned away."""


@dataclass(slots=True)
class _Case:
    """What is known so far of one request, for the decision log and the audit log."""

    question_id: str
    arrived_s: float
    trail: Trail
    fingerprint: str | None = None
    partner: str | None = None
    profile: str | None = None
    list_version: int | None = None
    decided: bool = False


class SoapSearch:
    """Answers POSTs on the G1 path."""

    def __init__(
        self,
        admission: Admission,
        callers: Callers,
        slots: SearchSlots,
        search: Search,
        decisions: DecisionSink,
        audit: AuditLog,
        vihf: VihfDoor,
        searched: Callable[[Coverage, float], None] = lambda *_: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._admission = admission
        self._callers = callers
        self._slots = slots
        self._search = search
        self._decisions = decisions
        self._audit = audit
        self._vihf = vihf
        self._searched = searched
        self._now = now

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; whatever happens, what leaves is an answer or a fault in the version asked."""
        version = version_asked(request.headers.get("Content-Type"))
        case = _Case(question_id=uuid4().hex, arrived_s=monotonic(), trail=self._audit.trail())
        try:
            return await self._told(request, version, case)
        except AuditUnavailableError as error:
            _log.error("audit.refused-service", question_id=case.question_id, cause=str(error))
            return await send_fault(request, version, _audit_unavailable())

    async def _told(self, request: web.Request, version: SoapVersion, case: _Case) -> web.StreamResponse:
        """Answer or refuse, once the audit log has it on disk. Raises ``AuditUnavailableError``."""
        try:
            caller, outgoing = await self._answer(request, version, case)
            await case.trail.settled()
        except AuditUnavailableError:
            raise
        except UncoveredError as error:
            await case.trail.settled()
            return await send_fault(request, version, error.fault, [write_coverage(error.coverage)])
        except FaultError as error:
            self._decide(case, error.fault)
            _log_refusal(case, error.fault)
            await case.trail.settled()
            return await send_fault(request, version, error.fault)
        except asyncio.CancelledError:
            self._abandon(case)
            raise
        except Exception:
            _log.exception("search.failed", question_id=case.question_id)
            fault = Fault(reason=Reason.INTERNAL, message=Reason.INTERNAL.message)
            self._decide(case, fault)
            await case.trail.settled()
            return await send_fault(request, version, fault)
        return await send_answer(request, version, outgoing, lambda: self._callers.still_allowed(caller))

    async def _answer(self, request: web.Request, version: SoapVersion, case: _Case) -> tuple[Caller, Outgoing]:
        caller = self._caller(request, case)
        admitted = self._admission.admit(caller.verdict, Transaction.SEARCH)
        case.partner, case.list_version = admitted.partner.id, admitted.list_version
        body = await read_request(request)
        envelope = read_envelope(
            body,
            content_type=request.headers.get("Content-Type"),
            soap_action=request.headers.get("SOAPAction"),
            limits=REQUEST_LIMITS,
        )
        return caller, await self._search_for(caller, admitted, envelope, version, case)

    async def _search_for(
        self, caller: Caller, admitted: Admitted, envelope: Envelope, version: SoapVersion, case: _Case
    ) -> Outgoing:
        assertion, header = _headers(envelope)
        question = read_question(envelope.body, header, on=self._now().date())
        wished_s = question.deadline.total_seconds() if question.deadline else None
        deadline = Deadline.starting_at(case.arrived_s, wished_s)
        vouched = self._vihf.check(assertion, admitted.partner, admitted.identity, self._now())
        granted = authorised(admitted, vouched, question)
        case.profile = granted.profile.value
        if self._audit.failure is not None:
            raise FaultError(_audit_unavailable())
        if admitted.is_canary:
            self._decide(case, None)
            return canary_answer(version, case.question_id, question.deadline)
        async with self._slots.slot(admitted.partner.id):
            await self._vihf.use(vouched, self._now())
            result = await self._search.answer(question, granted, deadline, case.question_id)
        self._callers.require_still(caller)  # A right that has ended meanwhile is told, not only not served.
        self._decide(case, None)
        case.trail.append(
            search_answered(
                partner=granted.partner,
                profile=granted.profile.value,
                coverage=result.coverage,
                units=result.merged.units,
            )
        )
        _log_result(case, result)
        self._searched(result.coverage, monotonic() - case.arrived_s)
        check_demand(result.coverage, question.least_complete)
        return Outgoing(answer_parts(version, result.merged, result.coverage))

    def _caller(self, request: web.Request, case: _Case) -> Caller:
        """Who asks. Where it is not told, or must not be, the case is the peer's."""
        peer = self._callers.peer(request)
        case.fingerprint = peer.identity.fingerprint if peer.identity is not None else None
        caller = self._callers.caller(request, peer)
        if caller.proxy is not None and case.fingerprint is not None:
            proxied = RequestProxied(
                question=case.question_id, proxy=case.fingerprint, certificate=caller.fingerprint
            )
            case.trail.append(proxied)
            _log.info("request.proxied", question_id=case.question_id, proxy=proxied.proxy)
        case.fingerprint = caller.fingerprint
        return caller

    def _abandon(self, case: _Case) -> None:
        """The caller went away. What it was granted, and the regions were asked for it, is kept all the same."""
        if case.profile is not None and not case.decided:
            with contextlib.suppress(AuditUnavailableError):  # the writer counts it, and nobody waits for an answer
                self._decide(case, None)
        _log.info("search.abandoned", question_id=case.question_id, partner=case.partner)

    def _decide(self, case: _Case, fault: Fault | None) -> None:
        if fault is not None:
            _learn(case, fault)
        case.decided = True
        decision = Decision(
            granted=fault is None,
            reason=fault.reason.slug if fault else None,
            transaction=Transaction.SEARCH,
            partner=case.partner,
            profile=case.profile,
            question_id=case.question_id,
            fingerprint=case.fingerprint,
            list_version=case.list_version,
        )
        self._decisions.record(decision)
        case.trail.record(decision)


def _audit_unavailable() -> Fault:
    reason = Reason.AUDIT_UNAVAILABLE
    return Fault(reason=reason, message=reason.message, retry_after_s=_RETRY_AFTER_S)


def _headers(envelope: Envelope) -> tuple[Assertion | None, SearchHeader | None]:
    security, search = envelope.header(SECURITY), envelope.header(SEARCH)
    return (
        read_assertion(security) if security is not None else None,
        read_search_header(search) if search is not None else None,
    )


def _learn(case: _Case, fault: Fault) -> None:
    """Whom the first door refused, and by which list, stands in the evidence: such a caller was never admitted."""
    partner, list_version = fault.evidence.get("partner"), fault.evidence.get("list_version")
    if case.partner is None and isinstance(partner, str):
        case.partner = partner
    if case.list_version is None and isinstance(list_version, int):
        case.list_version = list_version


def _log_refusal(case: _Case, fault: Fault) -> None:
    """The evidence behind a refusal; who was refused and why is in the decision of the same question."""
    _log.info(
        "request.refused",
        question_id=case.question_id,
        reason=fault.reason.slug,
        **{f"evidence_{name}": value for name, value in fault.evidence.items()},
    )


def _log_result(case: _Case, result: SearchResult) -> None:
    coverage = result.coverage
    _log.info(
        "search.answered",
        question_id=case.question_id,
        partner=case.partner,
        units=result.merged.units,
        asked=coverage.asked,
        complete=coverage.complete,
        outcomes={f"{line.ror}:{'+'.join(line.codes)}": str(line.outcome) for line in coverage.rors},
    )
