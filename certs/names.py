"""Distinguished names as values: read from a certificate or from text, compared without any charity.

The display order is that of RFC 4514, the reverse of the encoding: ``CN=…,OU=…,O=…,ST=Paris (75),C=FR``. Two names
are equal when every attribute is, in order, character for character after NFC: no folding of case, of spaces or of
look-alike letters, because a partner's name stands for its rights. RFC 5280 §7.1 would fold more; we refuse more.
"""

import unicodedata
from dataclasses import dataclass

from cryptography import x509

from certs.errors import DistinguishedNameError
from certs.names_text import escape, split_attributes

MAX_ATTRIBUTES = 32
MAX_VALUE_CHARACTERS = 1024
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_ATTRIBUTE_NAMES: dict[str, tuple[str, ...]] = {
    "2.5.4.3": ("CN", "COMMONNAME"),
    "2.5.4.4": ("SN", "SURNAME"),
    "2.5.4.5": ("serialNumber",),
    "2.5.4.6": ("C", "COUNTRYNAME"),
    "2.5.4.7": ("L", "LOCALITYNAME"),
    "2.5.4.8": ("ST", "S", "SP", "STATEORPROVINCENAME"),
    "2.5.4.9": ("STREET", "STREETADDRESS"),
    "2.5.4.10": ("O", "ORGANIZATIONNAME"),
    "2.5.4.11": ("OU", "ORGANIZATIONALUNITNAME"),
    "2.5.4.12": ("title", "T"),
    "2.5.4.17": ("postalCode",),
    "2.5.4.42": ("GN", "G", "GIVENNAME"),
    "2.5.4.43": ("initials",),
    "2.5.4.46": ("dnQualifier", "DNQ"),
    "2.5.4.65": ("pseudonym",),
    "2.5.4.97": ("organizationIdentifier",),
    "0.9.2342.19200300.100.1.1": ("UID", "USERID"),
    "0.9.2342.19200300.100.1.25": ("DC", "DOMAINCOMPONENT"),
    "1.2.840.113549.1.9.1": ("emailAddress", "E", "EMAIL"),
}
_OID_BY_NAME = {name.upper(): oid for oid, names in _ATTRIBUTE_NAMES.items() for name in names}


@dataclass(frozen=True, slots=True, order=True)
class Attribute:
    """One attribute of a name: its dotted OID and its value in NFC. Refuses what a name may not hold."""

    oid: str
    value: str

    def __post_init__(self) -> None:
        value = self.value
        if not (value.isascii() and value.isprintable()):
            value = unicodedata.normalize("NFC", value)
            if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in value):
                raise DistinguishedNameError(f"the attribute {self.label} holds control or invisible characters")
            object.__setattr__(self, "value", value)
        if not value.strip():
            raise DistinguishedNameError(f"the attribute {self.label} is empty")
        if len(value) > MAX_VALUE_CHARACTERS:
            raise DistinguishedNameError(f"the attribute {self.label} is over {MAX_VALUE_CHARACTERS} characters long")

    @property
    def label(self) -> str:
        """Its usual short name (``CN``), or the dotted OID of an attribute that has none here."""
        return _ATTRIBUTE_NAMES.get(self.oid, (self.oid,))[0]


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """A name's attributes in display order, ``CN`` before ``C``. ``str()`` and ``parse`` are each other's inverse."""

    attributes: tuple[Attribute, ...]

    def __post_init__(self) -> None:
        if not self.attributes:
            raise DistinguishedNameError("the name is empty")
        if len(self.attributes) > MAX_ATTRIBUTES:
            raise DistinguishedNameError(f"the name has more than {MAX_ATTRIBUTES} attributes")

    @classmethod
    def from_name(cls, name: x509.Name) -> "DistinguishedName":
        """The name as it stands in a certificate. A multi-valued RDN or a value that is no text is refused."""
        attributes = []
        for rdn in reversed(name.rdns):
            if len(rdn) != 1:
                raise DistinguishedNameError("the name has a multi-valued component")
            (attribute,) = rdn
            if not isinstance(attribute.value, str):
                raise DistinguishedNameError(f"the attribute {attribute.oid.dotted_string} is no text")
            attributes.append(Attribute(attribute.oid.dotted_string, attribute.value))
        return cls(tuple(attributes))

    @classmethod
    def parse(cls, text: str) -> "DistinguishedName":
        """Read RFC 4514 text (RFC 2253 quotes and spaces around separators included), order kept as written.

        Raises ``DistinguishedNameError`` for an unknown attribute name, ``+``, a bad escape, a control character.
        """
        return cls(tuple(Attribute(_oid_of(name), value) for name, value in split_attributes(text)))

    @classmethod
    def of(cls, **values: str) -> "DistinguishedName":
        """Build a name from short attribute names in display order: ``of(CN="…", O="…", C="FR")``."""
        return cls(tuple(Attribute(_oid_of(name), value) for name, value in values.items()))

    def to_name(self) -> x509.Name:
        """The name for a certificate, encoded from the last attribute to the first.

        Raises ``DistinguishedNameError`` where X.520 bounds an attribute (two letters in ``C``, ASCII in ``DC``).
        """
        try:
            name = x509.Name(
                x509.NameAttribute(x509.ObjectIdentifier(attribute.oid), attribute.value)
                for attribute in reversed(self.attributes)
            )
            return x509.Name.from_bytes(name.public_bytes())
        except ValueError as error:
            raise DistinguishedNameError("the name cannot be encoded") from error

    def matches(self, other: "DistinguishedName") -> bool:
        """Whether both name the same holder, read in the display or in the encoding order.

        Senders of a VIHF write either; anything else than the whole name turned round is another name.
        """
        return self.attributes in (other.attributes, other.attributes[::-1])

    def values(self, label: str) -> tuple[str, ...]:
        """All values of an attribute, by short name, in display order."""
        oid = _oid_of(label)
        return tuple(attribute.value for attribute in self.attributes if attribute.oid == oid)

    @property
    def common_name(self) -> str | None:
        """The first ``CN``, or ``None``."""
        return next(iter(self.values("CN")), None)

    def __str__(self) -> str:
        return ",".join(f"{attribute.label}={escape(attribute.value)}" for attribute in self.attributes)


def _oid_of(name: str) -> str:
    upper = name.upper().removeprefix("OID.")
    if upper[:1].isdigit():
        return _checked_oid(upper)
    oid = _OID_BY_NAME.get(upper)
    if oid is None:
        raise DistinguishedNameError(f"unknown attribute name {name[:40]!r}")
    return oid


def _checked_oid(dotted: str) -> str:
    if not dotted.isascii() or len(dotted) > 128:
        raise DistinguishedNameError("an attribute's OID is not one")
    try:
        return x509.ObjectIdentifier(dotted).dotted_string
    except ValueError as error:
        raise DistinguishedNameError("an attribute's OID is not one") from error
