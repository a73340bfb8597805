"""Proofs from the stored log: receipts for partners, consistency for witnesses. Reads only the segments concerned."""

from bisect import bisect_right

from certs.audit.heads import authentic_head
from certs.audit.keys import PublicKey
from gateway.audit.errors import UnreadableLogError
from gateway.audit.recovery import SEGMENT_SUFFIX
from gateway.audit.stored import StoredLog, read_header, record_lines
from ror.audit.errors import AuditFormError
from ror.audit.merkle import Frontier, Tree, leaf_hash
from ror.audit.note import SignedNote
from ror.audit.receipt import Receipt
from ror.audit.record import MAX_LINE_BYTES, Record

_SEGMENTS_A_STEP = 4
"""How much of the log is read at most for one proof."""


def step_towards(log: StoredLog, old: int, new: int) -> tuple[int, SignedNote] | None:
    """A signed head between ``old`` and ``new`` records, where these lie too far apart for one proof.

    Raises ``UnreadableLogError``.
    """
    if not 0 < old < new:
        return None
    names = log.names()
    begin, end = names.index(_holding(names, old + 1)), names.index(_holding(names, new))
    if end - begin < _SEGMENTS_A_STEP:
        return None
    name = names[begin + _SEGMENTS_A_STEP]
    header = read_header(log.read(name, MAX_LINE_BYTES + 1))
    if header is None:
        raise UnreadableLogError(f"the header of {name} is damaged")
    return header.first - 1, header.head


def consistency_proof(log: StoredLog, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the log of ``new`` records begins with that of ``old``. Raises ``UnreadableLogError``."""
    try:
        return _tree(log, old, new).consistency(old, new) if 0 < old < new else ()
    except AuditFormError as error:
        raise UnreadableLogError(f"no proof from {old} to {new} records: {error}") from error


def receipt_of(log: StoredLog, record: Record, key: PublicKey) -> Receipt | None:
    """The receipt of a record under the first signed head that covers it; ``None`` until there is one.

    Of equal heads the one with most witnesses counts. Raises ``UnreadableLogError``.
    """
    covering = [
        (head.size, -len(note.signatures), note)
        for note in log.notes()
        if (head := authentic_head(note, key)) is not None and head.size >= record.seq
    ]
    if not covering:
        return None
    size, _, note = min(covering, key=lambda one: one[:2])
    return _receipt(log, record, size, note)


def _receipt(log: StoredLog, record: Record, size: int, note: SignedNote) -> Receipt:
    index = record.seq - 1
    try:
        tree = _tree(log, index, size)
        proof = tree.inclusion(index, size)
    except AuditFormError as error:
        raise UnreadableLogError(f"no proof of record {record.seq}: {error}") from error
    return Receipt(line=_line(log, record), proof=proof, head=note)


def _line(log: StoredLog, record: Record) -> bytes:
    for segment in log.segments([_holding(log.names(), record.seq)]):
        for line in record_lines(segment.data):
            if leaf_hash(line) == record.hash:
                return line
    raise UnreadableLogError(f"record {record.seq} is no longer where it was")


def _tree(log: StoredLog, start: int, end: int) -> Tree:
    """The tree from the segment that holds record ``start + 1`` to the one that holds ``end``."""
    names = log.names()
    first = names.index(_holding(names, start + 1))
    base: Frontier | None = None
    leaves: list[bytes] = []
    for segment in log.segments(names[first:]):
        if base is None:
            header = read_header(segment.data)
            if header is None:
                raise UnreadableLogError(f"the header of {segment.name} is damaged")
            base = header.frontier
        leaves += [leaf_hash(line) for line in record_lines(segment.data)]
        if base.size + len(leaves) >= end:
            break
    return Tree(base or Frontier(), leaves)


def _holding(names: list[str], seq: int) -> str:
    """The name of the segment that holds a record, from the first records that the names tell."""
    firsts = [int(name.removesuffix(SEGMENT_SUFFIX)) for name in names]
    at = bisect_right(firsts, seq) - 1
    if at < 0:
        raise UnreadableLogError(f"no segment holds record {seq}")
    return names[at]
