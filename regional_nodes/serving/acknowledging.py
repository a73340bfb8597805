"""``GET /passerelle/liste?defi=…``: which list this node goes by, under its own signature, for gateways."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web

from regional_nodes.serving.admission import Admission
from regional_nodes.serving.exchange import Answer
from regional_nodes.serving.held_list import HeldList
from ror import namespaces
from ror.errors import refuse
from ror.faults import Reason
from whitelist.acknowledgement.signing import MEDIA_TYPE, AcknowledgementSigner
from whitelist.acknowledgement.statement import Acknowledgement, is_nonce
from whitelist.document import PartnerKind
from whitelist.in_force import InForce

_log = structlog.get_logger(__name__)

ASKING_KINDS: Final = frozenset({PartnerKind.GATEWAY})


class Acknowledging:
    """Says for one node what it holds; to gateways only, through the same first door as a search."""

    def __init__(
        self,
        ror: str,
        held_list: HeldList,
        signer: AcknowledgementSigner,
        admission: Admission,
        now: Callable[[], datetime],
    ) -> None:
        self._ror = ror
        self._list = held_list
        self._signer = signer
        self._admission = admission
        self._now = now
        self._told: InForce | None = None

    async def answer(self, request: web.BaseRequest) -> Answer:
        """The signed acknowledgement. Raises ``FaultError`` as the first door does, and for a malformed question."""
        caller = self._admission.admit(request, kinds=ASKING_KINDS)
        if request.method != "GET":
            raise refuse(Reason.METHOD_NOT_ALLOWED, "Cette adresse attend une requête GET.")
        asked = request.query.getall(namespaces.NONCE_PARAMETER, [])
        if len(asked) != 1 or not is_nonce(asked[0]):
            raise refuse(Reason.HTTP_INVALID, "Un seul paramètre « defi » est attendu : 16 à 64 lettres et chiffres.")
        held = self._list.held
        if held is None:
            raise refuse(Reason.WHITELIST_UNUSABLE)
        said = Acknowledgement(follower=self._ror, in_force=held.in_force, said_at=self._now(), nonce=asked[0])
        body = self._signer.sign(said)
        self._tell(held.in_force, caller.partner.id)
        return Answer(status=200, content_type=MEDIA_TYPE, body=body)

    def _tell(self, in_force: InForce, partner: str) -> None:
        """Log what is new, and not every question about it."""
        if in_force != self._told:
            self._told = in_force
            _log.info("list.acknowledged", ror=self._ror, partner=partner, version=in_force.version)
