"""FINESS numbers: how they become identifiers and numbers of units, and numbers that nobody holds."""

from ror.coding import Authority
from ror.identifiers import finess_with_key, luhn_key
from ror.model import OtherId

FICTIONAL_SERIES = 1000
"""How many fictional numbers one series of a département has."""

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
    """A number with a valid key that no establishment is known to hold.

    The first thousand of a département are 99000-99999 (9000-9999 of an island's four digits): in no public extract
    of FINESS or SAE; the tests compare them with the open data where it is there. Only data far larger than the
    bundled size goes on below (98…, 97…). An order outside 0..9999 is a ``ValueError``.
    """
    if not 0 <= order < 10 * FICTIONAL_SERIES:
        raise ValueError(f"a département has {10 * FICTIONAL_SERIES} fictional FINESS numbers, no number {order}")
    series, rest = divmod(order, FICTIONAL_SERIES)
    beginning = _ISLANDS.get(department)
    if beginning is not None:
        return finess_with_key(f"{beginning}{9 - series}{rest:03d}")
    return finess_with_key(f"{department}0{99 - series}{rest:03d}")


def fictional_siren(finess: str) -> str:
    """A SIREN with a valid key in the series ``99…``, which INSEE has not reached."""
    stem = "99" + finess[:8].replace("A", "1").replace("B", "2")[-6:]
    return stem + luhn_key(stem)


def fictional_siret(siren: str, order: int) -> str:
    """A SIRET of a place of that SIREN, both keys valid; ``order`` up to four digits."""
    stem = f"{siren}{order % 10_000:04d}"
    return stem + luhn_key(stem)
