"""What a follower says when it is asked which list it goes by, in one form."""

import re
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime

from ror.audit.moments import moment_text
from ror.territory import ROR_BY_ID
from whitelist.document import to_precise_utc
from whitelist.document_json import Strict, one_form, validated
from whitelist.errors import DocumentError
from whitelist.in_force import InForce

FORMAT = 1
GATEWAY = "gateway"
"""The gateway's id as a follower; a node's is its ROR's."""
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who has what in force, said when, in answer to whose ``nonce``."""

    follower: str
    in_force: InForce
    said_at: datetime
    nonce: str

    def __post_init__(self) -> None:
        if self.follower != GATEWAY and self.follower not in ROR_BY_ID:
            raise DocumentError(f"{self.follower[:40]!a} is no follower of the list")
        if not is_nonce(self.nonce):
            raise DocumentError("the nonce is not 16 to 64 letters, digits, hyphens or low lines")
        object.__setattr__(self, "said_at", to_precise_utc(self.said_at, "said_at"))


class _AcknowledgementJson(Strict):
    format: int
    follower: str
    environment: str
    version: int
    digest: str
    stops: str
    taken_up_at: AwareDatetime
    said_at: AwareDatetime
    nonce: str

    def acknowledgement(self) -> Acknowledgement:
        """The value; raises ``DocumentError``."""
        if self.format != FORMAT:
            raise DocumentError(f"the acknowledgement has format {self.format}, {FORMAT} is understood")
        in_force = InForce(
            environment=self.environment,
            version=self.version,
            digest=self.digest,
            stops=self.stops,
            taken_up_at=self.taken_up_at,
        )
        return Acknowledgement(follower=self.follower, in_force=in_force, said_at=self.said_at, nonce=self.nonce)


def is_nonce(text: str) -> bool:
    """Whether the text may stand as a question's nonce."""
    return _NONCE.fullmatch(text) is not None


def write_acknowledgement(said: Acknowledgement) -> bytes:
    """The acknowledgement in its one form, moments to the microsecond."""
    in_force = said.in_force
    return one_form(
        {
            "format": FORMAT,
            "follower": said.follower,
            "environment": in_force.environment,
            "version": in_force.version,
            "digest": in_force.digest,
            "stops": in_force.stops,
            "taken_up_at": moment_text(in_force.taken_up_at),
            "said_at": moment_text(said.said_at),
            "nonce": said.nonce,
        }
    )


def read_acknowledgement(payload: bytes) -> Acknowledgement:
    """Read that form and no other; raises ``DocumentError``."""
    said = validated(_AcknowledgementJson, payload).acknowledgement()
    if write_acknowledgement(said) != payload:
        raise DocumentError("the acknowledgement is not written in its one form")
    return said
