"""What is counted as it happens: plain calls of a few microseconds, on the loop that serves.

Every label is of a bounded set. What a peer could invent (an outcome that a node tells) is counted as ``other``.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from certs.handshakes import HandshakeFailure
from gateway.federation.reply import RegionReply
from ror.coverage import Coverage, Outcome
from whitelist.decision_log import Decision

PREFIX: Final = "ror_gateway"
OTHER: Final = "other"
GRANTED: Final = "granted"
_SEARCH_BUCKETS_S: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 4.6, 5.0, 10.0, 30.0)
_REGION_BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 4.6, 10.0, 30.0)
_OUTCOMES: Final = frozenset(Outcome)


class Counters:
    """Searches, regions, decisions and handshakes, counted into ``registry``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._searches = Counter(
            f"{PREFIX}_searches_total", "Searches answered, by what became of them.", ["result"], registry=registry
        )
        self._search_s = Histogram(
            f"{PREFIX}_search_duration_seconds",
            "From a question's arrival until its answer is ready to be sent.",
            buckets=_SEARCH_BUCKETS_S,
            registry=registry,
        )
        self._regions = Counter(
            f"{PREFIX}_region_replies_total", "RORs asked, by outcome.", ["ror", "outcome"], registry=registry
        )
        self._region_s = Histogram(
            f"{PREFIX}_region_duration_seconds",
            "How long a ROR was waited for.",
            ["ror"],
            buckets=_REGION_BUCKETS_S,
            registry=registry,
        )
        self._decisions = Counter(
            f"{PREFIX}_decisions_total",
            "Decisions at the doors, the canary's left out.",
            ["transaction", "reason"],
            registry=registry,
        )
        self._handshakes = Counter(
            f"{PREFIX}_handshakes_refused_total",
            "TLS handshakes that failed, by problem.",
            ["problem"],
            registry=registry,
        )
        self._replies: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        for result in ("complete", "partial", "none"):
            self._searches.labels(result)

    def searched(self, coverage: Coverage, seconds: float) -> None:
        """Count one search."""
        result = "none" if not coverage.answered else "complete" if coverage.is_complete else "partial"
        self._searches.labels(result).inc()
        self._search_s.observe(seconds)

    def replied(self, reply: RegionReply) -> None:
        """Count one region's part."""
        outcome = reply.outcome if reply.outcome in _OUTCOMES else OTHER
        found = self._replies.get((reply.ror, outcome))
        if found is None:
            found = self._regions.labels(reply.ror, outcome), self._region_s.labels(reply.ror)
            self._replies[reply.ror, outcome] = found
        count, duration = found
        count.inc()
        duration.observe(reply.duration_ms / 1000)

    def decided(self, decision: Decision) -> None:
        """Count one decision."""
        self._decisions.labels(decision.transaction.value, decision.reason or GRANTED).inc()

    def handshake_failed(self, failure: HandshakeFailure) -> None:
        """Count one failed handshake."""
        self._handshakes.labels(failure.problem.value).inc()
