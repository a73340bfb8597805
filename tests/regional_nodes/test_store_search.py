"""Every criterion and every kind of destination, on stores made by hand."""

from dataclasses import replace
from datetime import date

import pytest

from regional_nodes.store.opening import Store
from regional_nodes.store.search import Found, Scope, search
from ror.access import Profile
from ror.coding import Code, Scheme
from ror.question import Criteria, Destination, DestinationLevel, Question, ReferencePlace
from ror.territory import Place, commune, distance_km, rounded_km
from tests.regional_nodes.hand_made import TODAY, StoreMaker, TreeFactory, place_in

FRANCE = Destination(DestinationLevel.COUNTRY, "FR")


def ids_found(store: Store, found: Found) -> list[str]:
    rows = dict(store.connection().execute("SELECT unit, entity_id FROM unit").fetchall())
    return [rows[hit.unit] for hit in found.hits]


def find(
    store: Store,
    criteria: Criteria | None = None,
    *destinations: Destination,
    profile: Profile = Profile.REGULATION,
    reference: ReferencePlace | None = None,
    limit: int = 100,
    regions: frozenset[str] | None = None,
    on: date = TODAY,
) -> Found:
    held = frozenset(store.meta.regions)
    question = Question(criteria=criteria or Criteria(), destinations=destinations or (FRANCE,), reference=reference)
    scope = Scope(profile=profile, regions=held if regions is None else regions, limit=limit, on=on)
    return search(store.connection(), held, question, scope)


def names(store: Store, *wishes: object, **options: object) -> list[str]:
    return ids_found(store, find(store, *wishes, **options))


def activity(value: str) -> Code:
    return Code(value, Scheme.ACTIVITY.value)


# Criteria


def test_an_activity_selects_the_units_that_have_it(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(
        make.tree("690000010", make.unit(id="a", activities=("121",)), make.unit(id="b", activities=("127",)))
    )
    assert names(store, Criteria(activities=(activity("121"),))) == ["a"]


def test_leading_zeros_of_a_code_mean_nothing(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(make.tree("690000010", make.unit(id="a", activities=("037",))))
    for written in ("37", "037", "0037"):
        assert names(store, Criteria(activities=(activity(written),))) == ["a"]


def test_several_activities_are_alternatives_and_a_unit_with_both_counts_once(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="a", activities=("121", "175")),
            make.unit(id="b", activities=("175",)),
            make.unit(id="c", activities=("127",)),
        )
    )
    found = find(store, Criteria(activities=(activity("121"), activity("175"))))
    assert (ids_found(store, found), found.total) == (["a", "b"], 2)


def test_act_equipment_and_mode_must_all_hold_in_one_unit(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="all", acts=("0131",), equipment=("093",), mode="28"),
            make.unit(id="no-act", equipment=("093",), mode="28"),
            make.unit(id="no-equipment", acts=("0131",), mode="28"),
            make.unit(id="other-mode", acts=("0131",), equipment=("093",), mode="29"),
        )
    )
    criteria = Criteria(
        act=Code("0131", Scheme.ACT.value),
        equipment=Code("93", Scheme.EQUIPMENT.value),
        care_modes=(Code("28", Scheme.CARE_MODE.value),),
    )
    assert names(store, criteria) == ["all"]
    assert names(store, replace(criteria, care_modes=())) == ["all", "other-mode"]


def test_several_modes_are_alternatives(make: TreeFactory, store_of: StoreMaker) -> None:
    units = [make.unit(id=f"m{mode}", mode=mode) for mode in ("28", "29", "33")]
    store = store_of(make.tree("690000010", *units))
    modes = tuple(Code(mode, Scheme.CARE_MODE.value) for mode in ("28", "33"))
    assert names(store, Criteria(care_modes=modes)) == ["m28", "m33"]


def test_a_speciality_of_the_insurance_is_mapped_to_those_of_the_order(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="cardiology", specialities=("SM04",)),
            make.unit(id="surgery", specialities=("SM05",)),
            make.unit(id="untold"),
        )
    )
    insurance = Criteria(speciality=Code("3", Scheme.INSURANCE_SPECIALITY.value))
    ordinal = Criteria(speciality=Code("SM04", Scheme.SPECIALITY.value))
    assert names(store, insurance) == names(store, ordinal) == ["cardiology"]


