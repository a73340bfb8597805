"""What one request leaves in the log: who brought it stands with its decision, and comes in no greater floods."""

from typing import cast

from gateway.audit.batch import Batch
from gateway.audit.flood import EACH
from gateway.audit.refusals import RefusalAudit
from gateway.audit.trail import Trail
from gateway.audit.writer import AuditWriter
from ror.access import Transaction
from ror.audit.events import DecisionsCounted, DecisionTaken, Event, RequestProxied
from whitelist.decision_log import Decision

PROXY, STRANGER = "a" * 64, "b" * 64


class Writer:
    """Takes everything."""

    failure: str | None = None

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, event: Event) -> Batch:
        self.events.append(event)
        return Batch()


def brought(trail: Trail, question: str, *, granted: bool) -> None:
    """A question that a proxy brings for somebody, and what is decided on it."""
    trail.append(RequestProxied(question=question, proxy=PROXY, certificate=STRANGER))
    trail.record(
        Decision(
            granted=granted,
            reason=None if granted else "partner.not-listed",
            transaction=Transaction.SEARCH,
            partner=None,
            profile=None,
            question_id=question,
            fingerprint=STRANGER,
            list_version=1,
        )
    )


async def test_who_brought_a_question_stands_before_its_decision() -> None:
    writer = Writer()
    brought(Trail(cast(AuditWriter, writer), RefusalAudit(writer.events.append)), "one", granted=True)
    assert [type(event) for event in writer.events] == [RequestProxied, DecisionTaken]


async def test_strangers_behind_a_proxy_fill_the_log_no_faster_than_strangers_without_one() -> None:
    writer = Writer()
    refusals = RefusalAudit(writer.events.append)
    for number in range(10 * EACH):
        brought(Trail(cast(AuditWriter, writer), refusals), f"refused-{number}", granted=False)
    assert sum(isinstance(event, RequestProxied) for event in writer.events) <= EACH + 1
    refusals.flush()
    assert sum(one.count for one in writer.events if isinstance(one, DecisionsCounted)) >= 9 * EACH - 1

    for number in range(EACH + 50):  # the control: what is granted is told each time, whoever floods
        brought(Trail(cast(AuditWriter, writer), refusals), f"granted-{number}", granted=True)
    granted = {event.question for event in writer.events if isinstance(event, DecisionTaken) and event.granted}
    proxied = {event.question for event in writer.events if isinstance(event, RequestProxied)}
    assert len(granted) == EACH + 50
    assert granted <= proxied
