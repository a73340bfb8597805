"""One node's server: routes, the corridor of a search, health.

Whatever happens, what leaves is an answer or a fault in the version asked. What else a node does for the gateway
has a path and a module of its own (``NodeParts.services``).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4

import structlog
from aiohttp import web

from regional_nodes.habits import Habits
from regional_nodes.serving.admission import Admission, Caller, permit
from regional_nodes.serving.answering import Answered, Ask, answer_question
from regional_nodes.serving.connections import Bounds
from regional_nodes.serving.exchange import Answer, compressed, fault_answer, read_body, send, soap_answer
from regional_nodes.serving.faults import FaultKind, NodeFault
from regional_nodes.serving.misbehaviour import Situation, misbehave
from regional_nodes.store.opening import Store
from ror import namespaces, schemas
from ror.assertion import Assertion, read_assertion
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from ror.g1.question import read_question
from ror.model.wire import Generation
from ror.question import Question
from ror.release import unknown_at_release
from ror.soap.envelope import SEARCH, SECURITY, Envelope, read_envelope, version_asked
from ror.soap.search_header import read_search_header
from ror.soap.version import SoapVersion
from ror.xml_parser import REQUEST_LIMITS
from whitelist.vihf import VihfDoor, Vouched

_log = structlog.get_logger(__name__)

DEFAULT_DEADLINE_S = 5.0
LONGEST_DEADLINE_S = 30.0
MAX_SEARCHES = 64
"""Searches of one node at a time; the next caller is told to come back."""

Service = Callable[[web.BaseRequest], Awaitable[Answer]]
"""Answers the requests of one path; refuses with ``FaultError``."""

_QUESTION_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_HEALTH_PATH = "/healthz"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeParts:
    """What a node works with. ``url`` is told in the WSDL; ``services`` stand beside the search, by path."""

    habits: Habits
    store: Store
    admission: Admission
    vihf: VihfDoor
    executor: Executor
    url: Callable[[], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    bounds: Bounds = field(default_factory=Bounds)
    services: Mapping[str, Service] = field(default_factory=dict)


class Node:
    """Answers requests. ``fault`` makes it misbehave on demand until it is ``None`` again."""

    def __init__(self, parts: NodeParts) -> None:
        self._parts = parts
        self._fault: NodeFault | None = None
        self._released = asyncio.Event()
        self._searches = 0

    @property
    def fault(self) -> NodeFault | None:
        """The fault the node has, if any."""
        return self._fault

    @fault.setter
    def fault(self, fault: NodeFault | None) -> None:
        self.release()
        self._fault = fault

    def release(self) -> None:
        """Let go of every request that a fault holds back."""
        self._released.set()
        self._released = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        version = version_asked(request.headers.get("Content-Type"))
        if self._fault is not None and self._fault.is_on_the_wire and request.path != _HEALTH_PATH:
            return await self._misbehave(request, version, self._fault)
        answer = await self._answer(request, version)
        answer = await compressed(answer, request.headers.get("Accept-Encoding", ""), self._parts.executor)
        return await send(request, answer, self._parts.bounds)

    async def _misbehave(
        self, request: web.BaseRequest, version: SoapVersion, fault: NodeFault
    ) -> web.StreamResponse:
        _log.info("node.misbehaves", ror=self._parts.habits.ror, fault=str(fault))
        situation = Situation(
            request=request,
            version=version,
            fault=fault,
            respond=lambda: self._answer(request, version),
            bounds=self._parts.bounds,
            released=self._released,
        )
        return await misbehave(situation)

    async def _answer(self, request: web.BaseRequest, version: SoapVersion) -> Answer:
        question_id = _question_id(request)
        try:
            return await self._route(request, version, question_id)
        except FaultError as error:
            self._log_refusal(question_id, error.fault)
            return fault_answer(version, error.fault)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("node.failed", ror=self._parts.habits.ror, question_id=question_id)
            return fault_answer(version, Fault(reason=Reason.INTERNAL, message=Reason.INTERNAL.message))

    async def _route(self, request: web.BaseRequest, version: SoapVersion, question_id: str) -> Answer:
        if request.path == _HEALTH_PATH and request.method == "GET":
            return Answer(status=200, content_type="application/json", body=b'{"status":"ok"}')
        service = self._parts.services.get(request.path)
        if service is not None:
            return await service(request)
        if request.path != namespaces.PATH_G1:
            raise refuse(Reason.PATH_UNKNOWN)
        if request.method == "GET" and "wsdl" in {name.lower() for name in request.query}:
            body = schemas.wsdl(Generation.G1, self._parts.url())
            return Answer(status=200, content_type="text/xml; charset=utf-8", body=body)
        if request.method != "POST":
            raise refuse(Reason.METHOD_NOT_ALLOWED)
        return await self._search(request, version, question_id)

    async def _search(self, request: web.BaseRequest, version: SoapVersion, question_id: str) -> Answer:
        started = perf_counter()
        parts = self._parts
        caller = parts.admission.admit(request)
        body = await read_body(request, parts.bounds)
        envelope = read_envelope(
            body,
            content_type=request.headers.get("Content-Type"),
            soap_action=request.headers.get("SOAPAction"),
            limits=REQUEST_LIMITS,
        )
        assertion, question = self._read(envelope)
        vouched = parts.vihf.check(assertion, caller.partner, caller.identity, parts.now())
        permission = permit(caller, vouched, question, parts.store.meta.regions)
        self._check_release(question)
        await parts.vihf.use(vouched, parts.now())
        ask = Ask(
            question_id=question_id,
            question=question,
            version=version,
            profile=permission.profile_code.profile,
            regions=permission.regions,
            refused_regions=permission.refused,
            max_limit=caller.partner.max_limit,
            on=parts.now().date(),
        )
        answered = await self._answered(ask)
        _log.info(
            "search.answered",
            ror=parts.habits.ror,
            question_id=question_id,
            partner=_partner(caller, vouched),
            profile=permission.profile_code.value,
            found=answered.found,
            returned=answered.returned,
            ms=round((perf_counter() - started) * 1000, 1),
        )
        return soap_answer(version, answered.parts)

    def _read(self, envelope: Envelope) -> tuple[Assertion | None, Question]:
        security, search = envelope.header(SECURITY), envelope.header(SEARCH)
        assertion = read_assertion(security) if security is not None else None
        header = read_search_header(search) if search is not None else None
        return assertion, read_question(envelope.body, header, on=self._parts.now().date())

    def _check_release(self, question: Question) -> None:
        """A code that is newer than this region's nomenclature is told, never a plain zero (decision 20)."""
        release = self._parts.store.meta.release
        code = unknown_at_release(question, release)
        if code is not None:
            raise refuse(
                Reason.CRITERION_UNKNOWN_CODE,
                f"Le code {code.code} n'existe pas encore dans les nomenclatures de ce ROR (version du "
                f"{release:%d/%m/%Y}).",
                scheme=code.scheme,
            )

    async def _answered(self, ask: Ask) -> Answered:
        parts = self._parts
        if self._searches >= MAX_SEARCHES:
            raise FaultError(Fault(reason=Reason.OVERLOADED, message=Reason.OVERLOADED.message, retry_after_s=1))
        wanted = ask.question.deadline
        deadline_s = DEFAULT_DEADLINE_S if wanted is None else min(wanted.total_seconds(), LONGEST_DEADLINE_S)
        loop = asyncio.get_running_loop()
        self._searches += 1
        try:
            async with asyncio.timeout(deadline_s):
                return await loop.run_in_executor(parts.executor, answer_question, parts.store, parts.habits, ask)
        except TimeoutError:
            raise refuse(Reason.DEADLINE_EXCEEDED) from None
        finally:
            self._searches -= 1

    def _log_refusal(self, question_id: str, fault: Fault) -> None:
        _log.info(
            "request.refused",
            ror=self._parts.habits.ror,
            question_id=question_id,
            reason=fault.reason.slug,
            **{f"evidence_{name}": value for name, value in fault.evidence.items()},
        )


def _partner(caller: Caller, vouched: Vouched | None) -> str:
    """For the log: the partner, and for whom it speaks when it is the gateway (decision 3)."""
    return caller.partner.id if vouched is None else f"{caller.partner.id}:{vouched.vihf.subject_id}"


def _question_id(request: web.BaseRequest) -> str:
    told = request.headers.get(namespaces.QUESTION_HEADER, "")
    return told if _QUESTION_ID.fullmatch(told) else uuid4().hex


def keeps_its_list(fault: NodeFault | None) -> bool:
    """Whether the fault is to miss every new list."""
    return fault is not None and fault.kind is FaultKind.STALE_LIST


def is_down(fault: NodeFault | None) -> bool:
    """Whether the fault closes the listener."""
    return fault is not None and fault.kind is FaultKind.DOWN
