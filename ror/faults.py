"""The catalogue of faults: every refusal has a stable slug, an official number and a French sentence.

The number is what the contract knows ("Errors"; 405 and 444 are official, the rest is ours); the slug says which
of several causes it was and never changes once published. ``docs/faults.md`` lists them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Blame(Enum):
    """Whose turn it is to act: SOAP 1.2 ``Sender``/``Receiver``, SOAP 1.1 ``Client``/``Server``."""

    SENDER = "Sender"
    RECEIVER = "Receiver"


_RECEIVER_NUMBERS = frozenset({405, 408, 444, 500, 503})
_SOAP12_STATUS_AS_ITSELF = frozenset({401, 403, 413, 415, 429, 503})
_SOAP11_STATUS_AS_ITSELF = frozenset({401, 403, 429, 503})


class Reason(Enum):
    """Every reason for a fault: slug, number, French sentence shown when nothing more precise is known."""

    XML_MALFORMED = "request.malformed-xml", 400, "Le message n'est pas un document XML bien formé."
    XML_DOCTYPE = "request.doctype", 400, "Une déclaration DOCTYPE n'est pas admise."
    XML_PROCESSING_INSTRUCTION = (
        "request.processing-instruction",
        400,
        "Une instruction de traitement XML n'est pas admise.",
    )
    XML_LIMIT = "request.xml-limit", 400, "La structure XML du message dépasse les limites admises."
    XML_ENCODING = "request.encoding", 400, "Le message doit être encodé en UTF-8."
    NOT_CONFORMANT = "request.not-conformant", 400, "La requête n'est pas conforme au schéma."
    SOAP_ENVELOPE = "soap.envelope", 400, "Le message n'est pas une enveloppe SOAP 1.1 ou 1.2 valide."
    SOAP_BODY_COUNT = "soap.body-count", 400, "L'enveloppe doit contenir un seul corps et une seule requête."
    SOAP_ACTION = "soap.action", 400, "L'action SOAP ne correspond pas à la requête."
    SOAP_MUST_UNDERSTAND = (
        "soap.must-understand",
        400,
        "Un en-tête SOAP obligatoire n'est pas pris en charge.",
    )
    HTTP_INVALID = "http.invalid", 400, "La requête HTTP n'est pas valide."
    HEADER_INVALID = "header.invalid", 400, "L'en-tête « recherche » n'est pas valide."
    CRITERION_UNKNOWN = "criterion.unknown", 400, "Un critère de recherche n'est pas connu."
    CRITERION_UNKNOWN_CODE = "criterion.unknown-code", 400, "Un code n'existe pas dans sa nomenclature."
    CRITERION_WRONG_SCHEME = (
        "criterion.wrong-scheme",
        400,
        "La nomenclature indiquée ne convient pas à ce critère.",
    )
    CRITERION_UNMAPPED = (
        "criterion.unmapped-specialty",
        400,
        "Cette spécialité n'a pas de correspondance connue.",
    )
    DESTINATION_MISSING = "destination.missing", 400, "La requête ne désigne aucune destination."
    DESTINATION_UNKNOWN = "destination.unknown", 400, "Une destination n'existe pas à ce niveau."
    DESTINATION_CONTRADICTORY = (
        "destination.contradictory",
        400,
        "Le type et le code d'une destination se contredisent.",
    )
    DESTINATION_NOT_HANDLED = (
        "destination.not-handled",
        400,
        "Territoire de santé et zone de défense ne sont pas pris en charge.",
    )
    DISTANCE_WITHOUT_PLACE = (
        "distance.without-place",
        400,
        "Une distance demande une commune, un département ou une région.",
    )
    DISTANCE_OUT_OF_RANGE = "distance.out-of-range", 400, "La distance doit être comprise entre 0 et 2000 km."
    AGE_INVALID = "age.invalid", 400, "L'âge doit être compris entre 0 et 130 ans, avec une unité connue."
    VIHF_INVALID = "vihf.invalid", 400, "Le jeton VIHF n'est pas valide."
    CLIENT_CERT_INVALID = "client-cert.invalid", 400, "L'en-tête HTTP Client-Cert n'est pas valide."
    CLIENT_CERT_UNEXPECTED = (
        "client-cert.unexpected",
        403,
        "L'en-tête HTTP Client-Cert n'est accepté que d'un mandataire déclaré.",
    )
    CERTIFICATE_MISSING = "certificate.missing", 401, "Un certificat client IGC-Santé est demandé."
    CERTIFICATE_UNTRUSTED = (
        "certificate.untrusted",
        401,
        "Le certificat n'est pas émis par une autorité reconnue.",
    )
    CERTIFICATE_EXPIRED = "certificate.expired", 401, "Le certificat est expiré."
    CERTIFICATE_NOT_YET_VALID = "certificate.not-yet-valid", 401, "Le certificat n'est pas encore valide."
    CERTIFICATE_WRONG_USAGE = (
        "certificate.wrong-usage",
        401,
        "Le certificat n'est pas un certificat client ORG AUTH_CLI.",
    )
    CERTIFICATE_REVOKED = "certificate.revoked", 401, "Le certificat est révoqué."
    CERTIFICATE_STATUS_UNKNOWN = (
        "certificate.revocation-unknown",
        503,
        "L'état de révocation du certificat n'est pas connu : aucun accès n'est accordé.",
    )
    CERTIFICATE_INVALID = "certificate.invalid", 401, "Le certificat n'est pas valide."
    PARTNER_NOT_LISTED = "partner.not-listed", 403, "Ce certificat ne figure pas sur la liste blanche."
    PARTNER_KEY_MISMATCH = (
        "partner.key-mismatch",
        403,
        "Le titulaire est connu sous une autre clé publique : la liste blanche doit être mise à jour.",
    )
    PARTNER_SUSPENDED = "partner.suspended", 403, "L'accès de ce partenaire est suspendu."
    PARTNER_REVOKED = "partner.revoked", 403, "L'accès de ce partenaire est révoqué."
    PARTNER_NOT_YET_VALID = "partner.not-yet-valid", 403, "L'accès de ce partenaire n'est pas encore ouvert."
    PARTNER_EXPIRED = "partner.expired", 403, "L'accès de ce partenaire a pris fin."
    TRANSACTION_NOT_ALLOWED = (
        "transaction.not-allowed",
        403,
        "Cette transaction n'est pas autorisée à ce partenaire.",
    )
    PROFILE_NOT_ALLOWED = "profile.not-allowed", 403, "Ce profil d'accès n'est pas autorisé à ce partenaire."
    PROFILE_UNKNOWN = "profile.unknown", 403, "Le profil d'accès demandé n'existe pas."
    VIHF_ISSUER_MISMATCH = (
        "vihf.issuer-mismatch",
        403,
        "L'émetteur du jeton VIHF n'est pas le titulaire du certificat.",
    )
    VIHF_EXPIRED = "vihf.expired", 403, "Le jeton VIHF est périmé : chaque message en demande un nouveau."
    VIHF_NOT_YET_VALID = "vihf.not-yet-valid", 403, "Le jeton VIHF n'est pas encore valable : vérifiez les horloges."
    VIHF_REPLAYED = "vihf.replayed", 403, "Ce jeton VIHF a déjà servi : chaque message en demande un nouveau."
    VIHF_SIGNATURE_MISSING = (
        "vihf.signature-missing",
        403,
        "Le jeton VIHF de ce partenaire doit être signé.",
    )
    VIHF_SIGNATURE_FORM = (
        "vihf.signature-form",
        403,
        "La signature du jeton VIHF n'a pas la forme admise : une seule, dans l'assertion, sur elle seule.",
    )
    VIHF_SIGNATURE_ALGORITHM = (
        "vihf.signature-algorithm",
        403,
        "Un algorithme de la signature du jeton VIHF n'est pas admis.",
    )
    VIHF_SIGNATURE_INVALID = (
        "vihf.signature-invalid",
        403,
        "La signature du jeton VIHF n'est pas celle du titulaire du certificat, ou le jeton a été modifié.",
    )
    PERIMETER_OUTSIDE = "perimeter.outside", 403, "Une région demandée est hors du périmètre autorisé."
    CRITERION_HIDDEN = (
        "criterion.hidden-by-profile",
        403,
        "Le profil d'accès ne permet pas de chercher sur ce critère.",
    )
    PATH_UNKNOWN = "path.unknown", 404, "Aucun service à cette adresse."
    METHOD_NOT_ALLOWED = "http.method", 400, "Cette adresse attend une requête POST."
    IDENTIFIER_UNKNOWN = "identifier.unknown", 404, "Cet identifiant est inconnu."
    COUNT_MISMATCH = (
        "answer.count-mismatch",
        405,
        "Le nombre annoncé d'unités diffère du nombre d'unités reçues.",
    )
    DEADLINE_EXCEEDED = "deadline.exceeded", 408, "La réponse n'a pas pu être rendue dans le délai."
    REQUEST_TOO_LARGE = "request.too-large", 413, "Le message est trop volumineux."
    CONTENT_TYPE = (
        "http.content-type",
        415,
        "Type de contenu attendu : application/soap+xml ou text/xml, en UTF-8.",
    )
    QUOTA_EXCEEDED = "quota.exceeded", 429, "Le quota de requêtes de ce partenaire est atteint."
    VIHF_TOO_MANY = (
        "vihf.too-many",
        429,
        "Trop de jetons VIHF de ce titulaire sont encore valables.",
    )
    NOT_FORESEEN = "transaction.not-foreseen", 444, "Non prévu par ce service."
    INTERNAL = "service.internal", 500, "Une erreur interne s'est produite."
    RECEIPT_NOT_YET = (
        "receipt.not-yet",
        503,
        "Le reçu n'est pas encore signé : il le sera dans quelques secondes.",
    )
    OVERLOADED = "service.overloaded", 503, "Le service est momentanément saturé."
    WHITELIST_UNUSABLE = (
        "service.whitelist-unusable",
        503,
        "La liste blanche n'est pas utilisable : aucun accès n'est accordé.",
    )
    AUDIT_UNAVAILABLE = (
        "service.audit-unavailable",
        503,
        "Le journal d'audit n'est pas disponible : aucune demande ne peut être traitée.",
    )
    NO_ROR_ANSWERED = "federation.no-answer", 503, "Aucun ROR interrogé n'a répondu."
    COVERAGE_INSUFFICIENT = (
        "federation.coverage-insufficient",
        503,
        "Trop peu de ROR ont répondu complètement pour la couverture demandée.",
    )

    def __init__(self, slug: str, number: int, message: str) -> None:
        self.slug = slug
        self.number = number
        self.message = message

    @property
    def blame(self) -> Blame:
        """Sender for what the caller must change, Receiver for what he may only repeat or wait for."""
        return Blame.RECEIVER if self.number in _RECEIVER_NUMBERS else Blame.SENDER

    def http_status(self, *, soap_11: bool) -> int:
        """HTTP status that carries the fault (decision 18)."""
        if soap_11:
            return self.number if self.number in _SOAP11_STATUS_AS_ITSELF else 500
        if self.number in _SOAP12_STATUS_AS_ITSELF:
            return self.number
        return 400 if self.blame is Blame.SENDER else 500

    @classmethod
    def from_slug(cls, slug: str) -> "Reason | None":
        """The reason of that slug, or ``None`` for one this release does not know."""
        return _BY_SLUG.get(slug)


_BY_SLUG = {reason.slug: reason for reason in Reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a caller is told: a reason, a French sentence, and when to come back (seconds).

    ``evidence`` is for the log and the audit only; it never leaves the process.
    """

    reason: Reason
    message: str
    retry_after_s: int | None = None
    evidence: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def number(self) -> int:
        """The official number, ``erreur/@code``."""
        return self.reason.number


@dataclass(frozen=True, slots=True)
class PeerFault:
    """A fault as another system sent it: any number, any slug, any text (bare ``444`` codes included)."""

    number: int | None
    slug: str | None
    message: str
