"""Whatever a node sends, the splice and the tree read the same of it, or the tree alone decides."""

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.errors import MalformedAnswerError
from gateway.merge.entries import RegionEntries
from gateway.merge.reading import read_answer
from ror.csd import ROR_IESS, ROR_IR, Style
from ror.g1.answer import write_answer
from ror.model import Directory
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from tests.ror.test_csd_roundtrip import DIRECTORIES
from tests.support.answers import (
    GOLDEN,
    Told,
    agree,
    answer,
    by_splice,
    by_tree,
    canonical,
    device,
    establishment,
    legal_entity,
    provider,
    service,
    unit,
)

PLAIN = answer()
MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def changed(old: str, new: str, data: bytes = PLAIN) -> bytes:
    assert old.encode() in data
    return data.replace(old.encode(), new.encode())


UNIT = '<facility entityID="1">'
NAME = "<primaryName>UE 1</primaryName>"

SPLICED = {
    "the plain answer": PLAIN,
    "the golden answer": GOLDEN,
    "self-closing directories": changed("<providerDirectory></providerDirectory>", "<providerDirectory/>"),
    "a space in a self-closing tag": changed("<deviceDirectory></deviceDirectory>", "<deviceDirectory />"),
    "a space in a directory's tag": changed("<facilityDirectory>", "<facilityDirectory\n>"),
    "an absent empty directory": changed("<providerDirectory></providerDirectory>", ""),
    "white space between entries": changed(UNIT, f"\r\n\t {UNIT}"),
    "a unit's facilityType": changed(NAME, NAME + '<facilityType code="1">SSR</facilityType><facilityType/>'),
    "a prefix declared and unused": answer(envelope=' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'),
    "a text that looks prefixed": answer(envelope=' xmlns:v="urn:v"', facilities=unit(inside="<x>v:t xmlns=</x>")),
    "no namespace again below a default one": answer(
        response='<careServicesResponse xmlns="urn:asip:ror:2015">{}</careServicesResponse>',
        result='<result xmlns="">{}</result>',
    ),
    "> and ]]> in an attribute": changed(NAME, "<primaryName a='>' b=\"]]>\">/></primaryName>"),
    "references to characters in a text": changed("UE 1", "UE &#49; &lt;facility &amp;#48;&#x3c;b&gt;"),
    "colons in an id": PLAIN.replace(b'entityID="', b'entityID="urn:uuid:'),
    "spaces and letters in an id": PLAIN.replace(b'entityID="', "entityID=\" a 'é/\u2028]]".encode()),
    "xml:lang and xml:space": changed(NAME, '<primaryName xml:lang="fr" xml:space="preserve"> UE </primaryName>'),
    "an earlier directory's name in a unit": changed(NAME, NAME + "<serviceDirectory><x/></serviceDirectory>"),
    "a later directory's name in a unit": changed(NAME, NAME + "<deviceDirectory/>"),
    "no directory at all": answer(organizations="", services="", facilities="", announced=0).replace(
        b"Directory", b"Annuaire"
    ),
    "everything of a newer release": answer(before="<nouveau/>texte", behind="<facilities/>"),
    "UTF-8 declared in lower case": b"<?xml version='1.0' encoding='utf-8'?>\n" + PLAIN,
    "another name for UTF-8": b"<?xml version='1.0' encoding='utf8'?>" + PLAIN,
    "a byte order mark": codecs.BOM_UTF8 + PLAIN,
    "ISO-8859-1": b'<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>'
    + changed("UE 1", "Unité é").decode().encode("latin-1"),
    "UTF-16, little end first": codecs.BOM_UTF16_LE + PLAIN.decode().encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE
    + ('<?xml version="1.0" encoding="UTF-16"?>' + PLAIN.decode()).encode("utf-16-be"),
}

