"""Identifiers of establishments, persons and units: their form, their keys, their prefixes (domain §5).

The form must hold, else ``IdentifierError``; a wrong key is told, never refused (decision 26), as real registers
have some.
"""

import re
from dataclasses import dataclass
from enum import Enum, StrEnum

from ror.coding import Authority, Scheme
from ror.errors import RorError
from ror.nomenclatures import label


class IdentifierError(RorError, ValueError):
    """A text that has not the form of the identifier; the message is a French sentence."""


class IdentifierKind(Enum):
    """What an identifier is, by the name people use."""

    FINESS = "FINESS"
    SIREN = "SIREN"
    SIRET = "SIRET"
    RPPS = "RPPS"
    ADELI_PRACTICE = "cabinet ADELI"
    RPPS_PRACTICE = "cabinet RPPS"


class StructurePrefix(StrEnum):
    """First character of an idNat_Struct (TRE_G07); 5 and 6 ended on 2016-09-01 and are still read."""

    ADELI_PRACTICE = "0"
    FINESS = "1"
    SIREN = "2"
    SIRET = "3"
    RPPS_PRACTICE = "4"
    FINESS_EJ_ENDED = "5"
    FINESS_EG_ENDED = "6"

    @property
    def kind(self) -> IdentifierKind:
        """What kind of number follows."""
        return _KIND_OF_PREFIX[self]


_KIND_OF_PREFIX = {
    StructurePrefix.ADELI_PRACTICE: IdentifierKind.ADELI_PRACTICE,
    StructurePrefix.FINESS: IdentifierKind.FINESS,
    StructurePrefix.SIREN: IdentifierKind.SIREN,
    StructurePrefix.SIRET: IdentifierKind.SIRET,
    StructurePrefix.RPPS_PRACTICE: IdentifierKind.RPPS_PRACTICE,
    StructurePrefix.FINESS_EJ_ENDED: IdentifierKind.FINESS,
    StructurePrefix.FINESS_EG_ENDED: IdentifierKind.FINESS,
}
_PREFIX_OF_KIND = {
    prefix.kind: prefix
    for prefix in StructurePrefix
    if prefix not in (StructurePrefix.FINESS_EJ_ENDED, StructurePrefix.FINESS_EG_ENDED)
}

_FORMS = {
    IdentifierKind.FINESS: re.compile(r"[0-9][0-9A-Z][0-9]{7}"),
    IdentifierKind.SIREN: re.compile(r"[0-9]{9}"),
    IdentifierKind.SIRET: re.compile(r"[0-9]{14}"),
    IdentifierKind.RPPS: re.compile(r"[0-9]{11}"),
    IdentifierKind.ADELI_PRACTICE: re.compile(r"[0-9][0-9A-Z][0-9]{7}"),
    IdentifierKind.RPPS_PRACTICE: re.compile(r"[0-9]{14}"),
}
_EXPECTED = {
    IdentifierKind.FINESS: "9 caractères, dont la Corse 2A ou 2B",
    IdentifierKind.SIREN: "9 chiffres",
    IdentifierKind.SIRET: "14 chiffres",
    IdentifierKind.RPPS: "11 chiffres",
    IdentifierKind.ADELI_PRACTICE: "9 caractères",
    IdentifierKind.RPPS_PRACTICE: "14 chiffres",
}
_CORSICA = str.maketrans({"A": "1", "B": "2"})
_LA_POSTE = "356000000"
_OVERSEAS_FINESS = {"1": "971", "2": "972", "3": "973", "4": "974", "5": "975"}
_UNIT_ID = re.compile(r"([0-9]{2,3})/([^\s/]{1,100})")
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Identifier:
    """A well-formed identifier; ``key_valid`` is ``None`` where the number has no key that we can check."""

    kind: IdentifierKind
    number: str
    key_valid: bool | None

    @property
    def warning(self) -> str | None:
        """A French sentence when the key is wrong."""
        return None if self.key_valid is not False else f"Clé de contrôle {self.kind.value} fausse : {self.number}."


@dataclass(frozen=True, slots=True)
class StructureId:
    """An idNat_Struct: prefix and identifier, ``1750712184`` for FINESS 750712184."""

    prefix: StructurePrefix
    identifier: Identifier

    @property
    def code(self) -> str:
        """The one string that stands in ``otherID/@code``."""
        return self.prefix + self.identifier.number


