import math
import subprocess
import sys
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.territory import (
    DEPARTMENTS,
    NEIGHBOUR_PAIRS,
    REGIONS,
    ROR_BY_ID,
    RORS,
    SEA_LINKS,
    Place,
    Solution,
    all_communes,
    city_code,
    commune,
    communes_of_department,
    department,
    departments_of_region,
    distance_km,
    ended_commune,
    find_communes,
    neighbours,
    region,
    ror_of_region,
    rors_within,
    rounded_km,
)

LYON, PARIS, MARSEILLE = "69123", "75056", "13055"


def place_of(code: str) -> Place:
    found = commune(code)
    assert found is not None
    return found.place


def test_the_seventeen_rors_stand_in_the_order_of_their_ids():
    ids = [ror.id for ror in RORS]
    assert " ".join(ids) == "ara bfc bre cor cvl ges gua guy hdf idf mar naq nor occ oin pac pdl"
    assert ids == sorted(ids)


def test_each_region_belongs_to_one_ror():
    served = [code for ror in RORS for code in ror.regions]
    assert sorted(served) == sorted(region.code for region in REGIONS)
    assert all(code in (ror_of_region(code) or RORS[0]).regions for code in served)


def test_eight_rors_run_ror_ir():
    of_ir = " ".join(ror.id for ror in RORS if ror.solution is Solution.IR)
    assert of_ir == "ara bre ges gua idf mar occ pdl"


@pytest.mark.parametrize(
    ("code", "ror"),
    [("01", "gua"), ("1", "gua"), ("977", "gua"), ("978", "gua"), ("04", "oin"), ("06", "oin"), ("11", "idf")],
)
def test_a_region_code_leads_to_its_ror(code, ror):
    found = ror_of_region(code)
    assert found is not None
    assert found.id == ror


@pytest.mark.parametrize("code", ["", "05", "21", "975", "987", "FR", "2A"])
def test_what_is_no_region_of_today_leads_nowhere(code):
    assert ror_of_region(code) is None
    assert region(code) is None


def test_there_are_23_land_borders_and_they_hold_both_ways():
    assert len({frozenset(pair) for pair in NEIGHBOUR_PAIRS}) == 23
    assert all(b in neighbours(a) and a in neighbours(b) for a, b in NEIGHBOUR_PAIRS)
    assert sum(len(ror.neighbours) for ror in RORS) == 46


def test_neighbours_are_those_across_a_land_border():
    assert neighbours("idf") == ("bfc", "cvl", "ges", "hdf", "nor")
    assert neighbours("bre") == ("nor", "pdl")


@pytest.mark.parametrize("ror", ["gua", "guy", "mar", "oin", "cor"])
def test_islands_and_overseas_have_no_neighbours_unless_sea_links_are_wanted(ror):
    assert neighbours(ror) == ()
    assert neighbours(ror, sea_links=True) == SEA_LINKS.get(ror, ())


def test_an_unknown_ror_has_no_neighbours_at_all():
    with pytest.raises(KeyError):
        neighbours("xyz")


def test_every_departement_stands_in_a_region_and_has_its_seat_there():
    assert len(DEPARTMENTS) == 103
    for each in DEPARTMENTS:
        seat = commune(each.seat)
        assert region(each.region) is not None
        assert seat is not None
        assert (seat.department, seat.region) == (each.code, each.region)


def test_every_region_has_its_seat_in_itself():
    for each in REGIONS:
        seat = commune(each.seat)
        assert seat is not None
        assert seat.region == each.code


def test_region_and_departement_codes_are_kept_apart():
    assert (region("01") or REGIONS[1]).name == "Guadeloupe"
    assert (department("01") or DEPARTMENTS[1]).name == "Ain"
    assert (department("1") or DEPARTMENTS[1]).label == "Ain (01)"
    assert (department("2a") or DEPARTMENTS[1]).name == "Corse-du-Sud"
    assert department("20") is None


def test_a_region_knows_its_departements():
    assert [each.code for each in departments_of_region("94")] == ["2A", "2B"]
    assert [each.code for each in departments_of_region("01")] == ["971"]
    assert len(departments_of_region("84")) == 12
    assert departments_of_region("99") == ()


