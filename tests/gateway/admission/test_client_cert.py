"""The header fields of a TLS terminator: one spelling is read, everything else is refused."""

from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.admission.client_cert import MAX_CHARACTERS, read_client_cert, read_client_cert_chain
from ror.errors import FaultError
from ror.faults import Reason

DER = b"\x30\x03\x02\x01\x07"
FIELD = f":{b64encode(DER).decode()}:"


def refused(read, fields) -> bool:
    try:
        read(fields)
    except FaultError as error:
        return error.fault.reason is Reason.CLIENT_CERT_INVALID
    return False


def test_one_byte_sequence_is_one_certificate():
    assert read_client_cert([FIELD]) == DER


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [FIELD, FIELD],
        [""],
        ["::"],
        [FIELD[1:]],
        [FIELD[:-1]],
        [f" {FIELD}"],
        [f"{FIELD} "],
        [f"{FIELD}, {FIELD}"],
        [f"{FIELD};a=1"],
        [f"({FIELD})"],
        [f'"{FIELD}"'],
        [FIELD.replace("=", "")],
        [":MAMCAQc:"],
        [":MAMCAQd=:"],
        [":MAMC AQc=:"],
        [":MAMC\nAQc=:"],
        [":MAMC-Qc_:"],
        [f":{b64encode(DER + DER).decode()}:"],
        [f":{b64encode(DER[:-1]).decode()}:"],
        [f":{b64encode(bytes([0x30, 0x80, *DER[2:], 0, 0])).decode()}:"],
        [f":{b64encode(b'no DER').decode()}:"],
        [":" + "A" * (MAX_CHARACTERS + 4) + ":"],
        ["%3AMAMCAQc=%3A"],
        ["-----BEGIN CERTIFICATE-----"],
        [FIELD.replace("M", "\u041c")],
    ],
)
def test_whatever_is_not_that_is_refused(fields):
    assert refused(read_client_cert, fields)


def test_two_spellings_of_the_same_bytes_are_one_too_many():
    """The last character of the first ends in bits that no byte needs."""
    assert read_client_cert([":MAMCAQc=:"]) == DER
    assert refused(read_client_cert, [":MAMCAQd=:"])


def test_the_certificates_above_are_a_list_that_may_be_cut_into_fields():
    assert read_client_cert_chain([]) == ()
    assert read_client_cert_chain([FIELD]) == (DER,)
    assert read_client_cert_chain([f"{FIELD}, {FIELD}"]) == (DER, DER)
    assert read_client_cert_chain([f"{FIELD},\t{FIELD}", FIELD]) == (DER, DER, DER)


@pytest.mark.parametrize("fields", [[""], [f"{FIELD},"], [f",{FIELD}"], [f"{FIELD}{FIELD}"], [",".join([FIELD] * 5)]])
def test_a_list_that_is_none_or_too_long_is_refused(fields):
    assert refused(read_client_cert_chain, fields)


@given(st.text(max_size=200))
@example(":\x00:")
def test_no_text_makes_it_raise_anything_else_or_give_what_was_not_said(text):
    if not refused(read_client_cert, [text]):
        assert text == f":{b64encode(read_client_cert([text])).decode()}:"
