"""An OCSP answer that holds: read, verified, never older than the last one.

The rules, in the order in which they are asked; the first that fails gives the flaw:

1. At most 64 KiB, readable, successful, and with no unknown critical extension.
2. It makes one statement, about the certificate asked for: issuer's name, issuer's key, serial number.
3. It is signed by the issuing authority itself, or by a responder whom that very authority made one (OCSPSigning,
   within its dates, strong enough, not revoked: on no list of the authority, which must be known unless the
   certificate says noCheck).
4. If it has a nonce, it is the one that was sent; a cached answer of the responder has none.
5. Not from the future (five minutes of clock are forgiven), it says when the next one comes, and that has not passed.
6. It is not older than the last answer about the same certificate; of the same age, it takes no revocation back.

An answer counts at most seven days, whatever it says itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.x509 import ocsp

from certs.revocation.certificate_list import CLOCK_TOLERANCE, CertificateList
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.ocsp import Asked, OcspAnswer, OcspStatus, issuer_hashes
from certs.revocation.ocsp_signer import signature_flaw
from certs.revocation.revoked import Revocation, RevocationReason
from certs.trust import Trust

MAX_ANSWER_BYTES: Final = 65_536
LONGEST_ANSWER: Final = timedelta(days=7)
_REASONS = {
    x509.ReasonFlags.key_compromise: RevocationReason.KEY_COMPROMISE,
    x509.ReasonFlags.ca_compromise: RevocationReason.CA_COMPROMISE,
    x509.ReasonFlags.affiliation_changed: RevocationReason.AFFILIATION_CHANGED,
    x509.ReasonFlags.superseded: RevocationReason.SUPERSEDED,
    x509.ReasonFlags.cessation_of_operation: RevocationReason.CESSATION,
    x509.ReasonFlags.certificate_hold: RevocationReason.HOLD,
    x509.ReasonFlags.privilege_withdrawn: RevocationReason.PRIVILEGE_WITHDRAWN,
    x509.ReasonFlags.aa_compromise: RevocationReason.AA_COMPROMISE,
}


_STATUSES = {
    ocsp.OCSPCertStatus.GOOD: OcspStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED: OcspStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: OcspStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What an answer is judged against: the nonce sent, the authority's newest lists, the last answer."""

    now: datetime
    nonce: bytes | None = None
    lists: tuple[CertificateList, ...] = ()
    last: OcspAnswer | None = None


def subject_of(data: bytes, trust: Trust) -> Asked | Rejected:
    """Which certificate an answer is about, before it is believed: for answers that come as files."""
    response = _load(data)
    if isinstance(response, Rejected):
        return response
    for authority in trust.authorities:
        asked = Asked(authority, response.serial_number)
        if _is_about(response, asked):
            return asked
    return Rejected(Flaw.ANSWER_UNKNOWN_ISSUER, "not about a certificate of a trusted authority")


def read_answer(data: bytes, asked: Asked, circumstances: Circumstances) -> OcspAnswer | Rejected:
    """Read and verify an answer about ``asked``; never raises for anything that the bytes can hold."""
    response = _load(data)
    if isinstance(response, Rejected):
        return response
    if not _is_about(response, asked):
        return Rejected(Flaw.ANSWER_OTHER_CERTIFICATE, "not about the certificate that was asked about")
    flaw = (
        signature_flaw(response, asked.authority, circumstances.now, circumstances.lists)
        or _nonce_flaw(response, circumstances.nonce)
        or _date_flaw(response, circumstances)
    )
    if flaw is not None:
        return flaw
    answer = _answer(response, asked)
    return _replay_flaw(answer, circumstances.last) or answer


def _load(data: bytes) -> ocsp.OCSPResponse | Rejected:
    """Everything that is asked later is read here once, so that nothing fails later."""
    if len(data) > MAX_ANSWER_BYTES:
        return Rejected(Flaw.ANSWER_TOO_LARGE, f"larger than {MAX_ANSWER_BYTES} bytes")
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Rejected(Flaw.ANSWER_UNSUCCESSFUL, response.response_status.name.lower())
        if len(list(response.responses)) != 1:
            return Rejected(Flaw.ANSWER_OTHER_CERTIFICATE, "it does not make exactly one statement")
        extensions = [*response.extensions, *response.single_extensions]
        _ = response.certificates, response.responder_name, response.produced_at_utc, response.tbs_response_bytes
        _ = response.certificate_status, response.revocation_time_utc, response.revocation_reason
        _ = response.this_update_utc, response.next_update_utc, response.hash_algorithm, response.signature
    except Exception as error:
        # As for certificates: the parser promises no list of what it raises.
        return Rejected(Flaw.ANSWER_MALFORMED, f"it cannot be read: {type(error).__name__}")
    for extension in extensions:
        if extension.critical and extension.oid != x509.OCSPNonce.oid:
            return Rejected(Flaw.ANSWER_UNSUPPORTED_EXTENSION, f"critical extension {extension.oid.dotted_string}")
    return response


def _is_about(response: ocsp.OCSPResponse, asked: Asked) -> bool:
    if response.serial_number != asked.serial:
        return False
    hashes = issuer_hashes(asked.authority, response.hash_algorithm)
    return (response.issuer_name_hash, response.issuer_key_hash) == hashes


def _nonce_flaw(response: ocsp.OCSPResponse, sent: bytes | None) -> Rejected | None:
    try:
        nonce = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None
    if sent is not None and nonce != sent:
        return Rejected(Flaw.ANSWER_OTHER_NONCE, "the answer to another question")
    return None


def _date_flaw(response: ocsp.OCSPResponse, circumstances: Circumstances) -> Rejected | None:
    now, this_update, next_update = circumstances.now, response.this_update_utc, response.next_update_utc
    if next_update is None:
        return Rejected(Flaw.ANSWER_NO_NEXT_UPDATE, "it does not say how long it holds")
    if max(this_update, response.produced_at_utc) > now + CLOCK_TOLERANCE:
        return Rejected(Flaw.ANSWER_NOT_YET_ISSUED, f"of {this_update.isoformat()}")
    if now > min(next_update, this_update + LONGEST_ANSWER):
        return Rejected(Flaw.ANSWER_EXPIRED, f"of {this_update.isoformat()}, to hold until {next_update.isoformat()}")
    return None


def _replay_flaw(answer: OcspAnswer, last: OcspAnswer | None) -> Rejected | None:
    if last is None or answer.this_update > last.this_update:
        return None
    takes_back = last.status is OcspStatus.REVOKED and answer.status is not OcspStatus.REVOKED
    if answer.this_update < last.this_update or takes_back:
        detail = f"of {answer.this_update.isoformat()}, after one of {last.this_update.isoformat()}"
        return Rejected(Flaw.ANSWER_REPLAYED, detail)
    return None


def _answer(response: ocsp.OCSPResponse, asked: Asked) -> OcspAnswer:
    this_update, next_update = response.this_update_utc, response.next_update_utc
    assert next_update is not None
    status = _STATUSES[response.certificate_status]
    revocation = None
    if status is OcspStatus.REVOKED:
        flag = response.revocation_reason
        reason = RevocationReason.UNSPECIFIED if flag is None else _REASONS.get(flag, RevocationReason.UNSPECIFIED)
        revocation = Revocation(response.revocation_time_utc, reason)
    return OcspAnswer(
        asked=asked,
        status=status,
        this_update=this_update,
        valid_until=min(next_update, this_update + LONGEST_ANSWER),
        revocation=revocation,
    )
