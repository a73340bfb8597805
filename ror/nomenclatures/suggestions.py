"""Finding codes by the words people type: ``brul`` finds ``121`` and ``175``."""

from datetime import date

from ror.folding import fold
from ror.nomenclatures.table import Concept, Table

LEAST_INNER_LETTERS = 4
"""A word this long is also found inside another one: ``dialyse`` in ``hémodialyse``."""


def suggest(table: Table, words: str, limit: int = 10, *, on: date | None = None) -> tuple[Concept, ...]:
    """Concepts whose label has all the words typed, or their beginnings; a code finds itself first.

    Accents are forgiven. Labels that begin so come first, then shorter ones, then those that have a word inside
    another; with ``on`` only codes open on that day, without it ended ones last.
    """
    exact = table.find(words.strip())
    if exact is not None and on is not None and not exact.is_open(on):
        exact = None
    wanted = fold(words).split()
    ranked: list[tuple[tuple[bool, int, int, int], Concept]] = []
    for position, concept in enumerate(table.concepts):
        if concept is exact or (on is not None and not concept.is_open(on)):
            continue
        label = fold(concept.label)
        nearness = _nearness(label, wanted)
        if nearness is not None:
            ranked.append(((concept.valid_to is not None, nearness, len(label), position), concept))
    found = [concept for _, concept in sorted(ranked, key=lambda pair: pair[0])]
    return tuple(([exact] if exact else []) + found)[:limit]


def _nearness(label: str, wanted: list[str]) -> int | None:
    """0: the label begins with the first word; 1: all words begin one of its words; 2: inside; ``None``: no hit."""
    if not wanted:
        return None
    spaced = f" {label}"
    if all(f" {word}" in spaced for word in wanted):
        return 0 if label.startswith(wanted[0]) else 1
    if all(f" {word}" in spaced or (len(word) >= LEAST_INNER_LETTERS and word in label) for word in wanted):
        return 2
    return None