READ_AS_A_TREE = {
    "single quotes": changed(UNIT, "<facility entityID='1'>"),
    "white space in a tag": changed(UNIT, "<facility\n  entityID = '1'\t>"),
    "white space in an end tag": changed("</facility>", "</facility\n>"),
    "another attribute before the id": changed(UNIT, '<facility a="1" entityID="1">'),
    "another attribute behind the id": changed(UNIT, '<facility entityID="1" a="1">'),
    "a character reference in an id": changed('entityID="1"', 'entityID="&#49;"'),
    "an entity in an id": changed('entityID="1"', 'entityID="1&amp;&lt;&quot;2"'),
    "> in an id": changed('entityID="1"', 'entityID="1>2"'),
    "a tab in an id": changed('entityID="1"', 'entityID="1\t\r\n2"'),
    "a tab reference in an id": changed('entityID="1"', 'entityID="1&#9;&#10;&#13;2"'),
    "an attribute that ends like the key": changed(NAME, '<primaryName xentityID="2">UE</primaryName>'),
    "an attribute that ends like the key behind a colon": answer(
        envelope=' xmlns:v="urn:v"', facilities=unit(inside='<v:x v:entityID="1"/>')
    ),
    "the key in a text": changed(NAME, '<primaryName>x entityID="2"</primaryName>'),
    "the key in an attribute's value": changed(NAME, "<primaryName a=' entityID=\"2\"'>UE</primaryName>"),
    "the key in an id": changed(NAME, '<x entityID="abc entityID=" b="x"/>'),
    "the key in a unit's own id": changed(UNIT, '<facility entityID="abc entityID=" b="x">'),
    "an entry in an attribute's value": changed(
        NAME, "<primaryName a='&lt;facility entityID=\"2\"'>UE</primaryName>"
    ),
    "a comment with an entry": changed(NAME, NAME + '<!-- <facility entityID="2"> -->'),
    "a comment in a text": changed("UE 1", "UE <!-- --> 1"),
    "a comment between directories": changed("<facilityDirectory>", "<!-- --><facilityDirectory>"),
    "a comment before the envelope": b"<!-- x -->" + PLAIN,
    "a comment in the number": changed("<OInumber>1", "<OInumber><!-- -->1"),
    "an instruction": changed(NAME, NAME + "<?ror <facility?>"),
    "an instruction behind the envelope": PLAIN + b"<?x?>",
    "CDATA": changed("UE 1", '<![CDATA[</facility><facility entityID="2">]]>'),
    "a prefix from outside on an element": answer(
        envelope=' xmlns:v="urn:v"', facilities=unit(inside='<v:x v:y="1">t</v:x>')
    ),
    "a prefix from outside on an attribute": answer(
        envelope=' xmlns:v="urn:v"', facilities=unit(inside='<x v:y="1">t</x>')
    ),
    "a prefix from outside in a text": answer(
        envelope=' xmlns:v="urn:v" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        facilities=unit(inside='<x xsi:type="v:t"/>'),
    ),
    "a default namespace from the wrapper on": answer(
        response='<careServicesResponse xmlns="urn:asip:ror:2015">{}</careServicesResponse>'
    ),
    "a default namespace from result on": answer(result='<result xmlns="urn:ihe:iti:csd:2013">{}</result>'),
    "a default namespace on an entry": changed(UNIT, '<facility xmlns="urn:ihe:iti:csd:2013" entityID="1">'),
    "a default namespace inside an entry": changed(
        NAME, '<primaryName xmlns="urn:ihe:iti:csd:2013">UE</primaryName>'
    ),
    "xmlns declared again inside": answer(
        envelope=' xmlns:v="urn:v"', facilities=unit(inside='<v:x><v:y xmlns:v="urn:w" v:z="1"/></v:x>')
    ),
    "a foreign default namespace": answer(facilities=unit(inside='<v xmlns="urn:v"><w a="1">x</w></v>')),
    "qualified entries": answer(
        envelope=' xmlns:c="urn:ihe:iti:csd:2013"',
        facilities=unit().replace("<", "<c:").replace("<c:/", "</c:"),
    ),
    "a prefixed directory": changed("facilityDirectory>", "ror:facilityDirectory>"),
    "directories in another order": changed(
        "<organizationDirectory>", "<providerDirectory/><organizationDirectory>"
    ).replace(b"<providerDirectory></providerDirectory>", b""),
    "a directory with an attribute": changed("<facilityDirectory>", '<facilityDirectory a="1">'),
    "a directory's name in the header": answer(
        header="<env:Header><v:x xmlns:v='v'><deviceDirectory/></v:x></env:Header>"
    ),
    "its own directory's name in a unit": changed(NAME, NAME + "<facilityDirectory>x</facilityDirectory>"),
    "an entry of its own kind in a unit": changed(NAME, NAME + '<facility entityID="2"><x/></facility>'),
    "an empty entry of its own kind in a unit": changed(NAME, NAME + '<x><facility entityID="2"/></x>'),
    "a very long text": changed("UE 1", "x" * 300_000),
    "a unit with two thousand elements": changed(NAME, NAME + "<x>1</x>" * 2_000),
    "a tag with many attributes": changed(NAME, "<x " + " ".join(f'a{i}="123"' for i in range(900)) + "/>"),
    "nested a hundred and fifty deep": changed(NAME, "<x><y/>" * 150 + "</x>" * 150 + "<z></z>" * 60),
    "an xml:id": changed(NAME, '<x xml:id="not a name"/><y xml:id="a"/><z xml:id="a"/>'),
    "an empty pointer": changed(NAME, '<parentFacility entityID=""/>'),
    "a fault": (Path(__file__).parents[2] / "golden" / "g1_fault.xml").read_bytes(),
}

