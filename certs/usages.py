"""What a certificate's key may be used for: key usage and extended key usage (RFC 5280 §4.2.1.3, §4.2.1.12)."""

from enum import Enum, StrEnum

from cryptography import x509


class KeyUse(Enum):
    """The bits of the key usage extension; the value is the name that X.509 libraries give them."""

    DIGITAL_SIGNATURE = "digital_signature"
    CONTENT_COMMITMENT = "content_commitment"
    KEY_ENCIPHERMENT = "key_encipherment"
    DATA_ENCIPHERMENT = "data_encipherment"
    KEY_AGREEMENT = "key_agreement"
    KEY_CERT_SIGN = "key_cert_sign"
    CRL_SIGN = "crl_sign"
    ENCIPHER_ONLY = "encipher_only"
    DECIPHER_ONLY = "decipher_only"


class ExtendedUse(StrEnum):
    """The extended usages that IGC-Santé gives; others are known by their dotted OID only."""

    SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
    SMARTCARD_LOGON = "1.3.6.1.4.1.311.20.2.2"
    ANY = "2.5.29.37.0"


AUTHORITY_USES = frozenset({KeyUse.KEY_CERT_SIGN, KeyUse.CRL_SIGN})
_AGREEMENT_ONLY = frozenset({KeyUse.ENCIPHER_ONLY, KeyUse.DECIPHER_ONLY})


def key_uses_of(extensions: x509.Extensions) -> frozenset[KeyUse] | None:
    """The key usage bits, or ``None`` when the certificate has no such extension."""
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    readable = KeyUse if usage.key_agreement else frozenset(KeyUse) - _AGREEMENT_ONLY
    return frozenset(use for use in readable if getattr(usage, use.value))


def extended_uses_of(extensions: x509.Extensions) -> frozenset[str] | None:
    """The extended usages by dotted OID, or ``None`` when the certificate has no such extension."""
    try:
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return frozenset(oid.dotted_string for oid in usage)


def key_usage_extension(uses: frozenset[KeyUse]) -> x509.KeyUsage:
    """The extension that says ``uses``."""
    return x509.KeyUsage(**{use.value: use in uses for use in KeyUse})


def extended_usage_extension(uses: frozenset[str]) -> x509.ExtendedKeyUsage:
    """The extension that says ``uses``; ``uses`` is not empty."""
    return x509.ExtendedKeyUsage(x509.ObjectIdentifier(oid) for oid in sorted(uses))
