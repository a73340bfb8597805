"""Which keys and signature algorithms still count: RSA 2048 to 8192, P-256/384/521, SHA-256 and longer."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_RSA_BITS = range(2048, 8193)


def weakness_of(certificate: x509.Certificate) -> str | None:
    """What is too weak about the certificate's key or its signature, or ``None``."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size not in _RSA_BITS:
            return f"RSA key of {key.key_size} bits"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, _CURVES):
            return f"curve {key.curve.name}"
    else:
        return f"key type {type(key).__name__}"
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if not isinstance(algorithm, _HASHES):
        return f"signature with {algorithm.name if algorithm else 'an unknown algorithm'}"
    return None
