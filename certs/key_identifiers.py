"""Subject and authority key identifiers (RFC 5280 §4.2.1.1, §4.2.1.2): which of an authority's keys made a signature.

They prove nothing, the signature does. A certificate whose identifiers say otherwise than its signature was put
together from parts, or by an authority that is in disorder; other verifiers do not find a path for it.
"""

from cryptography import x509

from certs.reading import to_der


def identifier_flaw(certificate: x509.Certificate, issuer: x509.Certificate) -> str | None:
    """What contradicts that ``issuer`` made the certificate, or ``None``.

    The certificate must name the issuer's key; where it names the issuer's own certificate too, that must be it.
    """
    theirs = subject_key_of(issuer)
    try:
        told = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None if to_der(certificate) == to_der(issuer) else "it does not name the key that signed it"
    if told.key_identifier is None or told.key_identifier != theirs:
        return "it names another key than the one that signed it"
    serial = told.authority_cert_serial_number
    if serial is not None and serial != issuer.serial_number:
        return "it names another certificate of the key that signed it"
    names = [name.value for name in told.authority_cert_issuer or () if isinstance(name, x509.DirectoryName)]
    if told.authority_cert_issuer is not None and issuer.issuer not in names:
        return "it names another certificate of the key that signed it"
    return None


def subject_key_of(certificate: x509.Certificate) -> bytes | None:
    """The certificate's own key identifier, if it has one."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest or None
    except x509.ExtensionNotFound:
        return None
