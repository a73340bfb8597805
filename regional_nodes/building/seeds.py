"""Chance that is the same on every machine: seeded by what it decides about, never by a process or a hash seed."""

from hashlib import blake2b
from random import Random


def seed_of(*parts: object) -> int:
    """A 64-bit seed from the text of ``parts``."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def chance(*parts: object) -> Random:
    """A generator of its own for ``parts``."""
    return Random(seed_of(*parts))  # noqa: S311 - simulation, not secrets
