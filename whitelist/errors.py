"""The error tree of the package. A caller refused or a list not taken up is a verdict; these are broken machinery."""

from typing import ClassVar


class WhitelistError(Exception):
    """Root of every error that this package raises. ``code`` is stable; ``args[0]`` is a sentence for the officer."""

    code: ClassVar[str] = "whitelist.error"


class DocumentError(WhitelistError):
    """Content that no list may hold: a field out of bounds, a duplicate, an unknown code, not the one form."""

    code: ClassVar[str] = "whitelist.invalid"


class SignatureFormError(WhitelistError):
    """Bytes that are not a signed list in its one form: other JSON, another algorithm, another header field."""

    code: ClassVar[str] = "whitelist.malformed"


class OfficerError(WhitelistError):
    """An officer's key or the file of trusted officers that is missing, unreadable or contradicts itself."""

    code: ClassVar[str] = "officers.unusable"


class SeenVersionError(WhitelistError):
    """The record of the newest version ever accepted cannot be read: without it a rollback would go unnoticed."""

    code: ClassVar[str] = "whitelist.seen-unreadable"


class MissingFileError(WhitelistError):
    """A file that is not there."""

    code: ClassVar[str] = "file.missing"


class NotInitialisedError(WhitelistError):
    """There is no trust file, or no published list, yet."""

    code: ClassVar[str] = "whitelist.not-initialised"


class AlreadyInitialisedError(WhitelistError):
    """There are officers already; a second set would replace the root of trust."""

    code: ClassVar[str] = "whitelist.already-initialised"


class UnusableListError(WhitelistError):
    """The published list is not authentic, so nothing may be built on it."""

    code: ClassVar[str] = "whitelist.not-authentic"


class DraftError(WhitelistError):
    """A draft that may not become the next version: it drops an entry, or brings a revoked one back."""

    code: ClassVar[str] = "draft.invalid"


class StaleDraftError(DraftError):
    """The published list moved on since the draft was begun."""

    code: ClassVar[str] = "draft.stale"


class NoDraftError(DraftError):
    """There is nothing to sign or to discard."""

    code: ClassVar[str] = "draft.none"


class RosterError(DraftError):
    """A change of the officers that is not allowed: nobody left to sign, a name twice, one who removes himself."""

    code: ClassVar[str] = "officers.invalid"


class NoProposalError(WhitelistError):
    """Nothing has been put forward that could be approved or published."""

    code: ClassVar[str] = "proposal.none"


class ProposalStandsError(WhitelistError):
    """Something has been put forward already and waits for approval; a second one would void it."""

    code: ClassVar[str] = "proposal.stands"


class ProposalError(WhitelistError):
    """What was put forward is void: another base, another difference, a wrong signature, a stop since."""

    code: ClassVar[str] = "proposal.void"


class ApprovalError(WhitelistError):
    """An approval that does not count: of one's own change, of another difference, by no officer, given twice."""

    code: ClassVar[str] = "approval.refused"


class NotApprovedError(WhitelistError):
    """Fewer officers than must have approved."""

    code: ClassVar[str] = "proposal.not-approved"


class StopError(WhitelistError):
    """A stop that may not be made: of nobody, of one revoked already, for too long, or once too often."""

    code: ClassVar[str] = "stop.refused"


class PropagationUnknownError(WhitelistError):
    """No gateway of this state folder has asked its nodes yet which list they go by."""

    code: ClassVar[str] = "propagation.unknown"


class CsvError(WhitelistError):
    """A CSV file that is not taken in, and the row that is the reason."""

    code: ClassVar[str] = "csv.refused"


class PartnerExistsError(DraftError):
    """An entry with that id, or with that key and names, is on the list."""

    code: ClassVar[str] = "partner.exists"


class PartnerUnknownError(DraftError):
    """No entry has that id."""

    code: ClassVar[str] = "partner.unknown"


class PartnerRevokedError(DraftError):
    """The entry, or another one with the same key, is revoked; that is final."""

    code: ClassVar[str] = "partner.revoked"


class CertificateRefusedError(WhitelistError):
    """A certificate that cannot be read or is not a client certificate of an organisation."""

    code: ClassVar[str] = "certificate.refused"


class StorageError(WhitelistError):
    """The state folder's whitelist cannot be read or written."""

    code: ClassVar[str] = "whitelist.storage"
