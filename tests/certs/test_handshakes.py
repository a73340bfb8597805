"""From the library's exceptions to our words."""

import ssl

import pytest

from certs.handshakes import HandshakeProblem, ResumedSessionError, explain_handshake
from certs.reasons import Reason


def library_error(kind, reason=None, verify_code=None):
    error = kind(1, "said so")
    error.reason = reason
    if verify_code is not None:
        error.verify_code = verify_code
    return error


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (2, Reason.UNTRUSTED),
        (7, Reason.UNTRUSTED),
        (9, Reason.NOT_YET_VALID),
        (10, Reason.EXPIRED),
        (18, Reason.UNTRUSTED),
        (19, Reason.UNTRUSTED),
        (20, Reason.UNTRUSTED),
        (22, Reason.PATH_LENGTH),
        (25, Reason.PATH_LENGTH),
        (26, Reason.WRONG_USAGE),
        (34, Reason.UNSUPPORTED_EXTENSION),
        (62, Reason.INVALID),
        (66, Reason.WEAK),
        (999, Reason.INVALID),
    ],
)
def test_a_refused_certificate_has_its_reason(code, reason):
    failure = explain_handshake(library_error(ssl.SSLCertVerificationError, "CERTIFICATE_VERIFY_FAILED", code))
    assert (failure.problem, failure.reason, failure.verify_code) == (HandshakeProblem.CERTIFICATE, reason, code)


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", HandshakeProblem.CERTIFICATE),
        ("HTTP_REQUEST", HandshakeProblem.PROTOCOL),
        ("UNSUPPORTED_PROTOCOL", HandshakeProblem.PROTOCOL),
        ("NO_SHARED_CIPHER", HandshakeProblem.PROTOCOL),
        ("TLSV1_ALERT_UNKNOWN_CA", HandshakeProblem.REFUSED_BY_PEER),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", HandshakeProblem.REFUSED_BY_PEER),
        ("UNEXPECTED_EOF_WHILE_READING", HandshakeProblem.CLOSED),
        ("SOMETHING_NEW", HandshakeProblem.OTHER),
        (None, HandshakeProblem.OTHER),
    ],
)
def test_the_librarys_reasons_are_sorted(reason, problem):
    assert explain_handshake(library_error(ssl.SSLError, reason)).problem is problem


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ConnectionResetError(), HandshakeProblem.CLOSED),
        (library_error(ssl.SSLEOFError), HandshakeProblem.CLOSED),
        (library_error(ssl.SSLZeroReturnError), HandshakeProblem.CLOSED),
        (ResumedSessionError("again"), HandshakeProblem.RESUMED),
        (OSError(), HandshakeProblem.OTHER),
    ],
)
def test_other_ends_of_a_handshake_are_sorted(error, problem):
    assert explain_handshake(error).problem is problem


def test_a_clients_failure_names_the_server_it_called():
    failure = explain_handshake(ConnectionResetError(), server_side=False, server_name="ror-ara.demo.inter-ror.fr")
    assert (failure.server_side, failure.server_name) == (False, "ror-ara.demo.inter-ror.fr")
