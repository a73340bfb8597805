"""Offline verification with keys: a whole log, and a single receipt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certs.audit.heads import Quorum, authentic_head
from certs.audit.keys import PublicKey
from ror.audit.errors import AuditFormError
from ror.audit.findings import Report
from ror.audit.note import SignedNote
from ror.audit.receipt import Receipt
from ror.audit.record import Record
from ror.audit.segment import Segment
from ror.audit.tree_head import TreeHead
from ror.audit.verification import verify_log


def verify(
    segments: Iterable[Segment], notes: Sequence[SignedNote], log: PublicKey, *, retained_from: int = 1
) -> Report:
    """Verify a log against its key; ``notes`` are all the heads at hand, those from elsewhere included."""
    return verify_log(segments, notes, lambda note: authentic_head(note, log), retained_from=retained_from)


@dataclass(frozen=True, slots=True)
class ReceiptVerdict:
    """A receipt that holds: its record, the head that covers it, and whether enough witnesses saw that head."""

    record: Record
    head: TreeHead
    witnessed: bool


def verify_receipt(receipt: Receipt, log: PublicKey, quorum: Quorum | None = None) -> ReceiptVerdict | None:
    """What a receipt proves; ``None`` for one that proves nothing."""
    head = authentic_head(receipt.head, log)
    if head is None:
        return None
    try:
        record = receipt.record_under(head)
    except AuditFormError:
        return None
    if record is None:
        return None
    return ReceiptVerdict(record, head, quorum is not None and quorum.witnessed(receipt.head))
