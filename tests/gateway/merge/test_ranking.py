"""Which units are kept, and in which order (decision 11)."""

import pytest

from gateway.merge.entries import RegionEntries
from gateway.merge.ranking import by_distance, interleaved
from tests.support.answers import answer, establishment, legal_entity, read, service, unit


def region(ror: str, *distances: str | None, finess: tuple[str, ...] = ()) -> RegionEntries:
    """A region with one unit of its own establishment at each distance."""
    numbers = finess or tuple(f"{n:09}" for n in range(len(distances)))
    return read(
        answer(
            organizations=legal_entity()
            + "".join(establishment(f"e_{n}", structure=f"1{number}") for n, number in enumerate(numbers)),
            services="".join(service(f"{n}_a") for n in range(len(distances))),
            facilities="".join(
                unit(str(n), f"e_{n}", (f"{n}_a",), distance=distance) for n, distance in enumerate(distances)
            ),
            announced=len(distances),
        ),
        ror,
    )


def ids(kept) -> list[str]:
    return [item.facility.id.decode() for item in kept]


def test_without_a_place_regions_take_turns_in_their_own_order() -> None:
    regions = [region("ara", None, None, None), region("bre"), region("cor", None), region("idf", None, None)]
    assert ids(interleaved(regions, 9)) == ["ara:0", "cor:0", "idf:0", "ara:1", "idf:1", "ara:2"]
    assert ids(interleaved(regions, 4)) == ["ara:0", "cor:0", "idf:0", "ara:1"]


def test_with_a_place_the_nearest_come_first_whoever_sent_them() -> None:
    regions = [region("ara", "12.0", "3.4"), region("idf", "3.5", "100.1"), region("nor", "9")]
    assert ids(by_distance(regions, 9)) == ["ara:1", "idf:0", "nor:0", "ara:0", "idf:1"]
    assert ids(by_distance(regions, 2)) == ["ara:1", "idf:0"]


def test_at_the_same_distance_ror_then_finess_then_id_decide() -> None:
    first = region("ara", "1.0", "1.0", "1.0", finess=("690000002", "690000001", "690000001"))
    assert ids(by_distance([region("bre", "1.0"), first], 9)) == ["ara:1", "ara:2", "ara:0", "bre:0"]
    assert ids(by_distance([region("bre", "1.0"), first], 2)) == ["ara:1", "ara:2"]


def test_units_without_a_distance_come_last() -> None:
    assert ids(by_distance([region("ara", None, "2000"), region("bre", None)], 9)) == ["ara:1", "ara:0", "bre:0"]
    assert ids(by_distance([region("ara", None, "2000"), region("bre", None)], 2)) == ["ara:1", "ara:0"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_keeps_nothing_by_distance(limit: int) -> None:
    assert by_distance([region("ara", "1.0")], max(limit, 0)) == []
