"""How many questions a partner may ask: a token bucket each, filled evenly over the minute."""

from dataclasses import dataclass
from math import ceil


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Quotas:
    """Buckets by partner, in memory. A minute's quota may be used at once, then it refills steadily."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, partner: str, per_minute: int, now_s: float) -> int | None:
        """Take one question at monotonic ``now_s``. ``None`` when granted, else whole seconds to wait."""
        rate = per_minute / 60
        bucket = self._buckets.get(partner)
        if bucket is None:
            bucket = self._buckets[partner] = _Bucket(float(per_minute), now_s)
        bucket.tokens = min(float(per_minute), bucket.tokens + max(0.0, now_s - bucket.at) * rate)
        bucket.at = now_s
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return None
        if rate <= 0:
            return 60
        return max(1, ceil((1 - bucket.tokens) / rate))
