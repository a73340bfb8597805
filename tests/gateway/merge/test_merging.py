"""The laws of the merge on answers of any shape, judged on what goes out by another reader than the writer."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.merge.entries import RegionEntries
from gateway.merge.merging import Merged, merge
from gateway.merge.writing import answer_parts, blocks
from gateway.search import home_ror
from ror.coverage import Coverage
from ror.soap.version import SoapVersion
from ror.territory import RORS
from tests.support.answers import answer, device, establishment, legal_entity, provider, read, service, unit

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
STRUCTURES = ("1690781810", "1350000022", "1750712184", "326750045200011", "1970400024")
"""Four FINESS of départements 69, 35, 75 and 974, and a SIRET, which is at home nowhere."""


@dataclass
class Sent:
    """A region's answer as numbers: EJ by structure, EG by EJ, units by EG and distance, professionals by unit."""

    ror: str
    entities: list[int]
    establishments: list[int] = field(default_factory=list)
    units: list[tuple[int, str | None, int, int]] = field(default_factory=list)
    providers: list[int] = field(default_factory=list)
    direct: bool = False
    shared: bool = False

    def shop(self, n: int) -> str:
        """The idNat_Struct of the EG number ``n``: its region's own, or that of every other that shares."""
        return f"1690000{n:03}" if self.shared else f"19{self.ror}{n:03}"

    def entries(self, comment: str = "") -> RegionEntries:
        """The region's answer, read."""
        numbered = list(enumerate(self.units))
        organizations = [legal_entity(f"s_{n}", STRUCTURES[number]) for n, number in enumerate(self.entities)]
        organizations += [
            establishment(f"e_{n}", f"s_{above % len(self.entities)}", self.shop(n))
            for n, above in enumerate(self.establishments)
        ]
        organizations.append(establishment("e_idle", "s_0", f"19{self.ror}idle"))
        facilities = [
            unit(
                str(n),
                "s_0" if self.direct else f"e_{of % len(self.establishments)}",
                [f"{n}_a{k}" for k in range(services)],
                [f"{n}_e{k}" for k in range(devices)],
                distance,
            )
            for n, (of, distance, services, devices) in numbered
        ]
        return read(
            answer(
                organizations="".join(organizations),
                services="".join(service(f"{n}_a{k}") for n, (_, _, count, _) in numbered for k in range(count + 1)),
                facilities="".join(facilities),
                providers="".join(
                    provider(f"p_{n}", str(at % max(1, len(self.units))), "e_idle")
                    for n, at in enumerate(self.providers)
                ),
                devices="".join(device(f"{n}_e{k}") for n, (_, _, _, count) in numbered for k in range(count + 1)),
                announced=len(self.units),
                behind=comment,
            ),
            self.ror,
        )


