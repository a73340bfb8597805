import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.ages import (
    AGE_CLASSES,
    EVERY_AGE,
    MAX_AGE_DAYS,
    AgeInterval,
    age_class,
    age_classes_of,
    age_days,
    interval,
    last_day,
    unit_label,
)
from ror.coding import Scheme
from ror.nomenclatures import table


@pytest.mark.parametrize(
    ("value", "unit", "days"),
    [
        (1, "a", 365),
        (18, "a", 6574),
        (1, "m", 30),
        (1, "mo", 30),
        (12, "mo", 365),
        (28, "j", 28),
        (28, "d", 28),
        (2, "wk", 14),
        (23, "h", 0),
        (24, "h", 1),
        (1.5, "a", 547),
        ("18", "a", 6574),
        (" 1,5 ", "a", 547),
        (0, "a", 0),
        (130, "a", MAX_AGE_DAYS),
    ],
)
def test_an_age_is_one_number_of_days(value, unit, days):
    assert age_days(value, unit) == days


def test_a_maximum_of_17_years_reaches_to_the_eve_of_the_18th_birthday():
    minors = interval(maximum=(17, "a"))
    assert minors.max_days == age_days(18, "a") - 1
    assert minors.contains(age_days(18, "a") - 1)
    assert not minors.contains(age_days(18, "a"))


@pytest.mark.parametrize(
    ("value", "unit", "last"), [(28, "j", 28), (1, "mo", 59), (24, "h", 1), (1.5, "a", 547), (0, "a", 364)]
)
def test_a_whole_maximum_covers_its_whole_unit(value, unit, last):
    assert last_day(value, unit) == last


@given(st.integers(0, 129), st.sampled_from(["a", "mo", "d"]))
def test_neighbouring_bounds_meet_without_gap_or_overlap(value, unit):
    assert last_day(value, unit) + 1 == age_days(value + 1, unit)


@pytest.mark.parametrize("value", [-1, "-1", -0.1, "-0.5"])
def test_a_negative_age_is_refused_in_french(value):
    with pytest.raises(ValueError, match="négatif"):
        age_days(value, "a")


@pytest.mark.parametrize(("value", "unit"), [(131, "a"), (1573, "mo"), (48_000, "j"), ("9" * 18, "h"), (1e300, "ms")])
def test_an_age_above_130_years_is_refused(value, unit):
    with pytest.raises(ValueError, match="dépasse 130 ans"):
        age_days(value, unit)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, "NaN", "", "abc", "1e3", "0x10", "１７", "1 2", True, None]
)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="n'est pas un nombre"):
        age_days(value, "a")


@pytest.mark.parametrize("unit", ["", "years", "A", "mois", "x" * 500])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(ValueError, match="Unité d'âge inconnue") as caught:
        age_days(3, unit)
    assert len(str(caught.value)) < 120


def test_m_is_the_metre_in_ucum_and_the_month_elsewhere():
    assert age_days(3, "m", Scheme.TIME_UNIT) == age_days(3, "mo", Scheme.UCUM)
    with pytest.raises(ValueError, match="Unité"):
        age_days(3, "m", Scheme.UCUM)


def test_every_time_unit_of_the_nomenclatures_is_read():
    for scheme in (Scheme.TIME_UNIT, Scheme.UCUM):
        units = table(scheme)
        assert units is not None
        for concept in units.concepts:
            if concept.label != "mètre":
                assert age_days(0, concept.code, scheme) == 0
                assert unit_label(concept.code) in (concept.label, "an")


def test_open_bounds_take_every_age():
    assert interval() == EVERY_AGE
    assert EVERY_AGE.contains(0)
    assert EVERY_AGE.contains(MAX_AGE_DAYS)


def test_contradictory_bounds_are_refused():
    with pytest.raises(ValueError, match="inférieur"):
        interval((18, "a"), (17, "a"))
    with pytest.raises(ValueError, match="négatif"):
        AgeInterval(-1, 3)


def test_bounds_may_be_equal():
    assert interval((18, "a"), (18, "a")).contains(age_days(18, "a"))


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_intervals_overlap_when_they_share_a_day(a, b, c, d):
    one, other = AgeInterval(min(a, b), max(a, b)), AgeInterval(min(c, d), max(c, d))
    shared = set(range(one.min_days, one.max_days + 1)) & set(range(other.min_days, other.max_days + 1))
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)


def test_the_age_classes_are_those_of_the_nomenclature():
    classes = table(Scheme.AGE_CLASS)
    assert classes is not None
    assert tuple(AGE_CLASSES) == tuple(concept.code for concept in classes.concepts)


@pytest.mark.parametrize(
    ("value", "unit", "classes"),
    [
        (5, "d", ("01", "02")),
        (29, "d", ("02",)),
        (2, "a", ("03",)),
        (15, "a", ("04",)),
        (16, "a", ("05", "06")),
        (21, "a", ("05", "06")),
        (22, "a", ("06",)),
        (65, "a", ("10",)),
        (75, "a", ("11",)),
        (130, "a", ("11",)),
    ],
)
def test_an_age_falls_into_its_classes(value, unit, classes):
    age = age_days(value, unit)
    assert tuple(code for code, ages in AGE_CLASSES.items() if ages.contains(age)) == classes


def test_every_age_has_a_class():
    assert all(any(ages.contains(day) for ages in AGE_CLASSES.values()) for day in range(MAX_AGE_DAYS + 1))


def test_a_unit_takes_every_class_that_its_bounds_touch():
    assert age_classes_of(interval((18, "a"))) == ("05", "06", "10", "11")
    assert age_classes_of(interval(maximum=(17, "a"))) == ("01", "02", "03", "04", "05", "06")
    assert age_classes_of(EVERY_AGE) == tuple(AGE_CLASSES)


@given(st.integers(0, MAX_AGE_DAYS), st.integers(0, MAX_AGE_DAYS), st.integers(0, MAX_AGE_DAYS))
def test_a_unit_that_takes_a_patient_carries_the_patients_classes(a, b, age):
    ages = AgeInterval(min(a, b), max(a, b))
    if ages.contains(age):
        of_patient = {code for code, interval_ in AGE_CLASSES.items() if interval_.contains(age)}
        assert of_patient <= set(age_classes_of(ages))


def test_class_codes_forgive_leading_zeros():
    assert age_class("1") == age_class("01") == age_class("001") == AGE_CLASSES["01"]
    assert age_class("10") == AGE_CLASSES["10"]
    assert age_class("07") is None
    assert age_class("") is None


def test_units_have_french_labels():
    assert [unit_label("a", 1), unit_label("a", 2), unit_label("mo", 3), unit_label("j", 0), unit_label("?")] == [
        "an",
        "ans",
        "mois",
        "jour",
        "?",
    ]
