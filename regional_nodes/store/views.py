"""The views of a store: each generation of the contract under each access profile."""

from ror.access import Profile
from ror.model.wire import Generation

PROFILES = tuple(Profile)
GENERATIONS = tuple(Generation)


def view_of(generation: Generation, profile: Profile) -> int:
    """The number that stands for a view in the tables."""
    return generation.value * 10 + profile.value


def bit(profile: Profile) -> int:
    """The bit of a profile in a ``profiles`` column."""
    return 1 << profile.value
