"""Where destinations lie: what the gateway routes by and the nodes filter by."""

import pytest

from ror.destinations import centre_of, reference_place, region_of
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.territory import commune

COUNTRY = Destination(DestinationLevel.COUNTRY, "FR")
OCEAN_INDIEN = Destination(DestinationLevel.REGION, "04")
AIN = Destination(DestinationLevel.DEPARTMENT, "01")
LYON_3 = Destination(DestinationLevel.COMMUNE, "69383")


@pytest.mark.parametrize(
    ("destination", "region", "seat"),
    [(COUNTRY, None, None), (OCEAN_INDIEN, "04", "97411"), (AIN, "84", "01053"), (LYON_3, "84", "69383")],
)
def test_a_destination_lies_in_a_region_and_has_a_middle(
    destination: Destination, region: str | None, seat: str | None
) -> None:
    assert region_of(destination) == region
    assert centre_of(destination) == (commune(seat).place if seat else None)


def test_a_place_that_nobody_knows_lies_nowhere() -> None:
    nowhere = Destination(DestinationLevel.COMMUNE, "99999")

    assert region_of(nowhere) is None
    assert centre_of(nowhere) is None


@pytest.mark.parametrize(
    ("destinations", "code"),
    [((LYON_3,), "69383"), ((LYON_3, AIN), None), ((AIN,), None), ((COUNTRY,), None)],
)
def test_the_only_destination_is_told_distances_from_if_it_is_a_commune(
    destinations: tuple[Destination, ...], code: str | None
) -> None:
    question = Question(criteria=Criteria(), destinations=destinations)

    assert reference_place(question) == (ReferencePlace(commune=code) if code else None)


def test_a_place_that_is_given_comes_first() -> None:
    given = ReferencePlace(latitude=45.0, longitude=4.0)

    assert reference_place(Question(criteria=Criteria(), destinations=(LYON_3,), reference=given)) == given
