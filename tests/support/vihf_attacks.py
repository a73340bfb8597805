"""Questions under a signed VIHF, and what an attacker makes of them.

Signatures are made by xmlsec, which shares no code with what verifies them: each is good in itself, over whatever an
attack wants signed, so that a refusal is for the one thing that is wrong. Every attack has the slug of its refusal.
"""

import copy
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from certs.keys import PrivateKey, key_to_pem
from ror import namespaces as ns
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf

DS = f"{{{ns.XMLDSIG}}}"
ASSERTION = f"{{{ns.SAML}}}Assertion"
SECURITY = f"{{{ns.WSSE}}}Security"
SIGNATURE = f"{DS}Signature"
WSU_ID = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
IDENTITY_XSLT = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="@*|node()">'
    '<xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy></xsl:template></xsl:stylesheet>'
)
FORM, ALGORITHM, INVALID = "vihf.signature-form", "vihf.signature-algorithm", "vihf.signature-invalid"

Element = etree._Element
Transform = object


@dataclass(frozen=True)
class Signing:
    """How a signature is made; the default is what is taken."""

    method: Transform | None = None
    digest: Transform = xmlsec.Transform.SHA256
    canonical: Transform = xmlsec.Transform.EXCL_C14N
    transforms: tuple[Transform, ...] = (xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N)
    uris: tuple[str, ...] | None = None
    prefixes: str | None = None
    key: PrivateKey | bytes | None = None
    certificate: bytes | None = None


@dataclass(frozen=True)
class Forge:
    """A partner who signs, and the question that he asks; ``other_key`` is somebody else's."""

    issuer: str
    key: PrivateKey
    question: bytes
    profile: str = "CU22"
    other_key: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def envelope(self, profile: str | None = None, *, id_: str | None = None, **written: object) -> Element:
        """The question under a VIHF that is not signed."""
        vihf = Vihf(issuer=self.issuer, subject_id="1/1", application="test", profile_code=profile or self.profile)
        told = {"at": datetime.now(UTC), "assertion_id": id_ or f"_{uuid4()}"} | written
        plain = etree.fromstring(self.question)
        blocks = [write_vihf(vihf, **told)] + [etree.tostring(block) for block in plain.find("{*}Header")]
        body = etree.tostring(plain.find("{*}Body")[0])
        return etree.fromstring(write_envelope(SoapVersion.V12, headers=blocks, body=body))

    def signed(self, envelope: Element | None = None, how: Signing | None = None) -> Element:
        """The question under a VIHF that xmlsec has signed."""
        envelope = self.envelope() if envelope is None else envelope
        how = how or Signing()
        assertion = next(envelope.iter(ASSERTION))
        signature = self._template(assertion, how)
        assertion.insert(1, signature)
        context = xmlsec.SignatureContext()
        context.key = self._key(how)
        for attribute in ("ID", WSU_ID):
            for element in envelope.iter():
                if element.get(attribute) is not None:
                    context.register_id(element, etree.QName(attribute).localname, etree.QName(attribute).namespace)
        context.sign(signature)
        return etree.fromstring(etree.tostring(envelope))

    def _key(self, how: Signing) -> xmlsec.Key:
        if isinstance(how.key, bytes):
            return xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, how.key)
        key = xmlsec.Key.from_memory(key_to_pem(how.key or self.key), xmlsec.KeyFormat.PEM)
        if how.certificate is not None:
            key.load_cert_from_memory(how.certificate, xmlsec.KeyFormat.PEM)
        return key

    def _template(self, assertion: Element, how: Signing) -> Element:
        method = how.method or method_for(how.key or self.key)
        signature = xmlsec.template.create(assertion, how.canonical, method, ns="ds")
        for uri in (f"#{assertion.get('ID')}",) if how.uris is None else how.uris:
            reference = xmlsec.template.add_reference(signature, how.digest, uri=uri)
            for transform in how.transforms:
                node = xmlsec.template.add_transform(reference, transform)
                if transform is xmlsec.Transform.XSLT:
                    node.append(etree.fromstring(IDENTITY_XSLT))
                if transform is xmlsec.Transform.EXCL_C14N and how.prefixes is not None:
                    etree.SubElement(
                        node, "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces", PrefixList=how.prefixes
                    )
        if how.certificate is not None:
            xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
        return signature


def method_for(key: PrivateKey | bytes) -> Transform:
    """The usual algorithm of a key."""
    if isinstance(key, bytes):
        return xmlsec.Transform.HMAC_SHA256
    return xmlsec.Transform.RSA_SHA256 if isinstance(key, rsa.RSAPrivateKey) else xmlsec.Transform.ECDSA_SHA256


