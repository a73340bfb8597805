"""The VIHF: who speaks, for which application, with which access profile (contract, "VIHF").

What a SAML 2.0 assertion says; what it is as an assertion (its id, its moments) is ``ror.assertion``. It counts only
as far as the TLS certificate vouches for its issuer; comparing the two is the caller's business, and so is whether
the profile code exists and is allowed. Read, though odd: a ``type`` attribute under a misspelt namespace; a coded
value as text in place of an element. Refused: a constant that is another.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ror import namespaces
from ror.errors import FaultError, refuse
from ror.faults import Reason
from ror.quoting import quoted, xml_attribute, xml_text
from ror.xml_parser import Element

VERSION: Final = "2.0"
RESOURCE: Final = "urn:ROR"
ISSUER_FORMAT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:X509SubjectName"
AUTHENTICATION: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
ROLE: Final = "AUTOMATE"
VIHF_PROFILE: Final = "profil_referentiel"

_ATTRIBUTE_VERSION = "VIHF_Version"
_ATTRIBUTE_RESOURCE = "Ressource_URN"
_ATTRIBUTE_APPLICATION = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
_ATTRIBUTE_ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
_ATTRIBUTE_PROFILE = "Profil_Utilisateur"
_ATTRIBUTE_VIHF_PROFILE = "VIHF_Profil"

_SAML = f"{{{namespaces.SAML}}}"
_LONGEST = 1_024
_LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class _Coded:
    """How one attribute carries a coded value: its element (namespace ``urn:hl7-org:v3``) and its code system."""

    element: str
    code_system: str


_CODED = {
    _ATTRIBUTE_ROLE: _Coded("Role", "1.2.250.1.213.1.1.4.6"),
    _ATTRIBUTE_PROFILE: _Coded("ProfilUtilisateur", "1.2.250.1.213.1.6.1.66"),
    _ATTRIBUTE_VIHF_PROFILE: _Coded("VIHFProfil", "1.2.250.1.213.1.1.4.312"),
}


@dataclass(frozen=True, slots=True)
class Vihf:
    """What a VIHF says.

    ``issuer`` is a distinguished name as text, ``subject_id`` the NameID (structure, slash, local id),
    ``profile_code`` the TRE_R78 code as sent, known or not.
    """

    issuer: str
    subject_id: str
    application: str
    profile_code: str


def read_content(assertion: Element) -> Vihf:
    """Read what an assertion says.

    Raises:
        FaultError: ``vihf.invalid``, whatever is wrong with it.
    """
    issuer = only_child(assertion, "Issuer")
    if issuer.get("Format") != ISSUER_FORMAT:
        raise invalid("le format de l'émetteur n'est pas X509SubjectName")
    values = _attributes(assertion)
    _expect(_ATTRIBUTE_VERSION, _plain(values, _ATTRIBUTE_VERSION), VERSION)
    _expect(_ATTRIBUTE_RESOURCE, _plain(values, _ATTRIBUTE_RESOURCE), RESOURCE)
    _expect(_ATTRIBUTE_ROLE, _code(values, _ATTRIBUTE_ROLE), ROLE)
    _expect(_ATTRIBUTE_VIHF_PROFILE, _code(values, _ATTRIBUTE_VIHF_PROFILE), VIHF_PROFILE)
    _check_authentication(assertion)
    return Vihf(
        issuer=_text(issuer, "l'émetteur"),
        subject_id=_text(only_child(only_child(assertion, "Subject"), "NameID"), "l'identifiant du sujet"),
        application=_plain(values, _ATTRIBUTE_APPLICATION),
        profile_code=_code(values, _ATTRIBUTE_PROFILE),
    )


def write_vihf(vihf: Vihf, *, at: datetime, assertion_id: str, valid_for: timedelta | None = None) -> bytes:
    """A ``wsse:Security`` block; ``at`` is aware, ``assertion_id`` an XML name (``_`` and a UUID).

    ``valid_for`` bounds its life from ``at`` on by ``Conditions``; without it the reader's own window does.
    """
    instant = _instant(at)
    conditions = (
        f'<saml:Conditions NotBefore="{instant}" NotOnOrAfter="{_instant(at + valid_for)}"/>' if valid_for else ""
    )
    attributes = (
        _plain_attribute(_ATTRIBUTE_VERSION, VERSION),
        _plain_attribute(_ATTRIBUTE_RESOURCE, RESOURCE),
        _plain_attribute(_ATTRIBUTE_APPLICATION, vihf.application),
        _coded_attribute(_ATTRIBUTE_ROLE, ROLE),
        _coded_attribute(_ATTRIBUTE_PROFILE, vihf.profile_code),
        _coded_attribute(_ATTRIBUTE_VIHF_PROFILE, VIHF_PROFILE),
    )
    return (
        f'<wsse:Security xmlns:wsse="{namespaces.WSSE}">'
        f'<saml:Assertion xmlns:saml="{namespaces.SAML}" Version="{VERSION}" ID="{xml_attribute(assertion_id)}"'
        f' IssueInstant="{instant}">'
        f'<saml:Issuer Format="{ISSUER_FORMAT}">{xml_text(vihf.issuer)}</saml:Issuer>'
        f"<saml:Subject><saml:NameID>{xml_text(vihf.subject_id)}</saml:NameID></saml:Subject>{conditions}"
        f'<saml:AuthnStatement AuthnInstant="{instant}"><saml:AuthnContext>'
        f"<saml:AuthnContextClassRef>{AUTHENTICATION}</saml:AuthnContextClassRef>"
        f"</saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{''.join(attributes)}</saml:AttributeStatement>"
        f"</saml:Assertion></wsse:Security>"
    ).encode()


def only_child(parent: Element, name: str) -> Element:
    """The one SAML element of that name below ``parent``; raises ``FaultError`` where there is none, or several."""
    children = parent.findall(_SAML + name)
    if len(children) != 1:
        raise invalid(f"l'élément {name} doit figurer une fois")
    return children[0]


def invalid(why: str) -> FaultError:
    """The refusal of a VIHF that is not formed as it should be; ``why`` is French."""
    return refuse(Reason.VIHF_INVALID, f"Le jeton VIHF n'est pas valide : {why}.")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_authentication(assertion: Element) -> None:
    context = only_child(only_child(assertion, "AuthnStatement"), "AuthnContext")
    if _text(only_child(context, "AuthnContextClassRef"), "le contexte d'authentification") != AUTHENTICATION:
        raise invalid("le contexte d'authentification n'est pas « unspecified »")


def _attributes(assertion: Element) -> dict[str, Element]:
    """Attribute name to its one value; one that we read may not stand twice, others are passed over."""
    read = {_ATTRIBUTE_VERSION, _ATTRIBUTE_RESOURCE, _ATTRIBUTE_APPLICATION, *_CODED}
    values: dict[str, Element] = {}
    for attribute in assertion.findall(f"{_SAML}AttributeStatement/{_SAML}Attribute"):
        name = (attribute.get("Name") or "").strip()
        if name not in read:
            continue
        if name in values:
            raise invalid(f"l'attribut {quoted(name)} est répété")
        values[name] = only_child(attribute, "AttributeValue")
    for name in read - values.keys():
        raise invalid(f"l'attribut {quoted(name)} manque")
    return values


def _plain(values: dict[str, Element], name: str) -> str:
    return _text(values[name], f"l'attribut {quoted(name)}")


def _code(values: dict[str, Element], name: str) -> str:
    """The code of a coded attribute, from its element or, where a sender writes no element, from its text."""
    value = values[name]
    code = _code_of_element(value, name) if len(value) else _plain(values, name)
    if len(code) > _LONGEST_CODE:
        raise invalid(f"l'attribut {quoted(name)} est trop long")
    return code


def _code_of_element(value: Element, name: str) -> str:
    coded = _CODED[name]
    element = value[0]
    accepted = {f"{{{namespaces.HL7}}}{coded.element}", coded.element}
    stray = (value.text or "").strip() or (element.tail or "").strip()
    if len(value) > 1 or stray or element.tag not in accepted or len(element):
        raise invalid(f"l'attribut {quoted(name)} ne contient pas un élément {coded.element}")
    system = element.get("codeSystem")
    if system is not None and system.strip() != coded.code_system:
        raise invalid(f"la nomenclature {quoted(system)} ne convient pas à {coded.element}")
    code = (element.get("code") or "").strip()
    if not code:
        raise invalid(f"l'attribut {quoted(name)} n'a pas de code")
    return code


def _expect(name: str, value: str, constant: str) -> None:
    if value != constant:
        raise invalid(f"l'attribut {quoted(name)} vaut {quoted(value)} au lieu de {quoted(constant)}")


def _text(element: Element, what: str) -> str:
    text = (element.text or "").strip()
    if not text or len(element) or len(text) > _LONGEST:
        raise invalid(f"{what} n'est pas un texte admis")
    return text


def _plain_attribute(name: str, value: str) -> str:
    return _attribute(name, xml_text(value))


def _coded_attribute(name: str, code: str) -> str:
    coded = _CODED[name]
    return _attribute(
        name,
        f'<{coded.element} xmlns="{namespaces.HL7}" xmlns:xsi="{namespaces.XSI}" xsi:type="CE"'
        f' code="{xml_attribute(code)}" codeSystem="{coded.code_system}"/>',
    )


def _attribute(name: str, value: str) -> str:
    return f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
