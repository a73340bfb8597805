"""FINESS numbers: how they become identifiers and numbers of units, and numbers that nobody holds."""

from ror.coding import Authority
from ror.identifiers import finess_with_key, luhn_key
from ror.model import OtherId

FICTIONAL_SERIES = 1000
"""How many fictional numbers a département has."""

_ISLANDS = {"971": "9701", "977": "9701", "978": "9701", "972": "9702", "973": "9703", "974": "9704", "976": "9805"}
"""How overseas numbers begin: ``97``, ``0``, then the island's own digit; Mayotte ``98``, ``0``, ``5``."""


def structure_ids(finess: str, siren_or_siret: str | None = None) -> tuple[OtherId, ...]:
    """``otherID`` of an EJ or EG: idNat_Struct (``1`` and the FINESS number), the bare number, SIREN or SIRET."""
    known = (
        OtherId(code=f"1{finess}", authority=str(Authority.STRUCTURE)),
        OtherId(code=finess, authority=str(Authority.FINESS)),
    )
    if siren_or_siret is None:
        return known
    return (*known, OtherId(code=siren_or_siret, authority=str(Authority.SIREN_SIRET)))


def unit_number(finess: str, slot: int) -> int:
    """A number that stays from one import to the next: the FINESS number without its key, a slot of three digits.

    Corsica's letters become digits that no other number has (``2A0`` is ``201``, ``2B0`` is ``202``).
    """
    if not 0 <= slot < 1000:
        raise ValueError(f"slot outside 0..999: {slot}")
    digits = {"2A": "201", "2B": "202"}.get(finess[:2], finess[:3]) + finess[3:8]
    return int(digits) * 1000 + slot


def fictional_finess(department: str, order: int) -> str:
    """A number with a valid key that no establishment holds.

    The order numbers 99000-99999 of a département (9000-9999 of an island's four digits) are in no public extract
    of FINESS or SAE; the tests compare them with the open data where it is there. Order outside 0..999 is a
    ``ValueError``.
    """
    if not 0 <= order < FICTIONAL_SERIES:
        raise ValueError(f"a département has {FICTIONAL_SERIES} fictional FINESS numbers, no number {order}")
    beginning = _ISLANDS.get(department)
    stem = f"{beginning}9{order:03d}" if beginning is not None else f"{department}099{order:03d}"
    return finess_with_key(stem)


def fictional_siret(finess: str) -> str:
    """A SIRET of the shape (both keys valid) below the SIREN series ``99…``, which INSEE has not reached."""
    siren = fictional_siren(finess)
    stem = f"{siren}0001"
    return stem + luhn_key(stem)


def fictional_siren(finess: str) -> str:
    """A SIREN with a valid key in the series ``99…``."""
    stem = "99" + finess[:8].replace("A", "1").replace("B", "2")[-6:]
    return stem + luhn_key(stem)
