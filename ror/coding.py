"""Coded values and the coding schemes (OID of the TRE table) they come from (domain §3.1)."""

from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """OIDs that stand in ``@codingScheme``: always the TRE table, never a value set."""

    CHANNEL = "1.2.250.1.213.3.3.1"  # TRE_R200
    DIVISION_TYPE = "1.2.250.1.213.3.3.2"  # TRE_R201
    PLACE_ACCESSIBILITY = "1.2.250.1.213.3.3.3"  # TRE_R202
    PLACE_STATUS = "1.2.250.1.213.3.3.4"  # TRE_R203
    OI_TYPE = "1.2.250.1.213.3.3.8"  # TRE_R207
    AGE_CLASS = "1.2.250.1.213.3.3.9"  # TRE_R208
    EQUIPMENT = "1.2.250.1.213.3.3.10"  # TRE_R212
    ACT = "1.2.250.1.213.3.3.11"  # TRE_R210
    ACTIVITY = "1.2.250.1.213.3.3.12"  # TRE_R211
    CARE_MODE = "1.2.250.1.213.3.3.13"  # TRE_R213
    TIME_UNIT = "1.2.250.1.213.3.3.15"  # TRE_R215
    FIELD = "1.2.250.1.213.3.3.17"  # TRE_R227, champ d'activité
    PRICE_UNIT = "1.2.250.1.213.3.3.18"  # TRE_R228
    CURRENCY = "1.2.250.1.213.3.3.20"  # TRE_R230
    MANAGEMENT = "1.2.250.1.213.3.3.23"  # TRE_R236
    DEPENDENCY_LEVEL = "1.2.250.1.213.3.3.25"  # TRE_R237
    ANNUAL_OPENING = "1.2.250.1.213.3.3.27"  # TRE_R238
    PUBLIC = "1.2.250.1.213.3.3.29"  # TRE_R239
    RECEPTION_TYPE = "1.2.250.1.213.3.3.31"  # TRE_R240
    FINANCIAL_HELP = "1.2.250.1.213.3.3.33"  # TRE_R241
    HOUSING_TYPE = "1.2.250.1.213.3.3.35"  # TRE_R242
    SPECIFIC_SKILL = "1.2.250.1.213.3.3.37"  # TRE_R243
    ORGANISATION_CATEGORY = "1.2.250.1.213.3.3.39"  # TRE_R244
    CARE_SPECIALITY = "1.2.250.1.213.3.3.41"  # TRE_R245
    PRICE_TYPE = "1.2.250.1.213.3.3.43"  # TRE_R246
    PRICE_CONDITION = "1.2.250.1.213.3.3.46"  # TRE_R250
    CONTACT_FUNCTION = "1.2.250.1.213.3.3.48"  # TRE_R251
    HOURS_TYPE = "1.2.250.1.213.3.3.50"  # TRE_R252
    MATERNITY_TYPE = "1.2.250.1.213.3.3.52"  # TRE_R253
    INCLUDED_SERVICE = "1.2.250.1.213.3.3.59"  # TRE_R264
    ACTIVITY_FAMILY = "1.2.250.1.213.3.3.62"  # JDV_J51: its codes stand in no TRE
    CONTACT_NATURE = "1.2.250.1.213.3.3.67"  # TRE_R287
    CONFIDENTIALITY = "1.2.250.1.213.1.1.4.344"  # TRE_R283
    ORSAN_LEVEL = "1.2.250.1.213.1.1.4.345"  # TRE_R284
    ESTABLISHMENT_CATEGORY = "1.2.250.1.213.1.6.1.8"  # TRE_R66
    KNOW_HOW = "1.2.250.1.213.1.6.1.16"  # TRE_R04
    PRACTICE_MODE = "1.2.250.1.213.1.6.1.18"  # TRE_R23
    LEGAL_STATUS = "1.2.250.1.213.1.6.1.44"  # TRE_R72
    ESPIC = "1.2.250.1.213.1.6.1.45"  # TRE_R73
    LEGAL_STATUS_AGGREGATE = "1.2.250.1.213.1.6.1.64"  # TRE_R69
    ACCESS_PROFILE = "1.2.250.1.213.1.6.1.66"  # TRE_R78
    AGREEMENT_SECTOR = "1.2.250.1.213.1.6.1.135"  # TRE_R282
    CLOSING_TYPE = "1.2.250.1.213.1.6.1.136"  # TRE_R286
    COMMUNE = "1.2.250.1.213.2.23"  # TRE_R13
    COUNTRY = "1.2.250.1.213.2.24"  # TRE_R20
    REGION = "1.2.250.1.213.2.25"  # TRE_R30
    SPECIALITY = "1.2.250.1.213.2.28"  # TRE_R38
    COMPETENCE = "1.2.250.1.213.2.29"  # TRE_R39
    STRUCTURE_ID_TYPE = "1.2.250.1.71.1.2.14"  # TRE_G07
    DEPARTMENT = "1.2.250.1.71.1.2.16"  # TRE_G09
    PROFESSION = "1.2.250.1.71.1.2.7"  # TRE_G15
    INSURANCE_SPECIALITY = "1.2.250.1.71.1.2.38"  # TRE_G100
    UCUM = "2.16.840.1.113883.6.8"  # TRE_R247


class Authority(StrEnum):
    """OIDs that stand in ``@assigningAuthorityName`` of an ``otherID``."""

    STRUCTURE = "1.2.250.1.71.4.2.2"
    """idNat_Struct; what ours sends (decision 26)."""
    STRUCTURE_2016 = "1.2.250.1.71.1.2.14"
    """idNat_Struct in requests and messages up to 2018; read alike."""
    FINESS = "1.2.250.1.213.3.2"
    SIREN_SIRET = "1.3.2"
    PERSON = "1.2.250.1.71.4.2.1"
    UNIT = "1.2.250.1.213.6.1.1.1.1.76"
    """``<region>/<local number>`` of an internal organisation."""


DIVISION_TYPE_2016 = "1.2.250.1.213.2.3.2"
"""What the 2016 tests send for TRE_R201; accepted beside the table's own OID."""


@dataclass(frozen=True, slots=True)
class Code:
    """A coded element: ``@code``, ``@codingScheme`` (an OID) and, where the sender writes one, its label.

    The label is for people and means nothing to the machine; two codes are compared by ``key``.
    """

    code: str
    scheme: str
    label: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the concept: scheme and code without leading zeros (``37`` is ``037``)."""
        return self.scheme, self.code.lstrip("0") or "0"
