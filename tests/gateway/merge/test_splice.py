"""The hot path: what it takes, what it leaves to the tree, and that floods cost little."""

import time

import pytest
from lxml import etree

from gateway.errors import MalformedAnswerError, UnusualAnswerError
from gateway.merge import splice
from gateway.merge.reading import read_answer
from ror.csd import ROR_IESS, ROR_IR
from ror.g1.answer import read_answer as read_directory
from ror.g1.answer import write_answer
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from tests.support.answers import GOLDEN, answer, establishment, legal_entity, read, service, unit

FLOOD_S = 2.0
"""More than any flood below costs on a slow machine, and less than a thousandth of what one could cost."""


@pytest.mark.parametrize("style", [ROR_IR, ROR_IESS], ids=["ROR-IR", "ROR-IeSS"])
@pytest.mark.parametrize("version", SoapVersion)
def test_what_the_solutions_write_takes_the_hot_path(style, version: SoapVersion) -> None:
    golden = read_directory(etree.fromstring(GOLDEN).find("{*}Body")[0])
    data = write_envelope(version, body=write_answer(golden, style))
    skeleton, directories = splice.cut(data, "ara")
    assert (skeleton.announced, [len(entries) for entries in directories]) == (1, [2, 1, 1, 0, 1])


def test_ids_and_pointers_are_scoped_to_the_region() -> None:
    entries = read(answer(facilities=unit("urn:uuid:1")), "bre")
    (one,) = entries.facilities
    assert one.id == b"bre:urn:uuid:1"
    assert one.references == ((b"organization", b"bre:e_1"), (b"service", b"bre:1_a"))
    assert one.xml.startswith(b'<facility entityID="bre:urn:uuid:1"><primaryName>')
    assert b'<organization entityID="bre:e_1"><service entityID="bre:1_a"/>' in one.xml


def test_bytes_of_an_entry_are_those_of_the_answer_but_for_the_ids() -> None:
    odd = "<x  a = '\t' b=\"'>\"\n>&#233;&gt;\r\n</x ><y/>"
    (one,) = read(answer(facilities=unit(inside=odd))).facilities
    assert one.xml == unit(inside=odd).replace('entityID="', 'entityID="ara:').encode()


@pytest.mark.parametrize("at", ["front", "back"])
@pytest.mark.parametrize("odd", ["<!-- -->", "<?p?>", "<![CDATA[]]>"])
def test_comments_instructions_and_cdata_are_left_to_the_tree(odd: str, at: str) -> None:
    text = f"{odd}x" if at == "front" else f"x{odd}"
    with pytest.raises(UnusualAnswerError):
        splice.cut(answer(facilities=unit(inside=f"<y>{text}</y>")), "ara")


def test_a_doctype_is_refused_at_once() -> None:
    laughs = b"".join(b'<!ENTITY l%d "%b">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
    data = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]><x>&l9;</x>" + b" " * 10_000_000
    assert _slug_within(data, FLOOD_S / 10) == "answer.doctype"


@pytest.mark.parametrize(
    "inside",
    [
        "<x>" * 100_000 + "</x>" * 100_000,
        "<x><y/>t" * 30_000 + "</x>t" * 30_000,
        "<x " + " ".join(f'a{n}=""' for n in range(200_000)) + "/>",
        "<x " + " ".join(f'xmlns:p{n}="u"' for n in range(250_000)) + "/>",
        "<x " + " ".join(f'p{n}:a="" xmlns:p{n}="u{n}"' for n in range(50_000)) + "/>",
        f'<x {"a" * 2_000_000}="1"/>',
        f'<x a="{"a" * 2_000_000}"/>',
        f"<x>{'a' * 2_000_000}</x>",
        "<!---->" * 100_000,
    ],
    ids=["depth", "depth with text", "attributes", "namespaces", "prefixes", "name", "value", "text", "comments"],
)
def test_a_flood_inside_a_unit_is_refused_cheaply(inside: str) -> None:
    assert _slug_within(answer(facilities=unit(inside=inside)), FLOOD_S) == "answer.xml-limit"


def test_a_flood_of_entries_costs_what_its_bytes_cost() -> None:
    data = answer(facilities="<facility/>" * 300_000, announced=300_000)
    assert _slug_within(data, 5 * FLOOD_S) == "answer.structure"


def test_a_nesting_of_the_directories_themselves_is_refused_cheaply() -> None:
    data = answer(facilities="<facilityDirectory>" * 50_000 + "</facilityDirectory>" * 50_000)
    assert _slug_within(data, FLOOD_S) == "answer.xml-limit"


def test_a_prefix_like_the_beginning_of_a_word_in_the_text_costs_nothing() -> None:
    data = answer(envelope=' xmlns:http="urn:x"', facilities=unit(inside="<x>http://ror.example</x>"))
    _, directories = splice.cut(data, "ara")
    assert directories[2][0].xml.startswith(b'<facility entityID="ara:1">')


@pytest.mark.parametrize("elements", [184, 185, 400])
def test_a_unit_of_many_elements_is_read_whatever_path_it_takes(elements: int) -> None:
    data = answer(facilities=unit(inside="<x>1234</x>" * elements))
    assert read(data).facilities[0].xml.count(b"<x>") == elements


def test_many_entries_keep_their_order() -> None:
    data = answer(
        organizations=legal_entity() + "\n".join(establishment(f"e_{n}") for n in range(50)),
        services="".join(service(f"{n}_a") for n in range(200)),
        facilities="\n  ".join(unit(str(n), f"e_{n % 50}", (f"{n}_a",)) for n in range(200)),
        announced=200,
    )
    splice.cut(data, "ara")
    entries = read(data)
    assert [one.id for one in entries.facilities] == [f"ara:{n}".encode() for n in range(200)]
    assert all(one.xml.endswith(b"</facility>") and one.xml.startswith(b"<facility ") for one in entries.facilities)


def _slug_within(data: bytes, seconds: float) -> str:
    start = time.process_time()
    with pytest.raises(MalformedAnswerError) as refused:
        read_answer(data, "ara")
    assert time.process_time() - start < seconds
    return refused.value.slug
