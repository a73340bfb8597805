"""Distinguished names: reading, writing, comparing without charity."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from certs.errors import DistinguishedNameError
from certs.names import Attribute, DistinguishedName

OFFICIAL = "CN=CLIENT_TEST,OU=318751275100020,O=AGENCE D'ESSAI,ST=Paris (75),C=FR"
LABELS = ("CN", "OU", "O", "ST", "L", "SN", "GN", "title", "serialNumber", "UID", "DC", "emailAddress", "2.5.4.99")

_UNKNOWN_ELSEWHERE = frozenset({"SN", "GN", "title", "serialNumber", "emailAddress"})

values = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=40
).filter(lambda text: text.strip())
names = st.lists(st.tuples(st.sampled_from(LABELS), values), min_size=1, max_size=8).map(
    lambda pairs: DistinguishedName(
        tuple(DistinguishedName.of(**{label: value}).attributes[0] for label, value in pairs)
    )
)


def test_the_display_order_is_the_reverse_of_the_encoding():
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Paris (75)"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "AGENCE D'ESSAI"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "318751275100020"),
            x509.NameAttribute(NameOID.COMMON_NAME, "CLIENT_TEST"),
        ]
    )
    assert str(DistinguishedName.from_name(name)) == OFFICIAL


@given(names)
def test_text_and_value_are_each_others_inverse(name):
    assert DistinguishedName.parse(str(name)) == name


@given(names)
def test_a_name_survives_the_encoding_of_a_certificate(name):
    try:
        encoded = name.to_name()
    except DistinguishedNameError:
        return  # X.520 bounds some attributes; an unfit value is refused, never cut
    assert DistinguishedName.from_name(encoded) == name


@given(names)
def test_our_text_reads_the_same_to_another_rfc_4514_reader(name):
    if any(attribute.label[0].isdigit() or attribute.label in _UNKNOWN_ELSEWHERE for attribute in name.attributes):
        return
    try:
        theirs = x509.Name.from_rfc4514_string(str(name))
    except ValueError:
        return  # the same bounds, told by the other reader
    assert DistinguishedName.from_name(theirs) == name


@given(st.text(max_size=200))
def test_any_text_is_a_name_or_refused(text):
    try:
        name = DistinguishedName.parse(text)
    except DistinguishedNameError:
        return
    assert DistinguishedName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    [
        "CN=CLIENT_TEST, OU=318751275100020, O=AGENCE D'ESSAI, ST=Paris (75), C=FR",
        "cn=CLIENT_TEST,ou=318751275100020,o=AGENCE D'ESSAI,s=Paris (75),c=FR",
        'CN=CLIENT_TEST,OU=318751275100020,O="AGENCE D\'ESSAI",ST=Paris (75),C=FR',
        "2.5.4.3=CLIENT_TEST,OID.2.5.4.11=318751275100020,O=AGENCE D'ESSAI,stateOrProvinceName=Paris (75),C=FR",
        r"CN=CLIENT\5FTEST,OU=318751275100020,O=AGENCE D'ESSAI,ST=Paris \2875\29,C=FR",
    ],
)
def test_other_writings_of_the_same_name_are_read(text):
    assert DistinguishedName.parse(text) == DistinguishedName.parse(OFFICIAL)


def test_the_encoding_order_matches_but_is_not_equal():
    written = DistinguishedName.parse("C=FR,ST=Paris (75),O=AGENCE D'ESSAI,OU=318751275100020,CN=CLIENT_TEST")
    official = DistinguishedName.parse(OFFICIAL)
    assert written.matches(official)
    assert official.matches(written)
    assert written != official


@pytest.mark.parametrize(
    "other",
    [
        OFFICIAL.replace("CLIENT_TEST", "client_test"),
        OFFICIAL.replace("CLIENT_TEST", "CLIENT_TEST2"),
        OFFICIAL.replace("C=FR", "C=fr"),
        OFFICIAL.replace("AGENCE D'ESSAI", "AGENCE  D'ESSAI"),
        OFFICIAL.replace("AGENCE", "АGENCE"),  # a Cyrillic А
        OFFICIAL.replace("AGENCE", "ＡGENCE"),  # a full-width Ａ
        OFFICIAL.replace("D'ESSAI", "D’ESSAI"),
        OFFICIAL.replace("OU=318751275100020,", ""),
        OFFICIAL.replace("OU=318751275100020,", "OU=318751275100020,OU=318751275100020,"),
        "OU=318751275100020,CN=CLIENT_TEST,O=AGENCE D'ESSAI,ST=Paris (75),C=FR",
        OFFICIAL.replace("CN=CLIENT_TEST,OU=318751275100020", "CN=CLIENT_TEST\\,OU\\=318751275100020"),
    ],
)
def test_a_look_alike_is_another_name(other):
    name = DistinguishedName.parse(other)
    assert not name.matches(DistinguishedName.parse(OFFICIAL))
    assert name != DistinguishedName.parse(OFFICIAL)


def test_composed_and_decomposed_letters_are_the_same_name():
    assert DistinguishedName.parse("CN=Rhône") == DistinguishedName.parse("CN=Rho\u0302ne")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        "CN",
        "CN=",
        "CN= ",
        "=a",
        "CN=a,",
        "CN=a,,C=FR",
        "CN=a+OU=b",
        "CN=a;C=FR",
        "CN=a<b",
        'CN=a"b',
        'CN="a',
        'CN="a" b',
        'CN="a\\',
        "CN=a\\",
        "CN=a\\q",
        "CN=\\C3",
        "CN=a\\00b",
        "CN=a\x00b",
        "CN=a\nb",
        "CN=a\u202eb",
        "CN=a\u200bb",
        "CN=\ud800",
        "CN=#0c0161",
        "XYZ=a",
        "2.5.4.=a",
        "99.1=a",
        "/C=FR/CN=a",
        "CN=" + "a" * 1025,
        "CN=a" + ",OU=b" * 32,
        "CN=" + "a," * 5000,
    ],
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(DistinguishedNameError):
        DistinguishedName.parse(text)


def test_a_multi_valued_component_is_refused():
    name = x509.Name(
        [
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "a"),
                    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "b"),
                ]
            )
        ]
    )
    with pytest.raises(DistinguishedNameError, match="multi-valued"):
        DistinguishedName.from_name(name)


def test_a_nul_in_a_certificates_name_is_refused():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ror-ara\x00.example")])
    with pytest.raises(DistinguishedNameError, match="control"):
        DistinguishedName.from_name(name)


def test_an_empty_name_is_refused():
    with pytest.raises(DistinguishedNameError, match="empty"):
        DistinguishedName.from_name(x509.Name([]))


def test_a_value_that_is_no_text_is_refused():
    name = x509.Name([x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x01", x509.name._ASN1Type.BitString)])
    with pytest.raises(DistinguishedNameError, match="no text"):
        DistinguishedName.from_name(name)


def test_the_printable_and_the_utf8_encoding_of_a_text_are_the_same_name():
    one = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "abc", x509.name._ASN1Type.PrintableString)])
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "abc", x509.name._ASN1Type.UTF8String)])
    assert DistinguishedName.from_name(one) == DistinguishedName.from_name(other)


def test_values_are_found_by_any_name_of_their_attribute():
    name = DistinguishedName.parse("CN=a,OU=b,OU=c,C=FR")
    assert name.values("organizationalUnitName") == ("b", "c")
    assert name.common_name == "a"
    assert DistinguishedName.parse("O=a").common_name is None


def test_an_attribute_without_a_short_name_is_written_by_its_oid():
    assert str(DistinguishedName((Attribute("2.5.4.99", "a,b"),))) == "2.5.4.99=a\\,b"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a", "CN=\\ a"),
        ("a ", "CN=a\\ "),
        ("#a", "CN=\\#a"),
        ("a#b c", "CN=a#b c"),
        ('a,b+c"d;e<f>g\\', 'CN=a\\,b\\+c\\"d\\;e\\<f\\>g\\\\'),
        ("a=b", "CN=a=b"),
        ("Rhône (69)", "CN=Rhône (69)"),
    ],
)
def test_values_are_escaped_as_rfc_4514_asks(value, text):
    name = DistinguishedName.of(CN=value)
    assert str(name) == text
    assert DistinguishedName.parse(text) == name


def test_escapes_inside_quotes_are_read():
    assert DistinguishedName.parse('CN="a\\"b\\2Cc" ,C=FR') == DistinguishedName.of(CN='a"b,c', C="FR")
