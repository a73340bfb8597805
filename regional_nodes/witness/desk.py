"""``POST /passerelle/tete``: a gateway shows a head of its audit log and gets this node's signature, or why not.

Request and answers are those of C2SP tlog-witness. Who is no gateway of the list is refused by the first door, before
a byte of the body is read.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import web

from certs.audit.witness import Cosigned, NotCosigned
from regional_nodes.errors import WitnessError
from regional_nodes.serving.admission import Admission
from regional_nodes.serving.connections import Bounds
from regional_nodes.serving.exchange import Answer, read_body
from regional_nodes.witness.judging import NodeWitness
from ror.audit.errors import AuditFormError
from ror.audit.witnessing import KEY_HEADER, MAX_REQUEST_BYTES, SIZE_TYPE, WitnessFlaw, WitnessRequest
from ror.errors import FaultError, refuse
from ror.faults import Fault, Reason
from whitelist.document import PartnerKind

_log = structlog.get_logger(__name__)

_GATEWAYS = frozenset({PartnerKind.GATEWAY})
_MOST_WAITING = 8
_STATUS = {
    WitnessFlaw.UNREADABLE: 400,
    WitnessFlaw.NOT_AUTHENTIC: 403,
    WitnessFlaw.UNKNOWN_LOG: 404,
    WitnessFlaw.STALE: 409,
    WitnessFlaw.ROLLED_BACK: 409,
    WitnessFlaw.FORKED: 422,
}
_TEXT = "text/plain; charset=utf-8"


class WitnessDesk:
    """Takes requests one after the other; the disk is waited for in a thread."""

    def __init__(
        self,
        ror: str,
        witness: NodeWitness | None,
        admission: Admission,
        bounds: Bounds,
        now: Callable[[], datetime],
    ) -> None:
        """``witness`` is ``None`` where the node cannot witness: every request gets 503."""
        self._ror = ror
        self._witness = witness
        self._admission = admission
        self._bounds = bounds
        self._now = now
        self._waiting = 0

    async def answer(self, request: web.BaseRequest) -> Answer:
        """Answer one request. Raises ``FaultError``."""
        gateway = self._admission.admit(request, kinds=_GATEWAYS).partner.id
        if request.method != "POST":
            raise refuse(Reason.METHOD_NOT_ALLOWED)
        body = await read_body(request, self._bounds, max_bytes=MAX_REQUEST_BYTES)
        try:
            asked = WitnessRequest.read(body.decode())
        except (AuditFormError, UnicodeDecodeError):
            return _told(NotCosigned(WitnessFlaw.UNREADABLE))
        decided = await self._judged(gateway, request.headers.get(KEY_HEADER, ""), asked)
        if isinstance(decided, NotCosigned):
            _log.info("witness.declined", ror=self._ror, gateway=gateway, flaw=decided.flaw.value)
            return _told(decided)
        return Answer(status=200, content_type=_TEXT, body=f"{decided.signature.line}\n".encode())

    async def _judged(self, gateway: str, told_key: str, asked: WitnessRequest) -> Cosigned | NotCosigned:
        if self._witness is None or self._waiting >= _MOST_WAITING:
            raise FaultError(Fault(reason=Reason.OVERLOADED, message=Reason.OVERLOADED.message))
        self._waiting += 1
        try:
            return await asyncio.to_thread(self._witness.judge, gateway, told_key, asked, self._now())
        except WitnessError as error:
            _log.error("witness.not_kept", ror=self._ror, gateway=gateway, error=str(error))
            raise FaultError(Fault(reason=Reason.OVERLOADED, message=Reason.OVERLOADED.message)) from error
        finally:
            self._waiting -= 1


def _told(refused: NotCosigned) -> Answer:
    status = _STATUS[refused.flaw]
    if status == 409:
        return Answer(status=status, content_type=SIZE_TYPE, body=f"{refused.seen_size}\n".encode())
    return Answer(status=status, content_type=_TEXT, body=f"{refused.flaw.value}\n".encode())