def spki(key: PrivateKey) -> bytes:
    """The public key, as it stands in a certificate."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def self_signed(key: PrivateKey, subject: str) -> bytes:
    """A certificate that an attacker makes for himself, in his victim's name."""
    name, now = x509.Name.from_rfc4514_string(subject), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return dated.serial_number(1).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def sent(envelope: Element) -> bytes:
    """The message on the wire."""
    return etree.tostring(envelope)


def assertion_of(envelope: Element) -> Element:
    """The first assertion of the message."""
    return next(envelope.iter(ASSERTION))


def evil_of(assertion: Element, *, id_: str | None = None) -> Element:
    """What the attacker wants read: a copy without its signature that claims another profile."""
    evil = copy.deepcopy(assertion)
    evil.tail = None
    for signature in evil.findall(SIGNATURE):
        evil.remove(signature)
    for coded in evil.iter("{*}ProfilUtilisateur"):
        coded.set("code", "CU18")
    evil.set("ID", id_ or f"_{uuid4()}")
    return evil


def signature_of(assertion: Element) -> Element:
    """Take an assertion's signature off it."""
    signature = assertion.find(SIGNATURE)
    assertion.remove(signature)
    return signature


def header_of(envelope: Element) -> Element:
    """The SOAP header."""
    return envelope.find("{*}Header")


# Wrapping: the eight classical variants (Somorovsky et al., 2012), told for a Security header.


def wrapped_1(forge: Forge) -> Element:
    """The signed block whole in a header of another kind, an evil block in its place."""
    envelope = forge.signed()
    security = next(envelope.iter(SECURITY))
    evil = etree.Element(SECURITY)
    evil.append(evil_of(security[0]))
    security.addprevious(evil)
    etree.SubElement(header_of(envelope), "{urn:attack}Wrapper").append(security)
    return envelope


def wrapped_2(forge: Forge) -> Element:
    """The signed block goes to another receiver, an evil one to us."""
    envelope = forge.signed()
    security = next(envelope.iter(SECURITY))
    evil = etree.Element(SECURITY)
    evil.append(evil_of(security[0]))
    security.addprevious(evil)
    security.set(f"{{{ns.SOAP_12}}}role", "urn:elsewhere")
    return envelope


def wrapped_3(forge: Forge) -> Element:
    """An evil assertion before the signed one."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    original.addprevious(evil_of(original))
    return envelope


def wrapped_4(forge: Forge) -> Element:
    """An evil assertion around the signed one."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    evil = evil_of(original)
    original.addprevious(evil)
    evil.append(original)
    return envelope


def wrapped_5(forge: Forge) -> Element:
    """The evil assertion holds the signature, the original lies in an extension."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    evil = evil_of(original)
    original.addprevious(evil)
    evil.insert(1, signature_of(original))
    etree.SubElement(header_of(envelope), "{urn:attack}Extensions").append(original)
    return envelope


def wrapped_6(forge: Forge) -> Element:
    """The evil assertion holds the signature, which holds the original."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    evil = evil_of(original)
    original.addprevious(evil)
    signature = signature_of(original)
    evil.insert(1, signature)
    signature.append(original)
    return envelope


def wrapped_7(forge: Forge) -> Element:
    """The signed one, with its signature, in an extension before an evil one."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    original.addprevious(evil_of(original, id_=original.get("ID")))
    extension = etree.Element("{urn:attack}Extensions")
    original.addprevious(extension)
    extension.append(original)
    return envelope


def wrapped_8(forge: Forge) -> Element:
    """The evil assertion holds the signature, whose Object holds the original."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    evil = evil_of(original)
    original.addprevious(evil)
    signature = signature_of(original)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{DS}Object").append(original)
    return envelope


def renamed_object(forge: Forge) -> Element:
    """The signed content under another name inside the evil assertion, with the id that the signature names."""
    envelope = forge.signed()
    original = assertion_of(envelope)
    evil = evil_of(original)
    original.addprevious(evil)
    evil.insert(1, signature_of(original))
    original.tag = "{urn:attack}Assertion"
    evil.append(original)
    return envelope


def same_id_elsewhere(forge: Forge) -> Element:
    """Something else in the message has the assertion's id, in another spelling of the attribute."""
    envelope = forge.signed()
    etree.SubElement(header_of(envelope), "{urn:attack}Decoy").set(WSU_ID, assertion_of(envelope).get("ID"))
    return envelope


