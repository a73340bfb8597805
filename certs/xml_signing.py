"""Signing a VIHF, as ``certs.xml_signature`` and any other reader of XML signatures verifies it.

The signature is written in canonical form at once; only the assertion is canonicalised. It stands behind the Issuer,
where SAML wants it, and names no key: who reads it has the certificate from TLS.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod

from certs.keys import PrivateKey, key_from_pem
from certs.material import LeafMaterial
from certs.xml_signature import ENVELOPED, EXCLUSIVE
from ror.namespaces import SAML, XMLDSIG
from ror.xml_parser import REQUEST_LIMITS, parse

_BEHIND = b"</saml:Issuer>"


class VihfSigner:
    """Signs what ``ror.vihf.write_vihf`` writes. Under a curve some 0.1 ms each, under RSA about one."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self._method, self._hash = _method_of(key)

    def __call__(self, security: bytes) -> bytes:
        """The block with its assertion signed."""
        assertion = parse(security, REQUEST_LIMITS).find(f"{{{SAML}}}Assertion")
        assert assertion is not None
        canonical = etree.tostring(assertion, method="c14n", exclusive=True, with_comments=False)
        info = _signed_info(self._method, assertion.get("ID") or "", hashlib.sha256(canonical).digest())
        value = b64encode(self._sign(info)).decode()
        signature = (
            f'<ds:Signature xmlns:ds="{XMLDSIG}">{info.decode()}'
            f"<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        )
        before, behind, after = security.partition(_BEHIND)
        return before + behind + signature.encode() + after

    def _sign(self, data: bytes) -> bytes:
        if not isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), self._hash)
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(self._hash)))
        length = (self._key.key_size + 7) // 8
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")


class LeafSigner:
    """Signs with the key of a leaf that may be renewed meanwhile; ``material`` gives the one in force."""

    def __init__(self, material: Callable[[], LeafMaterial]) -> None:
        """Raises ``KeyMaterialError``."""
        self._material = material
        self._held = material()
        self._signer = VihfSigner(key_from_pem(self._held.key))

    def __call__(self, security: bytes) -> bytes:
        """The block with its assertion signed. Raises ``KeyMaterialError`` for a key that cannot be read."""
        material = self._material()
        if material is not self._held:
            self._signer = VihfSigner(key_from_pem(material.key))
            self._held = material
        return self._signer(security)


def _method_of(key: PrivateKey) -> tuple[SignatureMethod, hashes.HashAlgorithm]:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return SignatureMethod.RSA_SHA256, hashes.SHA256()
    if isinstance(key.curve, ec.SECP256R1):
        return SignatureMethod.ECDSA_SHA256, hashes.SHA256()
    return SignatureMethod.ECDSA_SHA384, hashes.SHA384()


def _signed_info(method: SignatureMethod, assertion_id: str, digest: bytes) -> bytes:
    """In exclusive canonical form: attributes in order, no empty-element tags, the one namespace declared."""
    return (
        f'<ds:SignedInfo xmlns:ds="{XMLDSIG}">'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{method.value}"></ds:SignatureMethod>'
        f'<ds:Reference URI="#{assertion_id}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{DigestAlgorithm.SHA256.value}"></ds:DigestMethod>'
        f"<ds:DigestValue>{b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    ).encode()
