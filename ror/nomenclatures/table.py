"""A code table with the days its codes were valid, and look-ups in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Concept:
    """One code; ``valid_to`` is the day it ended, ``None`` while it is open."""

    code: str
    label: str
    valid_from: date
    valid_to: date | None

    def is_open(self, on: date) -> bool:
        """Whether the code may be used on that day: from its first day until the day before its end."""
        return self.is_known(on) and (self.valid_to is None or on < self.valid_to)

    def is_known(self, on: date) -> bool:
        """Whether a nomenclature released on that day has the code, ended or not."""
        return self.valid_from <= on


@dataclass(frozen=True, slots=True)
class Table:
    """A terminology (TRE) or value set (JDV) of the NOS: OID, official name, day of release, concepts in order."""

    oid: str
    name: str
    release: date
    concepts: tuple[Concept, ...]
    _by_code: dict[str, Concept] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code = {stripped(concept.code): concept for concept in self.concepts}
        by_code.update((concept.code, concept) for concept in self.concepts)
        object.__setattr__(self, "_by_code", by_code)

    def find(self, code: str) -> Concept | None:
        """The concept of that code, leading zeros of numbers forgiven both ways (``37`` and ``0037`` are ``037``)."""
        return self._by_code.get(code) or self._by_code.get(stripped(code))

    def label(self, code: str) -> str | None:
        """The label of a code, for people; ``None`` for an unknown code."""
        concept = self.find(code)
        return None if concept is None else concept.label

    def open_concepts(self, on: date) -> tuple[Concept, ...]:
        """The concepts that may be used on that day."""
        return tuple(concept for concept in self.concepts if concept.is_open(on))


def stripped(code: str) -> str:
    """A numeric code without leading zeros, ``0`` at least; any other code as it is."""
    return code.lstrip("0") or "0" if code.isascii() and code.isdigit() else code


def parse_table(lines: Iterable[str]) -> Table:
    """Read one section: the line that begins with ``#``, then the rows. A malformed one is a ``ValueError``."""
    rows = iter(lines)
    oid, name, release = next(rows).removeprefix("# ").split("\t")
    return Table(oid, name, date.fromisoformat(release), tuple(map(_concept, rows)))


def _concept(row: str) -> Concept:
    code, label, valid_from, valid_to = row.split("\t")
    return Concept(
        code,
        label,
        date.fromisoformat(valid_from),
        date.fromisoformat(valid_to) if valid_to else None,
    )