REFUSED = {
    "nothing": b"",
    "no XML": b"\x00\xff garbage",
    "another document": b"<html/>",
    "text between entries": changed(UNIT, f"x{UNIT}"),
    "a no-break space between entries": changed(UNIT, f"\u00a0{UNIT}"),
    "text behind the last entry": changed("</facility>", "</facility>x"),
    "another element between entries": changed(UNIT, f"<x/>{UNIT}"),
    "an entry of another directory": changed(UNIT, f"{service('2')}{UNIT}"),
    "an entry without an id": changed(UNIT, "<facility>"),
    "an entry with an empty id": changed(UNIT, '<facility entityID="">'),
    "an entry with a qualified id": changed(UNIT, '<facility ror:entityID="1">'),
    "a foreign entry": changed(UNIT, '<facility xmlns="urn:v" entityID="1">'),
    "ours inside a foreign default namespace": answer(facilities=unit(inside='<v xmlns="urn:v"><x xmlns=""/></v>')),
    "ours, prefixed, inside a foreign default namespace": answer(
        facilities=unit(inside='<v xmlns="urn:v"><c:x xmlns:c="urn:ihe:iti:csd:2013"/></v>')
    ),
    "a directory twice": answer(behind="<deviceDirectory/>"),
    "a directory twice, once prefixed": answer(behind="<ror:deviceDirectory/>"),
    "directories in one another": changed("</organizationDirectory><serviceDirectory>", "<serviceDirectory>").replace(
        b"</serviceDirectory>", b"</serviceDirectory></organizationDirectory>"
    ),
    "no result": answer(result="<resultat>{}</resultat>"),
    "two results": answer(result="<result/><result>{}</result>"),
    "no number": changed("<OInumber>1</OInumber>", ""),
    "a number that is none": answer(announced="+1"),
    "a number in other digits": answer(announced="\u0661"),
    "a number without end": answer(announced="0" * 12 + "1"),
    "two bodies": changed("</env:Body>", "</env:Body><env:Body><x/></env:Body>"),
    "two contents": changed("</env:Body>", "<x/></env:Body>"),
    "an empty body": answer(response="<!-- {} -->"),
    "the answer to another request": answer(response="<ror:careServicesRequest>{}</ror:careServicesRequest>"),
    "no SOAP envelope": changed("http://www.w3.org/2003/05/soap-envelope", "urn:x"),
    "a coverage that cannot be read": answer(
        header='<env:Header><p:couverture xmlns:p="urn:inter-ror:passerelle:1"><p:ror/></p:couverture></env:Header>'
    ),
    "XML 1.1": b'<?xml version="1.1"?>' + PLAIN,
    "a DOCTYPE": b"<!DOCTYPE x>" + PLAIN,
    "a DOCTYPE behind a comment": b"<!-- --><!DOCTYPE x>" + PLAIN,
    "UTF-16 declared on other bytes": b'<?xml version="1.0" encoding="UTF-16"?>' + PLAIN,
    "UTF-8 declared on UTF-16": codecs.BOM_UTF16_LE
    + ('<?xml version="1.0" encoding="UTF-8"?>' + PLAIN.decode()).encode("utf-16-le"),
    "ISO-8859-1 declared behind a mark": codecs.BOM_UTF8 + b'<?xml version="1.0" encoding="ISO-8859-1"?>' + PLAIN,
    "UTF-16 without a mark": PLAIN.decode().encode("utf-16-le"),
    "UTF-32": PLAIN.decode().encode("utf-32"),
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>' + PLAIN,
    "EBCDIC": ('<?xml version="1.0" encoding="cp037"?>' + PLAIN.decode()).encode("cp037"),
    "Latin bytes without a declaration": changed("UE 1", "Unité").decode().encode("latin-1"),
    "a declaration that is none": b'<?xml version="1.0" encoding="ISO-8859-1" nothing?>' + PLAIN,
    "two hundred deep": changed(NAME, "<x>" * 200 + "</x>" * 200),
    "two thousand attributes": changed(NAME, "<x " + " ".join(f'a{i}=""' for i in range(2_000)) + "/>"),
}