def test_a_commune_says_where_it_is():
    lyon = commune(LYON)
    assert lyon is not None
    assert (lyon.name, lyon.department, lyon.region, lyon.city, lyon.approximate) == ("Lyon", "69", "84", None, False)
    assert lyon.label == "Lyon (69123)"
    assert distance_km(lyon.place, Place(45.76, 4.84)) < 3


@pytest.mark.parametrize(
    ("code", "region_code", "latitude", "longitude"),
    [
        ("75056", "11", 48.86, 2.35),
        ("13055", "93", 43.30, 5.40),
        ("59350", "32", 50.63, 3.06),
        ("2A004", "94", 41.92, 8.74),
        ("2b033", "94", 42.70, 9.45),
        ("97105", "01", 16.00, -61.73),
        ("97209", "02", 14.61, -61.07),
        ("97302", "03", 4.94, -52.33),
        ("97411", "04", -20.88, 55.45),
        ("97611", "06", -12.78, 45.23),
        ("97701", "977", 17.90, -62.85),
        ("97801", "978", 18.07, -63.08),
        ("38053", "84", 45.59, 5.27),
        ("29155", "53", 48.46, -5.09),
        ("73008", "84", 45.69, 5.91),
    ],
)
def test_known_towns_lie_where_they_should(code, region_code, latitude, longitude):
    found = commune(code)
    assert found is not None
    assert found.region == region_code
    assert distance_km(found.place, Place(latitude, longitude)) < 6


def test_every_commune_lies_in_the_bounds_of_its_land():
    bounds = {
        "971": (15.8, 16.6, -61.9, -61.0),
        "972": (14.3, 15.0, -61.3, -60.8),
        "973": (2.0, 6.0, -54.7, -51.5),
        "974": (-21.5, -20.8, 55.2, 55.9),
        "976": (-13.1, -12.6, 44.9, 45.4),
        "977": (17.8, 18.0, -63.0, -62.7),
        "978": (18.0, 18.2, -63.2, -62.9),
    }
    for each in all_communes():
        south, north, west, east = bounds.get(each.department, (41.3, 51.1, -5.2, 9.6))
        assert south <= each.latitude <= north, each
        assert west <= each.longitude <= east, each
        assert 3 <= each.reach_km <= 30


def test_no_commune_lies_far_from_the_middle_of_its_departement():
    for each in DEPARTMENTS:
        members = communes_of_department(each.code)
        middle = Place(
            sum(one.latitude for one in members) / len(members), sum(one.longitude for one in members) / len(members)
        )
        limit = 320 if each.code == "973" else 130
        assert all(distance_km(middle, one.place) < limit for one in members), each


def test_all_communes_are_there_and_most_people_live_in_exact_ones():
    communes = [each for each in all_communes() if each.city is None]
    assert len(communes) == 34_947
    people = Counter[bool]()
    for each in communes:
        people[each.approximate] += each.population or 0
    assert 60_000_000 < people[False] + people[True] < 70_000_000
    assert people[False] > 0.9 * (people[False] + people[True])


@pytest.mark.parametrize("code", ["", "6912", "691234", "69999", "99999", "Lyon", "\x00" * 5, "2A0O4"])
def test_what_is_no_commune_is_none(code):
    assert commune(code) is None
    assert ended_commune(code) is None


@pytest.mark.parametrize(("arrondissement", "city"), [("75115", PARIS), ("69383", LYON), ("13208", MARSEILLE)])
def test_an_arrondissement_is_part_of_its_city(arrondissement, city):
    found = commune(arrondissement)
    assert found is not None
    assert found.city == city_code(arrondissement) == city
    assert distance_km(found.place, place_of(city)) < 12


def test_each_city_has_all_its_arrondissements():
    cities = Counter(each.city for each in all_communes() if each.city)
    assert cities == {PARIS: 20, MARSEILLE: 16, LYON: 9}


def test_a_departement_lists_communes_without_arrondissements():
    assert [each.code for each in communes_of_department("75")] == [PARIS]
    assert {each.department for each in communes_of_department("69")} == {"69"}
    assert "97101" in [each.code for each in communes_of_department("971")]
    assert communes_of_department("97") == communes_of_department("9") == ()


@pytest.mark.parametrize(
    ("code", "successor"),
    [("01018", "01033"), ("97127", "97801"), ("97123", "97701"), ("98511", "97611"), ("01039", "01138")],
)
def test_an_ended_code_is_known_with_its_successor(code, successor):
    ended = ended_commune(code)
    assert ended is not None
    assert ended.successor == successor
    assert commune(code) is None
    assert commune(successor) is not None


