"""Both paths on generated answers: of either solution, of odd elements, with bytes changed at random."""

import codecs

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ror.csd import ROR_IESS, ROR_IR, Style
from ror.g1.answer import write_answer
from ror.model import Directory
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from tests.ror.test_csd_roundtrip import DIRECTORIES
from tests.support.answers import (
    Told,
    agree,
    answer,
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


_TAGS = st.sampled_from(
    [
        '<facility entityID="9">',
        "</facility>",
        "<facility>",
        "<facility/>",
        "</facility >",
        '<provider entityID="7">',
        "</provider>",
        "<provider>",
        "<facilityDirectory>",
        "</facilityDirectory>",
        "</facilityDirectory ><facilityDirectory>",
        "</providerDirectory><providerDirectory>",
        "<x>",
        "</x>",
        " ",
        "x",
    ]
)


@MANY
@given(facilities=st.lists(_TAGS, max_size=7).map("".join), providers=st.lists(_TAGS, max_size=7).map("".join))
@example(facilities='<facility entityID="1"><facility></facility>', providers="<provider></facility></provider>")
@example(facilities='<facility entityID="1"></facility >', providers="<facility></facility>")
@example(facilities='<facility entityID="1"><x></facility>', providers='</x></facility><provider entityID="1"/>')
def test_both_paths_agree_on_tags_in_any_order(facilities: str, providers: str) -> None:
    agree(answer(facilities=facilities, providers=providers))
