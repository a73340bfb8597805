"""Who may answer for an authority (RFC 6960 §4.2.2.2): itself, or a responder whom that very authority made one."""

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

from certs.errors import MalformedCertificateError
from certs.reading import read_der, to_der
from certs.revocation.certificate_list import CertificateList
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.ocsp import key_bits
from certs.revocation.scope import place_of
from certs.strength import weakness_of
from certs.trust import Authority, was_issued_by
from certs.usages import KeyUse, extended_uses_of, key_uses_of

OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
_MAX_RESPONDERS = 4
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
        x509.OCSPNoCheck.oid,
    }
)


def signature_flaw(
    response: ocsp.OCSPResponse, authority: Authority, now: datetime, lists: tuple[CertificateList, ...]
) -> Rejected | None:
    """What is wrong with whoever signed the answer, or with the signature; ``None`` if nothing is."""
    signer = _signer(response, authority, now, lists)
    if isinstance(signer, Rejected):
        return signer
    try:
        algorithm = response.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if not isinstance(algorithm, _HASHES):
        return Rejected(Flaw.ANSWER_WEAK_SIGNATURE, "not signed with SHA-256 or longer")
    key = signer.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
            return None
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
            return None
    except InvalidSignature:
        pass
    return Rejected(Flaw.ANSWER_BAD_SIGNATURE, "the signature is not the responder's")


def _signer(
    response: ocsp.OCSPResponse, authority: Authority, now: datetime, lists: tuple[CertificateList, ...]
) -> x509.Certificate | Rejected:
    """Whoever the answer says has signed it: the authority, or one of the responders that came along."""
    if _is_named(authority.certificate, response):
        return authority.certificate
    for certificate in response.certificates[:_MAX_RESPONDERS]:
        if _is_named(certificate, response):
            return _responder_flaw(certificate, authority, now, lists) or certificate
    return Rejected(Flaw.ANSWER_WRONG_RESPONDER, "neither the authority nor a responder that it brings along")


def _is_named(certificate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    if response.responder_name is not None:
        return response.responder_name.public_bytes() == certificate.subject.public_bytes()
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303
    digest.update(key_bits(certificate))
    return response.responder_key_hash == digest.finalize()


def _responder_flaw(
    responder: x509.Certificate, authority: Authority, now: datetime, lists: tuple[CertificateList, ...]
) -> Rejected | None:
    """What keeps the certificate from answering for ``authority``, or ``None``."""
    wrong = Flaw.ANSWER_WRONG_RESPONDER
    try:
        responder = read_der(to_der(responder))
    except MalformedCertificateError as error:
        return Rejected(wrong, str(error))
    extensions = responder.extensions
    key_uses = key_uses_of(extensions)
    if not was_issued_by(responder, authority.certificate):
        return Rejected(wrong, "the responder's certificate is not of the authority that is asked about")
    if OCSP_SIGNING not in (extended_uses_of(extensions) or ()):
        return Rejected(wrong, "the responder's certificate is not one for signing answers")
    if key_uses is not None and KeyUse.DIGITAL_SIGNATURE not in key_uses:
        return Rejected(wrong, "the responder's key may not sign")
    if not responder.not_valid_before_utc <= now <= responder.not_valid_after_utc:
        return Rejected(wrong, "the responder's certificate is outside its dates")
    weakness = weakness_of(responder)
    if weakness is not None:
        return Rejected(wrong, f"the responder's certificate is too weak: {weakness}")
    if any(extension.critical and extension.oid not in _UNDERSTOOD for extension in extensions):
        return Rejected(wrong, "the responder's certificate has an unknown critical extension")
    return _responder_revocation(responder, lists)


def _responder_revocation(responder: x509.Certificate, lists: tuple[CertificateList, ...]) -> Rejected | None:
    if any(responder.serial_number in listed.revoked for listed in lists):
        return Rejected(Flaw.ANSWER_RESPONDER_REVOKED, "the responder's certificate is revoked")
    try:
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        place = place_of(responder, is_authority=False)
        if not any(listed.scope.covers(place) for listed in lists):
            return Rejected(Flaw.ANSWER_WRONG_RESPONDER, "nothing says whether the responder is revoked")
    return None