@pytest.mark.parametrize("data", SPLICED.values(), ids=SPLICED)
def test_what_is_usual_is_spliced_as_the_tree_would_read_it(data: bytes) -> None:
    told = agree(data)
    assert isinstance(told, Told)
    assert by_splice(data) == told
    assert isinstance(read_answer(data, "ara"), RegionEntries)


@pytest.mark.parametrize("data", READ_AS_A_TREE.values(), ids=READ_AS_A_TREE)
def test_what_is_unusual_is_read_as_a_tree(data: bytes) -> None:
    assert isinstance(agree(data), Told)
    assert by_splice(data) == "unusual"


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_breaks_the_contract_is_refused_by_both(data: bytes) -> None:
    assert agree(data) == "refused"
    with pytest.raises(MalformedAnswerError):
        read_answer(data, "ara")


def test_two_nested_units_that_a_search_for_bytes_would_cut_wrongly_stay_one() -> None:
    nested = '<facility entityID="1"><facility entityID="2"></facility><facility entityID="3"></facility ></facility>'
    told = agree(answer(facilities=nested))
    assert isinstance(told, Told)
    assert [id_ for id_, _, _ in told.directories[2]] == [b"ara:1"]


@FEW
@given(directory=DIRECTORIES, style=st.sampled_from([Style(), ROR_IR, ROR_IESS, Style(empty_other_id=True)]))
def test_answers_of_either_solution_are_read_alike(directory: Directory, style: Style) -> None:
    told = agree(write_envelope(SoapVersion.V12, body=write_answer(directory, style)))
    assert isinstance(told, Told)
    assert len(told.directories[2]) == len(directory.units)


_IDS = st.sampled_from(["1", "e_1", "urn:uuid:7", "é", " ", "", "a>b", "&#48;", "&amp;", "x\ty", "'", "1&#10;"])
_QUOTED = st.builds(lambda value, quote: f"{quote}{value.replace(quote, '')}{quote}", _IDS, st.sampled_from("\"'"))
_ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from([" ", "\n", "  "]),
        st.sampled_from(
            [
                "entityID",
                "entityID ",
                "xentityID",
                "ror:entityID",
                "code",
                "xml:id",
                "xml:lang",
                "v:a",
            ]
        ),
        st.sampled_from(["=", "= ", "=\t"]),
        _QUOTED
        | st.sampled_from(['" entityID="', "' entityID=\"2\"'", '"&lt;/facility>"', '"urn:asip:ror:2015"', "'>'"]),
    ).map("".join),
    max_size=3,
    unique_by=lambda text: text.partition("=")[0].strip(),
).map("".join)
_DECLARATIONS = st.sampled_from(
    [
        "",
        "",
        "",
        ' xmlns=""',
        ' xmlns="urn:x"',
        ' xmlns="urn:ihe:iti:csd:2013"',
        ' xmlns:v="urn:w"',
        ' xmlns:ror="urn:w"',
    ]
)
_ELEMENTS = st.sampled_from(
    [
        "facility",
        "organization",
        "service",
        "parent",
        "x",
        "facilityDirectory",
        "ror:x",
        "v:y",
        "facilityType",
        "ror:facility",
    ]
)
_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "x",
        ">",
        "]]&gt;",
        ' entityID="2"',
        "&lt;facility&gt;",
        "<!-- </facility> -->",
        "<?p?>",
        "<![CDATA[<facility entityID='3'>]]>",
        "ror:x",
        "\u00a0",
        "xmlns",
    ]
)