_UNITS = st.tuples(
    st.integers(0, 9),
    st.none() | st.sampled_from(["0.0", "3.4", "3.4", "12.0"]),
    st.integers(0, 2),
    st.integers(0, 2),
)
_SENT = st.lists(
    st.builds(
        Sent,
        ror=st.sampled_from([ror.id for ror in RORS]),
        entities=st.lists(st.integers(0, len(STRUCTURES) - 1), min_size=1, max_size=3, unique=True),
        establishments=st.lists(st.integers(0, 9), min_size=1, max_size=3),
        units=st.lists(_UNITS, max_size=6),
        providers=st.lists(st.integers(0, 9), max_size=2),
        direct=st.sampled_from([False, False, False, True]),
        shared=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda sent: sent.ror,
)


@dataclass(frozen=True)
class Out:
    """A merged answer as a stranger reads it."""

    merged: Merged
    ids: dict[str, list[str]]
    pointers: Counter[tuple[str, str]]
    parents: dict[str, str | None]
    structures: list[str]


def out(merged: Merged) -> Out:
    data = b"".join(blocks(answer_parts(SoapVersion.V12, merged, Coverage(question_id="q", rors=()))))
    result = etree.fromstring(data).find("{*}Body/{*}careServicesResponse/result")
    assert int(result.findtext("resultNumber/OInumber")) == merged.units
    names = ("organization", "service", "facility", "provider", "device")
    entries = {name: result.findall(f"{name}Directory/{name}") for name in names}
    pointers = Counter(
        (element.tag, element.get("entityID"))
        for one in entries["facility"] + entries["organization"]
        for element in one.iterdescendants()
        if element.get("entityID")
    )
    parents = {
        one.get("entityID"): (None if one.find("parent") is None else one.find("parent").get("entityID"))
        for one in entries["organization"]
    }
    return Out(
        merged,
        {name: [one.get("entityID") for one in found] for name, found in entries.items()},
        pointers,
        parents,
        [one.find("otherID").get("code") for one in entries["organization"] if one.find("parent") is None],
    )


def merged_of(sent: list[Sent], limit: int, has_place: bool) -> Merged:
    return merge([region.entries() for region in sent], limit=limit, has_place=has_place, home_ror=home_ror)


@MANY
@given(sent=_SENT, limit=st.integers(0, 30), has_place=st.booleans(), data=st.data())
def test_the_answer_does_not_depend_on_who_answers_first(
    sent: list[Sent], limit: int, has_place: bool, data: st.DataObject
) -> None:
    other = data.draw(st.permutations(sent))
    assert merged_of(sent, limit, has_place) == merged_of(other, limit, has_place)


@MANY
@given(
    sent=_SENT,
    limit=st.integers(0, 30),
    has_place=st.booleans(),
    odd=st.sets(st.sampled_from([ror.id for ror in RORS])),
)
def test_the_answer_does_not_depend_on_the_path_by_which_each_was_read(
    sent: list[Sent], limit: int, has_place: bool, odd: set[str]
) -> None:
    regions = [region.entries("<!-- -->" if region.ror in odd else "") for region in sent]
    again = merge(regions, limit=limit, has_place=has_place, home_ror=home_ror)
    assert out(again).ids == out(merged_of(sent, limit, has_place)).ids


@MANY
@given(sent=_SENT, limit=st.integers(0, 30), has_place=st.booleans())
def test_every_unit_has_its_establishment_and_that_its_legal_entity_and_each_stands_once(
    sent: list[Sent], limit: int, has_place: bool
) -> None:
    told = out(merged_of(sent, limit, has_place))
    for ids in told.ids.values():
        assert len(ids) == len(set(ids))
    known = set(told.ids["organization"])
    assert {id_ for name, id_ in told.pointers if name in {"organization", "parent"}} <= known
    assert {id_ for name, id_ in told.pointers if name == "service"} == set(told.ids["service"])
    assert {id_ for name, id_ in told.pointers if name == "equipment"} == set(told.ids["device"])
    order = list(told.parents)
    assert all(order.index(above) < order.index(id_) for id_, above in told.parents.items() if above)


@MANY
@given(sent=_SENT, limit=st.integers(0, 30), has_place=st.booleans())
def test_nothing_goes_out_that_no_unit_leads_to(sent: list[Sent], limit: int, has_place: bool) -> None:
    told = out(merged_of(sent, limit, has_place))
    assert set(told.ids["organization"]) == {id_ for name, id_ in told.pointers if name in {"organization", "parent"}}
    works = {
        f"{region.ror}:p_{n}": f"{region.ror}:{at % len(region.units)}"
        for region in sent
        if region.units
        for n, at in enumerate(region.providers)
    }
    assert set(told.ids["provider"]) == {id_ for id_, at in works.items() if at in told.ids["facility"]}


@MANY
@given(sent=_SENT, limit=st.integers(0, 30), has_place=st.booleans())
def test_the_limit_holds_and_the_counts_add_up(sent: list[Sent], limit: int, has_place: bool) -> None:
    told = out(merged_of(sent, limit, has_place))
    assert told.merged.units == len(told.ids["facility"]) == min(limit, sum(len(region.units) for region in sent))
    assert told.merged.returned == {
        region.ror: sum(id_.startswith(f"{region.ror}:") for id_ in told.ids["facility"]) for region in sent
    }


@MANY
@given(sent=_SENT, limit=st.integers(0, 30))
def test_without_a_place_no_region_is_a_unit_ahead_of_another_that_has_more(sent: list[Sent], limit: int) -> None:
    told = out(merged_of(sent, limit, has_place=False))
    turns = Counter()
    for id_ in told.ids["facility"]:
        ror, _, number = id_.partition(":")
        assert int(number) == turns[ror]
        turns[ror] += 1
    for region in sent:
        for other in sent:
            if turns[region.ror] < len(region.units):
                assert turns[other.ror] <= turns[region.ror] + 1


@MANY
@given(sent=_SENT, limit=st.integers(0, 30))
def test_with_a_place_what_is_left_out_is_no_nearer_than_what_is_kept(sent: list[Sent], limit: int) -> None:
    told = out(merged_of(sent, limit, has_place=True))
    distances = {
        f"{region.ror}:{n}": float(distance or "inf")
        for region in sent
        for n, (_, distance, _, _) in enumerate(region.units)
    }
    kept = [distances.pop(id_) for id_ in told.ids["facility"]]
    assert kept == sorted(kept)
    assert all(max(kept, default=0) <= distance for distance in distances.values()) or not kept


@MANY
@given(sent=_SENT, limit=st.integers(1, 30), has_place=st.booleans())
def test_a_legal_entity_of_several_regions_stands_once_and_comes_from_its_own(
    sent: list[Sent], limit: int, has_place: bool
) -> None:
    told = out(merged_of(sent, limit, has_place))
    assert len(told.structures) == len(set(told.structures))
    holders = {
        number: sorted(region.ror for region in sent if number in region.entities)
        for number in range(len(STRUCTURES))
    }
    for id_, above in told.parents.items():
        if above is None:
            ror, _, local = id_.partition(":")
            number = next(region for region in sent if region.ror == ror).entities[int(local.removeprefix("s_"))]
            home = home_ror(STRUCTURES[number])
            assert ror == (home if home in holders[number] else holders[number][0])


@MANY
@given(sent=_SENT, limit=st.integers(1, 30), has_place=st.booleans())
def test_an_establishment_of_several_regions_stands_once_and_every_copy_behind_it_is_told(
    sent: list[Sent], limit: int, has_place: bool
) -> None:
    told = out(merged_of(sent, limit, has_place))
    shops = {f"{region.ror}:e_{n}": region.shop(n) for region in sent for n in range(len(region.establishments))}
    gone_out = [shops[id_] for id_ in told.ids["organization"] if id_ in shops]
    assert len(gone_out) == len(set(gone_out))
    for id_ in told.ids["organization"]:
        others = {other for other in shops if other != id_ and shops[other] == shops.get(id_)}
        assert {
            other for duplicate in told.merged.duplicates if duplicate.kept == id_ for other in duplicate.others
        } == (others)


@MANY
@given(sent=_SENT, has_place=st.booleans(), data=st.data())
def test_a_region_that_is_missing_takes_nothing_with_it_but_its_own_units(
    sent: list[Sent], has_place: bool, data: st.DataObject
) -> None:
    there = data.draw(st.lists(st.sampled_from(sent), unique_by=lambda one: one.ror)) if sent else []
    rors = {region.ror for region in there}
    all_units = out(merged_of(sent, 99, has_place)).ids["facility"]
    assert out(merged_of(there, 99, has_place)).ids["facility"] == [
        id_ for id_ in all_units if id_.partition(":")[0] in rors
    ]


def test_the_copy_of_its_own_region_is_written_though_that_region_has_no_unit_in_the_answer() -> None:
    here = Sent("bre", [0], [0], [(0, None, 1, 0)])
    home = Sent("ara", [0])
    told = out(merged_of([here, home], 9, has_place=False))
    assert told.ids["organization"] == ["ara:s_0", "bre:e_0"]
    assert told.parents == {"ara:s_0": None, "bre:e_0": "ara:s_0"}


def test_an_id_that_two_kinds_of_entry_share_does_not_bring_the_other_kind() -> None:
    data = answer(services=service("1_a") + service("1") + service("e_1"), devices=device("1"))
    told = out(merge([read(data)], limit=9, has_place=False, home_ror=home_ror))
    assert (told.ids["service"], told.ids["device"]) == (["ara:1_a"], [])


def test_a_professional_whom_a_unit_names_goes_with_it() -> None:
    data = answer(
        facilities=unit(inside='<contact><provider entityID="p_1"/></contact>'),
        providers=provider("p_1", "elsewhere") + provider("p_2", "elsewhere"),
    )
    told = out(merge([read(data)], limit=9, has_place=False, home_ror=home_ror))
    assert told.ids["provider"] == ["ara:p_1"]


def test_establishments_above_one_another_all_go_out_even_in_a_circle() -> None:
    organizations = establishment("e_1", "e_2") + establishment("e_2", "e_3") + establishment("e_3", "e_2")
    told = out(merge([read(answer(organizations=organizations))], limit=9, has_place=False, home_ror=home_ror))
    assert sorted(told.ids["organization"]) == ["ara:e_1", "ara:e_2", "ara:e_3"]


def test_no_region_makes_an_empty_answer() -> None:
    told = out(merge([], limit=199, has_place=True, home_ror=home_ror))
    assert (told.merged.units, told.merged.returned) == (0, {})
    assert not any(told.ids.values())


@pytest.mark.parametrize("has_place", [True, False])
def test_regions_without_units_return_none(has_place: bool) -> None:
    told = out(merged_of([Sent("ara", [0]), Sent("bre", [1])], 9, has_place))
    assert told.merged.returned == {"ara": 0, "bre": 0}
    assert told.ids["organization"] == []
