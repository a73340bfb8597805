"""The canary: one partner who exists to be stopped, again and again, so that everybody sees how fast stops work.

Officers' keys do not lie on a gateway, so the list names one key more that may do one thing: keep the canary itself
out, for a minute at most (``whitelist.canary_stop``). Whatever else it could do, its entry may do next to nothing
(``whitelist.document``).
"""

from dataclasses import dataclass, field

from whitelist.errors import DocumentError, OfficerError
from whitelist.officers import Officer
from whitelist.texts import check_id


@dataclass(frozen=True, slots=True)
class Canary:
    """The partner's id, and the Ed25519 public key (``x``, base64url) that may stop it and nobody else."""

    partner: str
    x: str
    signer: Officer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_id(self.partner, "the canary")
        try:
            object.__setattr__(self, "signer", Officer(self.partner, self.x))
        except OfficerError as error:
            raise DocumentError(f"the key of the canary cannot be used: {error}") from error

    @property
    def kid(self) -> str:
        """The key's RFC 7638 thumbprint."""
        return self.signer.kid
