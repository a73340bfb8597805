"""What the gateway says to the nodes: its question, and a VIHF of its own (decision 3).

The VIHF is written, and where so wished signed, once for a question: every node is shown the same, each for the first
time. A node takes an assertion once only, so whoever has to say it again, because the connection broke before an
answer, gets the message with another assertion: the first may have arrived. Regions that are asked the same share its
bytes too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from ror.access import ProfileCode
from ror.g1.question import write_question
from ror.question import Destination, Question
from ror.soap.envelope import write_envelope
from ror.soap.search_header import write_search_header
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf

VALID_FOR: Final = timedelta(seconds=60)
"""The gateway's own VIHF lives for two of the longest questions: so long nodes remember it."""

_APPLICATION: Final = "passerelle-inter-ror"

Attempts = Iterator[bytes]
"""The messages of one region's question: one for each attempt to send it, never the same assertion twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """In whose name the gateway speaks; both follow a renewed certificate. Without ``sign`` its VIHF is unsigned."""

    issuer: Callable[[], str]
    sign: Callable[[bytes], bytes] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def vihf(self, partner: str, profile: ProfileCode) -> bytes:
        """A new ``wsse:Security`` block for a question of ``partner`` under the profile granted."""
        vihf = Vihf(issuer=self.issuer(), subject_id=partner, application=_APPLICATION, profile_code=profile.value)
        block = write_vihf(vihf, at=self.now(), assertion_id=f"_{uuid4()}", valid_for=VALID_FOR)
        return block if self.sign is None else self.sign(block)


class Messages:
    """The messages of one question, which every node may work on for ``budget_s`` seconds."""

    def __init__(self, voice: Voice, partner: str, profile: ProfileCode, budget_s: float) -> None:
        self._voice = voice
        self._partner, self._profile = partner, profile
        self._deadline = timedelta(seconds=round(budget_s, 3))
        self._shared = voice.vihf(partner, profile)
        self._written: dict[tuple[Destination, ...], tuple[bytes, bytes]] = {}

    def to(self, question: Question) -> Attempts:
        """The messages that ask ``question``, a region's part: it differs from the others' in its destinations."""
        yield self._message(question, self._shared)
        while True:
            yield self._message(question, self._voice.vihf(self._partner, self._profile))

    def _message(self, question: Question, vihf: bytes) -> bytes:
        written = self._written.get(question.destinations)
        if written is None:
            asked = replace(question, deadline=self._deadline)
            written = write_search_header(asked), write_question(asked)
            self._written[question.destinations] = written
        header, body = written
        return write_envelope(SoapVersion.V12, headers=[vihf, header], body=body)
