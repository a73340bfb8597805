"""``GET /passerelle/recu/<question>``: the audit log's receipt, for the partner whose question it was, nobody else.

The first door is the one of the search, its quota included. A question of somebody else, one that nobody asked and
what is no question's id are the same 404. Receipt and refusal are JSON.
"""

import json
import re
from dataclasses import dataclass

import structlog
from aiohttp import web

from gateway.admission.admission import Admission
from gateway.admission.callers import Callers
from gateway.audit.errors import AuditUnavailableError, UnreadableLogError
from gateway.audit.log import AuditLog
from gateway.audit.receipts import ReceiptDesk, ReceiptNotYetError, ReceiptsBusyError
from ror.access import Transaction
from ror.audit.events import ReceiptAsked
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from ror.soap.over_http import answer_headers, fault_headers
from ror.soap.version import SoapVersion

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/json"
_QUESTION = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)
_TRANSACTION = "recu"
_BUSY_S = 2


@dataclass(slots=True)
class _Case:
    """What is known of one request."""

    question: str | None
    partner: str | None = None
    certificate: str | None = None


class Receipts:
    """Answers GETs for receipts."""

    def __init__(self, admission: Admission, callers: Callers, audit: AuditLog, desk: ReceiptDesk) -> None:
        self._admission = admission
        self._callers = callers
        self._audit = audit
        self._desk = desk

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, once the audit log has on disk who asked for what."""
        told = request.match_info["question"]
        case = _Case(told if _QUESTION.fullmatch(told) else None)
        try:
            document = await self._receipt(request, case)
            await self._recorded(case, None)
        except FaultError as error:
            return await self._refused(request, case, error.fault)
        except AuditUnavailableError as error:
            return _unavailable(request, error)
        return web.Response(body=document, headers=answer_headers(MEDIA_TYPE))

    async def _receipt(self, request: web.Request, case: _Case) -> bytes:
        caller = self._callers.caller(request, self._callers.peer(request))
        case.certificate = caller.fingerprint
        case.partner = self._admission.admit(caller.verdict, Transaction.SEARCH).partner.id
        if case.question is None:
            raise refuse(Reason.IDENTIFIER_UNKNOWN)
        try:
            document = await self._desk.receipt(case.partner, case.question)
        except ReceiptNotYetError:
            raise _later(Reason.RECEIPT_NOT_YET, self._audit.seconds_to_head) from None
        except ReceiptsBusyError:
            raise _later(Reason.OVERLOADED, _BUSY_S) from None
        except UnreadableLogError as error:
            _log.error("receipt.failed", question_id=case.question, cause=str(error))
            raise refuse(Reason.INTERNAL) from error
        if document is None:
            raise refuse(Reason.IDENTIFIER_UNKNOWN)
        return document

    async def _refused(self, request: web.Request, case: _Case, fault: Fault) -> web.StreamResponse:
        partner = fault.evidence.get("partner")
        if case.partner is None and isinstance(partner, str):
            case.partner = partner
        try:
            await self._recorded(case, fault)
        except AuditUnavailableError as error:
            return _unavailable(request, error)
        return _told(request, fault)

    async def _recorded(self, case: _Case, fault: Fault | None) -> None:
        reason = fault.reason.slug if fault is not None else None
        _log.info("receipt.asked", question_id=case.question, partner=case.partner, reason=reason)
        trail = self._audit.trail()
        if fault is None or trail.is_told((_TRANSACTION, reason, case.partner, case.certificate)):
            asked = ReceiptAsked(
                granted=fault is None,
                question=case.question,
                reason=reason,
                partner=case.partner,
                certificate=case.certificate,
            )
            trail.append(asked)
        await trail.settled()


def _told(request: web.Request, fault: Fault) -> web.Response:
    """A refusal as JSON, under the HTTP status of its own number. An unread body is not waited for."""
    error = {"number": fault.number, "slug": fault.reason.slug, "message": fault.message}
    headers = {**fault_headers(SoapVersion.V12, fault), "Content-Type": MEDIA_TYPE}
    body = json.dumps({"error": error}, ensure_ascii=False).encode()
    response = web.Response(status=fault.number, body=body, headers=headers)
    if not request.content.is_eof():
        response.force_close()
    return response


def _unavailable(request: web.Request, error: AuditUnavailableError) -> web.Response:
    _log.error("audit.refused-service", question_id=None, cause=str(error))
    return _told(request, _later(Reason.AUDIT_UNAVAILABLE, _BUSY_S).fault)


def _later(reason: Reason, seconds: int) -> FaultError:
    return FaultError(Fault(reason=reason, message=reason.message, retry_after_s=seconds))
