"""The SOAP envelope: read strictly, written as bytes around a body that is already bytes.

Rules: the version comes from the root's namespace and must agree with the content type; at most one Header, before
exactly one Body, nothing after it; the Body holds exactly one element; header blocks are qualified. A block for us
with mustUnderstand that is not among the understood ones is a fault; a block for another actor or role is not ours
and is left out. WS-Addressing is never followed, so a mandatory block of it is refused like any unknown one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from ror import namespaces
from ror.errors import FaultError, refuse
from ror.faults import Reason
from ror.quoting import quoted
from ror.soap.version import ContentType, SoapVersion, read_content_type, version_asked
from ror.xml_parser import REQUEST_LIMITS, Element, Limits, local_name, parse, tag

__all__ = ["Envelope", "SoapVersion", "envelope_parts", "read_envelope", "version_asked", "write_envelope"]

SECURITY: Final = f"{{{namespaces.WSSE}}}Security"
SEARCH: Final = f"{{{namespaces.PASSERELLE}}}recherche"
COVERAGE: Final = f"{{{namespaces.PASSERELLE}}}couverture"

UNDERSTOOD: Final = {
    SECURITY: Reason.VIHF_INVALID,
    SEARCH: Reason.HEADER_INVALID,
    COVERAGE: Reason.HEADER_INVALID,
}
"""Header blocks that we read, and the reason for refusing one that stands twice."""

ACTIONS: Final = {
    f"{{{namespaces.G1}}}careServicesRequest": namespaces.ACTION_SEARCH,
    f"{{{namespaces.CSD}}}careServicesRequest": namespaces.ACTION_SEARCH,
    f"{{{namespaces.G1}}}TR-Notif-ListeEtablissementsMajApresDate_Demande": namespaces.ACTION_UPDATE,
}
"""Request element to its SOAP action (contract, the table of generations)."""

VERSION_MISMATCH: Final = "VersionMismatch"
"""Value of the evidence ``soap_code`` when the root is no envelope of ours (SOAP 1.2 part 1 §5.4.7)."""

_NEXT_11 = "http://schemas.xmlsoap.org/soap/actor/next"
_ROLES_12 = "http://www.w3.org/2003/05/soap-envelope/role/"
_OURS = {
    SoapVersion.V11: frozenset({"", _NEXT_11}),
    SoapVersion.V12: frozenset({"", _ROLES_12 + "next", _ROLES_12 + "ultimateReceiver"}),
}
_TRUTH = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message: its SOAP version, the header blocks addressed to us, and the one element of its body."""

    version: SoapVersion
    headers: tuple[Element, ...]
    body: Element

    def header(self, name: str) -> Element | None:
        """The header block of that name (``{namespace}local``); the understood ones stand at most once."""
        return next((block for block in self.headers if tag(block) == name), None)


def read_envelope(
    data: bytes, *, content_type: str | None, soap_action: str | None, limits: Limits = REQUEST_LIMITS
) -> Envelope:
    """Read a request or an answer.

    Args:
        data: the whole HTTP body.
        content_type: the Content-Type header as it came.
        soap_action: the SOAPAction header as it came, ``None`` when absent; absent and empty are both accepted
            (decision 17), a wrong one is not, in whichever place it stands.
        limits: what the XML may be made of.

    Raises:
        FaultError: ``http.content-type``, those of ``ror.xml_parser.parse``, ``soap.*``, ``vihf.invalid`` or
            ``header.invalid`` for a repeated block.
    """
    declared = read_content_type(content_type)
    root = parse(data, limits)
    version = _version(root)
    if version is not declared.version:
        raise refuse(
            Reason.CONTENT_TYPE,
            f"Une enveloppe SOAP {_number(version)} s'envoie en {version.media_type}.",
        )
    header, body = _parts(root, version)
    envelope = Envelope(version, () if header is None else _blocks(header, version), _single_child(body))
    _check_action(tag(envelope.body), declared, soap_action)
    return envelope


def envelope_parts(version: SoapVersion, headers: Sequence[bytes] = ()) -> tuple[bytes, bytes]:
    """What stands before and after the body's content; the prefix ``ror`` is bound to the G1 namespace inside."""
    prefix = version.prefix
    start = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}:Envelope xmlns:{prefix}="{version.namespace}"'
        f' xmlns:ror="{namespaces.G1}">'
    )
    blocks = b"".join(headers)
    header = b"<%b:Header>%b</%b:Header>" % (prefix.encode(), blocks, prefix.encode()) if blocks else b""
    return (
        start.encode() + header + f"<{prefix}:Body>".encode(),
        f"</{prefix}:Body></{prefix}:Envelope>".encode(),
    )


