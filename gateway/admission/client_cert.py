"""The header fields by which a TLS terminator tells whom it let in (RFC 9440), read without any charity.

``Client-Cert`` is one Byte Sequence of RFC 8941, ``Client-Cert-Chain`` a List of them. Nothing is tolerated that two
readers could take for two things: no second field, no parameter, no other spelling of the same bytes.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence

from certs.errors import MalformedDerError
from certs.revocation.der import SEQUENCE, content
from ror.errors import refuse
from ror.faults import Reason

CLIENT_CERT = "Client-Cert"
CLIENT_CERT_CHAIN = "Client-Cert-Chain"
MAX_CHARACTERS = 8_000
"""Of one certificate: more than any of IGC-Santé takes, and less than the bound of a request's head."""
MAX_ABOVE = 4

_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]+={0,2}):", re.ASCII)
_SEPARATOR = re.compile(r"[ \t]*,[ \t]*")


def read_client_cert(fields: Sequence[str]) -> bytes:
    """The certificate (DER) of the one ``Client-Cert`` field. Raises ``FaultError`` 400."""
    if len(fields) != 1:
        raise refuse(Reason.CLIENT_CERT_INVALID, fields=len(fields))
    return _certificate(fields[0])


def read_client_cert_chain(fields: Sequence[str]) -> tuple[bytes, ...]:
    """The certificates (DER) above it, in order; a list may be cut into several fields. Raises ``FaultError`` 400."""
    if not fields:
        return ()
    members = _SEPARATOR.split(",".join(fields))
    if len(members) > MAX_ABOVE:
        raise refuse(Reason.CLIENT_CERT_INVALID, certificates=len(members))
    return tuple(_certificate(member) for member in members)


def _certificate(item: str) -> bytes:
    match = _BYTE_SEQUENCE.fullmatch(item) if len(item) <= MAX_CHARACTERS else None
    if match is None:
        raise refuse(Reason.CLIENT_CERT_INVALID, form="no byte sequence", characters=len(item))
    try:
        der = b64decode(match[1], validate=True)
        _, stop = content(der, 0, len(der), SEQUENCE)
    except (ValueError, MalformedDerError) as error:
        raise refuse(Reason.CLIENT_CERT_INVALID, form="no DER in base64") from error
    if b64encode(der).decode("ascii") != match[1] or stop != len(der):
        raise refuse(Reason.CLIENT_CERT_INVALID, form="not the one spelling of one certificate")
    return der
