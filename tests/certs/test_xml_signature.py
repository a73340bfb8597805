"""Signatures of a VIHF: those that hold, made by a foreign library, and the attacks on them."""

import re
from base64 import b64encode
from pathlib import Path

import pytest
import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from certs.keys import PrivateKey, key_to_pem
from certs.material import LeafMaterial
from certs.xml_signature import SignatureRefusal, verify_signature
from certs.xml_signing import LeafSigner, VihfSigner
from ror import namespaces as ns
from ror.assertion import Assertion, read_assertion
from ror.errors import FaultError
from ror.soap.envelope import SECURITY, read_envelope
from ror.soap.version import SoapVersion
from tests.support.attacked import plain_question
from tests.support.vihf_attacks import (
    ATTACKS,
    SIGNATURE,
    Forge,
    Signing,
    assertion_of,
    for_key,
    self_signed,
    sent,
    spki,
    with_doctype,
)

ISSUER = "CN=APP,OU=1690000000,O=DEMO,ST=Rhône (69),C=FR"
KEYS: dict[str, PrivateKey] = {
    "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
}


@pytest.fixture(scope="module")
def forge(golden: Path) -> Forge:
    return Forge(ISSUER, KEYS["rsa"], plain_question(golden))


def read(message: bytes) -> Assertion:
    envelope = read_envelope(message, content_type=SoapVersion.V12.content_type, soap_action=None)
    security = envelope.header(SECURITY)
    assert security is not None
    return read_assertion(security)


def judged(message: bytes, key: PrivateKey) -> str:
    """``holds``, or the slug of the refusal."""
    try:
        assertion = read(message)
    except FaultError as error:
        return error.fault.reason.slug
    verdict = verify_signature(assertion, spki(key))
    return verdict.reason.slug if isinstance(verdict, SignatureRefusal) else "holds"


@pytest.mark.parametrize("name", KEYS)
def test_what_a_foreign_library_signed_holds(forge: Forge, name: str) -> None:
    assert judged(sent(for_key(forge, KEYS[name]).signed()), KEYS[name]) == "holds"


@pytest.mark.parametrize(
    ("key", "how"),
    [
        ("rsa", Signing(method=xmlsec.Transform.RSA_SHA384, digest=xmlsec.Transform.SHA384)),
        ("rsa", Signing(method=xmlsec.Transform.RSA_SHA512, digest=xmlsec.Transform.SHA512)),
        ("p384", Signing(method=xmlsec.Transform.ECDSA_SHA384)),
        ("p256", Signing(prefixes="wsse xs #default")),
    ],
    ids=["rsa-sha384", "rsa-sha512", "ecdsa-sha384", "prefixes"],
)
def test_the_other_ways_of_signing_that_are_taken(forge: Forge, key: str, how: Signing) -> None:
    assert judged(sent(for_key(forge, KEYS[key]).signed(how=how)), KEYS[key]) == "holds"


def test_rsa_pss_is_taken(forge: Forge) -> None:
    envelope = forge.signed()
    signature = assertion_of(envelope).find(SIGNATURE)
    info, value = signature[0], signature[1]
    info[1].set("Algorithm", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1")
    data = etree.tostring(info, method="c14n", exclusive=True)
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    value.text = b64encode(forge.key.sign(data, scheme, hashes.SHA256())).decode()

    assert judged(sent(envelope), forge.key) == "holds"


def test_a_bare_uuid_can_be_signed_too(forge: Forge) -> None:
    envelope = forge.envelope(id_="5b0c6a52-5d0e-4f0c-9a3e-0f7d3f1c2b11")

    assert judged(sent(forge.signed(envelope)), forge.key) == "holds"


def test_ones_own_certificate_may_stand_in_key_info(forge: Forge) -> None:
    envelope = forge.signed(how=Signing(certificate=self_signed(forge.key, ISSUER)))

    assert judged(sent(envelope), forge.key) == "holds"


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(forge: Forge, name: str) -> None:
    attack, slug = ATTACKS[name]

    assert judged(sent(attack(forge)), forge.key) == slug


@pytest.mark.parametrize("name", ["wrapping 1: signed block in another header", "signature over the body"])
def test_the_control_the_signature_in_an_attack_is_good_in_itself(forge: Forge, name: str) -> None:
    envelope = ATTACKS[name][0](forge)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key_to_pem(forge.key), xmlsec.KeyFormat.PEM)
    xmlsec.tree.add_ids(envelope, ["ID", "Id"])

    context.verify(next(envelope.iter(SIGNATURE)))