def _element(name: str, attributes: str, inside: list[str], space: str) -> str:
    if not inside and space == "/":
        return f"<{name}{attributes}/>"
    return f"<{name}{attributes}>{''.join(inside)}</{name}{space.replace('/', '')}>"


def _trees(texts: st.SearchStrategy[str], attributes: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        texts,
        lambda inner: st.builds(
            _element, _ELEMENTS, attributes, st.lists(inner, max_size=3), st.sampled_from(["", "", "/", " ", "\n"])
        ),
        max_leaves=12,
    )


_ODD = _trees(_TEXTS, st.builds("{}{}".format, _DECLARATIONS, _ATTRIBUTES))
_NEARLY_USUAL = _trees(
    st.sampled_from(["", " ", "x", ">", "&#48;", "]]&gt;/>"]),
    st.sampled_from(
        [
            "",
            ' entityID="2"',
            ' entityID="a:b"',
            ' entityID="2" code=">"',
            " a='>'",
            ' a="/>"',
            ' code="1" b=""',
            "\n",
        ]
    ),
)
_TREES = _ODD | _NEARLY_USUAL


@MANY
@given(
    inside=st.lists(_TREES, max_size=3).map("".join),
    beside=st.lists(_TREES, max_size=2).map("".join) | st.just(""),
    envelope=st.sampled_from(["", ' xmlns:v="urn:v"']),
    result=st.sampled_from(["<result>{}</result>", '<result xmlns="urn:ihe:iti:csd:2013">{}</result>']),
)
@example(inside="<facility entityID='1'></facility >", beside="", envelope="", result="<result>{}</result>")
def test_both_paths_agree_on_any_element_in_a_unit_or_beside_it(
    inside: str, beside: str, envelope: str, result: str
) -> None:
    agree(answer(facilities=unit(inside=inside) + beside, envelope=envelope, result=result))


_RICH = answer(
    organizations=legal_entity() + establishment(),
    services=service() + service("1_b"),
    facilities=unit(services=("1_a", "1_b"), devices=("1_e",), distance="3.4") + unit("2"),
    providers=provider(),
    devices=device(),
    announced=2,
)
_PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b"/>",
        b'"',
        b"'",
        b" ",
        b"&",
        b"&#48;",
        b"x",
        b":",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?p?>",
        b'entityID="1"',
        b" entityID='1'",
        b"</facility>",
        b'<facility entityID="9">',
        b"<facility/>",
        b"<facilityDirectory/>",
        b"</facilityDirectory>",
        b"<facilityDirectory>",
        b' xmlns=""',
        b' xmlns="urn:ihe:iti:csd:2013"',
        b' xmlns:ror="urn:x"',
        b"ror:",
        b"\x00",
        b"\xc3\xa9",
        b"\xff",
        "\u00a0".encode(),
        b"\r\n",
        b"\x0c",
    ]
)


@MANY
@given(
    base=st.sampled_from([PLAIN, _RICH]),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 8), _PIECES | st.binary(max_size=3)), min_size=1, max_size=4
    ),
)
def test_both_paths_agree_on_an_answer_with_random_bytes_put_in_and_taken_out(
    base: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    data = base
    for where, cut, piece in edits:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + cut :]
    agree(data)


@MANY
@given(data=st.binary(max_size=300) | st.text(alphabet="<>/ab='\"&;!-[]?x: \n", max_size=200).map(str.encode))
def test_nothing_but_a_refusal_leaves_the_reader(data: bytes) -> None:
    for mark in (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"<?xml version='1.0' encoding='", b"<?xml "):
        assert agree(mark + data) == "refused"


def test_every_prefix_of_the_golden_answer_is_refused() -> None:
    for length in range(len(GOLDEN.rstrip())):
        with pytest.raises(MalformedAnswerError):
            read_answer(GOLDEN[:length], "ara")


def test_the_tree_reads_every_entry_of_the_golden_answer_as_the_splice_cuts_it() -> None:
    told = by_tree(GOLDEN)
    assert told == by_splice(GOLDEN)
    assert isinstance(told, Told)
    assert [len(entries) for entries in told.directories] == [2, 1, 1, 0, 1]
    assert all(canonical(xml) == xml for entries in told.directories for _, xml, _ in entries)
