"""Why a list, an answer or a policy is not believed: stable slugs for log, audit and command line."""

from dataclasses import dataclass
from enum import Enum


class Flaw(Enum):
    """The first rule that a list (``crl``) an answer (``ocsp``) or a policy breaks."""

    TOO_LARGE = "crl.too-large"
    MALFORMED = "crl.malformed"
    UNKNOWN_ISSUER = "crl.unknown-issuer"
    NOT_A_SIGNER = "crl.not-a-signer"
    WEAK_SIGNATURE = "crl.weak-signature"
    BAD_SIGNATURE = "crl.bad-signature"
    UNSUPPORTED_EXTENSION = "crl.unsupported-extension"
    DELTA = "crl.delta"
    INDIRECT = "crl.indirect"
    PARTIAL = "crl.partial"
    NO_NUMBER = "crl.no-number"
    NO_NEXT_UPDATE = "crl.no-next-update"
    NOT_YET_ISSUED = "crl.not-yet-issued"
    ROLLBACK = "crl.rollback"
    NUMBER_REUSED = "crl.number-reused"
    SEEN_UNREADABLE = "crl.seen-unreadable"

    POLICY = "policy.invalid"

    ANSWER_TOO_LARGE = "ocsp.too-large"
    ANSWER_MALFORMED = "ocsp.malformed"
    ANSWER_UNSUCCESSFUL = "ocsp.unsuccessful"
    ANSWER_OTHER_CERTIFICATE = "ocsp.other-certificate"
    ANSWER_UNKNOWN_ISSUER = "ocsp.unknown-issuer"
    ANSWER_WRONG_RESPONDER = "ocsp.wrong-responder"
    ANSWER_RESPONDER_REVOKED = "ocsp.responder-revoked"
    ANSWER_WEAK_SIGNATURE = "ocsp.weak-signature"
    ANSWER_BAD_SIGNATURE = "ocsp.bad-signature"
    ANSWER_UNSUPPORTED_EXTENSION = "ocsp.unsupported-extension"
    ANSWER_OTHER_NONCE = "ocsp.other-nonce"
    ANSWER_NO_NEXT_UPDATE = "ocsp.no-next-update"
    ANSWER_NOT_YET_ISSUED = "ocsp.not-yet-issued"
    ANSWER_EXPIRED = "ocsp.expired"
    ANSWER_REPLAYED = "ocsp.replayed"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A list or an answer that changes nothing. ``detail`` is English, for the log."""

    flaw: Flaw
    detail: str
