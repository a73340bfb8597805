"""The events of one request, and the wait for all of them before its answer leaves."""

from gateway.audit.batch import Batch
from gateway.audit.refusals import Cause, RefusalAudit
from gateway.audit.writer import AuditWriter
from ror.audit.events import DecisionTaken, Event, RequestProxied
from whitelist.decision_log import Decision


class Trail:
    """A ``whitelist.decision_log.DecisionSink`` for one request; not shared between tasks.

    Who brought a request is recorded with the decision about it: strangers behind a terminator come in floods too.
    """

    __slots__ = ("_batches", "_brought", "_refusals", "_writer")

    def __init__(self, writer: AuditWriter, refusals: RefusalAudit) -> None:
        self._writer = writer
        self._refusals = refusals
        self._batches: list[Batch] = []
        self._brought: RequestProxied | None = None

    def record(self, decision: Decision) -> None:
        """Hand in a decision; never blocks. Raises ``AuditUnavailableError``."""
        if not decision.granted:
            cause = (decision.transaction.value, decision.reason, decision.partner, decision.fingerprint)
            if not self.is_told(cause):
                return
        if self._brought is not None:
            self._hand_in(self._brought)
        self._hand_in(
            DecisionTaken(
                granted=decision.granted,
                transaction=decision.transaction.value,
                question=decision.question_id,
                reason=decision.reason,
                partner=decision.partner,
                profile=decision.profile,
                certificate=decision.fingerprint,
                list_version=decision.list_version,
            )
        )

    def is_told(self, cause: Cause) -> bool:
        """Whether a refusal is to be appended; if not, it came in a flood and was counted.

        While nothing can be recorded every one is to be, so that it fails like any other.
        """
        return self._writer.failure is not None or self._refusals.passes(cause)

    def append(self, event: Event) -> None:
        """Hand in an event; never blocks. Raises ``AuditUnavailableError``."""
        if isinstance(event, RequestProxied):
            self._brought = event
        else:
            self._hand_in(event)

    def _hand_in(self, event: Event) -> None:
        batch = self._writer.append(event)
        if not self._batches or self._batches[-1] is not batch:
            self._batches.append(batch)

    async def settled(self) -> None:
        """Wait until all of it is durable. Raises ``AuditUnavailableError``: then no answer may leave but a 503."""
        for batch in self._batches:
            await self._writer.settled(batch)