def test_an_ended_code_says_its_day_where_it_is_known():
    arlod = ended_commune("01018")
    assert arlod is not None
    assert (arlod.name, str(arlod.ended_on)) == ("Arlod", "2008-10-29")


def test_the_exact_name_comes_first_then_the_greatest_town():
    assert find_communes("Lyon")[0].code == LYON
    assert find_communes("saint denis")[0].name == "Saint-Denis"
    assert [each.code for each in find_communes("bourgoin")] == ["38053"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("69123", LYON),
        (" 2a004 ", "2A004"),
        ("paris 15", "75115"),
        ("st denis 974", "97411"),
        ("evry courcouronnes", "91228"),
        ("L'Haÿ-les-Roses", "94038"),
        ("l hay les roses", "94038"),
        ("CLERMONT FERRAND", "63113"),
        ("97127", "97801"),
    ],
)
def test_a_commune_is_found_by_what_people_type(words, code):
    assert find_communes(words)[0].code == code


@pytest.mark.parametrize("words", ["", "   ", "--", "xyzzyx", "99999"])
def test_nothing_is_found_for_nonsense(words):
    assert find_communes(words) == []


def test_find_keeps_to_its_limit():
    assert len(find_communes("saint", limit=7)) == 7


def test_distances_are_great_circles_on_the_mean_sphere():
    assert rounded_km(distance_km(Place(48.8566, 2.3522), Place(45.7640, 4.8357))) == pytest.approx(391.5, abs=0.2)
    assert distance_km(Place(0, 0), Place(0, 180)) == pytest.approx(math.pi * 6371.0088)
    assert rounded_km(12.34) == 12.3


places = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))


@given(places, places)
def test_a_distance_is_symmetric_and_never_negative(a, b):
    assert distance_km(a, b) == pytest.approx(distance_km(b, a), abs=1e-6)
    assert 0 <= distance_km(a, b) <= math.pi * 6371.01


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (-91, 0), (0, 181), (math.nan, 0), (0, math.inf)])
def test_a_place_outside_the_world_is_refused(latitude, longitude):
    with pytest.raises(ValueError, match="outside"):
        Place(latitude, longitude)


@pytest.mark.parametrize(
    ("centre", "radius_km", "rors"),
    [
        (LYON, 20, ("ara",)),
        ("97411", 50, ("oin",)),
        ("97209", 50, ("mar",)),
        ("2A004", 50, ("cor",)),
        ("97105", 300, ("gua", "mar")),
        ("13055", 10, ("pac",)),
    ],
)
def test_a_circle_cuts_the_rors_with_ground_in_it(centre, radius_km, rors):
    assert rors_within(place_of(centre), radius_km) == rors


def test_a_circle_near_a_border_cuts_both_sides():
    assert set(rors_within(place_of("84007"), 15)) == {"occ", "pac"}
    assert {"ara", "bfc"} <= set(rors_within(place_of("71270"), 15))


def test_a_circle_of_2000_km_around_paris_cuts_every_ror_of_the_mainland_and_corse():
    overseas = {"gua", "guy", "mar", "oin"}
    assert set(rors_within(place_of(PARIS), 2000)) == set(ROR_BY_ID) - overseas


def test_a_circle_in_the_ocean_cuts_nothing():
    assert rors_within(Place(0, -30), 500) == ()


@given(st.floats(42, 51), st.floats(-5, 8), st.floats(0.1, 400))
def test_every_ror_with_a_commune_point_in_the_circle_is_cut(latitude, longitude, radius_km):
    centre = Place(latitude, longitude)
    cut = set(rors_within(centre, radius_km))
    for seat in (each.seat for each in DEPARTMENTS):
        found = commune(seat)
        assert found is not None
        if distance_km(centre, found.place) <= radius_km:
            ror = ror_of_region(found.region)
            assert ror is not None
            assert ror.id in cut


def test_asking_which_rors_a_circle_cuts_takes_less_than_5_ms():
    centre = place_of(PARIS)
    rors_within(centre, 1)
    best = min(_seconds(lambda: rors_within(centre, 60)) for _ in range(5))
    assert best < 0.005


def test_importing_the_package_reads_no_table():
    code = (
        "import ror.territory.communes as c, ror.territory;"
        "assert c._lines.cache_info().currsize == 0, 'a table was read'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
