"""Asking an authority about one certificate (OCSP, RFC 6960): what is asked, the request, what was answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from certs.revocation.certificate_list import CLOCK_TOLERANCE
from certs.revocation.der import BIT_STRING, SEQUENCE, content
from certs.revocation.revoked import Revocation
from certs.trust import Authority


class OcspStatus(Enum):
    """What the authority says; ``unknown`` is not good."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """The certificate that is asked about: who issued it, and its serial number."""

    authority: Authority
    serial: int

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from every other certificate."""
        return self.authority.id, self.serial


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspAnswer:
    """An answer that was verified. ``revocation`` is there when it says revoked."""

    asked: Asked
    status: OcspStatus
    this_update: datetime
    valid_until: datetime
    revocation: Revocation | None = None

    def fresh(self, at: datetime) -> bool:
        """Whether it can be relied on at that moment, both bounds included."""
        return self.this_update - CLOCK_TOLERANCE <= at <= self.valid_until


def build_request(asked: Asked, *, nonce: bytes | None = None) -> bytes:
    """The DER of a request; the certificate is named with SHA-1, which every responder reads and nothing rests on."""
    algorithm = hashes.SHA1()  # noqa: S303
    name_hash, key_hash = issuer_hashes(asked.authority, algorithm)
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name_hash, key_hash, asked.serial, algorithm)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def issuer_hashes(authority: Authority, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """The digests of name and key by which requests and answers name an issuer."""
    name_hash, key_hash = hashes.Hash(algorithm), hashes.Hash(algorithm)
    name_hash.update(authority.certificate.subject.public_bytes())
    key_hash.update(key_bits(authority.certificate))
    return name_hash.finalize(), key_hash.finalize()


def key_bits(certificate: x509.Certificate) -> bytes:
    """The public key alone, without its algorithm: what OCSP takes the digest of."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    start, stop = content(spki, 0, len(spki), SEQUENCE)
    _, algorithm_stop = content(spki, start, stop, SEQUENCE)
    bits_start, bits_stop = content(spki, algorithm_stop, stop, BIT_STRING)
    return spki[bits_start + 1 : bits_stop]
