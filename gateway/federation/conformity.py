"""A bounded sample of the regions' answers is held to the schema (decision 22); what it finds is for people to mend.

The hot path checks what the merge relies on. The schema says more and costs more, so it is asked for one answer in a
hundred, off the loop, and never changes an answer: a region that deviates harmlessly is heard all the same.
"""

import asyncio
import random
from collections.abc import Callable

import structlog

from ror.errors import RorError
from ror.schemas import Kind, problems
from ror.xml_parser import ANSWER_LIMITS, parse

SHARE = 0.01
LARGEST_BYTES = 1024 * 1024
"""Larger answers are left out of the sample: parse and schema cost two and a half passes each."""

_SHOWN = 5
_log = structlog.get_logger(__name__)


class ConformitySample:
    """Validates one answer in a hundred, one at a time."""

    def __init__(self, share: float = SHARE, draw: Callable[[], float] = random.random) -> None:
        self._share = share
        self._draw = draw
        self._running: asyncio.Task[None] | None = None

    def offer(self, ror: str, body: bytes, question_id: str) -> None:
        """Perhaps validate an answer; returns at once."""
        busy = self._running is not None and not self._running.done()
        if busy or len(body) > LARGEST_BYTES or self._draw() >= self._share:
            return
        self._running = asyncio.create_task(self._validate(ror, body, question_id), name="conformity-sample")

    async def close(self) -> None:
        """Wait for what still runs."""
        if self._running is not None and not self._running.done():
            await asyncio.gather(self._running, return_exceptions=True)

    async def _validate(self, ror: str, body: bytes, question_id: str) -> None:
        found = await asyncio.to_thread(_problems, body)
        if found:
            # The schema's messages may quote values: only how many there are, and where, is logged.
            lines = [problem.partition(":")[0] for problem in found]
            _log.warning("region.not_conformant", ror=ror, question_id=question_id, where=lines)


def _problems(body: bytes) -> tuple[str, ...]:
    try:
        content = parse(body, ANSWER_LIMITS).find("{*}Body/*")
    except RorError as error:
        return (type(error).__name__,)
    return () if content is None else problems(content, Kind.G1_RESPONSE, limit=_SHOWN)
