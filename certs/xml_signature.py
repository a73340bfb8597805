"""Whether the XML signature of an assertion holds, and is over that assertion and nothing else.

The rules, asked before any cryptography; a message that breaks one is refused, whatever its signature is worth:

1. One Signature in the whole message, a child of the one Assertion in the whole message.
2. No id stands twice in the message, in whichever spelling of the attribute.
3. SignedInfo, SignatureValue, at most one KeyInfo; no Object, so that nothing can be moved into the signature.
4. One Reference, whose URI is ``#`` and that assertion's ID: never empty, never elsewhere, no XPointer.
5. The transforms are the enveloped signature and exclusive canonicalisation without comments, in that order.
6. Algorithms are the pinned ones: no SHA-1, no HMAC (hence no truncated one), no XSLT, XPath, base64.

KeyInfo is never looked at: the key is that of the TLS certificate, handed in. What comes back is read from the bytes
that were signed. The message has passed ``ror.xml_parser``, so there is no DTD to declare ids or entities in.
"""

import logging
import re
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from ror.assertion import SIGNATURE, Assertion, read_signed
from ror.faults import Reason
from ror.namespaces import SAML, XMLDSIG
from ror.xml_parser import REQUEST_LIMITS, Element, parse, tag

ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
    }
)
DIGESTS: Final = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
MOST_BYTES: Final = 12_288
"""A signed assertion at most, four times an ordinary one: verifying takes the time that its size asks for."""

_DS = f"{{{XMLDSIG}}}"
_KEY_VALUE = "{http://www.w3.org/2009/xmldsig11#}DEREncodedKeyValue"
_INCLUSIVE = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
_METHODS = frozenset(method.value for method in METHODS)
_DIGESTS = frozenset(digest.value for digest in DIGESTS)
_EXPECTED = SignatureConfiguration(
    require_x509=False, location="./", expect_references=1, signature_methods=METHODS, digest_algorithms=DIGESTS
)
_UNVERIFIABLE = (
    SignXMLException,
    InvalidSignature,
    UnsupportedAlgorithm,
    etree.LxmlError,
    ValueError,
    TypeError,
)
_ID = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.:-]*", re.ASCII)
_PREFIXES = re.compile(r"(?:#default|[A-Za-z_][\w.-]*)(?: (?:#default|[A-Za-z_][\w.-]*)){0,15}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+", re.ASCII)

# The library logs what it canonicalises, which is an envelope.
logging.getLogger("signxml").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class SignatureRefusal:
    """Why a signature does not hold: the fault's reason, and for the log which rule (English, no value repeated)."""

    reason: Reason
    detail: str


class _Broken(Exception):  # noqa: N818 - carries a refusal inside this module, is no error
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = SignatureRefusal(reason, detail)


def verify_signature(assertion: Assertion, public_key: bytes) -> Assertion | SignatureRefusal:
    """The assertion as it was signed by the holder of ``public_key`` (SubjectPublicKeyInfo, DER), or why not.

    Takes about a millisecond, a few for the largest that is taken.
    """
    try:
        signature = _only_signature(assertion)
        _check_ids(assertion)
        _check_form(signature, assertion.id)
        signed = _verified(assertion.element, public_key)
        return _same(read_signed(signed), assertion)
    except _Broken as broken:
        return broken.refusal


def _only_signature(assertion: Assertion) -> Element:
    element = assertion.element
    message = element.getroottree().getroot()
    signatures = list(message.iter(SIGNATURE))
    if len(signatures) != 1 or signatures[0].getparent() is not element:
        raise _form("there is not one signature, in the assertion")
    if sum(1 for _ in message.iter(f"{{{SAML}}}Assertion")) != 1:
        raise _form("there is another assertion in the message")
    return signatures[0]


