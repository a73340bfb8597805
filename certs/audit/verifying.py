"""Offline verification with keys: a whole log, and a single receipt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certs.audit.heads import Quorum, authentic_head, witnessed_at
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
    segments: Iterable[Segment], notes: Sequence[SignedNote], log: PublicKey, *, retained_from: int | None = None
) -> Report:
    """Verify a log, its segments in order, against its key; ``notes`` are all the heads at hand."""
    return verify_log(segments, notes, lambda note: authentic_head(note, log), retained_from=retained_from)


@dataclass(frozen=True, slots=True)
class Standing:
    """One witness: up to which record it has co-signed this log, and a head of another past that it has co-signed."""

    witness: PublicKey
    size: int
    contradiction: TreeHead | None


def standings(
    notes: Sequence[SignedNote], log: PublicKey, witnesses: Sequence[PublicKey], report: Report
) -> tuple[Standing, ...]:
    """How far each witness vouches for the log that ``report`` is about."""
    other = {(head.size, head.root) for head in report.contradicted}
    signed = [(head, note) for note in notes if (head := _head(note)) is not None]
    signed.sort(key=lambda pair: -pair[0].size)
    last = report.last or 0
    unsound = [(head, note) for head, note in signed if (head.size, head.root) in other]
    sound = [pair for pair in signed if pair[0].size <= last and pair not in unsound]
    found = []
    for key in witnesses:
        head = _first_witnessed(sound, log, key)
        found.append(Standing(key, head.size if head else 0, _first_witnessed(unsound, log, key)))
    return tuple(found)


def _head(note: SignedNote) -> TreeHead | None:
    try:
        return TreeHead.read(note.text)
    except AuditFormError:
        return None


def _first_witnessed(
    pairs: Sequence[tuple[TreeHead, SignedNote]], log: PublicKey, witness: PublicKey
) -> TreeHead | None:
    for head, note in pairs:
        if witnessed_at(note, witness) is not None and authentic_head(note, log) is not None:
            return head
    return None


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
