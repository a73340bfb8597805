"""Access profiles and transactions: the vocabulary of every authorisation (contract, "Who may see what")."""

from enum import Enum, IntEnum, StrEnum


class Profile(IntEnum):
    """What a caller may see. Profiles are no ladder: 2 and 3 differ by field of activity."""

    PUBLIC = 0
    REGULATION = 1
    ORIENTATION = 2
    MEDICO_SOCIAL = 3


class ProfileCode(StrEnum):
    """TRE_R78 codes that the VIHF carries as ``Profil_Utilisateur``."""

    CU18 = "CU18"
    CU19 = "CU19"
    CU20 = "CU20"
    CU21 = "CU21"
    CU22 = "CU22"
    CU23 = "CU23"

    @property
    def profile(self) -> Profile:
        """The filter behind the code."""
        return _PROFILES[self]


_PROFILES = {
    ProfileCode.CU18: Profile.ORIENTATION,
    ProfileCode.CU19: Profile.MEDICO_SOCIAL,
    ProfileCode.CU20: Profile.ORIENTATION,
    ProfileCode.CU21: Profile.MEDICO_SOCIAL,
    ProfileCode.CU22: Profile.REGULATION,
    ProfileCode.CU23: Profile.PUBLIC,
}


class Transaction(Enum):
    """The transactions a partner may be allowed, by their stable name in the whitelist."""

    SEARCH = "recherche"
    READ = "lecture"
    NOTIFICATION = "notification"
    EXTRACTION = "extraction"
