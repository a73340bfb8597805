"""A partner's perimeter: the INSEE region codes it may search, or all of France (decisions 7, 12)."""

from collections.abc import Iterable
from dataclasses import dataclass

from ror.territory import REGION_BY_CODE, ROR_BY_ID
from whitelist.errors import DocumentError

ALL_WORD = "all"


@dataclass(frozen=True, slots=True)
class Perimeter:
    """Region codes as TRE_R30 writes them (``01``, ``84``, ``977``); ``None`` is every region, overseas included."""

    regions: frozenset[str] | None

    def __post_init__(self) -> None:
        if self.regions is None:
            return
        if not self.regions:
            raise DocumentError("the perimeter is empty")
        unknown = sorted(code for code in self.regions if code not in REGION_BY_CODE)
        if unknown:
            raise DocumentError(f"the perimeter names unknown regions: {unknown[:3]!a}")

    @classmethod
    def parse(cls, words: Iterable[str]) -> "Perimeter":
        """Read ``all``, region codes and ids of RORs, each worth all its regions; raises ``DocumentError``."""
        chosen = tuple(words)
        if ALL_WORD in chosen:
            if len(chosen) > 1:
                raise DocumentError(f"the perimeter is {ALL_WORD!r} or a list of regions, not both")
            return FRANCE
        codes: set[str] = set()
        for word in chosen:
            codes.update(ROR_BY_ID[word].regions if word in ROR_BY_ID else (word,))
        return cls(frozenset(codes))

    def covers(self, region: str) -> bool:
        """Whether a region, by its code, lies inside."""
        return self.regions is None or region in self.regions

    @property
    def codes(self) -> tuple[str, ...] | None:
        """The codes, sorted, or ``None`` for all."""
        return None if self.regions is None else tuple(sorted(self.regions))

    def __str__(self) -> str:
        return ALL_WORD if self.regions is None else " ".join(sorted(self.regions))


FRANCE = Perimeter(None)
