"""Decisions counted on their way to the log."""

from collections.abc import Callable

from gateway.telemetry.counting import Counters
from whitelist.decision_log import Decision, DecisionSink


class CountedDecisions:
    """A ``DecisionSink`` before another. The canary is refused all day on purpose: it is logged, and not counted."""

    def __init__(self, sink: DecisionSink, counters: Counters, canary: Callable[[], str | None]) -> None:
        self._sink = sink
        self._counters = counters
        self._canary = canary

    def record(self, decision: Decision) -> None:
        """Count and hand on one decision."""
        if decision.partner is None or decision.partner != self._canary():
            self._counters.decided(decision)
        self._sink.record(decision)
