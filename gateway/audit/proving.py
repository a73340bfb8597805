"""Proofs from the stored log: receipts for partners, consistency for witnesses. Reads only the segments concerned."""

import contextlib
import re
from bisect import bisect_right

from certs.audit.heads import authentic_head
from certs.audit.keys import PublicKey
from gateway.audit.errors import UnreadableLogError
from gateway.audit.question_index import Place
from gateway.audit.recovery import HEADS_SUFFIX, SEGMENT_SUFFIX
from gateway.audit.segment_index import LeavesOnDisk
from gateway.audit.stored import StoredLog, read_header, record_lines
from ror.audit.errors import AuditFormError
from ror.audit.merkle import Frontier, Tree, leaf_hash
from ror.audit.note import SignedNote
from ror.audit.receipt import Receipt
from ror.audit.record import MAX_LINE_BYTES, Record
from ror.audit.segment import read_heads_line
from ror.audit.tree_head import TreeHead

_SIZE = re.compile(rb'"[^"\\]*\\n([0-9]{1,16})\\n')
"""How many records a stored head covers, told from its line without reading it."""
_SIGNATURE = b"\\u2014 "
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

    Of equal heads the one with most witnesses counts. Reads one segment and its heads, however large the log is.
    Raises ``UnreadableLogError``.
    """
    names = log.names()
    name = _holding(names, record.seq)
    note = _covering(log, names, name, record.seq, key)
    if note is None:
        return None
    data = log.read(name)
    header, lines = read_header(data), record_lines(data)
    if header is None:
        raise UnreadableLogError(f"the header of {name} is damaged")
    size, index = TreeHead.read(note.text).size, record.seq - header.first
    if not (index < len(lines) and leaf_hash(lines[index]) == record.hash):
        raise UnreadableLogError(f"record {record.seq} is no longer where it was")
    try:
        tree = Tree(header.frontier, [leaf_hash(line) for line in lines[: size - header.first + 1]])
        proof = tree.inclusion(record.seq - 1, size)
    except AuditFormError as error:
        raise UnreadableLogError(f"no proof of record {record.seq}: {error}") from error
    return Receipt(line=lines[index], proof=proof, head=note)


def receipt_at(log: StoredLog, place: Place, key: PublicKey) -> Receipt | None:
    """The same for a record that an index has found: reads a few lines of its segment. Raises as ``receipt_of``."""
    names, seq = log.names(), place.record.seq
    note = _covering(log, names, place.path.name, seq, key)
    if note is None:
        return None
    header = read_header(log.read(place.path.name, MAX_LINE_BYTES + 1))
    if header is None:
        raise UnreadableLogError(f"the header of {place.path.name} is damaged")
    tree = Tree(header.frontier, LeavesOnDisk(place.path, place.within), place.within.blocks)
    try:
        proof = tree.inclusion(seq - 1, TreeHead.read(note.text).size)
    except (AuditFormError, OSError) as error:
        raise UnreadableLogError(f"no proof of record {seq}: {error}") from error
    return Receipt(line=place.line, proof=proof, head=note)


def is_signed(log: StoredLog, seq: int, key: PublicKey) -> bool:
    """Whether a signed head covers the record of that number. Raises ``UnreadableLogError``."""
    names = log.names()
    return _covering(log, names, _holding(names, seq), seq, key) is not None


def _covering(log: StoredLog, names: list[str], name: str, seq: int, key: PublicKey) -> SignedNote | None:
    """The smallest authentic head over ``seq`` among those made while the segment was the newest, and at its end."""
    found: list[tuple[int, int, bytes]] = []
    heads = name.removesuffix(SEGMENT_SUFFIX) + HEADS_SUFFIX
    for line in log.read(heads).split(b"\n")[:-1] if log.has(heads) else ():
        told = _SIZE.match(line)
        if told is not None and int(told[1]) >= seq:
            found.append((int(told[1]), -line.count(_SIGNATURE), line))
    for _, _, line in sorted(found, key=lambda one: one[:2]):
        with contextlib.suppress(AuditFormError):
            note = read_heads_line(line)
            if authentic_head(note, key) is not None:
                return note
    following = bisect_right(names, name)
    header = read_header(log.read(names[following], MAX_LINE_BYTES + 1)) if following < len(names) else None
    return header.head if header is not None and authentic_head(header.head, key) is not None else None


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
