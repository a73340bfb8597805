"""Availability is invented (decision 30): seeded by what it is about, told a few hours ago, stale for a few."""

from datetime import datetime, timedelta
from random import Random

from ror.model import Capacity

SIMULATED = "Disponibilité simulée"
"""Stands in the record of every capacity whose availability is invented."""

STALE_SHARE = 0.05
"""Share of capacities whose availability is more than a day old (domain §8)."""

_STALE_FROM_MINUTES = 25 * 60
_STALE_TO_MINUTES = 12 * 24 * 60
_FRESH_TO_MINUTES = 20 * 60


def told_at(random: Random, at: datetime) -> datetime:
    """When somebody last told the availability, seen from ``at``: whole minutes."""
    if random.random() < STALE_SHARE:
        minutes = random.randint(_STALE_FROM_MINUTES, _STALE_TO_MINUTES)
    else:
        minutes = random.randint(1, _FRESH_TO_MINUTES)
    return at.replace(second=0, microsecond=0) - timedelta(minutes=minutes)


def simulated(installed: int | None, random: Random, at: datetime, *, occupied: float = 0.88) -> Capacity | None:
    """Beds or places with invented availability around the share ``occupied``; ``None`` where nothing is known."""
    if installed is None:
        return None
    rate = min(1.0, max(0.3, random.gauss(occupied, 0.08)))
    free = installed * (1.0 - rate)
    available = int(free) + (random.random() < free % 1.0)
    return Capacity(installed=installed, available=min(installed, available), updated=told_at(random, at))
