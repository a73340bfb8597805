"""Private keys of the demonstration PKI: made, written as PKCS#8 PEM, read back."""

from enum import Enum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from certs.errors import KeyMaterialError

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class KeyKind(Enum):
    """P-256 is fast to make, RSA 2048 is what IGC-Santé issues; both are accepted everywhere."""

    ECDSA_P256 = "ecdsa-p256"
    RSA_2048 = "rsa-2048"

    def generate(self) -> PrivateKey:
        """A new key."""
        if self is KeyKind.RSA_2048:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def of(cls, key: PrivateKey) -> "KeyKind | None":
        """The kind of an existing key, ``None`` for any that is not made here."""
        if isinstance(key, rsa.RSAPrivateKey):
            return cls.RSA_2048 if key.key_size == 2048 else None
        return cls.ECDSA_P256 if isinstance(key.curve, ec.SECP256R1) else None


def key_to_pem(key: PrivateKey) -> bytes:
    """Unencrypted PKCS#8 PEM: the file's mode 0600 is what guards it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_from_pem(data: bytes) -> PrivateKey:
    """Read an unencrypted RSA or elliptic-curve key; raises ``KeyMaterialError``."""
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyMaterialError(f"the private key cannot be read: {type(error).__name__}") from error
    if not isinstance(key, PrivateKey):
        raise KeyMaterialError(f"the private key is a {type(key).__name__}, RSA or elliptic-curve is needed")
    return key
