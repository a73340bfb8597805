"""Distances in a unit's bytes, however a region writes them: read, or taken out."""

import pytest
from lxml import etree

from gateway.merge.distances import distance_of, without_distance
from tests.support.answers import answer, read, unit


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("<calculatedDistance>3.4</calculatedDistance>", 3.4),
        ("<calculatedDistance>\n 3.4\t</calculatedDistance>", 3.4),
        ("<calculatedDistance >3.4</calculatedDistance >", 3.4),
        ("<calculatedDistance a='>'>3.4</calculatedDistance>", 3.4),
        ("<calculatedDistance>&#51;.4</calculatedDistance>", 3.4),
        ("<calculatedDistance>+003.40</calculatedDistance>", 3.4),
        ("<calculatedDistance>0</calculatedDistance>", 0.0),
        ("<calculatedDistance>12345678.5</calculatedDistance>", 12345678.5),
        ("<calculatedDistance>NaN</calculatedDistance>", float("inf")),
        ("<calculatedDistance>1_0</calculatedDistance>", float("inf")),
        ("<calculatedDistance></calculatedDistance>", float("inf")),
        ("<calculatedDistance/>", float("inf")),
        ("<calculatedDistanceToo>1</calculatedDistanceToo>", float("inf")),
        ("", float("inf")),
    ],
)
def test_a_distance_is_the_same_however_it_is_written(written: str, read_as: float) -> None:
    (one,) = read(answer(facilities=unit(inside=written))).facilities
    assert distance_of(one) == read_as
    (same,) = read(answer(facilities=unit(inside=f"{written}<!-- -->"))).facilities
    assert distance_of(same) == read_as


@pytest.mark.parametrize(
    "written",
    [
        "<calculatedDistance>3.4</calculatedDistance>",
        "<calculatedDistance >\n3.4</calculatedDistance >",
        "<calculatedDistance a='>'>3.4</calculatedDistance>",
        "<calculatedDistance>&#51;.4</calculatedDistance>",
        "<calculatedDistance/>",
        "<calculatedDistanceToo>1</calculatedDistanceToo>",
        "",
    ],
)
def test_without_its_distance_a_unit_is_otherwise_the_same(written: str) -> None:
    (one,) = read(answer(facilities=unit(inside=f"{written}<after/>"))).facilities
    left = etree.fromstring(without_distance(one.xml))
    expected = etree.fromstring(one.xml)
    for told in expected.findall("calculatedDistance"):
        expected.remove(told)
    assert etree.tostring(left, method="c14n2") == etree.tostring(expected, method="c14n2")
