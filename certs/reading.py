"""Bytes to certificates: the one place where the X.509 library's exceptions become ours."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certs.errors import MalformedCertificateError

MAX_CERTIFICATE_BYTES = 16_384
"""More than any IGC-Santé certificate holds, far less than one with ten thousand names."""
MAX_PEM_BYTES = 262_144


def read_der(der: bytes) -> x509.Certificate:
    """Read one DER certificate; refuses anything but X.509 v3 with a positive serial and readable extensions."""
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise MalformedCertificateError(f"the certificate is larger than {MAX_CERTIFICATE_BYTES} bytes")
    try:
        return _checked(x509.load_der_x509_certificate(der))
    except MalformedCertificateError:
        raise
    except Exception as error:
        # Fuzzing showed ValueError, TypeError, KeyError, InvalidVersion, UnsupportedGeneralNameType and warnings
        # turned into errors: the parser promises no list, and a peer chooses these bytes.
        raise MalformedCertificateError(f"the certificate cannot be read: {type(error).__name__}") from error


def read_pem(data: bytes) -> tuple[x509.Certificate, ...]:
    """Read all certificates of a PEM file, in order; text between them is ignored, an empty file is an error."""
    if len(data) > MAX_PEM_BYTES:
        raise MalformedCertificateError(f"the PEM file is larger than {MAX_PEM_BYTES} bytes")
    try:
        certificates = x509.load_pem_x509_certificates(data)
    except Exception as error:
        # As for DER.
        raise MalformedCertificateError("the file holds no readable PEM certificate") from error
    return tuple(read_der(to_der(certificate)) for certificate in certificates)


def to_der(certificate: x509.Certificate) -> bytes:
    """The certificate's DER bytes."""
    return certificate.public_bytes(Encoding.DER)


def to_pem(certificate: x509.Certificate) -> bytes:
    """The certificate's PEM block, newline included."""
    return certificate.public_bytes(Encoding.PEM)


def _checked(certificate: x509.Certificate) -> x509.Certificate:
    if certificate.version is not x509.Version.v3:
        raise MalformedCertificateError("the certificate is not X.509 version 3")
    if certificate.serial_number <= 0:
        raise MalformedCertificateError("the certificate's serial number is not positive")
    if certificate.not_valid_before_utc > certificate.not_valid_after_utc:
        raise MalformedCertificateError("the certificate's dates are the wrong way round")
    _ = certificate.extensions, certificate.public_key(), certificate.issuer, certificate.subject
    return certificate