@pytest.mark.parametrize(
    ("years", "expected"),
    [(17.9, ["child"]), (18, ["adult"]), (65, ["adult", "old"]), (75.9, ["adult", "old"]), (121.1, [])],
)
def test_a_patients_age_must_lie_between_both_bounds(
    make: TreeFactory, store_of: StoreMaker, years: float, expected: list[str]
) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="adult", ages=(18, 75)),
            make.unit(id="child", ages=(0, 17)),
            make.unit(id="old", ages=(65, 120)),
        )
    )
    assert names(store, Criteria(age_days=int(years * 365.25))) == expected


def test_an_age_class_needs_an_overlap_only_and_several_are_alternatives(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="adult", ages=(18, 75)),
            make.unit(id="child", ages=(2, 10)),
            make.unit(id="teenager", ages=(12, 17)),
        )
    )

    def classes(*codes: str) -> Criteria:
        return Criteria(age_classes=tuple(Code(code, Scheme.AGE_CLASS.value) for code in codes))

    assert names(store, classes("11")) == ["adult"]
    assert names(store, classes("05")) == ["adult", "teenager"]
    assert names(store, classes("3", "11")) == ["adult", "child"]
    assert names(store, replace(classes("05"), age_days=int(17.5 * 365.25))) == ["teenager"]


def test_a_name_is_found_anywhere_in_those_of_the_establishment_and_its_legal_entity(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(
        make.tree("690000010", make.unit(id="a"), name="Hôpital Édouard-Herriot", legal_entity="690000001"),
        make.tree("690000020", make.unit(id="b"), name="Site sud", use_name="Hôtel-Dieu", legal_entity="690000002"),
        make.tree("690000030", make.unit(id="c"), legal_entity="690000003", legal_entity_name="CH Saint-Jean"),
    )
    assert names(store, Criteria(name="edouard herriot")) == ["a"]
    assert names(store, Criteria(name="HOTEL")) == ["b"]
    assert names(store, Criteria(name="saint jean")) == ["c"]
    assert names(store, Criteria(name="%")) == ["a", "b", "c"]
    assert names(store, Criteria(name="inconnu")) == []


def test_available_beds_count_only_where_they_are_known(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="three", beds=(8, 3)),
            make.unit(id="none", beds=(8, 0)),
            make.unit(id="unknown", beds=(8, None)),
            make.unit(id="untold"),
        )
    )
    assert names(store, Criteria(available_beds=1)) == ["three"]
    assert names(store, Criteria(available_beds=3)) == ["three"]
    assert names(store, Criteria(available_beds=4)) == []


def test_closed_units_and_those_of_a_closed_establishment_are_not_found(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(
        make.tree(
            "690000010",
            make.unit(id="open"),
            make.unit(id="closed", closed=date(2019, 6, 4)),
            make.unit(id="closing", closed=date(2019, 6, 5)),
        ),
        make.tree("690000020", make.unit(id="below-closed"), closed=date(2018, 1, 1)),
    )
    assert names(store) == ["closing", "open"]
    assert names(store, on=date(2019, 6, 5)) == ["open"]
    assert names(store, on=date(2017, 12, 31)) == ["closed", "closing", "open", "below-closed"]


# Destinations


@pytest.fixture
def overseas(make: TreeFactory, store_of: StoreMaker) -> Store:
    """Réunion and Mayotte, one ROR with two regions."""
    return store_of(
        make.tree("970400010", make.unit(id="saint-denis"), insee="97411", legal_entity="970400001"),
        make.tree("970400020", make.unit(id="saint-pierre"), insee="97416", legal_entity="970400001"),
        make.tree("980500010", make.unit(id="mamoudzou"), insee="97611", legal_entity="980500001"),
        ror="oin",
    )


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        (FRANCE, ["saint-denis", "saint-pierre", "mamoudzou"]),
        (Destination(DestinationLevel.REGION, "04"), ["saint-denis", "saint-pierre"]),
        (Destination(DestinationLevel.REGION, "06"), ["mamoudzou"]),
        (Destination(DestinationLevel.REGION, "11"), []),
        (Destination(DestinationLevel.DEPARTMENT, "976"), ["mamoudzou"]),
        (Destination(DestinationLevel.COMMUNE, "97416"), ["saint-pierre"]),
        (Destination(DestinationLevel.COMMUNE, "97411", 30.0), ["saint-denis"]),
        (Destination(DestinationLevel.COMMUNE, "97411", 60.0), ["saint-denis", "saint-pierre"]),
        (Destination(DestinationLevel.DEPARTMENT, "974", 5.0), ["saint-denis"]),
        (Destination(DestinationLevel.REGION, "06", 20.0), ["mamoudzou"]),
        (Destination(DestinationLevel.COMMUNE, "97411", 2_000.0), ["saint-denis", "saint-pierre", "mamoudzou"]),
    ],
)
def test_each_kind_of_destination_selects_its_territory(
    overseas: Store, destination: Destination, expected: list[str]
) -> None:
    assert sorted(names(overseas, Criteria(), destination)) == sorted(expected)


