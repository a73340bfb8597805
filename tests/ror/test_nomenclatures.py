import subprocess
import sys
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.coding import Scheme
from ror.nomenclatures import (
    Table,
    activities_of_family,
    label,
    map_specialty,
    suggest,
    table,
    table_oids,
)
from ror.nomenclatures.table import stripped

TODAY = date(2023, 6, 14)
SERVED_ELSEWHERE = {Scheme.COMMUNE}


@pytest.fixture
def activities() -> Table:
    found = table(Scheme.ACTIVITY)
    assert found is not None
    return found


@pytest.mark.parametrize("scheme", [scheme for scheme in Scheme if scheme not in SERVED_ELSEWHERE])
def test_every_scheme_of_the_contract_has_a_table(scheme):
    found = table(scheme)
    assert found is not None
    assert found.oid == scheme
    assert found.concepts


def test_an_unknown_oid_has_no_table():
    assert table("1.2.3") is None
    assert label("1.2.3", "121") is None


@pytest.mark.parametrize(
    ("oid", "total", "still_open"),
    [
        (Scheme.ACTIVITY, 404, 352),
        (Scheme.ACT, 898, 625),
        (Scheme.EQUIPMENT, 182, 116),
        (Scheme.CARE_MODE, 57, 37),
        (Scheme.ESTABLISHMENT_CATEGORY, 288, 151),
        (Scheme.FIELD, 5, 5),
        (Scheme.AGE_CLASS, 8, 8),
        (Scheme.SPECIALITY, 79, 75),
        ("1.2.250.1.213.3.4.5", 352, 352),
        ("1.2.250.1.213.3.3.65", 162, None),
    ],
)
def test_tables_are_whole(oid, total, still_open):
    found = table(oid)
    assert found is not None
    assert len(found.concepts) == total
    if still_open is not None:
        assert len(found.open_concepts(TODAY)) == still_open


def test_no_two_codes_of_a_table_differ_by_zeros_only():
    for oid in table_oids():
        found = table(oid)
        assert found is not None
        assert len({stripped(concept.code) for concept in found.concepts}) == len(found.concepts), found.name


def test_every_code_finds_itself_and_has_a_label():
    for oid in table_oids():
        found = table(oid)
        assert found is not None
        for concept in found.concepts:
            assert found.find(concept.code) is concept
            assert concept.label
            assert concept.is_open(TODAY) == (concept.valid_to is None)


@pytest.mark.parametrize("code", ["37", "037", "0037"])
def test_leading_zeros_are_forgiven_both_ways(activities, code):
    concept = activities.find(code)
    assert concept is not None
    assert (concept.code, concept.label) == ("037", "Dermatologie")


@pytest.mark.parametrize("code", ["", "0", "000", "999", "12 1", "CU23", "１２１", "-37"])
def test_what_is_no_code_finds_nothing(activities, code):
    assert activities.find(code) is None


def test_a_code_of_zero_alone_is_found():
    prefixes = table(Scheme.STRUCTURE_ID_TYPE)
    assert prefixes is not None
    assert prefixes.label("0") == prefixes.label("00") == "Id Cabinet ADELI"


def test_codes_with_letters_keep_their_zeros():
    specialities = table(Scheme.SPECIALITY)
    assert specialities is not None
    assert specialities.find("SM02") is not None
    assert specialities.find("SM2") is None


def test_012_ended_on_the_day_on_which_175_began(activities):
    burns, burn_medicine = activities.find("012"), activities.find("175")
    assert burns is not None
    assert burn_medicine is not None
    eve, day = date(2017, 3, 21), date(2017, 3, 22)
    assert (burns.is_open(eve), burns.is_open(day)) == (True, False)
    assert (burn_medicine.is_open(eve), burn_medicine.is_open(day)) == (False, True)


def test_an_older_release_does_not_know_a_newer_code(activities):
    burn_medicine = activities.find("175")
    assert burn_medicine is not None
    assert not burn_medicine.is_known(date(2017, 3, 21))
    assert burn_medicine.is_known(date(2017, 3, 22))