def _check_ids(assertion: Assertion) -> None:
    if assertion.element.get("ID") != assertion.id or not _ID.fullmatch(assertion.id):
        raise _form("the assertion's ID cannot be referred to")
    ids = Counter(
        value
        for element in assertion.element.getroottree().getroot().iter()
        for name, value in element.attrib.items()
        if str(name).rpartition("}")[2].casefold() == "id"
    )
    if any(count > 1 for count in ids.values()):
        raise _form("an id stands twice in the message")


def _check_form(signature: Element, assertion_id: str) -> None:
    parts = _children(signature, ("SignedInfo", "SignatureValue"), ("SignedInfo", "SignatureValue", "KeyInfo"))
    canonical, method, reference = _children(parts[0], ("CanonicalizationMethod", "SignatureMethod", "Reference"))
    _check_canonical(canonical)
    _check_algorithm(method, _METHODS)
    if dict(reference.attrib) != {"URI": f"#{assertion_id}"}:
        raise _form("the reference is not to the assertion")
    transforms, digest, digest_value = _children(reference, ("Transforms", "DigestMethod", "DigestValue"))
    steps = _children(transforms, ("Transform", "Transform"))
    _check_algorithm(steps[0], frozenset({ENVELOPED}))
    _check_canonical(steps[1])
    _check_algorithm(digest, _DIGESTS)
    for value in (parts[1], digest_value):
        if len(value) or not _BASE64.fullmatch(value.text or ""):
            raise _form("a value is not in base64")


def _children(parent: Element, *admitted: tuple[str, ...]) -> list[Element]:
    children = list(parent)
    if tuple(tag(child) for child in children) not in [tuple(_DS + name for name in names) for names in admitted]:
        raise _form("the signature has other parts than it should")
    return children


def _check_canonical(element: Element) -> None:
    """Exclusive canonicalisation; prefixes may be named that count as used."""
    if element.get("Algorithm") != EXCLUSIVE:
        raise _algorithm()
    for child in element:
        prefixes = child.get("PrefixList") or ""
        if len(element) != 1 or tag(child) != _INCLUSIVE or len(child) or not _PREFIXES.fullmatch(prefixes):
            raise _algorithm()


def _check_algorithm(element: Element, admitted: frozenset[str]) -> None:
    if element.get("Algorithm") not in admitted or len(element):
        raise _algorithm()


def _verified(element: Element, public_key: bytes) -> bytes:
    """The canonical bytes under the signature. A copy is verified in which the only key named is the one trusted."""
    if not public_key:
        raise _Broken(Reason.VIHF_SIGNATURE_INVALID, "there is no key to verify it")
    data = etree.tostring(element, with_tail=False)
    if len(data) > MOST_BYTES:
        raise _form("the signed assertion is too long")
    copy = parse(data, REQUEST_LIMITS)
    signature = copy.find(SIGNATURE)
    assert signature is not None
    for key_info in signature.findall(f"{_DS}KeyInfo"):
        signature.remove(key_info)
    key_value = etree.SubElement(etree.SubElement(signature, f"{_DS}KeyInfo"), _KEY_VALUE)
    key_value.text = b64encode(public_key).decode()
    try:
        result = XMLVerifier().verify(copy, expect_config=_EXPECTED, id_attribute="ID", validate_schema=False)
    except _UNVERIFIABLE as error:
        raise _Broken(Reason.VIHF_SIGNATURE_INVALID, f"it does not verify: {type(error).__name__}") from error
    if isinstance(result, list):
        raise _form("there is not one reference")
    return result.signed_data


def _same(signed: Assertion, received: Assertion) -> Assertion:
    if signed != received:
        raise _Broken(Reason.VIHF_SIGNATURE_INVALID, "what is signed is not what was read")
    return signed


def _form(detail: str) -> _Broken:
    return _Broken(Reason.VIHF_SIGNATURE_FORM, detail)


def _algorithm() -> _Broken:
    return _Broken(Reason.VIHF_SIGNATURE_ALGORITHM, "an algorithm or transform that is not admitted")
