"""An acknowledgement signed with the key of its follower's own certificate: JWS compact serialization (RFC 7515).

- The protected header is exactly ``alg``, ``typ``, ``x5c``: the certificate with its intermediates, so that nobody
  keeps a second register of keys. Whether that certificate holds and whose it is, is for ``checking``.
- The algorithm follows from the key: ES256, ES384, ES512 by its curve, PS256 for RSA. The header must say that one.
- The whole is the one spelling that this module writes; any other is refused before a signature is looked at.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import json_b64decode, json_b64encode, urlsafe_b64decode, urlsafe_b64encode

from certs.keys import key_from_pem
from certs.material import LeafMaterial
from certs.reading import read_pem, to_der
from certs.verification import MAX_CHAIN
from whitelist.acknowledgement.statement import Acknowledgement, write_acknowledgement
from whitelist.errors import SignatureFormError

TYPE = "inter-ror-acknowledgement+jws"
MEDIA_TYPE = "application/jose"
MAX_BYTES = 32_768
"""A chain of five long certificates takes some 12 kB."""
_MAX_PAYLOAD_BYTES = 2_048
_RSA_ALGORITHM = "PS256"
_ALGORITHM_OF_CURVE = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_ALGORITHMS = (_RSA_ALGORITHM, *_ALGORITHM_OF_CURVE.values())

_PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class SignedAcknowledgement:
    """One taken apart. Nothing of it is trusted before ``is_signed_by`` says so; ``chain`` is DER, leaf first."""

    payload: bytes
    chain: tuple[bytes, ...]
    algorithm: str
    data: bytes

    def is_signed_by(self, certificate: x509.Certificate) -> bool:
        """Whether the key of ``certificate`` made the signature, by the algorithm that belongs to it."""
        key = certificate.public_key()
        if not isinstance(key, _PublicKey) or _algorithm_of(key) != self.algorithm:
            return False
        try:
            jws.deserialize_compact(self.data, _jwk(key), registry=_registry(self.algorithm))
        except (JoseError, ValueError, TypeError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A leaf ready to sign."""

    material: LeafMaterial
    key: ECKey | RSAKey
    header: dict[str, object]
    registry: JWSRegistry

    @classmethod
    def of(cls, material: LeafMaterial) -> "_Prepared":
        chain, key = read_pem(material.chain), key_from_pem(material.key)
        algorithm = _algorithm_of(key.public_key())
        written = [base64.b64encode(to_der(certificate)).decode("ascii") for certificate in chain]
        return cls(material, _jwk(key), {"alg": algorithm, "typ": TYPE, "x5c": written}, _registry(algorithm))


class AcknowledgementSigner:
    """Signs as the holder of a leaf; ``material`` gives what is in force now, another object once it is renewed."""

    def __init__(self, material: Callable[[], LeafMaterial]) -> None:
        self._material = material
        self._prepared: _Prepared | None = None

    def sign(self, said: Acknowledgement) -> bytes:
        """The acknowledgement, signed. Raises ``CertsError`` where the leaf cannot sign."""
        material = self._material()
        if self._prepared is None or self._prepared.material is not material:
            self._prepared = _Prepared.of(material)
        leaf = self._prepared
        payload = write_acknowledgement(said)
        return jws.serialize_compact(dict(leaf.header), payload, leaf.key, registry=leaf.registry).encode("ascii")


def read_signed(data: bytes) -> SignedAcknowledgement:
    """Take a signed acknowledgement apart; raises ``SignatureFormError`` for anything but its one form."""
    if len(data) > MAX_BYTES:
        raise SignatureFormError(f"the acknowledgement is larger than {MAX_BYTES} bytes")
    parts = data.split(b".")
    if len(parts) != 3:
        raise SignatureFormError("not a JWS in compact form")
    try:
        header = json_b64decode(parts[0])
        payload, signature = urlsafe_b64decode(parts[1]), urlsafe_b64decode(parts[2])
        algorithm, chain = _header(header)
        one_form = (json_b64encode(header), urlsafe_b64encode(payload), urlsafe_b64encode(signature))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError) as error:
        raise SignatureFormError("not a JWS in compact form") from error
    if one_form != tuple(parts):
        raise SignatureFormError("the acknowledgement is not written in its one form")
    return SignedAcknowledgement(payload, chain, algorithm, data)


def _header(header: dict[str, object]) -> tuple[str, tuple[bytes, ...]]:
    algorithm, written = header["alg"], header["x5c"]
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise SignatureFormError(f"the algorithm is none of {', '.join(_ALGORITHMS)}")
    if list(header) != ["alg", "typ", "x5c"] or header["typ"] != TYPE or not isinstance(written, list):
        raise SignatureFormError(f"the protected header is not exactly alg, typ {TYPE}, x5c")
    if not 1 <= len(written) <= MAX_CHAIN:
        raise SignatureFormError(f"it brings {len(written)} certificates")
    try:
        chain = tuple(base64.b64decode(text, validate=True) for text in written)
    except (binascii.Error, ValueError, TypeError) as error:
        raise SignatureFormError("a certificate in x5c is not base64") from error
    if [base64.b64encode(der).decode("ascii") for der in chain] != written:
        raise SignatureFormError("a certificate in x5c is not in its one form")
    return algorithm, chain


def _algorithm_of(key: _PublicKey) -> str:
    """The one algorithm of a key; ``""``, which no header may say, for a curve that does not count."""
    return _RSA_ALGORITHM if isinstance(key, rsa.RSAPublicKey) else _ALGORITHM_OF_CURVE.get(key.curve.name, "")


def _jwk(key: _PublicKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> ECKey | RSAKey:
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return RSAKey.import_key(key)
    return ECKey.import_key(key)


def _registry(algorithm: str) -> JWSRegistry:
    registry = JWSRegistry(algorithms=[algorithm])
    registry.max_header_length = MAX_BYTES
    registry.max_payload_length = _MAX_PAYLOAD_BYTES
    return registry
