"""The careful path: entries come out unqualified, alone, with what they need and nothing else."""

import pytest

from gateway.merge import tree
from tests.support.answers import answer, unit


def unit_of(data: bytes) -> bytes:
    _, directories = tree.read(data, "ara")
    (one,) = directories[2]
    return one.xml


def inside(text: str, **parts: str) -> bytes:
    """What becomes of ``text`` at the end of a unit."""
    xml = unit_of(answer(facilities=unit(inside=f"<end/>{text}"), **parts))
    return xml.partition(b"<end/>")[2].removesuffix(b"</facility>")


@pytest.mark.parametrize(
    "qualified",
    [
        '<c:x xmlns:c="urn:ihe:iti:csd:2013" a="1"><c:y/></c:x>',
        '<x xmlns="urn:ihe:iti:csd:2013" a="1"><y/></x>',
        '<x xmlns="urn:asip:ror:2015" a="1"><y xmlns="urn:ihe:iti:csd:2013"/></x>',
        '<ror:x a="1"><y/></ror:x>',
        '<x a="1"><!-- c --><y/><?p?></x>',
    ],
)
def test_the_official_namespaces_comments_and_instructions_go(qualified: str) -> None:
    assert inside(qualified) == b'<x a="1"><y/></x>'


def test_a_foreign_namespace_stays_with_its_own_declaration() -> None:
    assert inside('<v:x xmlns:v="urn:v" v:a="1"/>') == b'<v:x xmlns:v="urn:v" v:a="1"/>'
    assert inside('<x xmlns="urn:v"><y/></x>') == b'<x xmlns="urn:v"><y/></x>'


def test_a_prefix_from_outside_is_declared_on_the_entry_that_uses_it_and_on_no_other() -> None:
    data = answer(
        envelope=' xmlns:v="urn:v" xmlns:w="urn:w"',
        facilities=unit("1", inside="<v:x/>") + unit("2"),
        announced=2,
    )
    _, directories = tree.read(data, "ara")
    first, second = directories[2]
    assert first.xml.startswith(b'<facility xmlns:v="urn:v" entityID="ara:1">')
    assert second.xml.startswith(b'<facility entityID="ara:2">')


def test_a_prefix_that_a_value_may_mean_stays_declared() -> None:
    data = answer(
        envelope=' xmlns:v="urn:v" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        facilities=unit(inside='<x xsi:type="v:t"/>'),
    )
    assert b' xmlns:v="urn:v"' in unit_of(data)


def test_the_same_prefix_declared_twice_keeps_both_meanings() -> None:
    assert inside('<v:x><v:y xmlns:v="urn:w"/></v:x>', envelope=' xmlns:v="urn:v"') == (
        b'<v:x><v:y xmlns:v="urn:w"/></v:x>'
    )


def test_cdata_becomes_escaped_text() -> None:
    assert inside("<x><![CDATA[<facility> & ]]></x>") == b"<x>&lt;facility&gt; &amp; </x>"


def test_the_id_comes_first_and_the_other_attributes_stay() -> None:
    xml = unit_of(
        answer(facilities=unit().replace('entityID="1"', 'b="2" v:c="3" entityID="1"'), envelope=' xmlns:v="v:"')
    )
    assert xml.startswith(b'<facility xmlns:v="v:" entityID="ara:1" b="2" v:c="3">')


def test_an_id_is_told_as_it_stands_in_the_bytes() -> None:
    _, directories = tree.read(answer(facilities=unit().replace('="1"', "='&amp;&lt;>\"&#9;&#10;&#13;é'")), "ara")
    (one,) = directories[2]
    assert one.id == "ara:&amp;&lt;&gt;&quot;&#9;&#10;&#13;é".encode()
    assert one.xml.startswith(b'<facility entityID="' + one.id + b'"')


def test_an_empty_pointer_stays_empty() -> None:
    assert inside('<parentFacility entityID=""/>') == b'<parentFacility entityID=""/>'


def test_an_xml_id_is_dropped_for_it_would_have_to_be_unique_in_the_whole_answer() -> None:
    assert inside('<x xml:id="a" xml:lang="fr"/>') == b'<x xml:lang="fr"/>'
