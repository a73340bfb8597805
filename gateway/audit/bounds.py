"""What the audit log allows itself."""

from dataclasses import dataclass

from ror.audit.segment import MAX_BATCH_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBounds:
    """Sizes in bytes, times in seconds.

    A head is signed after ``head_records`` records or ``head_s``, whichever comes first. At most one batch of
    ``batch_events`` and ``batch_bytes`` waits while another is being written; more is refused. ``settle_s`` is how
    long an answer waits for its records. ``retry_s`` is the pause between attempts to write again after a failure.
    """

    segment_bytes: int = 8 * 2**20
    head_records: int = 1000
    head_s: float = 10.0
    batch_events: int = 4096
    batch_bytes: int = MAX_BATCH_BYTES - 2**20
    settle_s: float = 2.0
    retry_s: float = 1.0
    inbox_s: float = 0.5
