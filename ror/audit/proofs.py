"""Checking proofs of a Merkle tree (RFC 9162 §2.1.3.2, §2.1.4.2). A hostile proof of any length is simply wrong."""

from collections.abc import Sequence
from hmac import compare_digest

from ror.audit.merkle import EMPTY_ROOT, node_hash


def proves_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at ``index``, counted from 0, in the log of ``size`` leaves with that root."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and compare_digest(found, root)


def proves_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the log of ``size`` leaves begins with the log of ``old_size`` leaves."""
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and compare_digest(old_root, root)
    if old_size == 0:
        return not proof and compare_digest(old_root, EMPTY_ROOT)
    if not proof:
        return False
    steps = list(proof)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    return last == 0 and compare_digest(old, old_root) and compare_digest(new, root)
