"""The error tree of the package. A refused certificate is no error but a verdict; these are broken inputs."""

from typing import ClassVar


class CertsError(Exception):
    """Root of every error that this package raises. ``code`` is stable; ``args[0]`` is a sentence for the log."""

    code: ClassVar[str] = "certs.error"


class DistinguishedNameError(CertsError):
    """A distinguished name that is none, or that is not accepted here (multi-valued, control characters)."""

    code: ClassVar[str] = "certs.distinguished-name"


class MalformedCertificateError(CertsError):
    """Bytes that are no X.509 v3 certificate, or one whose content cannot be read without ambiguity."""

    code: ClassVar[str] = "certs.malformed"


class TrustError(CertsError):
    """A set of authorities that cannot be trusted as a whole: a leaf in it, an orphan, an unknown domain."""

    code: ClassVar[str] = "certs.trust"


class IssuingError(CertsError):
    """A certificate that the demonstration PKI was asked for and cannot make."""

    code: ClassVar[str] = "certs.issuing"


class KeyMaterialError(CertsError):
    """A private key, certificate or trust file that cannot be read, or that do not belong together."""

    code: ClassVar[str] = "certs.key-material"


class HomeError(CertsError):
    """The state folder cannot be used: a name that would leave it, a folder that cannot be made or written."""

    code: ClassVar[str] = "certs.home"


class MalformedDerError(CertsError):
    """Bytes of a revocation list that are no DER, or not the DER that a list is made of."""

    code: ClassVar[str] = "certs.malformed-der"


class RevocationListError(CertsError):
    """A revocation list that the command line was given or asked for, and that cannot be used or made."""

    code: ClassVar[str] = "certs.revocation-list"


class RevocationPolicyError(CertsError):
    """The rules on revocation cannot be used: a file that is none, a grace without bounds, an address not allowed."""

    code: ClassVar[str] = "certs.revocation-policy"


class SeenNumberError(CertsError):
    """The numbers of the lists seen before cannot be read or kept: an old list could come back unnoticed."""

    code: ClassVar[str] = "certs.seen-number"


class FetchError(CertsError):
    """A list or an answer that could not be fetched within its bounds of time, size and place."""

    code: ClassVar[str] = "certs.fetch"
