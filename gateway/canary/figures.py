"""The canary's figures, by path."""

from collections.abc import Mapping
from enum import StrEnum
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.canary.paths import PathName
from gateway.telemetry.counting import PREFIX

_BUCKETS_S = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)


class Failure(StrEnum):
    """Why a round counts as failed; the value is stable."""

    NOT_LISTED = "not-listed"
    NOT_ADMITTED = "not-admitted"
    NOT_WRITTEN = "not-written"
    TOO_LATE = "too-late"
    NOT_READMITTED = "not-readmitted"
    BROKEN = "broken"


class CanaryFigures:
    """Counted into ``registry``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._delay_s = Histogram(
            f"{PREFIX}_canary_delay_seconds",
            "From a stop of the canary being written until it was refused.",
            ["path"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._last_s = Gauge(
            f"{PREFIX}_canary_last_delay_seconds", "The same, in the last round.", ["path"], registry=registry
        )
        self._success = Gauge(
            f"{PREFIX}_canary_last_success_timestamp_seconds",
            "When a round last held its bound; 0 before the first.",
            registry=registry,
        )
        self._rounds = Counter(f"{PREFIX}_canary_rounds_total", "Rounds begun.", registry=registry)
        self._failures = Counter(
            f"{PREFIX}_canary_failures_total", "Rounds that failed, by cause.", ["cause"], registry=registry
        )
        for failure in Failure:
            self._failures.labels(failure.value)

    def begun(self) -> None:
        """Count a round."""
        self._rounds.inc()

    def measured(self, delays_s: Mapping[PathName, float]) -> None:
        """Keep the delays of one round."""
        for path, delay_s in delays_s.items():
            self._delay_s.labels(path.value).observe(delay_s)
            self._last_s.labels(path.value).set(delay_s)

    def succeeded(self) -> None:
        """A round held its bound on every path, and the canary is in again."""
        self._success.set(time())

    def failed(self, failure: Failure) -> None:
        """A round failed."""
        self._failures.labels(failure.value).inc()