def two_signatures(forge: Forge) -> Element:
    """The good signature twice."""
    envelope = forge.signed()
    signature = assertion_of(envelope).find(SIGNATURE)
    signature.addnext(copy.deepcopy(signature))
    return envelope


def signature_beside(forge: Forge) -> Element:
    """The good signature beside the assertion, not in it."""
    envelope = forge.signed()
    assertion = assertion_of(envelope)
    assertion.addnext(signature_of(assertion))
    return envelope


def signature_deeper(forge: Forge) -> Element:
    """The good signature somewhere inside the assertion."""
    envelope = forge.signed()
    assertion = assertion_of(envelope)
    assertion.find("{*}Subject").append(signature_of(assertion))
    return envelope


def over_the_body(forge: Forge) -> Element:
    """A good signature in the assertion, over the body."""
    envelope = forge.envelope()
    envelope.find("{*}Body").set(WSU_ID, "body")
    return forge.signed(envelope, Signing(uris=("#body",), transforms=(xmlsec.Transform.EXCL_C14N,)))


def over_another_header(forge: Forge) -> Element:
    """A good signature over an element that is not the assertion."""
    envelope = forge.envelope()
    etree.SubElement(header_of(envelope), "{urn:attack}Decoy").set(WSU_ID, "decoy")
    return forge.signed(envelope, Signing(uris=("#decoy",)))


def also_over_the_body(forge: Forge) -> Element:
    """Two references."""
    envelope = forge.envelope(id_="_both")
    envelope.find("{*}Body").set(WSU_ID, "body")
    return forge.signed(envelope, Signing(uris=("#_both", "#body")))


def changed_after(forge: Forge) -> Element:
    """Another profile than was signed."""
    envelope = forge.signed()
    next(envelope.iter("{*}ProfilUtilisateur")).set("code", "CU18")
    return envelope


