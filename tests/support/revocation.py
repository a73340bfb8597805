"""Lists and answers of every kind, good and bad, around the moment of a PKI in memory."""

from datetime import timedelta

import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from certs.issuing import Issued, SigningAuthority
from certs.revocation.certificate_list import CertificateList, read_list
from certs.revocation.flaws import Flaw, Rejected
from certs.revocation.making import ListRequest, make_list
from certs.revocation.ocsp import Asked
from certs.revocation.revoked import Revocation, RevocationReason
from certs.trust import Authority
from certs.usages import KeyUse

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OCSP_SIGNING = frozenset({"1.3.6.1.5.5.7.3.9"})
NO_CHECK = ((x509.OCSPNoCheck(), False),)


def authority_of(pki, signer: SigningAuthority) -> Authority:
    """The trusted authority that is this signer."""
    return next(found for found in pki.trust.authorities if found.certificate == signer.certificate)


def list_of(
    pki, *serials: int, by: SigningAuthority | None = None, reason=RevocationReason.KEY_COMPROMISE, **changes
):
    """The DER of a good list that names ``serials``, but for what is changed."""
    wanted = {
        "number": 1,
        "this_update": pki.now - HOUR,
        "next_update": pki.now + DAY,
        "revoked": {serial: Revocation(pki.now - 2 * HOUR, reason) for serial in serials},
    }
    return make_list(by or pki.organisations, ListRequest(**(wanted | changes)))


def read(pki, data: bytes, *, now=None, trust=None) -> CertificateList:
    """The list, which must hold."""
    judged = read_list(data, trust or pki.trust, now=now or pki.now)
    assert isinstance(judged, CertificateList), judged
    return judged


def flaw_of(judged: object) -> Flaw:
    """The flaw for which it was refused."""
    assert isinstance(judged, Rejected), judged
    return judged.flaw


def responder_of(pki, by: SigningAuthority | None = None, **changes) -> Issued:
    """A delegated responder's certificate."""
    wanted = {
        "key_uses": frozenset({KeyUse.DIGITAL_SIGNATURE}),
        "extended_uses": OCSP_SIGNING,
        "extra_extensions": NO_CHECK,
    }
    return pki.client(by=by, **(wanted | changes))


def answer_about(pki, leaf: Issued, *, by: Issued | None = None, issuer=None, **changes) -> bytes:
    """The DER of a good answer, signed by the authority itself or by the responder ``by``."""
    wanted = {
        "status": ocsp.OCSPCertStatus.GOOD,
        "this_update": pki.now - HOUR,
        "next_update": pki.now + DAY,
        "revocation_time": None,
        "revocation_reason": None,
        "named_by": hashes.SHA1(),
        "algorithm": hashes.SHA256(),
        "encoding": ocsp.OCSPResponderEncoding.HASH,
        "nonce": None,
        "certificates": None,
        "signer": None,
        "named_responder": None,
        "extensions": (),
        "produced_at": None,
    } | changes
    issuer = issuer or pki.organisations
    signer = by or issuer
    if wanted["status"] is ocsp.OCSPCertStatus.REVOKED and wanted["revocation_time"] is None:
        wanted["revocation_time"] = pki.now - 2 * HOUR
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf.certificate,
            issuer=issuer.certificate,
            algorithm=wanted["named_by"],
            cert_status=wanted["status"],
            this_update=wanted["this_update"],
            next_update=wanted["next_update"],
            revocation_time=wanted["revocation_time"],
            revocation_reason=wanted["revocation_reason"],
        )
        .responder_id(wanted["encoding"], wanted["named_responder"] or signer.certificate)
    )
    brought = wanted["certificates"] if wanted["certificates"] is not None else ([by.certificate] if by else [])
    if brought:
        builder = builder.certificates(brought)
    if wanted["nonce"] is not None:
        builder = builder.add_extension(x509.OCSPNonce(wanted["nonce"]), False)
    for extension, critical in wanted["extensions"]:
        builder = builder.add_extension(extension, critical)
    # The library writes the time of the machine's clock into every answer.
    with time_machine.travel(wanted["produced_at"] or pki.now, tick=False):
        return builder.sign(wanted["signer"] or signer.key, wanted["algorithm"]).public_bytes(Encoding.DER)


def asked_about(pki, leaf: Issued, issuer: SigningAuthority | None = None) -> Asked:
    """The question about that leaf."""
    return Asked(authority_of(pki, issuer or pki.organisations), leaf.certificate.serial_number)


def serial_of(leaf: Issued) -> int:
    """The leaf's serial number."""
    return leaf.certificate.serial_number
