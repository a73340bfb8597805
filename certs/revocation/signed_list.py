"""A list taken apart without reading its entries: its frame for the X.509 library, its bytes for the signature.

The library reads and hashes a list of 50 MB in one go, and nothing else runs for a second meanwhile. Here it gets the
list without its entries, a few hundred bytes that it checks as strictly as ever; the digest is made aside.
"""

import hashlib
from base64 import b64decode
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from certs.errors import MalformedDerError
from certs.revocation.der import BIT_STRING, INTEGER, SEQUENCE, TIMES, Span, content, element
from certs.revocation.flaws import Flaw, Rejected

_PEM_BEGIN, _PEM_END = b"-----BEGIN X509 CRL-----", b"-----END X509 CRL-----"
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class SignedList:
    """``frame`` is the list without entries: everything but its signature and its entries can be asked of it."""

    data: bytes
    frame: x509.CertificateRevocationList
    signed: Span
    entries: Span


def der_of(data: bytes) -> bytes:
    """The DER of a list that comes as DER or as PEM. Raises ``MalformedDerError``."""
    if not data.lstrip().startswith(_PEM_BEGIN):
        return data
    armoured, end, _ = data.partition(_PEM_BEGIN)[2].partition(_PEM_END)
    try:
        if end:
            return b64decode(b"".join(armoured.split()), validate=True)
    except ValueError:
        pass
    raise MalformedDerError("the PEM block is damaged")


def take_apart(data: bytes) -> SignedList:
    """Find the parts of a DER list (RFC 5280 §5.1). Raises ``MalformedDerError``."""
    start, stop = content(data, 0, len(data), SEQUENCE)
    if stop != len(data):
        raise MalformedDerError("something follows the list")
    tbs_start, tbs_stop = content(data, start, stop, SEQUENCE)
    _, algorithm_stop = content(data, tbs_stop, stop, SEQUENCE)
    _, signature_stop = content(data, algorithm_stop, stop, BIT_STRING)
    if signature_stop != stop:
        raise MalformedDerError("something follows the signature")
    inner, head_stop = _head(data, tbs_start, tbs_stop)
    if inner != data[tbs_stop:algorithm_stop]:
        raise MalformedDerError("the list names two signature algorithms")
    entries = list_stop = (head_stop, head_stop)
    if head_stop < tbs_stop and data[head_stop] == SEQUENCE:
        entries = content(data, head_stop, tbs_stop, SEQUENCE)
        list_stop = (head_stop, entries[1])
    bare = element(SEQUENCE, data[tbs_start:head_stop] + data[list_stop[1] : tbs_stop])
    return SignedList(data, _frame(element(SEQUENCE, bare + data[tbs_stop:stop])), (start, tbs_stop), entries)


def _head(data: bytes, at: int, stop: int) -> tuple[bytes, int]:
    """The inner signature algorithm, and where version, algorithm, issuer and dates end."""
    if at < stop and data[at] == INTEGER:
        _, at = content(data, at, stop, INTEGER)
    _, after = content(data, at, stop, SEQUENCE)
    algorithm = data[at:after]
    _, at = content(data, after, stop, SEQUENCE)
    while at < stop and data[at] in TIMES:
        _, at = content(data, at, stop, data[at])
    return algorithm, at


def _frame(der: bytes) -> x509.CertificateRevocationList:
    try:
        frame = x509.load_der_x509_crl(der)
        _ = frame.extensions, frame.issuer, frame.last_update_utc, frame.next_update_utc
    except Exception as error:
        # As for certificates: the parser promises no list of what it raises.
        raise MalformedDerError(f"the list cannot be read: {type(error).__name__}") from error
    return frame


def signature_flaw(signed: SignedList, key: object) -> Rejected | None:
    """What is wrong with the signature under ``key``, or ``None``."""
    try:
        algorithm, parameters = signed.frame.signature_hash_algorithm, signed.frame.signature_algorithm_parameters
    except (UnsupportedAlgorithm, ValueError):
        return Rejected(Flaw.WEAK_SIGNATURE, "signed with an unknown algorithm")
    if not isinstance(algorithm, _HASHES):
        return Rejected(Flaw.WEAK_SIGNATURE, f"signed with {algorithm.name if algorithm else 'an unknown algorithm'}")
    digest = hashlib.new(algorithm.name, memoryview(signed.data)[slice(*signed.signed)]).digest()
    if _verifies(key, signed.frame.signature, digest, algorithm, parameters):
        return None
    return Rejected(Flaw.BAD_SIGNATURE, "the signature is not the authority's")


def _verifies(
    key: object, signature: bytes, digest: bytes, algorithm: hashes.HashAlgorithm, parameters: object
) -> bool:
    prehashed = Prehashed(algorithm)
    try:
        if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PKCS1v15 | padding.PSS):
            key.verify(signature, digest, parameters, prehashed)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, digest, ec.ECDSA(prehashed))
            return True
    except InvalidSignature:
        pass
    return False
