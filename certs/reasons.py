"""Why a certificate is refused: a closed list of stable slugs, French sentences and the faults they become."""

from enum import Enum

from ror.faults import Reason as FaultReason


class Reason(Enum):
    """Slug, the contract's fault, the sentence a partner reads."""

    MISSING = (
        "certificate.missing",
        FaultReason.CERTIFICATE_MISSING,
        "Un certificat client IGC-Santé est demandé.",
    )
    MALFORMED = (
        "certificate.malformed",
        FaultReason.CERTIFICATE_INVALID,
        "Le certificat présenté n'est pas lisible.",
    )
    UNTRUSTED = (
        "certificate.untrusted",
        FaultReason.CERTIFICATE_UNTRUSTED,
        "Le certificat n'est pas émis par une autorité reconnue.",
    )
    EXPIRED = "certificate.expired", FaultReason.CERTIFICATE_EXPIRED, "Le certificat est expiré."
    NOT_YET_VALID = (
        "certificate.not-yet-valid",
        FaultReason.CERTIFICATE_NOT_YET_VALID,
        "Le certificat n'est pas encore valide.",
    )
    AUTHORITY_OUT_OF_DATE = (
        "certificate.authority-out-of-date",
        FaultReason.CERTIFICATE_EXPIRED,
        "L'autorité qui a émis le certificat est hors de sa période de validité.",
    )
    WRONG_USAGE = (
        "certificate.wrong-usage",
        FaultReason.CERTIFICATE_WRONG_USAGE,
        "Le certificat n'est pas prévu pour cet usage.",
    )
    WRONG_DOMAIN = (
        "certificate.wrong-domain",
        FaultReason.CERTIFICATE_WRONG_USAGE,
        "Le certificat n'est pas du domaine attendu (Organisations ou Personnes).",
    )
    WRONG_POLICY = (
        "certificate.wrong-policy",
        FaultReason.CERTIFICATE_WRONG_USAGE,
        "Le certificat n'est pas émis selon la politique de certification attendue.",
    )
    WRONG_SUBJECT = (
        "certificate.wrong-subject",
        FaultReason.CERTIFICATE_INVALID,
        "Le sujet du certificat ne porte pas le nom et l'identifiant national de structure attendus.",
    )
    CA_AS_LEAF = (
        "certificate.ca-as-leaf",
        FaultReason.CERTIFICATE_INVALID,
        "Un certificat d'autorité ne peut pas identifier un partenaire.",
    )
    WEAK = (
        "certificate.weak",
        FaultReason.CERTIFICATE_INVALID,
        "La clé ou l'algorithme de signature du certificat est trop faible.",
    )
    PATH_LENGTH = (
        "certificate.path-length",
        FaultReason.CERTIFICATE_INVALID,
        "La chaîne de certification est trop longue.",
    )
    UNSUPPORTED_EXTENSION = (
        "certificate.unsupported-extension",
        FaultReason.CERTIFICATE_INVALID,
        "Le certificat porte une extension critique non prise en charge.",
    )
    REVOKED = "certificate.revoked", FaultReason.CERTIFICATE_REVOKED, "Le certificat est révoqué."
    REVOCATION_UNKNOWN = (
        "certificate.revocation-unknown",
        FaultReason.CERTIFICATE_STATUS_UNKNOWN,
        "L'état de révocation du certificat n'est pas connu : aucun accès n'est accordé.",
    )
    INVALID = "certificate.invalid", FaultReason.CERTIFICATE_INVALID, "Le certificat n'est pas valide."

    def __init__(self, slug: str, fault: FaultReason, message: str) -> None:
        self.slug = slug
        self.fault = fault
        self.message = message
