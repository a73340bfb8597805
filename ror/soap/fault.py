"""SOAP faults: ours as the contract says ("Errors", decision 18), and anybody else's as it comes."""

import re
from collections.abc import Sequence

from ror import namespaces
from ror.faults import Blame, Fault, PeerFault, Reason
from ror.quoting import printable, xml_attribute, xml_text
from ror.soap.envelope import VERSION_MISMATCH, write_envelope
from ror.soap.version import SoapVersion
from ror.xml_parser import Element, local_name, tag

_LONGEST_MESSAGE = 500
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,40}(?:\.[a-z0-9][a-z0-9-]{0,40}){1,3}")
_NUMBER = re.compile(r"(?:.*[:.])?E?([1-9][0-9]{2,4})", re.DOTALL)
_XML_LANG = f"{{{namespaces.XML}}}lang"

_CLIENT_SERVER = {Blame.SENDER: "Client", Blame.RECEIVER: "Server"}


def write_fault(version: SoapVersion, fault: Fault, headers: Sequence[bytes] = ()) -> bytes:
    """The whole envelope that tells ``fault``: number as QName subcode, sentence in French, slug in the detail."""
    body = _body_12(fault) if version is SoapVersion.V12 else _body_11(fault)
    return write_envelope(version, headers=headers, body=body.encode())


def read_fault(body: Element) -> PeerFault | None:
    """The fault that a body element is, or ``None`` when it is none; never fails, whatever the peer sent.

    Read alike: faults of both versions, with our detail, another one or none; a bare number such as ``444`` in
    place of a QName; and the ``error`` that takes the place of ``result`` in an answer under HTTP 200.
    """
    if tag(body) == f"{{{namespaces.SOAP_12}}}Fault":
        return _read_12(body)
    if tag(body) == f"{{{namespaces.SOAP_11}}}Fault":
        return _read_11(body)
    if local_name(body) == "careServicesResponse":
        error = next((child for child in body if local_name(child) in {"error", "erreur"}), None)
        return None if error is None else _peer_fault(error, (), _text(error))
    return None


def _body_12(fault: Fault) -> str:
    return (
        f"<env:Fault><env:Code><env:Value>env:{_code_12(fault)}</env:Value>"
        f"<env:Subcode><env:Value>ror:E{fault.number}</env:Value></env:Subcode></env:Code>"
        f'<env:Reason><env:Text xml:lang="fr">{xml_text(fault.message)}</env:Text></env:Reason>'
        f"<env:Detail>{_detail(fault)}</env:Detail></env:Fault>"
    )


def _body_11(fault: Fault) -> str:
    return (
        f"<soap:Fault><faultcode>soap:{_code_11(fault)}</faultcode>"
        f'<faultstring xml:lang="fr">{xml_text(fault.message)}</faultstring>'
        f"<detail>{_detail(fault)}</detail></soap:Fault>"
    )


def _detail(fault: Fault) -> str:
    return (
        f'<ror:erreur code="{fault.number}" message="{xml_attribute(fault.message)}">{fault.reason.slug}</ror:erreur>'
    )


def _reserved_code(fault: Fault) -> str | None:
    if fault.reason is Reason.SOAP_MUST_UNDERSTAND:
        return "MustUnderstand"
    if fault.reason is Reason.SOAP_ENVELOPE and fault.evidence.get("soap_code") == VERSION_MISMATCH:
        return VERSION_MISMATCH
    return None


def _code_12(fault: Fault) -> str:
    return _reserved_code(fault) or fault.reason.blame.value


def _code_11(fault: Fault) -> str:
    return _reserved_code(fault) or f"{_CLIENT_SERVER[fault.reason.blame]}.E{fault.number}"


def _read_12(body: Element) -> PeerFault:
    soap = f"{{{namespaces.SOAP_12}}}"
    codes = [_text(value) for value in body.iter(f"{soap}Value")]
    texts = body.findall(f"{soap}Reason/{soap}Text")
    french = next((text for text in texts if (text.get(_XML_LANG) or "").lower().startswith("fr")), None)
    reason = french if french is not None else next(iter(texts), None)
    return _peer_fault(_erreur(body), codes, "" if reason is None else _text(reason))


def _read_11(body: Element) -> PeerFault:
    fields = {local_name(child): child for child in body}
    codes = [_text(fields["faultcode"])] if "faultcode" in fields else []
    return _peer_fault(_erreur(body), codes, _text(fields["faultstring"]) if "faultstring" in fields else "")


def _erreur(body: Element) -> Element | None:
    return next((element for element in body.iter() if local_name(element) in {"erreur", "error"}), None)


def _peer_fault(error: Element | None, codes: Sequence[str], reason: str) -> PeerFault:
    """Put together what the detail says and, where it is silent, what the codes and the reason say."""
    inner = "" if error is None else _text(error)
    stated = ("", "") if error is None else (error.get("code") or "", error.get("message") or "")
    numbers = [number for code in (stated[0], *reversed(codes)) if (number := _number(code)) is not None]
    slug = inner if _SLUG.fullmatch(inner) else None
    message = stated[1] or (reason if reason != slug else "") or (inner if slug is None else "")
    return PeerFault(
        number=numbers[0] if numbers else None,
        slug=slug,
        message=printable(message, _LONGEST_MESSAGE),
    )


def _number(code: str) -> int | None:
    match = _NUMBER.fullmatch(code.strip()) if len(code) <= 100 else None
    return None if match is None else int(match[1])


def _text(element: Element) -> str:
    return (element.text or "").strip()
