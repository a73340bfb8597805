"""Whatever a node sends, the splice and the tree read the same of it, or the tree alone decides."""

import codecs
from pathlib import Path

import pytest

from gateway.errors import MalformedAnswerError
from gateway.merge.entries import RegionEntries
from gateway.merge.reading import read_answer
from tests.support.answers import (
    GOLDEN,
    Told,
    agree,
    answer,
    by_splice,
    by_tree,
    canonical,
    service,
    unit,
)

PLAIN = answer()


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


@pytest.mark.parametrize("start", [0, *(pytest.param(start, marks=pytest.mark.full) for start in range(1, 8))])
def test_every_prefix_of_the_golden_answer_is_refused(start: int) -> None:
    for length in range(start, len(GOLDEN.rstrip()), 8):
        with pytest.raises(MalformedAnswerError):
            read_answer(GOLDEN[:length], "ara")


def test_the_tree_reads_every_entry_of_the_golden_answer_as_the_splice_cuts_it() -> None:
    told = by_tree(GOLDEN)
    assert told == by_splice(GOLDEN)
    assert isinstance(told, Told)
    assert [len(entries) for entries in told.directories] == [2, 1, 1, 0, 1]
    assert all(canonical(xml) == xml for entries in told.directories for _, xml, _ in entries)