def test_ids_declared_by_a_dtd_are_not_read(forge: Forge) -> None:
    message = sent(forge.signed())

    assert judged(with_doctype(message), forge.key) == "request.doctype"
    assert judged(message, forge.key) == "holds"


def test_a_comment_cuts_nothing_off_what_is_signed(forge: Forge) -> None:
    message = sent(forge.signed()).replace(b"<saml:NameID>1/1<", b"<saml:NameID>1<!-- -->/1<")

    signed = verify_signature(read(message), spki(forge.key))
    assert isinstance(signed, Assertion)
    assert signed.vihf.subject_id == "1/1"


def test_what_is_read_is_what_was_signed(forge: Forge) -> None:
    received = read(sent(forge.signed()))

    signed = verify_signature(received, spki(forge.key))
    assert signed == received
    assert isinstance(signed, Assertion)
    assert signed.element is not received.element
    assert signed.element.find(SIGNATURE) is None
    assert signed.element.getparent() is None


def test_no_key_verifies_nothing(forge: Forge) -> None:
    verdict = verify_signature(read(sent(forge.signed())), b"")

    assert isinstance(verdict, SignatureRefusal)


def test_any_value_changed_is_noticed(forge: Forge) -> None:
    message = sent(forge.signed())
    values = re.search(rb"<ds:SignatureValue>(.+?)</ds:SignatureValue>", message, re.DOTALL)
    assert values is not None
    turned = message.replace(values[1], values[1][::-1].strip())
    empty = message.replace(values[1], b"")

    assert {judged(turned, forge.key), judged(empty, forge.key)} == {"vihf.signature-invalid", "vihf.signature-form"}


@pytest.mark.parametrize("name", KEYS)
def test_what_we_sign_holds_for_a_foreign_library_and_for_us(forge: Forge, name: str) -> None:
    key = KEYS[name]
    envelope = forge.envelope()
    security = next(envelope.iter(f"{{{ns.WSSE}}}Security"))
    block = VihfSigner(key)(etree.tostring(security, with_tail=False))
    security.getparent().replace(security, etree.fromstring(block))

    assert judged(sent(envelope), key) == "holds"
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key_to_pem(key), xmlsec.KeyFormat.PEM)
    context.register_id(assertion_of(envelope), "ID")
    context.verify(assertion_of(envelope).find(SIGNATURE))


def test_a_renewed_key_signs_from_then_on(forge: Forge) -> None:
    held = [LeafMaterial(b"", key_to_pem(KEYS["rsa"]))]
    sign = LeafSigner(lambda: held[0])
    security = etree.tostring(next(forge.envelope().iter(f"{{{ns.WSSE}}}Security")), with_tail=False)

    def signer_of(block: bytes) -> list[str]:
        return [name for name in ("rsa", "p256") if judged(_message(forge, block), KEYS[name]) == "holds"]

    before = signer_of(sign(security))
    held[0] = LeafMaterial(b"", key_to_pem(KEYS["p256"]))
    assert (before, signer_of(sign(security))) == (["rsa"], ["p256"])


def _message(forge: Forge, block: bytes) -> bytes:
    envelope = forge.envelope()
    security = next(envelope.iter(f"{{{ns.WSSE}}}Security"))
    security.getparent().replace(security, etree.fromstring(block))
    return sent(envelope)
