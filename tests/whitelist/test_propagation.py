"""How a follower stands: by what it holds, whoever says so first."""

from datetime import UTC, datetime

import pytest

from tests.support.acknowledgements import in_force
from whitelist.in_force import InForce
from whitelist.propagation import Standing, standing_of

OTHER = "0" * 64


@pytest.mark.parametrize(
    ("held", "standing"),
    [
        (in_force(8), Standing.CURRENT),
        (in_force(8, taken_up_at=datetime(2020, 1, 1, tzinfo=UTC)), Standing.CURRENT),
        (in_force(7), Standing.BEHIND),
        (in_force(1), Standing.BEHIND),
        (in_force(8, stops=OTHER), Standing.BEHIND),
        (in_force(9), Standing.DIVERGED),
        (in_force(8, digest=OTHER), Standing.DIVERGED),
        (in_force(8, digest=OTHER, stops=OTHER), Standing.DIVERGED),
        (in_force(7, digest=OTHER), Standing.BEHIND),
    ],
)
def test_a_follower_stands_by_what_it_holds(held: InForce, standing: Standing) -> None:
    assert standing_of(held, in_force(8)) is standing