def test_a_table_says_its_release(activities):
    assert activities.release == date(2019, 3, 29)
    assert activities.name == "TRE_R211-ActiviteOperationnelle"


def test_a_table_is_read_once():
    assert table(Scheme.ACTIVITY) is table(Scheme.ACTIVITY)


def test_labels_keep_their_accents():
    assert label(Scheme.ACTIVITY, "121") == "Réanimation spécialisée brûlés"
    assert label(Scheme.FIELD, "2") == "Soins de Suite et Réadaptation (SSR)"


def test_every_age_class_and_care_mode_that_the_data_needs_is_open():
    modes = table(Scheme.CARE_MODE)
    assert modes is not None
    for code in ("28", "29", "30", "13", "33", "46", "55"):
        concept = modes.find(code)
        assert concept is not None
        assert concept.is_open(TODAY)


def test_families_have_their_activities():
    assert activities_of_family("26") == activities_of_family("026") == ("308", "309", "342")
    assert activities_of_family("01") == ("325", "326")
    assert activities_of_family("999") == ()


def test_typing_brul_finds_the_burns_activities(activities):
    codes = [concept.code for concept in suggest(activities, "brul")]
    assert codes[0] == "175"
    assert {"121", "175", "359", "379", "239"} <= set(codes)


def test_ended_codes_are_suggested_last_or_not_at_all(activities):
    assert "012" not in [concept.code for concept in suggest(activities, "brûlés", on=TODAY)]
    codes = [concept.code for concept in suggest(activities, "brul", limit=50)]
    assert all(codes.index(code) < codes.index("012") for code in ("121", "175"))


def test_a_code_suggests_itself_first(activities):
    assert suggest(activities, "0121")[0].code == "121"


def test_several_words_all_have_to_be_there(activities):
    assert [concept.code for concept in suggest(activities, "rea neo")] == ["128"]


def test_a_long_word_is_found_inside_another(activities):
    assert "059" in [concept.code for concept in suggest(activities, "dialyse")]


def test_suggestions_are_limited_and_nothing_suggests_nothing(activities):
    assert len(suggest(activities, "s", limit=3)) == 3
    assert suggest(activities, "") == suggest(activities, "  -- ") == ()


@given(st.text(max_size=20))
def test_no_text_breaks_suggestions_or_look_up(text):
    found = table(Scheme.ACTIVITY)
    assert found is not None
    found.find(text)
    suggest(found, text)


def test_an_insurance_speciality_maps_to_those_of_the_orders():
    assert map_specialty("03", Scheme.INSURANCE_SPECIALITY) == ("SM04",)
    assert map_specialty("3", Scheme.INSURANCE_SPECIALITY) == ("SM04",)
    assert map_specialty("SM04", Scheme.SPECIALITY) == ("SM04",)


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ("24", Scheme.INSURANCE_SPECIALITY),
        ("99", Scheme.INSURANCE_SPECIALITY),
        ("SM99", Scheme.SPECIALITY),
        ("03", "1.2.3"),
    ],
)
def test_what_has_no_mapping_maps_to_nothing(code, scheme):
    assert map_specialty(code, scheme) == ()


def test_every_speciality_that_is_mapped_to_exists():
    insurance, orders = table(Scheme.INSURANCE_SPECIALITY), table(Scheme.SPECIALITY)
    assert insurance is not None
    assert orders is not None
    mapped = [code for concept in insurance.concepts for code in map_specialty(concept.code, insurance.oid)]
    assert len(mapped) > 60
    assert all(orders.find(code) for code in mapped)


def test_importing_the_package_reads_no_table():
    code = (
        "import ror.nomenclatures.catalogue as c, ror.nomenclatures;"
        "assert c._sections.cache_info().currsize == 0, 'a table was read'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_tables_stay_compact():
    packaged = files("ror.nomenclatures")
    size = sum(len((packaged / name).read_bytes()) for name in ("tables.tsv", "associations.tsv"))
    assert size < 2**20
