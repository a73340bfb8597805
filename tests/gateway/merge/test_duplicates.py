"""Which copy of what several regions hold is kept, and that it is told (decision 16)."""

from gateway.merge.duplicates import settle
from gateway.merge.entries import RegionEntries
from gateway.merge.merging import Merged, merge
from ror.coverage import Duplicate, DuplicateKind
from tests.support.answers import answer, establishment, legal_entity, read, unit

HOME = {"1690781810": "ara", "1690000001": "ara"}.get
UNIT = "1.2.250.1.213.6.1.1.1.1.76"


def entities(ror: str, *held: tuple[str, str]) -> RegionEntries:
    ids = "".join(legal_entity(id_, structure) for id_, structure in held)
    return read(answer(organizations=ids + establishment(parent=held[0][0], structure=f"19{ror}")), ror)


def place(commune: str) -> str:
    return f'<extension><location><cityNumber code="{commune}"/></location></extension>'


def record(updated: str) -> str:
    return f'<record created="2001-01-01T00:00:00Z" updated="{updated}"/>'


def holding(ror: str, *, lies: str = "", changed: str = "", number: str = "", unit_lies: str = "") -> RegionEntries:
    """A region with one EG that others may hold, too, and one unit in it."""
    own = legal_entity(structure=f"18{ror}")
    shop = establishment(inside=(place(lies) if lies else "") + (record(changed) if changed else ""))
    one = unit(inside=(place(unit_lies) if unit_lies else "") + (record(changed) if changed else ""))
    if number:
        one = one.replace(">", f'><otherID code="{number}" assigningAuthorityName="{UNIT}"/>', 1)
    return read(answer(organizations=own + shop, facilities=one), ror)


def merged(*regions: RegionEntries, limit: int = 99) -> Merged:
    return merge(regions, limit=limit, has_place=False, home_ror=HOME)


def kept(*regions: RegionEntries) -> set[bytes]:
    return set(settle(regions, HOME).replaced.values())


def test_the_legal_entity_of_its_own_region_is_kept() -> None:
    regions = [entities(ror, ("s_1", "1690781810")) for ror in ("nor", "ara", "bre")]
    assert settle(regions, HOME).replaced == {b"nor:s_1": b"ara:s_1", b"bre:s_1": b"ara:s_1"}


def test_without_its_own_region_the_first_ror_by_id_is_kept() -> None:
    regions = [entities(ror, ("s_1", "1690781811")) for ror in ("nor", "idf", "bre")]
    assert settle(regions, HOME).replaced == {b"nor:s_1": b"bre:s_1", b"idf:s_1": b"bre:s_1"}


def test_what_one_region_holds_twice_is_its_own_affair() -> None:
    twice = entities("ara", ("s_1", "1690781810"), ("s_2", "1690781810"))
    assert not settle([twice, entities("bre", ("s_1", "1350000022"))], HOME).replaced
    assert settle([twice, entities("bre", ("s_1", "1690781810"))], HOME).replaced == {b"bre:s_1": b"ara:s_1"}


def test_an_establishment_is_never_taken_for_its_legal_entity() -> None:
    entity = entities("ara", ("s_1", "1690781810"))
    shop = read(
        answer(organizations=legal_entity(structure="1350000001") + establishment(structure="1690781810")), "bre"
    )
    assert not settle([entity, shop], HOME).replaced


def test_the_establishment_of_the_region_of_its_commune_is_kept() -> None:
    assert kept(holding("ara", lies="59350"), holding("hdf", lies="59350")) == {b"hdf:e_1"}


def test_else_that_of_the_region_of_its_number() -> None:
    assert kept(holding("bre", changed="2024-01-01T00:00:00Z"), holding("ara")) == {b"ara:e_1"}


def test_else_the_establishment_changed_last() -> None:
    older, newer = holding("bre", changed="2019-01-01T00:00:00Z"), holding("cor", changed="2020-01-01T00:00:00Z")
    assert kept(older, newer) == {b"cor:e_1"}


def test_units_of_both_regions_hang_on_the_establishment_that_is_kept_and_both_sources_are_told() -> None:
    out = merged(holding("ara", lies="69123"), holding("bre", lies="69123"))
    assert out.units == 2
    assert sum(b'entityID="ara:e_1"' in unit for unit in out.facilities) == 2
    assert not any(b"bre:e_1" in organization for organization in out.organizations)
    assert out.duplicates == (
        Duplicate(kind=DuplicateKind.EG, code="1690000001", kept="ara:e_1", others=("bre:e_1",)),
    )
    assert out.gave_way == {"ara": 0, "bre": 0}


def test_a_unit_of_two_regions_is_counted_once_and_told() -> None:
    here, there = holding("ara", number="84/1", unit_lies="69123"), holding("bre", number="84/1", unit_lies="69123")
    out = merged(there, here)
    assert (out.units, out.returned, out.gave_way) == (1, {"ara": 1, "bre": 0}, {"ara": 0, "bre": 1})
    assert Duplicate(kind=DuplicateKind.UE, code="84/1", kept="ara:1", others=("bre:1",)) in out.duplicates


def test_a_unit_lies_where_its_establishment_does_if_it_does_not_say() -> None:
    out = merged(holding("bre", number="84/1", lies="69123"), holding("ara", number="84/1", lies="69123"))
    assert out.returned == {"ara": 1, "bre": 0}


def test_of_units_that_lie_nowhere_the_one_changed_last_is_kept() -> None:
    older = holding("ara", number="84/1", changed="2019-01-01T00:00:00Z")
    newer = holding("bre", number="84/1", changed="2019-01-01T02:00:00+01:00")
    assert merged(older, newer).returned == {"ara": 0, "bre": 1}


def test_two_units_of_one_region_under_one_number_both_stay() -> None:
    twice = unit("1").replace(">", f'><otherID code="84/1" assigningAuthorityName="{UNIT}"/>', 1)
    both = read(answer(facilities=twice + twice.replace('"1"', '"2"', 1), announced=2), "ara")
    assert merged(both, holding("bre")).returned == {"ara": 2, "bre": 1}


def test_a_unit_without_a_number_is_never_taken_for_another() -> None:
    assert merged(holding("ara"), holding("bre")).units == 2


def test_what_the_limit_cuts_off_is_not_told() -> None:
    assert merged(holding("ara"), holding("bre"), limit=0).duplicates == ()
