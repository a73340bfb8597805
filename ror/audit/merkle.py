"""The Merkle tree over a log's records (RFC 6962 §2.1, RFC 9162 §2.1): roots and proofs.

A log only grows at its right edge, so that its past is known by the roots of its perfect subtrees, one for each 1 bit
of its size: the ``Frontier``. With it and the leaf hashes that follow, everything about the newer part can be proven
without reading the older one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ror.audit.errors import AuditFormError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one record's bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The first ``size`` leaves of a log, as the roots of its perfect subtrees from left to right."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise AuditFormError(f"a tree of {self.size} leaves does not have {len(self.peaks)} perfect subtrees")
        if any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise AuditFormError("a subtree's root is not a SHA-256 digest")

    def extended(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier after these leaf hashes."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            carried, bits = leaf, size
            while bits & 1:
                carried = node_hash(peaks.pop(), carried)
                bits >>= 1
            peaks.append(carried)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The tree's root."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


BLOCK = 64
"""Leaves of an aligned subtree whose root is worth keeping: few enough to be hashed again in no time."""


class Tree:
    """A log whose leaves before ``base`` are known by their frontier only. Asking for more is an
    ``AuditFormError``.

    ``blocks`` are roots of subtrees of ``BLOCK`` leaves, by their first leaf and the one after their last, where they
    are known: then ``leaves`` is asked for a few leaves only.
    """

    def __init__(
        self, base: Frontier, leaves: Sequence[bytes], blocks: Mapping[tuple[int, int], bytes] | None = None
    ) -> None:
        self._base = base.size
        self._leaves = leaves
        self._most_leaves = BLOCK if blocks else None
        self._peaks: dict[tuple[int, int], bytes] = dict(blocks or {})
        start = 0
        for peak, width in zip(base.peaks, _widths(base.size), strict=True):
            self._peaks[start, start + width] = peak
            start += width

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._base + len(self._leaves)

    def root(self, size: int) -> bytes:
        """The root when the log had ``size`` leaves, from ``base`` to now."""
        self._check(self._base <= size <= self.size, f"no root of {size} leaves")
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The proof that leaf ``index``, counted from 0, is in the log of ``size`` leaves."""
        self._check(self._base <= index < size <= self.size, f"no proof of leaf {index} in {size}")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return tuple(reversed(path))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the log of ``new`` leaves begins with the log of ``old`` leaves."""
        self._check(self._base <= old <= new <= self.size, f"no proof from {old} to {new}")
        if old in (0, new):
            return ()
        path: list[bytes] = []
        low, high = 0, new
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        if low:
            path.append(self._hash(low, high))
        return tuple(reversed(path))

    def _hash(self, low: int, high: int) -> bytes:
        known = self._peaks.get((low, high))
        if known is not None:
            return known
        if low >= self._base and (self._most_leaves is None or high - low <= self._most_leaves):
            return _reduced(self._leaves[low - self._base : high - self._base])
        self._check(high >= self._base and high - low > 1, f"leaves {low} to {high} are not known")
        middle = low + _split(high - low)
        return node_hash(self._hash(low, middle), self._hash(middle, high))

    def _check(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise AuditFormError(f"{otherwise}: known are {self._base} to {self.size}")


def perfect_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, at least one."""
    return _reduced(leaves)


def _reduced(level: Sequence[bytes]) -> bytes:
    while len(level) > 1:
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = [*pairs, level[-1]] if len(level) % 2 else pairs
    return level[0]


def _split(width: int) -> int:
    """The largest power of two below ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def _widths(size: int) -> list[int]:
    return [1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]