@dataclass(frozen=True, slots=True)
class UnitId:
    """The identifier of an internal organisation: INSEE region code, slash, local number (``11/0001234``)."""

    region: str
    local: str

    @property
    def code(self) -> str:
        """The one string that stands in ``otherID/@code``."""
        return f"{self.region}/{self.local}"


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the Luhn key of those before it."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) << (position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def luhn_key(digits: str) -> str:
    """The digit that makes ``digits`` Luhn-valid when it follows them."""
    return next(key for key in "0123456789" if luhn_valid(digits + key))


def finess_with_key(stem: str) -> str:
    """A FINESS number from its first eight characters."""
    return stem + luhn_key(stem.translate(_CORSICA))


def parse(kind: IdentifierKind, text: str) -> Identifier:
    """Read an identifier; blanks are forgiven, letters may be small. Wrong form: ``IdentifierError``."""
    number = "".join(text.split()).upper()
    if not _FORMS[kind].fullmatch(number):
        raise IdentifierError(
            f"Identifiant {kind.value} mal formé : « {text[:_SHOWN_CHARACTERS]} » ({_EXPECTED[kind]})."
        )
    return Identifier(kind, number, _key_valid(kind, number))


def parse_finess(text: str) -> Identifier:
    """Read a FINESS number, of a place or of a legal entity."""
    return parse(IdentifierKind.FINESS, text)


def parse_siren(text: str) -> Identifier:
    """Read a SIREN."""
    return parse(IdentifierKind.SIREN, text)


def parse_siret(text: str) -> Identifier:
    """Read a SIRET."""
    return parse(IdentifierKind.SIRET, text)


def parse_rpps(text: str) -> Identifier:
    """Read the RPPS number of a professional."""
    return parse(IdentifierKind.RPPS, text)


def parse_structure_id(text: str) -> StructureId:
    """Read an idNat_Struct. Unknown prefix or wrong form: ``IdentifierError``."""
    code = text.strip()
    try:
        prefix = StructurePrefix(code[:1])
    except ValueError:
        raise IdentifierError(
            f"Identifiant national de structure mal formé : « {text[:_SHOWN_CHARACTERS]} » (préfixe TRE_G07 attendu)."
        ) from None
    return StructureId(prefix, parse(prefix.kind, code[1:]))


def structure_id(identifier: Identifier) -> StructureId:
    """The idNat_Struct of an identifier. A professional's RPPS names no structure: ``IdentifierError``."""
    prefix = _PREFIX_OF_KIND.get(identifier.kind)
    if prefix is None:
        raise IdentifierError(f"Un identifiant {identifier.kind.value} ne désigne pas une structure.")
    return StructureId(prefix, identifier)


def is_structure_authority(authority: str) -> bool:
    """Whether an assigning authority is one of the two of idNat_Struct; ours sends ``Authority.STRUCTURE``."""
    return authority in (Authority.STRUCTURE, Authority.STRUCTURE_2016)


def parse_unit_id(text: str) -> UnitId:
    """Read ``<region>/<local>``. No slash, or no code of TRE_R30 before it: ``IdentifierError``.

    Regions that ended in 2016 are read: older identifiers carry them.
    """
    match = _UNIT_ID.fullmatch(text.strip())
    if match is None or label(Scheme.REGION, match[1]) is None:
        raise IdentifierError(
            f"Identifiant d'organisation interne mal formé : « {text[:_SHOWN_CHARACTERS]} » (région/numéro attendu)."
        )
    return UnitId(match[1], match[2])


def department_of_finess(number: str) -> str | None:
    """The département that a FINESS number was given in; Mayotte's begin with 98.

    ``None`` for a number from overseas that says no département.
    """
    if number.startswith("97"):
        return _OVERSEAS_FINESS.get(number[3:4])
    return "976" if number.startswith("98") else number[:2]


def _key_valid(kind: IdentifierKind, number: str) -> bool | None:
    if kind is IdentifierKind.ADELI_PRACTICE:
        return None
    if kind is IdentifierKind.SIRET and number.startswith(_LA_POSTE):
        return luhn_valid(number) or sum(map(int, number)) % 5 == 0
    digits = number.translate(_CORSICA)
    return digits.isdigit() and luhn_valid(digits)