def test_destinations_are_united(overseas: Store) -> None:
    both = (Destination(DestinationLevel.COMMUNE, "97416"), Destination(DestinationLevel.DEPARTMENT, "976"))
    assert names(overseas, Criteria(), *both) == ["saint-pierre", "mamoudzou"]


def test_any_number_of_destinations_is_one_union(overseas: Store) -> None:
    communes = [Destination(DestinationLevel.COMMUNE, f"{number:05d}") for number in range(1_500)]
    circles = [Destination(DestinationLevel.COMMUNE, "97411", radius / 10) for radius in range(1, 600)]
    assert names(overseas, Criteria(), *communes, *circles) == ["saint-denis", "saint-pierre"]


def test_regions_outside_the_callers_perimeter_are_not_searched(overseas: Store) -> None:
    assert names(overseas, regions=frozenset({"04", "11"})) == ["saint-denis", "saint-pierre"]
    assert names(overseas, regions=frozenset({"11"})) == []


def test_an_arrondissement_is_matched_by_the_places_arrondissement_and_the_city_by_all(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(
        make.tree("690000010", make.unit(id="third"), location=place_in("69123", post_code="69003")),
        make.tree("690000020", make.unit(id="eighth"), location=place_in("69123", post_code="69008")),
        make.tree("690000030", make.unit(id="bron"), insee="69029"),
    )
    assert names(store, Criteria(), Destination(DestinationLevel.COMMUNE, "69383")) == ["third"]
    assert names(store, Criteria(), Destination(DestinationLevel.COMMUNE, "69123")) == ["third", "eighth"]


def test_a_circle_takes_in_its_border(make: TreeFactory, store_of: StoreMaker) -> None:
    lyon = commune("69123")
    assert lyon is not None
    there = (lyon.latitude + 0.2, lyon.longitude)
    away = rounded_km(distance_km(lyon.place, Place(*there)))
    store = store_of(make.tree("690000010", make.unit(id="a"), location=place_in("69123", at=there)))

    def within(radius_km: float) -> list[str]:
        return names(store, Criteria(), Destination(DestinationLevel.COMMUNE, "69123", radius_km))

    assert within(away) == ["a"]
    assert within(round(away - 0.1, 1)) == []


def test_a_unit_without_a_place_is_where_its_establishment_is_else_at_its_communes_point(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    at = (45.9, 4.9)
    store = store_of(
        make.tree("690000010", make.unit(id="of-site", location=None), location=place_in("69123", at=at)),
        make.tree("690000020", make.unit(id="of-commune"), location=place_in("69029", coordinates=False)),
        make.tree(
            "690000030", make.unit(id="elsewhere", location=place_in("38185", coordinates=False)), insee="69123"
        ),
    )
    found = find(store, reference=ReferencePlace(latitude=at[0], longitude=at[1]))
    by_id = dict(zip(ids_found(store, found), found.hits, strict=True))
    bron, grenoble = commune("69029"), commune("38185")
    assert bron is not None
    assert grenoble is not None
    assert by_id["of-site"].distance_km == 0.0
    assert by_id["of-commune"].distance_km == rounded_km(distance_km(Place(*at), bron.place))
    assert by_id["elsewhere"].distance_km == rounded_km(distance_km(Place(*at), grenoble.place))


# Order and limit


def test_without_a_place_units_come_by_finess_then_id(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(
        make.tree("690000030", make.unit(id="z")), make.tree("690000010", make.unit(id="y"), make.unit(id="b"))
    )
    found = find(store)
    assert ids_found(store, found) == ["b", "y", "z"]
    assert [hit.distance_km for hit in found.hits] == [None, None, None]


def test_with_a_place_units_come_by_distance_then_finess_then_id(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(
        make.tree("690000010", make.unit(id="grenoble"), insee="38185"),
        make.tree("690000030", make.unit(id="lyon-b"), make.unit(id="lyon-a"), insee="69123"),
        make.tree("690000020", make.unit(id="lyon-c"), insee="69123"),
    )
    found = find(store, reference=ReferencePlace(commune="69123"))
    assert ids_found(store, found) == ["lyon-c", "lyon-a", "lyon-b", "grenoble"]
    assert found.hits[0].distance_km == 0.0


def test_the_only_destinations_commune_serves_as_the_place(make: TreeFactory, store_of: StoreMaker) -> None:
    store = store_of(make.tree("690000010", make.unit(id="a"), insee="69029"))
    circle = Destination(DestinationLevel.COMMUNE, "69123", 50.0)
    assert find(store, Criteria(), circle).hits[0].distance_km is not None
    assert find(store, Criteria(), circle, FRANCE).hits[0].distance_km is None


@pytest.mark.parametrize("reference", [None, ReferencePlace(commune="69123")])
def test_a_limit_cuts_the_hits_and_leaves_the_number_found_exact(
    make: TreeFactory, store_of: StoreMaker, reference: ReferencePlace | None
) -> None:
    store = store_of(make.tree("690000010", *(make.unit() for _ in range(7))))
    found = find(store, reference=reference, limit=3)
    assert (found.total, len(found.hits), found.is_cut_off) == (7, 3, True)
    assert not find(store, reference=reference, limit=7).is_cut_off


# What the profile may see


def test_a_sensitive_unit_is_neither_found_nor_counted_below_profile_1(
    make: TreeFactory, store_of: StoreMaker
) -> None:
    store = store_of(make.tree("690000010", make.unit(id="open"), make.unit(id="sensitive", sensitive=True)))
    assert find(store).total == 2
    for profile in (Profile.PUBLIC, Profile.ORIENTATION, Profile.MEDICO_SOCIAL):
        found = find(store, profile=profile)
        assert (found.total, ids_found(store, found)) == (1, ["open"])
        assert find(store, Criteria(activities=(activity("121"),)), profile=profile).total == 1


def test_a_criterion_does_not_meet_what_the_profile_cannot_see(make: TreeFactory, store_of: StoreMaker) -> None:
    hospital = {"acts": ("0131",), "equipment": ("093",), "specialities": ("SM04",), "beds": (8, 2)}
    store = store_of(
        make.tree("690000010", make.unit(id="01", field="01", **hospital), make.unit(id="04", field="04", **hospital))
    )
    criteria = (
        Criteria(act=Code("0131", Scheme.ACT.value)),
        Criteria(equipment=Code("093", Scheme.EQUIPMENT.value)),
        Criteria(speciality=Code("SM04", Scheme.SPECIALITY.value)),
    )
    for one in criteria:
        assert names(store, one) == names(store, one, profile=Profile.ORIENTATION) == ["01", "04"]
        assert names(store, one, profile=Profile.MEDICO_SOCIAL) == ["04"]
        assert names(store, one, profile=Profile.PUBLIC) == []
    beds = Criteria(available_beds=1)
    assert names(store, beds, profile=Profile.ORIENTATION) == ["01", "04"]
    assert names(store, beds, profile=Profile.MEDICO_SOCIAL) == names(store, beds, profile=Profile.PUBLIC) == []