def longer_life(forge: Forge) -> Element:
    """Another moment than was signed."""
    envelope = forge.signed(forge.envelope(at=datetime.now(UTC) - timedelta(seconds=30)))
    assertion_of(envelope).set("IssueInstant", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    return envelope


def by_another(forge: Forge) -> Element:
    """Signed by another key; no key is named."""
    return forge.signed(how=Signing(key=forge.other_key))


def by_another_who_names_himself(forge: Forge) -> Element:
    """Signed by another key, whose certificate stands in KeyInfo, in the partner's own name."""
    certificate = self_signed(forge.other_key, forge.issuer)
    return forge.signed(how=Signing(key=forge.other_key, certificate=certificate))


def by_another_whose_key_is_named(forge: Forge) -> Element:
    """Signed by another key, which stands bare in KeyInfo."""
    envelope = forge.signed(how=Signing(key=forge.other_key))
    key_info = etree.SubElement(assertion_of(envelope).find(SIGNATURE), f"{DS}KeyInfo")
    value = etree.SubElement(key_info, "{http://www.w3.org/2009/xmldsig11#}DEREncodedKeyValue")
    value.text = b64encode(spki(forge.other_key)).decode()
    return envelope


def with_the_public_key_as_secret(forge: Forge) -> Element:
    """HMAC, under what everybody knows of the partner."""
    return forge.signed(how=Signing(key=spki(forge.key)))


def cut_to_eight_bits(forge: Forge) -> Element:
    """HMAC of which eight bits are compared; the value is cut by hand, no library makes it."""
    envelope = forge.signed(how=Signing(key=spki(forge.key)))
    signature = assertion_of(envelope).find(SIGNATURE)
    method = signature.find(f"{DS}SignedInfo/{DS}SignatureMethod")
    etree.SubElement(method, f"{DS}HMACOutputLength").text = "8"
    signature.find(f"{DS}SignatureValue").text = "AA=="
    return envelope


def downgraded(part: str, algorithm: str) -> Callable[[Forge], Element]:
    """A good signature that says afterwards that it was made another way."""

    def attack(forge: Forge) -> Element:
        envelope = forge.signed()
        next(envelope.iter(f"{DS}{part}")).set("Algorithm", algorithm)
        return envelope

    return attack


def signed_so(**how: object) -> Callable[[Forge], Element]:
    """A good signature made another way."""
    return lambda forge: forge.signed(how=Signing(**how))  # type: ignore[arg-type]


def by_sha1(forge: Forge) -> Element:
    """A good signature over a broken digest."""
    is_rsa = isinstance(forge.key, rsa.RSAPrivateKey)
    return forge.signed(how=Signing(method=xmlsec.Transform.RSA_SHA1 if is_rsa else xmlsec.Transform.ECDSA_SHA1))


def without_transforms(forge: Forge) -> Element:
    """Transforms left out, so that a reader would take some default."""
    envelope = forge.signed()
    transforms = next(envelope.iter(f"{DS}Transforms"))
    transforms.getparent().remove(transforms)
    return envelope


def more_in_the_signature(forge: Forge) -> Element:
    """An Object in the signature, which no signature covers."""
    envelope = forge.signed()
    etree.SubElement(assertion_of(envelope).find(SIGNATURE), f"{DS}Object").text = "more"
    return envelope


def too_long(forge: Forge) -> Element:
    """More to canonicalise than a VIHF is."""
    envelope = forge.envelope()
    statement = assertion_of(envelope).find("{*}AttributeStatement")
    etree.SubElement(statement, f"{{{ns.SAML}}}Attribute", Name="x").text = "x" * 12_000
    return forge.signed(envelope)


RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"

ATTACKS: dict[str, tuple[Callable[[Forge], Element], str]] = {
    "wrapping 1: signed block in another header": (wrapped_1, FORM),
    "wrapping 2: signed block for another receiver": (wrapped_2, FORM),
    "wrapping 3: evil before signed": (wrapped_3, "vihf.invalid"),
    "wrapping 4: evil around signed": (wrapped_4, "vihf.invalid"),
    "wrapping 5: original in an extension": (wrapped_5, FORM),
    "wrapping 6: original in the signature": (wrapped_6, "vihf.invalid"),
    "wrapping 7: signed in an extension, the same id": (wrapped_7, "vihf.invalid"),
    "wrapping 8: original in an Object": (wrapped_8, "vihf.invalid"),
    "original under another name": (renamed_object, FORM),
    "id that stands twice": (same_id_elsewhere, FORM),
    "two signatures": (two_signatures, FORM),
    "signature beside the assertion": (signature_beside, FORM),
    "signature deeper in the assertion": (signature_deeper, FORM),
    "signature over the body": (over_the_body, FORM),
    "signature over another element": (over_another_header, FORM),
    "signature over two things": (also_over_the_body, FORM),
    "empty URI": (signed_so(uris=("",)), FORM),
    "XPointer": (signed_so(uris=("#xpointer(/)",)), FORM),
    "no transforms": (without_transforms, FORM),
    "Object in the signature": (more_in_the_signature, FORM),
    "long assertion": (too_long, FORM),
    "changed after signing": (changed_after, INVALID),
    "another moment than signed": (longer_life, INVALID),
    "another's key": (by_another, INVALID),
    "another's key, with a certificate": (by_another_who_names_himself, INVALID),
    "another's key, named": (by_another_whose_key_is_named, INVALID),
    "HMAC under the public key": (with_the_public_key_as_secret, ALGORITHM),
    "HMAC of eight bits": (cut_to_eight_bits, ALGORITHM),
    "SHA-1 signature": (by_sha1, ALGORITHM),
    "SHA-1 digest": (signed_so(digest=xmlsec.Transform.SHA1), ALGORITHM),
    "said to be SHA-1 afterwards": (downgraded("SignatureMethod", RSA_SHA1), ALGORITHM),
    "XSLT": (
        signed_so(transforms=(xmlsec.Transform.ENVELOPED, xmlsec.Transform.XSLT)),
        ALGORITHM,
    ),
    "XPath": (downgraded("Transform", "http://www.w3.org/TR/1999/REC-xpath-19991116"), ALGORITHM),
    "comments canonicalised": (
        signed_so(transforms=(xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N_COMMENTS)),
        ALGORITHM,
    ),
    "signature with comments canonicalised": (signed_so(canonical=xmlsec.Transform.EXCL_C14N_COMMENTS), ALGORITHM),
    "inclusive canonicalisation": (
        signed_so(transforms=(xmlsec.Transform.ENVELOPED, xmlsec.Transform.C14N)),
        ALGORITHM,
    ),
}
"""Name to what is sent, and the slug of its refusal."""


def with_doctype(message: bytes) -> bytes:
    """The message with a DTD that declares its own ids."""
    bare = re.sub(rb"^<\?xml[^>]*\?>\s*", b"", message)
    return b"<!DOCTYPE x [<!ATTLIST Decoy Id ID #IMPLIED>]>" + bare


def for_key(forge: Forge, key: PrivateKey) -> Forge:
    """The same partner under another key of his."""
    return replace(forge, key=key)