def write_envelope(version: SoapVersion, *, headers: Sequence[bytes] = (), body: bytes) -> bytes:
    """A whole message around serialised header blocks and one serialised body element."""
    before, after = envelope_parts(version, headers)
    return before + body + after


def _version(root: Element) -> SoapVersion:
    name = etree.QName(root)
    version = SoapVersion.of_namespace(name.namespace or "")
    if version is None or name.localname != "Envelope":
        raise refuse(
            Reason.SOAP_ENVELOPE,
            f"L'élément racine {quoted(tag(root))} n'est pas une enveloppe SOAP 1.1 ou 1.2.",
            soap_code=VERSION_MISMATCH,
        )
    return version


def _parts(root: Element, version: SoapVersion) -> tuple[Element | None, Element]:
    children = list(root)
    header_name, body_name = f"{{{version.namespace}}}Header", f"{{{version.namespace}}}Body"
    if sum(child.tag == body_name for child in children) != 1:
        raise refuse(Reason.SOAP_BODY_COUNT)
    names = [child.tag for child in children]
    if names not in ([body_name], [header_name, body_name]):
        raise refuse(
            Reason.SOAP_ENVELOPE, "L'enveloppe SOAP contient au plus un en-tête, puis un corps, et rien d'autre."
        )
    for element in (root, *children):
        if _has_stray_text(element):
            raise refuse(Reason.SOAP_ENVELOPE, "L'enveloppe SOAP contient du texte hors de ses blocs.")
    return (children[0] if len(children) == 2 else None), children[-1]


def _has_stray_text(element: Element) -> bool:
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _single_child(body: Element) -> Element:
    if len(body) != 1:
        raise refuse(Reason.SOAP_BODY_COUNT)
    return body[0]


def _blocks(header: Element, version: SoapVersion) -> tuple[Element, ...]:
    ours = []
    seen = set()
    for block in header:
        name = tag(block)
        if not name.startswith("{"):
            raise refuse(Reason.SOAP_ENVELOPE, f"L'en-tête SOAP {quoted(name)} n'a pas d'espace de noms.")
        if not _for_us(block, version):
            continue
        if _mandatory(block, version) and name not in UNDERSTOOD:
            raise _not_understood(block)
        if name in UNDERSTOOD and name in seen:
            raise refuse(UNDERSTOOD[name], f"L'en-tête {quoted(local_name(block))} est répété.")
        seen.add(name)
        ours.append(block)
    return tuple(ours)


def _for_us(block: Element, version: SoapVersion) -> bool:
    name = "actor" if version is SoapVersion.V11 else "role"
    return (block.get(f"{{{version.namespace}}}{name}") or "").strip() in _OURS[version]


def _mandatory(block: Element, version: SoapVersion) -> bool:
    value = block.get(f"{{{version.namespace}}}mustUnderstand")
    if value is None:
        return False
    truth = _TRUTH.get(value.strip())
    if truth is None:
        raise refuse(Reason.SOAP_ENVELOPE, f"La valeur {quoted(value)} de mustUnderstand n'est pas un booléen.")
    return truth


def _not_understood(block: Element) -> FaultError:
    name = etree.QName(block)
    return refuse(
        Reason.SOAP_MUST_UNDERSTAND,
        f"L'en-tête SOAP obligatoire {quoted(name.localname)} ({quoted(name.namespace or '')}) "
        "n'est pas pris en charge.",
        header=tag(block),
    )


def _check_action(body: str, declared: ContentType, soap_action: str | None) -> None:
    expected = ACTIONS.get(body)
    if expected is None:
        return
    for action in (declared.action, _unquoted(soap_action)):
        if action and action != expected:
            raise refuse(Reason.SOAP_ACTION, f"L'action SOAP {quoted(action)} ne correspond pas à la requête.")


def _unquoted(soap_action: str | None) -> str:
    value = (soap_action or "").strip()
    return value[1:-1].strip() if len(value) >= 2 and value[0] == value[-1] == '"' else value


def _number(version: SoapVersion) -> str:
    return "1.1" if version is SoapVersion.V11 else "1.2"
