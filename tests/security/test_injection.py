"""What a caller says is a value and never a program: no query, pattern, path, template, number or key of its own.

The controls ask for the same things by their real names, one of which looks like an attack itself.
"""

import math
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lxml import etree

from certs.home import Home
from ror import namespaces as ns
from ror.audit.events import Kind
from ror.audit.receipt import PATH as RECEIPT_PATH
from ror.folding import fold
from ror.quoting import xml_text
from tests.support.both_servers import ODD_NAME, Both, Said, Server, both_servers, head
from tests.support.xml_attacks import costing

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = pytest.mark.parametrize("name", ["gateway", "node"])
HEADER = b'<p:recherche xmlns:p="urn:inter-ror:passerelle:1" limite="50" echeance="PT4S">'
PLACE, BEDS = b'<p:repere commune="69123"/>', b'<p:litsDisponibles minimum="1"/>'
CRITERIA = re.compile(rb"<facility>.*</service>", re.DOTALL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(pki_home: Home, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with both_servers(pki_home, golden, tmp_path_factory.mktemp("injection")) as servers:
        yield servers


def server_of(both: Both, name: str) -> Server:
    return both.gateway if name == "gateway" else both.node


def named(server: Server, name: str) -> bytes:
    """A question for establishments of that name, and nothing else."""
    told = f"<organization>{xml_text(name)}</organization>".encode()
    return CRITERIA.sub(b"", server.asked()).replace(b"<organization/>", told).replace(BEDS, b"")


def units(said: Said) -> int:
    """How many units an answer holds."""
    body = said.data.partition(b"\r\n\r\n")[2]
    return len([unit for unit in etree.fromstring(body).iter("facility") if unit.find("typeOfCare") is not None])


# Queries of other languages, in the one free text of a question

ESTABLISHMENTS = ("CLINIQUE DU PARC\nHospices du Val", f"{ODD_NAME}\nHospices du Val")
QUERIES = {
    "SQL, always true": "' OR '1'='1",
    "SQL, a comment": "CLINIQUE' --",
    "SQL, another statement": "'; DROP TABLE unit; --",
    "SQL, a union": "' UNION SELECT name FROM sqlite_master --",
    "SQL, a function": "' || load_extension('x') || '",
    "LIKE": "CLINIQUE%PARC",
    "LIKE, one letter": "CLINIQU_ DU PARC",
    "GLOB": "CLIN*",
    "full text": "CLINIQUE NEAR PARC",
    "full text, a column": "names:CLINIQUE*",
    "XPath": "'] | //* | //a['",
    "XPath, a function": "') or contains(., '",
    "XQuery": "{doc('file:///etc/passwd')}",
    "XSLT": "{document('file:///etc/passwd')}",
    "LDAP": "*)(objectClass=*",
    "LDAP, a NUL": "CLINIQUE\\00",
    "a pattern": "CLINIQUE.*",
    "a pattern, anything": "^.*$",
    "Redis": "x\r\nFLUSHALL\r\n",
    "Redis, a script": "EVAL \"return redis.call('keys','*')\" 0",
    "a template": "{{ 7 * 7 }}",
    "a format": "{0.__class__.__mro__}",
    "a percent format": "%s%s%s%n",
    "a shell": "$(touch /tmp/piege)`id`|id",
    "an expression": "${jndi:ldap://127.0.0.1/x}",
    "JSON": '{"$ne": null}',
    "a line end": "CLINIQUE\nX: y",
}


@pytest.mark.parametrize("what", QUERIES)
async def test_a_query_in_a_name_is_no_more_than_its_letters(both: Both, what: str) -> None:
    with costing() as cost:
        said = await both.node.ask(named(both.node, QUERIES[what]))

    letters = fold(QUERIES[what])
    assert said.statuses == [200]
    assert units(said) == sum(letters in fold(name) for name in ESTABLISHMENTS)
    assert cost.cpu_s < 0.5


async def test_the_control_names_are_found_by_their_letters_even_those_that_look_like_queries(both: Both) -> None:
    for name in (ODD_NAME, "100%_SÛRE", "$(x) *)(uid=*", "'L\"étoile' {0}"):
        assert units(await both.node.ask(named(both.node, name))) == 1
    assert units(await both.node.ask(named(both.node, "clinique"))) == 2


async def test_a_name_that_must_be_searched_long_costs_little(both: Both) -> None:
    for name in ("a" * 250, "é" * 250, "%" * 250, "(a+)+" * 50, "A\u0301" * 120):
        with costing() as cost:
            said = await both.node.ask(named(both.node, name))
        assert said.statuses in ([200], [400])
        assert cost.cpu_s < 0.5


@BOTH
@pytest.mark.parametrize("what", QUERIES)
async def test_a_query_in_a_code_is_refused_and_quoted_harmlessly(both: Both, name: str, what: str) -> None:
    server, before = server_of(both, name), len(both.behind.records())
    told = xml_text(QUERIES[what]).replace('"', "&quot;").encode()

    said = await server.ask(server.asked((b'code="121"', b'code="%b"' % told)))

    assert (said.statuses, said.slug) == ([400], "criterion.unknown-code")
    if name == "gateway":
        [decision] = [one.event for one in both.behind.records()[before:] if one.kind == Kind.DECISION]
        assert decision["reason"] == "criterion.unknown-code"
        assert not any(word in str(decision) for word in QUERIES[what].split() if len(word) > 4)


@BOTH
async def test_what_a_fault_quotes_stays_text(both: Both, name: str) -> None:
    server = server_of(both, name)
    for hostile in (
        "</env:Text><env:Evil/>",
        "<script>alert(1)</script>",
        "]]>",
        "&#x202E;txt",
        "{0}{x.__globals__}",
    ):
        told = hostile.encode() if hostile.startswith("&") else xml_text(hostile).encode()
        said = await server.ask(server.asked((b'code="121"', b'code="%b"' % told)))
        fault = etree.fromstring(said.data.partition(b"\r\n\r\n")[2])
        assert {element.prefix for element in fault.iter()} <= {"env", "ror", "p", None}
        assert not list(fault.iter("{*}Evil", "script"))
        assert "\u202e" not in "".join(fault.itertext())


# Numbers that are none

NUMBERS = {
    "limite": (HEADER, HEADER.replace(b'"50"', b'"%b"'), "header.invalid"),
    "echeance": (HEADER, HEADER.replace(b"PT4S", b"%b"), "header.invalid"),
    "latitude": (PLACE, b'<p:repere latitude="%b" longitude="4.8"/>', "header.invalid"),
    "longitude": (PLACE, b'<p:repere latitude="45.7" longitude="%b"/>', "header.invalid"),
    "beds": (BEDS, b'<p:litsDisponibles minimum="%b"/>', "header.invalid"),
    "age": (
        b"</otherParams>",
        b'<patient><age><value>%b</value><timeUnity code="a"/></age></patient></otherParams>',
        "age.invalid",
    ),
    "distance": (b"</destination>", b"<distance>%b</distance></destination>", "request.not-conformant"),
}
NO_NUMBER = ["NaN", "nan", "Infinity", "-inf", "1e309", "1e400", "true", "None", "[]", "0x10", "1_0", "٣", "½", "--1"]
OUT_OF_ALL = ["-1", "99999999999999999999", "1" * 5_000]


@BOTH
@pytest.mark.parametrize("field", NUMBERS)
async def test_what_is_no_number_is_refused_where_a_number_is_meant(both: Both, name: str, field: str) -> None:
    server = server_of(both, name)
    old, new, slug = NUMBERS[field]
    for value in (*NO_NUMBER, *OUT_OF_ALL):
        if (field, value) in {("latitude", "-1"), ("longitude", "-1")}:
            continue
        body = server.asked((old, new.replace(b"%b", value.encode())))
        with costing() as cost:
            said = await server.ask(body)
        assert said.statuses == [400], (field, value)
        assert said.slug == slug, (field, value, said.slug)
        assert cost.cpu_s < 0.5


@BOTH
async def test_the_control_numbers_are_taken(both: Both, name: str) -> None:
    server = server_of(both, name)
    for field, value in {
        "limite": b"9",
        "echeance": b"PT3.5S",
        "latitude": b"45.7",
        "longitude": b"-1",
        "beds": b"2",
        "age": b"64",
    }.items():
        old, new, _ = NUMBERS[field]
        assert (await server.ask(server.asked((old, new.replace(b"%b", value))))).statuses == [200], field


@BOTH
@pytest.mark.parametrize(
    ("latitude", "longitude", "fits"),
    [
        ("90", "180", True),
        ("-90", "-180", True),
        ("0", "0", True),
        ("-0.0", "+180.0", True),
        ("89.9999999", "179.9999999", True),
        ("90.0000001", "0", False),
        ("0", "180.0000001", False),
        ("0", "-181", False),
        ("." + "0" * 41, "0", False),
    ],
)
async def test_places_at_the_ends_of_the_earth_are_told_apart_from_those_beyond(
    both: Both, name: str, latitude: str, longitude: str, fits: bool
) -> None:
    server = server_of(both, name)
    place = f'<p:repere latitude="{latitude}" longitude="{longitude}"/>'.encode()

    said = await server.ask(server.asked((PLACE, place)))

    assert said.statuses == [200 if fits else 400]
    assert b"nan" not in said.data.lower().replace(b"financ", b"").replace(b"maintenan", b"")
    assert math.isfinite(len(said.data))


# Keys that nobody gave

KEYS = ["__proto__", "constructor", "__class__", "__init__", "prototype", "hasOwnProperty", "toString", "_id"]


@BOTH
@pytest.mark.parametrize("key", [*KEYS, "profil", "partner", "regions", "max_limit", "granted", "simulated"])
async def test_a_key_that_is_not_in_the_contract_is_refused_wherever_it_stands(
    both: Both, name: str, key: str
) -> None:
    server = server_of(both, name)
    element = f"<{key}>0</{key}>".encode()
    for old, new in (
        (HEADER, HEADER[:-1] + f' {key}="0">'.encode()),
        (PLACE, PLACE + f"<p:{key}/>".encode()),
        (b"<organization/>", b"<organization/>" + element),
        (b"<organization/>", f'<organization {key}="0"/>'.encode()),
        (b"</destination>", element + b"</destination>"),
    ):
        assert (await server.ask(server.asked((old, new)))).statuses == [400], new


# Paths

PATHS = [
    "..",
    "../../../etc/passwd",
    "%2e%2e%2f%2e%2e%2fpki",
    "..%5c..%5cpki",
    "00000000/../../x",
    "a" * 4_000,
    "%00",
]


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_is_made_of_the_number_of_a_receipt(both: Both, path: str) -> None:
    said = await both.gateway.say(head("GET", RECEIPT_PATH + path, Host="x", Connection="close"))

    assert said.statuses[0] in {400, 404, 414}
    assert b"BEGIN" not in said.data
    assert b"root:" not in said.data


@BOTH
@pytest.mark.parametrize("told", ["../../x", "a b", "q" * 65, "<q>", "q;DROP", "%0d%0aX", "q", "éééééééé"])
async def test_the_number_of_a_question_is_not_taken_from_whoever_tells_an_odd_one(
    both: Both, name: str, told: str
) -> None:
    server, before = server_of(both, name), len(both.behind.records())

    said = await server.ask(server.asked(), **{ns.QUESTION_HEADER: told})

    assert said.statuses == [200]
    if name == "gateway":
        questions = [str(one.event.get("question")) for one in both.behind.records()[before:]]
        assert all(re.fullmatch("[0-9a-f]{32}", question) for question in questions)
